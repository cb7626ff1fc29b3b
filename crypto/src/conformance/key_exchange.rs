//! Key exchange. Keys are ephemeral, so that no published private key can be put in: what is
//! checked is that two sides agree, and that bad shares are refused.

use alloc::vec::Vec;

use super::{Mismatch, Problem, hex, same};
use crate::{Error, NamedGroup, Provider};

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    let name = "RFC 7748 §6.1, X25519";
    agree(provider, name, NamedGroup::X25519, 32, 32)?;
    refuse(provider, name, NamedGroup::X25519, LOW_ORDER.iter().map(|share| hex(share)))?;
    for (name, group, share_len, secret_len) in [
        ("ECDH with P-256", NamedGroup::Secp256r1, 65, 32),
        ("ECDH with P-384", NamedGroup::Secp384r1, 97, 48),
    ] {
        let mut off_curve = agree(provider, name, group, share_len, secret_len)?;
        if let Some(last) = off_curve.last_mut() {
            *last ^= 1;
        }
        let mut at_infinity = alloc::vec![0; share_len];
        let zero = at_infinity.clone();
        if let Some(first) = at_infinity.first_mut() {
            *first = 4;
        }
        refuse(provider, name, group, [off_curve, at_infinity, zero, alloc::vec![0]].into_iter())?;
    }
    Ok(())
}

/// Both sides come to one secret, and another exchange to another. Gives back a good share.
fn agree(
    provider: &dyn Provider,
    name: &'static str,
    group: NamedGroup,
    share_len: usize,
    secret_len: usize,
) -> Result<Vec<u8>, Mismatch> {
    let refused = |error: Error| Mismatch::new(name, Problem::Refused(error));
    let mut secrets = Vec::new();
    let mut share = Vec::new();
    for _ in 0..2 {
        let ours = provider.start_key_exchange(group).map_err(refused)?;
        let (theirs, secret) =
            provider.respond_key_exchange(group, ours.share()).map_err(refused)?;
        if ours.share().len() != share_len || secret.as_bytes().len() != secret_len {
            return Err(Mismatch::new(name, Problem::Differs));
        }
        let agreed = ours.complete(&theirs).map_err(refused)?;
        same(name, agreed.as_bytes(), secret.as_bytes())?;
        secrets.push(secret);
        share = theirs;
    }
    let repeated = secrets.windows(2).any(|pair| match pair {
        [one, other] => one.as_bytes() == other.as_bytes(),
        _ => false,
    });
    if repeated { Err(Mismatch::new(name, Problem::Differs)) } else { Ok(share) }
}

fn refuse(
    provider: &dyn Provider,
    name: &'static str,
    group: NamedGroup,
    shares: impl Iterator<Item = Vec<u8>>,
) -> Result<(), Mismatch> {
    for share in shares {
        if provider.respond_key_exchange(group, &share).is_ok() {
            return Err(Mismatch::new(name, Problem::Accepted));
        }
    }
    Ok(())
}

/// The points whose multiple by any clamped scalar is zero, in each of their encodings below 2²⁵⁵,
/// and shares that are too short and too long.
const LOW_ORDER: &[&str] = &[
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "",
    "09000000000000000000000000000000000000000000000000000000000000",
    "090000000000000000000000000000000000000000000000000000000000000000",
];
