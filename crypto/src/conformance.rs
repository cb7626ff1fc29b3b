//! Published vectors, to hold any [`Provider`] to.
//!
//! A backend written elsewhere calls [`check`] from a test of its own. The vectors are plain data,
//! and no feature hides them: a program that does not call [`check`] does not contain them.

mod aead;
mod aes;
mod hash;
mod header_protection;
mod hybrid;
mod kdf;
mod key_exchange;
mod md5;
mod signature;
#[cfg(all(test, any(feature = "ring", feature = "aws-lc-rs")))]
mod tests;

use alloc::vec::Vec;
use core::fmt;

use crate::{Error, Provider};

/// Runs every vector through `provider`.
///
/// They cover AES-GCM (RFC 7714), ChaCha20-Poly1305 (RFC 8439), masks for headers (RFC 9001), AES in
/// counter mode (FIPS 197, RFC 3711, RFC 6188), the hashes (FIPS 180), MD5 (RFC 1321), HMAC (RFC 2202, RFC 4231),
/// HKDF (RFC 5869), the TLS 1.2 PRF, ECDSA (RFC 6979), Ed25519 (RFC 8032), RSA (Wycheproof), and
/// agreement, acceptance and refusals of the key exchanges (RFC 7748, RFC 8446,
/// draft-ietf-tls-ecdhe-mlkem). Each is also run with something changed that must make it fail.
///
/// # Errors
/// The first vector on which the provider differs, or whose algorithm it lacks.
///
/// ```
/// use lariat_crypto::{conformance, ring};
///
/// conformance::check(&*ring::provider())?;
/// # Ok::<(), conformance::Mismatch>(())
/// ```
pub fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    hash::check(provider)?;
    md5::check(provider)?;
    kdf::check(provider)?;
    aes::check(provider)?;
    aead::check(provider)?;
    header_protection::check(provider)?;
    key_exchange::check(provider)?;
    hybrid::check(provider)?;
    signature::check(provider)
}

/// A provider does not do what a published vector says.
///
/// ```
/// use lariat_crypto::conformance::{Mismatch, Problem};
///
/// fn report(mismatch: Mismatch) -> String {
///     match mismatch.problem() {
///         Problem::Accepted => format!("dangerous: {mismatch}"),
///         _ => mismatch.to_string(),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    vector: &'static str,
    problem: Problem,
}

impl Mismatch {
    const fn new(vector: &'static str, problem: Problem) -> Self {
        Self { vector, problem }
    }

    /// The vector: where it is published, and what it is of.
    pub const fn vector(&self) -> &'static str {
        self.vector
    }

    /// What went wrong.
    pub const fn problem(&self) -> Problem {
        self.problem
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.vector, self.problem)
    }
}

impl core::error::Error for Mismatch {}

/// What a provider did with a vector. See [`Mismatch`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The output is not the published one.
    Differs,
    /// It refused what is good.
    Refused(Error),
    /// It accepted what is forged.
    Accepted,
    /// It refused what is forged, but left the plaintext where the caller can see it.
    Leaked,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs => f.write_str("the output differs"),
            Self::Refused(error) => write!(f, "refused though it is good: {error}"),
            Self::Accepted => f.write_str("accepted though it is forged"),
            Self::Leaked => f.write_str("plaintext of a refused message is left in the buffer"),
        }
    }
}

fn same(vector: &'static str, actual: &[u8], expected: &[u8]) -> Result<(), Mismatch> {
    if actual == expected { Ok(()) } else { Err(Mismatch::new(vector, Problem::Differs)) }
}

/// The bytes of a literal.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    let nibble = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
    pairs.iter().map(|&[high, low]| nibble(high) << 4 | nibble(low)).collect()
}

/// The same where the length is the type's: cut short, or filled up with zeros.
fn hex_array<const N: usize>(digits: &str) -> [u8; N] {
    let mut array = [0; N];
    array.iter_mut().zip(hex(digits)).for_each(|(to, from)| *to = from);
    array
}
