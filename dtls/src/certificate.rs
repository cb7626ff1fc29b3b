//! Our own certificate, and what is needed of other people's.

mod der;
mod generate;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use lariat_base::Rng;
use lariat_crypto::{Provider, SignatureScheme, SigningKey};

pub(crate) use der::subject_public_key_info;

use crate::error::ParseError;
use crate::fingerprint::{Fingerprint, FingerprintAlgorithm};

/// A self-signed certificate with its private key. Cloning shares both.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::Seed;
/// use lariat_crypto::ring;
/// use lariat_dtls::Certificate;
///
/// let now = Duration::from_secs(1_790_000_000); // since 1970
/// let mut rng = Seed::new([1; 32]).rng();
/// let certificate = Certificate::generate(&*ring::provider(), &mut rng, now)?;
/// assert!(certificate.fingerprint().to_string().starts_with("sha-256 "));
/// # Ok::<(), lariat_dtls::CertificateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Certificate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    key: Box<dyn SigningKey>,
    fingerprint: Fingerprint,
}

impl Certificate {
    /// Generates an ECDSA P-256 key and a certificate for it: X.509 version 3, name "WebRTC", valid
    /// from a day before `now_unix` (the time since 1970) to 30 days after it.
    ///
    /// # Errors
    /// [`CertificateError::Crypto`] if the provider cannot generate a key or sign.
    pub fn generate(
        provider: &dyn Provider,
        rng: &mut Rng,
        now_unix: Duration,
    ) -> Result<Self, CertificateError> {
        Self::generate_with(provider, SignatureScheme::EcdsaSecp256r1Sha256, rng, now_unix)
    }

    /// The same with a key of another scheme: ECDSA on P-256 or P-384.
    ///
    /// # Errors
    /// [`CertificateError::Crypto`] if the scheme is another one, or the provider cannot generate a
    /// key or sign.
    pub fn generate_with(
        provider: &dyn Provider,
        scheme: SignatureScheme,
        rng: &mut Rng,
        now_unix: Duration,
    ) -> Result<Self, CertificateError> {
        let key = provider.generate_signing_key(scheme).map_err(CertificateError::Crypto)?;
        let der = generate::self_signed(&*key, rng.array(), now_unix)
            .map_err(CertificateError::Crypto)?;
        Ok(Self::new(provider, der, key))
    }

    /// Takes over a certificate in DER and its private key in PKCS #8, for an identity that
    /// outlives the process.
    ///
    /// # Errors
    /// [`CertificateError::Crypto`] if the key cannot be read, [`CertificateError::Der`] if the
    /// certificate cannot, [`CertificateError::KeyMismatch`] if they do not belong together.
    pub fn from_der(
        provider: &dyn Provider,
        der: &[u8],
        pkcs8: &[u8],
    ) -> Result<Self, CertificateError> {
        let key = provider.load_signing_key(pkcs8).map_err(CertificateError::Crypto)?;
        let public_key = subject_public_key_info(der).map_err(CertificateError::Der)?;
        if public_key != key.subject_public_key_info() {
            return Err(CertificateError::KeyMismatch);
        }
        Ok(Self::new(provider, der.to_vec(), key))
    }

    fn new(provider: &dyn Provider, der: Vec<u8>, key: Box<dyn SigningKey>) -> Self {
        let fingerprint = Fingerprint::of(provider, FingerprintAlgorithm::Sha256, &der);
        Self(Arc::new(Inner { der, key, fingerprint }))
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The SHA-256 fingerprint, as it goes into `a=fingerprint`.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint.clone()
    }

    pub(crate) fn signing_key(&self) -> &dyn SigningKey {
        &*self.0.key
    }
}

/// Whether a public key is of the kind, and on the curve, that a signature scheme of TLS 1.3 means
/// (RFC 8446 §4.2.3).
pub(crate) fn is_key_of(subject_public_key_info: &[u8], scheme: SignatureScheme) -> bool {
    match scheme {
        SignatureScheme::EcdsaSecp256r1Sha256 => subject_public_key_info.starts_with(P256),
        SignatureScheme::EcdsaSecp384r1Sha384 => subject_public_key_info.starts_with(P384),
        // For these the provider's own check of the key is the same in both versions.
        _ => true,
    }
}

/// What a P-256 key in DER begins with (RFC 5480 §2): its lengths, id-ecPublicKey, secp256r1.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];

/// The same of a P-384 key.
const P384: &[u8] = &[
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
    0x81, 0x04, 0x00, 0x22,
];

/// Why there is no certificate.
///
/// ```
/// use lariat_crypto::ring;
/// use lariat_dtls::{Certificate, CertificateError};
///
/// let error = Certificate::from_der(&*ring::provider(), &[], &[]).unwrap_err();
/// assert!(matches!(error, CertificateError::Crypto(_)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// The cryptographic backend failed.
    Crypto(lariat_crypto::Error),
    /// The certificate cannot be read.
    Der(ParseError),
    /// The certificate is for another key.
    KeyMismatch,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crypto(error) => write!(f, "cryptographic backend: {error}"),
            Self::Der(error) => write!(f, "certificate cannot be read: {error}"),
            Self::KeyMismatch => f.write_str("certificate is for another key"),
        }
    }
}

impl core::error::Error for CertificateError {}

#[cfg(test)]
mod tests;
