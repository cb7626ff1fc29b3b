//! X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem): how the shares and secrets of ML-KEM-768 (FIPS 203)
//! and X25519 are put together. Backends bring both halves.
//!
//! ```text
//! first share:  encapsulation key (1184) | X25519 share (32)
//! answer:       ciphertext (1088)        | X25519 share (32)
//! secret:       ML-KEM secret (32)       | X25519 secret (32)
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::{Error, KeyExchange, NamedGroup, Secret};

/// The length of an encapsulation key of ML-KEM-768 in bytes.
pub(crate) const ENCAPSULATION_KEY_LEN: usize = 1184;
/// The length of a ciphertext of ML-KEM-768 in bytes.
pub(crate) const CIPHERTEXT_LEN: usize = 1088;

/// A backend's private half of ML-KEM-768.
pub(crate) trait DecapsulationKey: fmt::Debug + Send + Sync {
    /// The secret in a ciphertext; another one if the ciphertext was tampered with.
    fn decapsulate(&self, ciphertext: &[u8; CIPHERTEXT_LEN]) -> Result<Secret, Error>;
}

/// The side that sends its share first.
pub(crate) fn start(
    encapsulation_key: &[u8],
    decapsulation_key: Box<dyn DecapsulationKey>,
    x25519: Box<dyn KeyExchange>,
) -> Box<dyn KeyExchange> {
    let share = [encapsulation_key, x25519.share()].concat();
    Box::new(Hybrid { share, decapsulation_key, x25519 })
}

/// The side that answers, with what `encapsulate` makes of the peer's encapsulation key and
/// `x25519` of its X25519 share: their share and secret.
pub(crate) fn respond(
    peer_share: &[u8],
    encapsulate: impl FnOnce(&[u8; ENCAPSULATION_KEY_LEN]) -> Result<(Vec<u8>, Secret), Error>,
    x25519: impl FnOnce(&[u8]) -> Result<(Vec<u8>, Secret), Error>,
) -> Result<(Vec<u8>, Secret), Error> {
    let (encapsulation_key, peer) = peer_share.split_first_chunk().ok_or(Error::PublicKey)?;
    // X25519 first: it refuses a share of the wrong length before ML-KEM does any work.
    let (share, x25519) = x25519(peer)?;
    let (ciphertext, ml_kem) = encapsulate(encapsulation_key)?;
    Ok(([ciphertext, share].concat(), concatenate(&ml_kem, &x25519)))
}

#[derive(Debug)]
struct Hybrid {
    share: Vec<u8>,
    decapsulation_key: Box<dyn DecapsulationKey>,
    x25519: Box<dyn KeyExchange>,
}

impl KeyExchange for Hybrid {
    fn group(&self) -> NamedGroup {
        NamedGroup::X25519MlKem768
    }

    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Error> {
        let (ciphertext, peer) = peer_share.split_first_chunk().ok_or(Error::PublicKey)?;
        let x25519 = self.x25519.complete(peer)?;
        let ml_kem = self.decapsulation_key.decapsulate(ciphertext)?;
        Ok(concatenate(&ml_kem, &x25519))
    }
}

/// ML-KEM's secret comes first, as FIPS asks of the approved half.
fn concatenate(ml_kem: &Secret, x25519: &Secret) -> Secret {
    Secret::new([ml_kem.as_bytes(), x25519.as_bytes()].concat())
}
