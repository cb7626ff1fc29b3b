//! Ephemeral Diffie-Hellman.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ring::{agreement, rand};

use crate::{Error, KeyExchange, NamedGroup, Secret};

pub(super) fn start(
    group: NamedGroup,
    random: &rand::SystemRandom,
) -> Result<Box<dyn KeyExchange>, Error> {
    let algorithm = algorithm(group);
    let private =
        agreement::EphemeralPrivateKey::generate(algorithm, random).map_err(|_| Error::Random)?;
    let public = private.compute_public_key().map_err(|_| Error::Random)?;
    Ok(Box::new(Ephemeral { group, share: public.as_ref().to_vec(), private }))
}

fn algorithm(group: NamedGroup) -> &'static agreement::Algorithm {
    match group {
        NamedGroup::Secp256r1 => &agreement::ECDH_P256,
        NamedGroup::Secp384r1 => &agreement::ECDH_P384,
        NamedGroup::X25519 => &agreement::X25519,
    }
}

#[derive(Debug)]
struct Ephemeral {
    group: NamedGroup,
    share: Vec<u8>,
    private: agreement::EphemeralPrivateKey,
}

impl KeyExchange for Ephemeral {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Error> {
        // ring refuses points off the curve, and X25519 shares that give the all-zero secret
        // (rfc7748 §6.1).
        let peer = agreement::UnparsedPublicKey::new(algorithm(self.group), peer_share);
        agreement::agree_ephemeral(self.private, &peer, |secret| Secret::new(secret.to_vec()))
            .map_err(|_| Error::PublicKey)
    }
}
