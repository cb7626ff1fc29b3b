//! Shares of the right length, and a "secret" that anybody can compute from the two of them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::mixer::Mixer;
use super::{Random, ml_kem};
use crate::{Error, KeyExchange, NamedGroup, Secret, hybrid};

pub(super) fn start(group: NamedGroup, random: &Random) -> Box<dyn KeyExchange> {
    let seed = random.array();
    let length = group.initiator_share_len();
    let share = match group {
        NamedGroup::X25519 => {
            let mut share = alloc::vec![0; length];
            expand(&seed, &mut share);
            share
        }
        NamedGroup::Secp256r1 | NamedGroup::Secp384r1 => point(&seed, length),
        NamedGroup::X25519MlKem768 => {
            let key = ml_kem::Key::new(&seed);
            let encapsulation_key = key.encapsulation_key().to_vec();
            let x25519 = start(NamedGroup::X25519, random);
            return hybrid::start(&encapsulation_key, Box::new(key), x25519);
        }
    };
    Box::new(FakeKeyExchange { group, share })
}

pub(super) fn respond(
    group: NamedGroup,
    peer_share: &[u8],
    random: &Random,
) -> Result<(Vec<u8>, Secret), Error> {
    if group == NamedGroup::X25519MlKem768 {
        return hybrid::respond(
            peer_share,
            |key| ml_kem::encapsulate(key, &random.array()),
            |share| respond(NamedGroup::X25519, share, random),
        );
    }
    let exchange = start(group, random);
    let share = exchange.share().to_vec();
    Ok((share, exchange.complete(peer_share)?))
}

#[derive(Debug)]
struct FakeKeyExchange {
    group: NamedGroup,
    share: Vec<u8>,
}

impl KeyExchange for FakeKeyExchange {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Error> {
        let valid = peer_share.len() == self.share.len()
            && match self.group {
                NamedGroup::Secp256r1 | NamedGroup::Secp384r1 => is_point(peer_share),
                // Stands for the shares of low order (rfc7748 §6.1).
                _ => peer_share.iter().any(|&byte| byte != 0),
            };
        if !valid {
            return Err(Error::PublicKey);
        }
        // Ordered, so that both sides come to the same secret.
        let (first, second) = if self.share.as_slice() < peer_share {
            (self.share.as_slice(), peer_share)
        } else {
            (peer_share, self.share.as_slice())
        };
        let mut mixer = Mixer::new(&[u64::from(self.group.code_point())]);
        mixer.update(first);
        mixer.update(second);
        let mut secret = Secret::zeroed(self.group.secret_len());
        mixer.fill(secret.as_bytes_mut());
        Ok(secret)
    }
}

/// The public form of a point: its second half follows from the first, as on a curve. That of a
/// NIST curve has an odd length, for a byte before says that it is uncompressed.
pub(super) fn point(seed: &[u8; 32], length: usize) -> Vec<u8> {
    let mut point = alloc::vec![4; length];
    let coordinates = point.get_mut(length % 2..).unwrap_or_default();
    let (x, y) = coordinates.split_at_mut(length / 2);
    expand(seed, x);
    expand(x, y);
    point
}

/// Whether the bytes are a point that [`point`] may have made.
pub(super) fn is_point(bytes: &[u8]) -> bool {
    let coordinates = match bytes.split_first() {
        Some((4, coordinates)) if !bytes.len().is_multiple_of(2) => coordinates,
        _ if bytes.len().is_multiple_of(2) => bytes,
        _ => return false,
    };
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let mut expected = alloc::vec![0; y.len()];
    expand(x, &mut expected);
    expected == y
}

pub(super) fn expand(from: &[u8], to: &mut [u8]) {
    let mut mixer = Mixer::new(&[]);
    mixer.update(from);
    mixer.fill(to);
}
