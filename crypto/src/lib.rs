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
//! | what | `ring` (on by default) | `aws-lc-rs` |
//! |---|---|---|
//! | AEAD, masks for headers, HMAC over SHA-2, hashes, X25519, P-256, P-384 | ring | aws-lc-rs |
//! | signing with ECDSA and Ed25519, randomness | ring | aws-lc-rs |
//! | AES-CTR; HMAC-SHA1, runs of which are hashed at once | `lariat-lanes` | `lariat-lanes` |
//! | ML-KEM-768 | `ml-kem` | aws-lc-rs |
//! | verifying signatures | [webpki] over ring | [webpki] over aws-lc-rs |
//! | MD5 | `md-5` | `md-5` |
//!
//! - Feature `ring`: [ring](https://docs.rs/ring), and `lariat-lanes` and RustCrypto's crates for
//!   what it lacks. Its SHA-1 is portable code and four times slower than the one taken here. It
//!   builds with any C compiler.
//! - Feature `aws-lc-rs`: [aws-lc-rs](https://docs.rs/aws-lc-rs), for those who have it in their
//!   program already, or do many handshakes: its X25519MLKEM768 is several times as fast. It lacks
//!   MD5 only; its counter mode and its HMAC are slower than those taken here, and each HMAC copies
//!   a state, which allocates. AWS-LC takes a minute to compile.
//! - Feature `fake`: no security at all, deterministic from a seed, for simulation and fuzzing.
//!
//! [webpki]: https://docs.rs/rustls-webpki
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
//! What a peer can make us compute is bounded: RSA keys have 2,048 to 8,192 bits, points are
//! uncompressed, shares have one length each, and an X25519MLKEM768 share of another length is
//! refused before ML-KEM does any work.
//!
//! # Errors
//!
//! There is one, [`Error`]. `NotAuthentic` and `PublicKey` are a peer's doing; the rest is the
//! caller's mistake, a backend that lacks the algorithm, or a system without randomness.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod algorithm;
#[cfg(feature = "aws-lc-rs")]
pub mod aws_lc_rs;
mod compare;
pub mod conformance;
mod error;
#[cfg(feature = "fake")]
pub mod fake;
#[cfg(any(feature = "ring", feature = "aws-lc-rs", feature = "fake"))]
mod hybrid;
mod kdf;
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod lanes;
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod md5;
mod pem;
mod provider;
#[cfg(feature = "ring")]
pub mod ring;
mod secret;
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod signing;
#[cfg(any(feature = "ring", feature = "aws-lc-rs", feature = "fake"))]
mod spki;
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod verification;

pub use algorithm::{AeadAlgorithm, HashAlgorithm, NamedGroup, SignatureScheme};
pub use compare::constant_time_eq;
pub use error::Error;
pub use kdf::{hkdf_expand, hkdf_expand_with, hkdf_extract, tls12_prf};
pub use pem::{PemSection, read_pem};
pub use provider::{
    AeadKey, AesCtrKey, Hash, HeaderProtectionKey, HmacKey, KeyExchange, MAX_DIGEST_LEN, Provider,
    SigningKey,
};
pub use secret::Secret;
