//! Names of algorithms, with their sizes and code points.

/// A hash function; also names the HMAC over it.
///
/// ```
/// use lariat_crypto::HashAlgorithm;
///
/// assert_eq!(HashAlgorithm::Sha1.digest_len(), 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-1, for STUN, SRTP's HMAC and nothing else.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// The length of the digest in bytes.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// An authenticated cipher. All have a nonce of 12 bytes and a tag of 16.
///
/// ```
/// use lariat_crypto::AeadAlgorithm;
///
/// assert_eq!(AeadAlgorithm::Aes128Gcm.key_len(), 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AeadAlgorithm {
    /// AES-128 in Galois/counter mode.
    Aes128Gcm,
    /// AES-256 in Galois/counter mode.
    Aes256Gcm,
    /// ChaCha20-Poly1305 (RFC 8439).
    ChaCha20Poly1305,
}

impl AeadAlgorithm {
    /// The length of a nonce in bytes.
    pub const NONCE_LEN: usize = 12;
    /// The length of a tag in bytes.
    pub const TAG_LEN: usize = 16;

    /// The length of a key in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }
}

/// A key exchange, by its code point in IANA's "TLS Supported Groups" registry.
///
/// ```
/// use lariat_crypto::NamedGroup;
///
/// assert_eq!(NamedGroup::from_code_point(29), Some(NamedGroup::X25519));
/// assert_eq!(NamedGroup::from_code_point(0x0a0a), None);
/// assert_eq!(NamedGroup::X25519MlKem768.initiator_share_len(), 1216);
/// assert_eq!(NamedGroup::X25519MlKem768.responder_share_len(), 1120);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NamedGroup {
    /// Elliptic curve P-256, uncompressed points.
    Secp256r1,
    /// Elliptic curve P-384, uncompressed points.
    Secp384r1,
    /// X25519 (RFC 7748).
    X25519,
    /// ML-KEM-768 beside X25519 (draft-ietf-tls-ecdhe-mlkem), for TLS 1.3 only: the two sides'
    /// shares differ in kind.
    X25519MlKem768,
}

impl NamedGroup {
    /// The code point on the wire.
    pub const fn code_point(self) -> u16 {
        match self {
            Self::Secp256r1 => 23,
            Self::Secp384r1 => 24,
            Self::X25519 => 29,
            Self::X25519MlKem768 => 0x11ec,
        }
    }

    /// The length in bytes of the share that starts an exchange: a TLS 1.3 client's.
    pub const fn initiator_share_len(self) -> usize {
        match self {
            Self::Secp256r1 => 65,
            Self::Secp384r1 => 97,
            Self::X25519 => 32,
            Self::X25519MlKem768 => 1184 + 32,
        }
    }

    /// The length in bytes of the share that answers one: a TLS 1.3 server's.
    pub const fn responder_share_len(self) -> usize {
        match self {
            Self::Secp256r1 => 65,
            Self::Secp384r1 => 97,
            Self::X25519 => 32,
            Self::X25519MlKem768 => 1088 + 32,
        }
    }

    /// The length in bytes of the shared secret.
    pub const fn secret_len(self) -> usize {
        match self {
            Self::Secp256r1 | Self::X25519 => 32,
            Self::Secp384r1 => 48,
            Self::X25519MlKem768 => 32 + 32,
        }
    }

    /// The group with this code point, if it is one of these.
    pub const fn from_code_point(code_point: u16) -> Option<Self> {
        match code_point {
            23 => Some(Self::Secp256r1),
            24 => Some(Self::Secp384r1),
            29 => Some(Self::X25519),
            0x11ec => Some(Self::X25519MlKem768),
            _ => None,
        }
    }
}

/// A signature algorithm, by its code point in IANA's "TLS SignatureScheme" registry.
///
/// In TLS 1.2 the ECDSA code points name a hash only and leave the curve to the key;
/// [`Provider::verify`] goes by the key.
///
/// ```
/// use lariat_crypto::SignatureScheme;
///
/// assert_eq!(SignatureScheme::EcdsaSecp256r1Sha256.code_point(), 0x0403);
/// assert_eq!(SignatureScheme::from_code_point(0xffff), None);
/// ```
///
/// [`Provider::verify`]: crate::Provider::verify
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// ECDSA with SHA-256.
    EcdsaSecp256r1Sha256,
    /// ECDSA with SHA-384.
    EcdsaSecp384r1Sha384,
    /// Ed25519.
    Ed25519,
    /// RSASSA-PSS with SHA-256 and an `rsaEncryption` key. Backends sign with RSA like this and in
    /// no other way.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384 and an `rsaEncryption` key.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512 and an `rsaEncryption` key.
    RsaPssSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
}

impl SignatureScheme {
    /// The code point on the wire.
    pub const fn code_point(self) -> u16 {
        match self {
            Self::EcdsaSecp256r1Sha256 => 0x0403,
            Self::EcdsaSecp384r1Sha384 => 0x0503,
            Self::Ed25519 => 0x0807,
            Self::RsaPssSha256 => 0x0804,
            Self::RsaPssSha384 => 0x0805,
            Self::RsaPssSha512 => 0x0806,
            Self::RsaPkcs1Sha256 => 0x0401,
            Self::RsaPkcs1Sha384 => 0x0501,
            Self::RsaPkcs1Sha512 => 0x0601,
        }
    }

    /// The scheme with this code point, if it is one of these.
    pub const fn from_code_point(code_point: u16) -> Option<Self> {
        match code_point {
            0x0403 => Some(Self::EcdsaSecp256r1Sha256),
            0x0503 => Some(Self::EcdsaSecp384r1Sha384),
            0x0807 => Some(Self::Ed25519),
            0x0804 => Some(Self::RsaPssSha256),
            0x0805 => Some(Self::RsaPssSha384),
            0x0806 => Some(Self::RsaPssSha512),
            0x0401 => Some(Self::RsaPkcs1Sha256),
            0x0501 => Some(Self::RsaPkcs1Sha384),
            0x0601 => Some(Self::RsaPkcs1Sha512),
            _ => None,
        }
    }
}
