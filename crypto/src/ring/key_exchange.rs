//! Ephemeral Diffie-Hellman, alone and beside ML-KEM.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ring::{agreement, rand};

use super::ml_kem;
use crate::{Error, KeyExchange, NamedGroup, Secret, hybrid};

pub(super) fn start(
    group: NamedGroup,
    random: &rand::SystemRandom,
) -> Result<Box<dyn KeyExchange>, Error> {
    match algorithm(group) {
        Some(algorithm) => Ok(Box::new(Ephemeral::generate(group, algorithm, random)?)),
        None => {
            let key = ml_kem::Key::generate(random)?;
            let x25519 = start(NamedGroup::X25519, random)?;
            Ok(hybrid::start(&key.encapsulation_key(), Box::new(key), x25519))
        }
    }
}

pub(super) fn respond(
    group: NamedGroup,
    peer_share: &[u8],
    random: &rand::SystemRandom,
) -> Result<(Vec<u8>, Secret), Error> {
    match algorithm(group) {
        Some(algorithm) => {
            let exchange = Box::new(Ephemeral::generate(group, algorithm, random)?);
            let share = exchange.share.clone();
            Ok((share, exchange.complete(peer_share)?))
        }
        None => hybrid::respond(
            peer_share,
            |key| ml_kem::encapsulate(key, random),
            |share| respond(NamedGroup::X25519, share, random),
        ),
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
    private: agreement::EphemeralPrivateKey,
}

impl Ephemeral {
    fn generate(
        group: NamedGroup,
        algorithm: &'static agreement::Algorithm,
        random: &rand::SystemRandom,
    ) -> Result<Self, Error> {
        let private = agreement::EphemeralPrivateKey::generate(algorithm, random)
            .map_err(|_| Error::Random)?;
        let public = private.compute_public_key().map_err(|_| Error::Random)?;
        Ok(Self { group, algorithm, share: public.as_ref().to_vec(), private })
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
        // ring refuses points off the curve or not uncompressed, and X25519 shares that give the
        // all-zero secret (rfc7748 §6.1).
        let peer = agreement::UnparsedPublicKey::new(self.algorithm, peer_share);
        agreement::agree_ephemeral(self.private, &peer, |secret| Secret::new(secret.to_vec()))
            .map_err(|_| Error::PublicKey)
    }
}
