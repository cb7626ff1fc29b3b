//! The cryptography that Lariat's protocols need, and no more, behind one provider value.
//!
//! [`Provider`] is a value in a configuration, never a process global: two peers in one process may
//! use different ones. Keys are prepared once (per DTLS epoch, per direction of SRTP) and then used
//! per packet without a key schedule or an allocation.
//!
//! ```
//! use lariat_crypto::{AeadAlgorithm, ring};
//!
//! let provider = ring::provider();
//! let key = provider.aead_key(AeadAlgorithm::Aes128Gcm, &[0x2b; 16])?;
//! let mut packet = *b"payload";
//! let tag = key.seal(&[0; 12], b"header", &mut packet);
//! assert_ne!(&packet, b"payload");
//! key.open(&[0; 12], b"header", &mut packet, &tag)?;
//! assert_eq!(&packet, b"payload");
//! # Ok::<(), lariat_crypto::Error>(())
//! ```
//!
//! # Backends
//!
//! - `ring` (feature `ring`, on by default): [ring](https://docs.rs/ring) for AEAD, key exchange,
//!   signatures, SHA-2 and its HMACs; `lariat-lanes` for AES-CTR, which ring does not offer, and
//!   for HMAC-SHA1, where ring's is portable code and four times slower, and of which it does a run
//!   at once; RustCrypto's `aes` for single blocks;
//!   [webpki](https://docs.rs/rustls-webpki) to verify signatures against a public key.
//! - `fake` (feature `fake`): no security at all, deterministic from a seed, for simulation and
//!   fuzzing.
//!
//! A feature adds a backend; it never selects one. A third party's backend is held to the same
//! vectors by running [`conformance::check`] over it.
//!
//! # Untrusted input
//!
//! Everything that comes from a peer (public keys, ciphertexts, tags, signatures) may be arbitrary
//! bytes of any length and gives [`Error`], without saying more: an attacker learns only that it
//! failed. Tags are compared in constant time.
//!
//! # Errors
//!
//! There is one, [`Error`]. `NotAuthentic` and `PublicKey` are a peer's doing; the rest is the
//! caller's mistake, a backend that lacks the algorithm, or a system without randomness.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod algorithm;
mod compare;
pub mod conformance;
mod error;
#[cfg(feature = "fake")]
pub mod fake;
mod kdf;
mod provider;
#[cfg(feature = "ring")]
pub mod ring;
mod secret;
#[cfg(any(feature = "ring", feature = "fake"))]
mod spki;

pub use algorithm::{AeadAlgorithm, HashAlgorithm, NamedGroup, SignatureScheme};
pub use compare::constant_time_eq;
pub use error::Error;
pub use kdf::{hkdf_expand, hkdf_extract, tls12_prf};
pub use provider::{
    AeadKey, AesCtrKey, AesKey, Hash, HmacKey, KeyExchange, MAX_DIGEST_LEN, Provider, SigningKey,
};
pub use secret::Secret;
