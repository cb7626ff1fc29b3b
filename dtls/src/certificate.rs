//! Our own certificate, and what is needed of other people's.

mod der;
mod generate;
mod private_key;
mod signature_hash;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use lariat_base::Rng;
use lariat_crypto::{PemSection, Provider, Secret, SignatureScheme, SigningKey, read_pem};

pub(crate) use der::subject_public_key_info;

use crate::error::ParseError;
use crate::fingerprint::{Fingerprint, FingerprintAlgorithm};
use crate::limits;

/// A certificate with its private key, and those that vouch for it, if there are any. Cloning
/// shares all.
///
/// In WebRTC a certificate is known by its fingerprint, so one that vouches for itself does as well
/// as any, and [`generate`](Self::generate) makes one. One that outlives the process is read with
/// [`from_pem`](Self::from_pem) or [`from_der`](Self::from_der); a key that lies elsewhere signs by
/// way of [`with_signer`](Self::with_signer).
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
    /// The certificate itself.
    der: Vec<u8>,
    /// Those after it.
    issuers: Vec<Vec<u8>>,
    key: Box<dyn SigningKey>,
    fingerprint: Fingerprint,
    /// Of the hash in its own signature, if that is another one.
    second_fingerprint: Option<Fingerprint>,
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

    /// The same with a key of another scheme: ECDSA on P-256 or P-384, or Ed25519, which WebRTC
    /// does not ask anybody to accept.
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
        Self::self_signed(provider, key, rng, now_unix)
    }

    /// The same for a key that there is already, of one of those schemes. It signs once here.
    ///
    /// # Errors
    /// [`CertificateError::Crypto`] if the scheme is another one, or the key does not sign;
    /// [`CertificateError::Der`] if its public key is none.
    pub fn self_signed(
        provider: &dyn Provider,
        key: Box<dyn SigningKey>,
        rng: &mut Rng,
        now_unix: Duration,
    ) -> Result<Self, CertificateError> {
        let der = generate::self_signed(&*key, rng.array(), now_unix)
            .map_err(CertificateError::Crypto)?;
        Self::with_signer(provider, &[der], key)
    }

    /// Takes over a certificate in DER and its private key in DER: PKCS #8, SEC 1 or PKCS #1. Keys
    /// are those that [`Provider::load_signing_key`] has, on P-256 or P-384, of Ed25519 or RSA.
    ///
    /// # Errors
    /// [`CertificateError::Crypto`] or [`CertificateError::UnsupportedKey`] if the key cannot be
    /// read, and else as [`with_signer`](Self::with_signer).
    pub fn from_der(
        provider: &dyn Provider,
        der: &[u8],
        private_key: &[u8],
    ) -> Result<Self, CertificateError> {
        Self::with_signer(provider, &[der], private_key::load(provider, private_key)?)
    }

    /// Takes over the certificates and the private key of two PEM texts (RFC 7468); one that has
    /// all is given twice. Of the first text only the certificates count, the sender's own before
    /// those that vouch for it, and of the second only the key, of the kinds that
    /// [`from_der`](Self::from_der) takes.
    ///
    /// ```
    /// use lariat_crypto::ring;
    /// use lariat_dtls::Certificate;
    ///
    /// // openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=peer
    /// let text = b"\
    /// -----BEGIN PRIVATE KEY-----
    /// MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoNJoRxjM32TjULgN
    /// baTkH5W+LDOUEQXwbvnspc38R7qhRANCAATMgn6MKwNGfLSPtGLFWtFu4sYFkLQ6
    /// JS+0HnCgLdRSAhtuLkn4r8zci0dDwXc81ShGneUNUlLvjJcYm8bpFRx/
    /// -----END PRIVATE KEY-----
    /// -----BEGIN CERTIFICATE-----
    /// MIIBcjCCARmgAwIBAgIUfqOvOtV8gJISrUxprjA9qe0xW6EwCgYIKoZIzj0EAwIw
    /// DzENMAsGA1UEAwwEcGVlcjAeFw0yNjExMjEwMzA5MzVaFw0yNjEyMjEwMzA5MzVa
    /// MA8xDTALBgNVBAMMBHBlZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATMgn6M
    /// KwNGfLSPtGLFWtFu4sYFkLQ6JS+0HnCgLdRSAhtuLkn4r8zci0dDwXc81ShGneUN
    /// UlLvjJcYm8bpFRx/o1MwUTAdBgNVHQ4EFgQUbmFaZWuOyCZ13Y51/ku0wn+YyW0w
    /// HwYDVR0jBBgwFoAUbmFaZWuOyCZ13Y51/ku0wn+YyW0wDwYDVR0TAQH/BAUwAwEB
    /// /zAKBggqhkjOPQQDAgNHADBEAiA0KQeXxeTgXtmi8p3NOMl5mZGk5z6856UQz4H+
    /// XwCBvwIga50wEbQaCOxg5T++I4Mk/Nr250OQFSZdzYKG9Txhb94=
    /// -----END CERTIFICATE-----
    /// ";
    /// let certificate = Certificate::from_pem(&*ring::provider(), text, text)?;
    /// assert!(certificate.fingerprint().to_string().starts_with("sha-256 "));
    /// # Ok::<(), lariat_dtls::CertificateError>(())
    /// ```
    ///
    /// # Errors
    /// [`CertificateError::Crypto`] if a text is not PEM, [`CertificateError::NoPrivateKey`] or
    /// [`CertificateError::SeveralPrivateKeys`] if there is not exactly one key, and else as
    /// [`from_der`](Self::from_der).
    pub fn from_pem(
        provider: &dyn Provider,
        certificates: &[u8],
        private_key: &[u8],
    ) -> Result<Self, CertificateError> {
        let read = |text| read_pem(text).map_err(CertificateError::Crypto);
        let chain = read(certificates)?.into_iter().filter_map(|section| match section {
            PemSection::Certificate(der) => Some(der),
            _ => None,
        });
        let keys = read(private_key)?.into_iter().filter_map(|section| match section {
            PemSection::PrivateKey(key) => Some(key),
            _ => None,
        });
        let (chain, keys): (Vec<Vec<u8>>, Vec<Secret>) = (chain.collect(), keys.collect());
        let key = match &keys[..] {
            [key] => private_key::load(provider, key.as_bytes())?,
            [] => return Err(CertificateError::NoPrivateKey),
            _ => return Err(CertificateError::SeveralPrivateKeys),
        };
        Self::with_signer(provider, &chain, key)
    }

    /// Takes over certificates in DER, the sender's own before those that vouch for it, and a key
    /// that signs for it: one of the provider's, or one that lies elsewhere, in a security module
    /// or with a service.
    ///
    /// The key signs once in every handshake, from within
    /// [`Connection::handle_datagram`](crate::Connection::handle_datagram), which waits for it: as
    /// long as a slow one takes, the calling thread does nothing else, and if that is longer than
    /// the peer's retransmission timeout (often 250 ms or less), flights are repeated that were not
    /// lost. If it fails, so does the handshake, with
    /// [`FailureReason::Signing`](crate::FailureReason::Signing). What it returns is not looked at:
    /// a wrong signature is refused by the peer.
    ///
    /// ```
    /// use lariat_crypto::{Error, SignatureScheme, SigningKey, ring};
    /// use lariat_dtls::Certificate;
    ///
    /// /// A key in somebody else's hands.
    /// #[derive(Clone, Debug)]
    /// struct Token {
    ///     public_key: Vec<u8>,
    ///     # key: std::sync::Arc<dyn SigningKey>,
    /// }
    ///
    /// impl SigningKey for Token {
    ///     fn scheme(&self) -> SignatureScheme {
    ///         SignatureScheme::EcdsaSecp256r1Sha256
    ///     }
    ///
    ///     fn subject_public_key_info(&self) -> &[u8] {
    ///         &self.public_key
    ///     }
    ///
    ///     fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
    ///         self.ask(message).map_err(|_| Error::Signer)
    ///     }
    /// }
    ///
    /// impl Token {
    ///     /// Asks for an ECDSA signature with SHA-256 over `message`, in DER.
    ///     fn ask(&self, message: &[u8]) -> std::io::Result<Vec<u8>> {
    ///         // ..
    ///         # Ok(self.key.sign(message).unwrap())
    ///     }
    /// }
    ///
    /// # let provider = ring::provider();
    /// # let key = provider.generate_signing_key(SignatureScheme::EcdsaSecp256r1Sha256).unwrap();
    /// # let token = Token { public_key: key.subject_public_key_info().to_vec(), key: key.into() };
    /// # let mut rng = lariat_base::Seed::new([1; 32]).rng();
    /// # let now = core::time::Duration::from_secs(1_790_000_000);
    /// // Once, and its DER is to be kept:
    /// let first = Certificate::self_signed(&*provider, Box::new(token.clone()), &mut rng, now)?;
    /// // From then on:
    /// let again = Certificate::with_signer(&*provider, &[first.der()], Box::new(token))?;
    /// assert_eq!(again.fingerprint(), first.fingerprint());
    /// # Ok::<(), lariat_dtls::CertificateError>(())
    /// ```
    ///
    /// # Errors
    /// [`CertificateError::NoCertificate`], [`CertificateError::ChainTooLong`],
    /// [`CertificateError::Der`] if a certificate cannot be read as far as its key,
    /// [`CertificateError::KeyMismatch`] if the first one is for another key.
    pub fn with_signer(
        provider: &dyn Provider,
        chain: &[impl AsRef<[u8]>],
        key: Box<dyn SigningKey>,
    ) -> Result<Self, CertificateError> {
        let (leaf, issuers) = chain.split_first().ok_or(CertificateError::NoCertificate)?;
        let bytes: usize = chain.iter().map(|der| der.as_ref().len()).sum();
        if chain.len() > limits::CERTIFICATES || bytes > limits::CHAIN_BYTES {
            return Err(CertificateError::ChainTooLong);
        }
        let leaf = leaf.as_ref();
        let public_key = subject_public_key_info(leaf).map_err(CertificateError::Der)?;
        if public_key != key.subject_public_key_info() {
            return Err(CertificateError::KeyMismatch);
        }
        for issuer in issuers {
            subject_public_key_info(issuer.as_ref()).map_err(CertificateError::Der)?;
        }
        let fingerprint = Fingerprint::of(provider, FingerprintAlgorithm::Sha256, leaf);
        let issuers = issuers.iter().map(|issuer| issuer.as_ref().to_vec()).collect();
        let second_fingerprint = signature_hash::of(leaf)
            .filter(|algorithm| *algorithm != fingerprint.algorithm)
            .map(|algorithm| Fingerprint::of(provider, algorithm, leaf));
        let der = leaf.to_vec();
        Ok(Self(Arc::new(Inner { der, issuers, key, fingerprint, second_fingerprint })))
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The certificate and those that vouch for it, in DER, as they are sent.
    pub fn chain(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::once(self.der()).chain(self.0.issuers.iter().map(Vec::as_slice))
    }

    /// The SHA-256 fingerprint of the certificate, which every peer can check.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint.clone()
    }

    /// All that a description is to announce of the certificate, each as an `a=fingerprint`: that
    /// of SHA-256, and then that of the hash in the certificate's own signature, if it is SHA-384
    /// or SHA-512.
    ///
    /// ```
    /// # use core::time::Duration;
    /// use lariat_base::Seed;
    /// use lariat_crypto::{SignatureScheme, ring};
    /// use lariat_dtls::Certificate;
    ///
    /// # let now = Duration::from_secs(1_790_000_000);
    /// let (scheme, mut rng) = (SignatureScheme::EcdsaSecp384r1Sha384, Seed::new([1; 32]).rng());
    /// let certificate = Certificate::generate_with(&*ring::provider(), scheme, &mut rng, now)?;
    /// let names = certificate.fingerprints().map(|fingerprint| fingerprint.algorithm.name());
    /// assert_eq!(names.collect::<Vec<_>>(), ["sha-256", "sha-384"]);
    /// # Ok::<(), lariat_dtls::CertificateError>(())
    /// ```
    pub fn fingerprints(&self) -> impl Iterator<Item = &Fingerprint> {
        // rfc8122 §5.1: both; the second is for whoever insists on the signature's hash.
        core::iter::once(&self.0.fingerprint).chain(&self.0.second_fingerprint)
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
    /// A certificate cannot be read.
    Der(ParseError),
    /// There is no certificate.
    NoCertificate,
    /// There are more than [`limits::CERTIFICATES`], or than [`limits::CHAIN_BYTES`] in sum.
    ChainTooLong,
    /// There is no private key, or none but encrypted ones.
    NoPrivateKey,
    /// There is more than one private key.
    SeveralPrivateKeys,
    /// The private key is of a kind that is not supported; it is named.
    UnsupportedKey(&'static str),
    /// The certificate, which is the first one of a chain, is for another key.
    KeyMismatch,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crypto(error) => write!(f, "cryptographic backend: {error}"),
            Self::Der(error) => write!(f, "certificate cannot be read: {error}"),
            Self::NoCertificate => f.write_str("there is no certificate"),
            Self::ChainTooLong => f.write_str("there are too many certificates"),
            Self::NoPrivateKey => f.write_str("there is no private key in the clear"),
            Self::SeveralPrivateKeys => f.write_str("there is more than one private key"),
            Self::UnsupportedKey(kind) => {
                write!(f, "private keys that are {kind} are not supported")
            }
            Self::KeyMismatch => f.write_str("certificate is for another key"),
        }
    }
}

impl core::error::Error for CertificateError {}

#[cfg(test)]
mod tests;
