//! X25519MLKEM768: two sides agree, and either half is checked by whoever gets it.

use alloc::vec::Vec;

use super::key_exchange::agree;
use super::{Mismatch, Problem, same};
use crate::{Error, NamedGroup, Provider, Secret};

const NAME: &str = "draft-ietf-tls-ecdhe-mlkem, X25519MLKEM768";
const GROUP: NamedGroup = NamedGroup::X25519MlKem768;

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    agree(provider, NAME, GROUP)?;
    check_encapsulation_keys(provider)?;
    check_answers(provider)
}

fn refused(error: Error) -> Mismatch {
    Mismatch::new(NAME, Problem::Refused(error))
}

/// What the side that answers has to refuse.
fn check_encapsulation_keys(provider: &dyn Provider) -> Result<(), Mismatch> {
    let ours = provider.start_key_exchange(GROUP).map_err(refused)?;
    let mut shares = wrong_lengths(ours.share());
    // FIPS 203 §7.2: coefficients of 12 bits, two in three bytes, have to be below 3329 (0xd01).
    for at in [0, 3, 573, 1149] {
        for bytes in [[0x01, 0x0d, 0x00], [0x00, 0x10, 0xd0], [0xff, 0xff, 0xff]] {
            shares.push(with(ours.share(), at, &bytes));
        }
    }
    // The X25519 half comes last, and gives the all-zero secret.
    shares.push(with(ours.share(), 1184, &[0; 32]));
    let accepted = shares.iter().any(|share| provider.respond_key_exchange(GROUP, share).is_ok());
    if accepted {
        return Err(Mismatch::new(NAME, Problem::Accepted));
    }
    // The largest coefficients that there are.
    for bytes in [[0x00, 0x0d, 0x00], [0x00, 0x00, 0xd0]] {
        provider.respond_key_exchange(GROUP, &with(ours.share(), 0, &bytes)).map_err(refused)?;
    }
    Ok(())
}

/// What the side that started has to refuse, and what it must not notice.
fn check_answers(provider: &dyn Provider) -> Result<(), Mismatch> {
    // An exchange completes once: each answer meets one of its own.
    let complete = |change: &dyn Fn(&[u8]) -> Vec<u8>| -> Result<_, Mismatch> {
        let ours = provider.start_key_exchange(GROUP).map_err(refused)?;
        let (share, secret) =
            provider.respond_key_exchange(GROUP, ours.share()).map_err(refused)?;
        Ok((ours.complete(&change(&share)), secret))
    };
    for index in 0..wrong_lengths(&[]).len() {
        let change = |share: &[u8]| wrong_lengths(share).swap_remove(index);
        if complete(&change)?.0.is_ok() {
            return Err(Mismatch::new(NAME, Problem::Accepted));
        }
    }
    if complete(&|share| with(share, 1088, &[0; 32]))?.0.is_ok() {
        return Err(Mismatch::new(NAME, Problem::Accepted));
    }
    // FIPS 203 §6.3: a changed ciphertext gives a secret that nobody else has; ML-KEM's half is the
    // first.
    for at in [0, 959, 960, 1087] {
        let tamper = |share: &[u8]| {
            let byte = share.get(at).copied().unwrap_or_default();
            with(share, at, &[byte ^ 1])
        };
        let (agreed, secret) = complete(&tamper)?;
        let agreed = agreed.map_err(refused)?;
        let (ml_kem, x25519) = halves(&agreed);
        let (their_ml_kem, their_x25519) = halves(&secret);
        same(NAME, x25519, their_x25519)?;
        if ml_kem == their_ml_kem {
            return Err(Mismatch::new(NAME, Problem::Accepted));
        }
    }
    Ok(())
}

fn halves(secret: &Secret) -> (&[u8], &[u8]) {
    secret.as_bytes().split_at_checked(32).unwrap_or_default()
}

/// The share with these bytes in it.
fn with(share: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut share = share.to_vec();
    let there = share.iter_mut().skip(at);
    there.zip(bytes).for_each(|(to, from)| *to = *from);
    share
}

/// One too short, one too long, without the X25519 half, with half of it, and nothing.
fn wrong_lengths(share: &[u8]) -> Vec<Vec<u8>> {
    let cut = |by: usize| share.get(..share.len().saturating_sub(by)).unwrap_or_default().to_vec();
    alloc::vec![cut(1), [share, &[0]].concat(), cut(32), cut(16), Vec::new()]
}
