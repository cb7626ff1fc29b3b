//! Shares of the right length, and a "secret" that anybody can compute from the two of them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::mixer::Mixer;
use crate::{Error, KeyExchange, NamedGroup, Secret};

#[derive(Debug)]
pub(super) struct FakeKeyExchange {
    group: NamedGroup,
    share: Vec<u8>,
}

impl FakeKeyExchange {
    pub(super) fn new(group: NamedGroup, seed: [u8; 32]) -> Self {
        let share = match group {
            NamedGroup::X25519 => {
                let mut share = alloc::vec![0; 32];
                expand(&seed, &mut share);
                share
            }
            NamedGroup::Secp256r1 => point(&seed, 65),
            NamedGroup::Secp384r1 => point(&seed, 97),
        };
        Self { group, share }
    }
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
                // Stands for the shares of low order (rfc7748 §6.1).
                NamedGroup::X25519 => peer_share.iter().any(|&byte| byte != 0),
                NamedGroup::Secp256r1 | NamedGroup::Secp384r1 => is_point(peer_share),
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
        let mut secret = Secret::zeroed(match self.group {
            NamedGroup::X25519 | NamedGroup::Secp256r1 => 32,
            NamedGroup::Secp384r1 => 48,
        });
        mixer.fill(secret.as_bytes_mut());
        Ok(secret)
    }
}

/// The uncompressed form of a point: its second half follows from the first, as on a curve.
pub(super) fn point(seed: &[u8; 32], length: usize) -> Vec<u8> {
    let mut point = alloc::vec![4; length];
    if let Some((_, coordinates)) = point.split_first_mut() {
        let (x, y) = coordinates.split_at_mut(length / 2);
        expand(seed, x);
        expand(x, y);
    }
    point
}

/// Whether the bytes are a point that [`point`] may have made.
pub(super) fn is_point(bytes: &[u8]) -> bool {
    let Some((4, coordinates)) = bytes.split_first() else { return false };
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let mut expected = alloc::vec![0; y.len()];
    expand(x, &mut expected);
    expected == y
}

fn expand(from: &[u8], to: &mut [u8]) {
    let mut mixer = Mixer::new(&[]);
    mixer.update(from);
    mixer.fill(to);
}
