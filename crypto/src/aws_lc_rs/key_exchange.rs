//! Ephemeral Diffie-Hellman, alone and beside ML-KEM.

#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::vec::Vec;

use aws_lc_rs::agreement;

use super::ml_kem;
use crate::{Error, KeyExchange, NamedGroup, Secret, hybrid};

pub(super) fn start(group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
    match algorithm(group) {
        Some(algorithm) => Ok(Box::new(Ephemeral::generate(group, algorithm)?)),
        None => {
            let key = ml_kem::Key::generate()?;
            let x25519 = start(NamedGroup::X25519)?;
            Ok(hybrid::start(&key.encapsulation_key()?, Box::new(key), x25519))
        }
    }
}

pub(super) fn respond(group: NamedGroup, peer_share: &[u8]) -> Result<(Vec<u8>, Secret), Error> {
    match algorithm(group) {
        Some(algorithm) => {
            let exchange = Box::new(Ephemeral::generate(group, algorithm)?);
            let share = exchange.share.clone();
            Ok((share, exchange.complete(peer_share)?))
        }
        None => hybrid::respond(peer_share, ml_kem::encapsulate, |share| {
            respond(NamedGroup::X25519, share)
        }),
    }
}

/// That of a Diffie-Hellman group.
fn algorithm(group: NamedGroup) -> Option<&'static agreement::Algorithm> {
    match group {
        NamedGroup::Secp256r1 => Some(&agreement::ECDH_P256),
        NamedGroup::Secp384r1 => Some(&agreement::ECDH_P384),
        NamedGroup::X25519 => Some(&agreement::X25519),
        NamedGroup::X25519MlKem768 => None,
    }
}

#[derive(Debug)]
struct Ephemeral {
    group: NamedGroup,
    algorithm: &'static agreement::Algorithm,
    share: Vec<u8>,
    private: agreement::PrivateKey,
}

impl Ephemeral {
    fn generate(
        group: NamedGroup,
        algorithm: &'static agreement::Algorithm,
    ) -> Result<Self, Error> {
        let private = agreement::PrivateKey::generate(algorithm).map_err(|_| Error::Random)?;
        Self::new(group, algorithm, private)
    }

    fn new(
        group: NamedGroup,
        algorithm: &'static agreement::Algorithm,
        private: agreement::PrivateKey,
    ) -> Result<Self, Error> {
        let public = private.compute_public_key().map_err(|_| Error::Random)?;
        Ok(Self { group, algorithm, share: public.as_ref().to_vec(), private })
    }

    /// Whether a share has the one form that TLS knows. aws-lc-rs also takes points in compressed
    /// and hybrid form, and whole SubjectPublicKeyInfos.
    fn has_form(&self, peer_share: &[u8]) -> bool {
        // rfc8446 §4.2.8.2: a point of a NIST curve is uncompressed, which its first byte says.
        let uncompressed = self.group == NamedGroup::X25519 || peer_share.first() == Some(&4);
        uncompressed && peer_share.len() == self.share.len()
    }
}

impl KeyExchange for Ephemeral {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Error> {
        if !self.has_form(peer_share) {
            return Err(Error::PublicKey);
        }
        // aws-lc-rs refuses points off the curve, and X25519 shares that give the all-zero secret
        // (rfc7748 §6.1).
        let peer = agreement::UnparsedPublicKey::new(self.algorithm, peer_share);
        agreement::agree(&self.private, peer, Error::PublicKey, |secret| {
            Ok(Secret::new(secret.to_vec()))
        })
    }
}
