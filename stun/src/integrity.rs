//! MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.5, §14.6), and the keys behind
//! them.

use alloc::boxed::Box;

use lariat_crypto::{HashAlgorithm, HmacKey, Provider};

use crate::attribute::AttributeType;

/// Which of the two integrity attributes a key is for.
///
/// ```
/// use lariat_stun::IntegrityAlgorithm;
///
/// // What ICE uses.
/// assert_eq!(IntegrityAlgorithm::default(), IntegrityAlgorithm::Sha1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IntegrityAlgorithm {
    /// HMAC-SHA1 in MESSAGE-INTEGRITY.
    #[default]
    Sha1,
    /// HMAC-SHA256 in MESSAGE-INTEGRITY-SHA256.
    Sha256,
}

impl IntegrityAlgorithm {
    pub(crate) const fn attribute(self) -> AttributeType {
        match self {
            Self::Sha1 => AttributeType::MESSAGE_INTEGRITY,
            Self::Sha256 => AttributeType::MESSAGE_INTEGRITY_SHA256,
        }
    }

    pub(crate) const fn tag_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// A prepared key for message integrity.
///
/// ```
/// use lariat_crypto::ring;
/// use lariat_stun::IntegrityKey;
///
/// let key = IntegrityKey::short_term(&*ring::provider(), "secret");
/// assert!(!format!("{key:?}").contains("secret"));
/// ```
#[derive(Debug)]
pub struct IntegrityKey {
    algorithm: IntegrityAlgorithm,
    key: Box<dyn HmacKey>,
}

impl IntegrityKey {
    /// The key of a short-term credential (RFC 8489 §9.1.1), with HMAC-SHA1, as ICE uses it.
    ///
    /// The password is taken as it is: those of ICE are ASCII, which OpaqueString leaves alone.
    pub fn short_term(provider: &dyn Provider, password: &str) -> Self {
        Self::new(provider, IntegrityAlgorithm::Sha1, password.as_bytes())
    }

    /// A key of given bytes.
    pub fn new(provider: &dyn Provider, algorithm: IntegrityAlgorithm, key: &[u8]) -> Self {
        let hash = match algorithm {
            IntegrityAlgorithm::Sha1 => HashAlgorithm::Sha1,
            IntegrityAlgorithm::Sha256 => HashAlgorithm::Sha256,
        };
        Self { algorithm, key: provider.hmac_key(hash, key) }
    }

    /// Which attribute it makes and checks.
    pub const fn algorithm(&self) -> IntegrityAlgorithm {
        self.algorithm
    }

    pub(crate) fn hmac(&self) -> &dyn HmacKey {
        &*self.key
    }
}
