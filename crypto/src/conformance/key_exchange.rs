//! Key exchange. Keys are ephemeral, so that no published private key can be put in: what is
//! checked is that two sides agree, that published shares are taken, and that bad ones are refused.

use alloc::vec::Vec;

use super::{Mismatch, Problem, hex, same};
use crate::{Error, NamedGroup, Provider};

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    let name = "RFC 7748 §6.1, X25519";
    agree(provider, name, NamedGroup::X25519)?;
    accept(provider, name, NamedGroup::X25519, X25519_SHARES)?;
    let bad = X25519_LOW_ORDER.iter().chain(X25519_LENGTHS).map(|share| hex(share));
    refuse(provider, name, NamedGroup::X25519, bad)?;
    for (name, group, published) in [
        ("ECDH with P-256", NamedGroup::Secp256r1, P256_SHARE),
        ("ECDH with P-384", NamedGroup::Secp384r1, P384_SHARE),
    ] {
        agree(provider, name, group)?;
        accept(provider, name, group, &[published])?;
        refuse(provider, name, group, bad_points(&hex(published)).into_iter())?;
    }
    Ok(())
}

/// What is no uncompressed point of the curve that this one is on.
fn bad_points(good: &[u8]) -> Vec<Vec<u8>> {
    let with_first = |first: u8, bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if let Some(byte) = bytes.first_mut() {
            *byte = first;
        }
        bytes
    };
    let mut off_curve = good.to_vec();
    let parity = off_curve.last_mut().map_or(0, |last| {
        *last ^= 1;
        // Of the good point.
        (*last & 1) ^ 1
    });
    let zero = alloc::vec![0; good.len()];
    let x = good.get(..good.len().div_ceil(2)).unwrap_or_default();
    let shorter = good.get(..good.len() - 1).unwrap_or_default();
    alloc::vec![
        off_curve,
        with_first(4, &zero),
        with_first(4, &alloc::vec![0xff; good.len()]),
        zero,
        // The point at infinity.
        alloc::vec![0],
        Vec::new(),
        shorter.to_vec(),
        [good, &[0]].concat(),
        // rfc8446 §4.2.8.2: neither the compressed nor the hybrid form.
        with_first(2 + parity, x),
        with_first(6 + parity, good),
    ]
}

/// Both sides come to one secret, and another exchange to another.
pub(super) fn agree(
    provider: &dyn Provider,
    name: &'static str,
    group: NamedGroup,
) -> Result<(), Mismatch> {
    let refused = |error: Error| Mismatch::new(name, Problem::Refused(error));
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let ours = provider.start_key_exchange(group).map_err(refused)?;
        let (theirs, secret) =
            provider.respond_key_exchange(group, ours.share()).map_err(refused)?;
        let lengths = [ours.share().len(), theirs.len(), secret.as_bytes().len()];
        let expected =
            [group.initiator_share_len(), group.responder_share_len(), group.secret_len()];
        if ours.group() != group || lengths != expected {
            return Err(Mismatch::new(name, Problem::Differs));
        }
        let agreed = ours.complete(&theirs).map_err(refused)?;
        same(name, agreed.as_bytes(), secret.as_bytes())?;
        secrets.push(secret);
    }
    let repeated = secrets.windows(2).any(|pair| match pair {
        [one, other] => one.as_bytes() == other.as_bytes(),
        _ => false,
    });
    if repeated { Err(Mismatch::new(name, Problem::Differs)) } else { Ok(()) }
}

fn accept(
    provider: &dyn Provider,
    name: &'static str,
    group: NamedGroup,
    shares: &[&str],
) -> Result<(), Mismatch> {
    for share in shares {
        provider
            .respond_key_exchange(group, &hex(share))
            .map_err(|error| Mismatch::new(name, Problem::Refused(error)))?;
    }
    Ok(())
}

/// Bad shares are refused by the side that answers, and by the side that started.
fn refuse(
    provider: &dyn Provider,
    name: &'static str,
    group: NamedGroup,
    shares: impl Iterator<Item = Vec<u8>>,
) -> Result<(), Mismatch> {
    for share in shares {
        let ours = provider
            .start_key_exchange(group)
            .map_err(|error| Mismatch::new(name, Problem::Refused(error)))?;
        let answered = provider.respond_key_exchange(group, &share).is_ok();
        if answered || ours.complete(&share).is_ok() {
            return Err(Mismatch::new(name, Problem::Accepted));
        }
    }
    Ok(())
}

/// The two of RFC 7748 §6.1; then, per §5, the largest number of 255 bits, which is not reduced,
/// and with the unused bit set.
const X25519_SHARES: &[&str] = &[
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882bcf",
];

/// The points whose multiple by any clamped scalar is zero, in each of their encodings, without and
/// with the unused bit.
const X25519_LOW_ORDER: &[&str] = &[
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// Nothing, one byte too few, one too many, and a good share's SubjectPublicKeyInfo (RFC 8410).
const X25519_LENGTHS: &[&str] = &[
    "",
    "09000000000000000000000000000000000000000000000000000000000000",
    "090000000000000000000000000000000000000000000000000000000000000000",
    "302a300506032b656e032100de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
];

/// The public key of RFC 6979 §A.2.5.
const P256_SHARE: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe\
     1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

/// The public key of RFC 6979 §A.2.6.
const P384_SHARE: &str = "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0\
     ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1\
     288b231c3ae0d4fe7344fd2533264720";
