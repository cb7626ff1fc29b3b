//! The vectors of the Wycheproof project, which are made of what other libraries got wrong.
//!
//! Each file is run through every backend that is compiled in. What the provider cannot express is
//! counted, and both counts are asserted, so that no vector goes missing unseen.

#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod aead;
mod kdf;
mod key_exchange;
mod mac;
mod signature;

use lariat_crypto::Provider;

/// How many vectors of a file were run, and how many the provider has no words for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    run: usize,
    skipped: usize,
}

impl Tally {
    const fn all(run: usize) -> Self {
        Self { run, skipped: 0 }
    }
}

/// Runs `check` over every backend and holds each to the same counts.
fn every_backend(expected: Tally, check: impl Fn(&dyn Provider) -> Tally) {
    #[cfg(feature = "ring")]
    assert_eq!(check(&*lariat_crypto::ring::provider()), expected, "ring");
    #[cfg(feature = "aws-lc-rs")]
    assert_eq!(check(&*lariat_crypto::aws_lc_rs::provider()), expected, "aws-lc-rs");
}
