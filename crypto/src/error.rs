//! The one error.

use core::fmt;

/// A cryptographic operation failed.
///
/// It says which kind and never why: a reason would be an oracle.
///
/// ```
/// use lariat_crypto::{AeadAlgorithm, Error, ring};
///
/// let provider = ring::provider();
/// let refused = provider.aead_key(AeadAlgorithm::Aes128Gcm, b"short");
/// assert_eq!(refused.unwrap_err(), Error::KeyLength);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A key has the wrong length for its algorithm (the caller's mistake).
    KeyLength,
    /// A private key could not be read (the caller's mistake).
    PrivateKey,
    /// A text is not PEM (the caller's mistake).
    Pem,
    /// The backend does not implement the algorithm.
    Unsupported,
    /// A tag, a signature or a ciphertext is not authentic.
    NotAuthentic,
    /// A peer's public key is not one of its group.
    PublicKey,
    /// The output is longer than the construction can give (the caller's mistake).
    OutputLength,
    /// The operating system gave no randomness.
    Random,
    /// A signer outside of the process did not sign.
    Signer,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyLength => "key has the wrong length for its algorithm",
            Self::PrivateKey => "private key cannot be read",
            Self::Pem => "text is not PEM",
            Self::Unsupported => "algorithm is not implemented by this backend",
            Self::NotAuthentic => "not authentic",
            Self::PublicKey => "public key is not valid in its group",
            Self::OutputLength => "more output is asked for than the construction gives",
            Self::Random => "no randomness available",
            Self::Signer => "the signer did not sign",
        })
    }
}

impl core::error::Error for Error {}
