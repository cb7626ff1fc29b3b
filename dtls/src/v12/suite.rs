//! The cipher suites, as a table.

use lariat_crypto::{AeadAlgorithm, HashAlgorithm, NamedGroup, SignatureScheme};

/// The signature in a suite's name: which key the server's certificate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    Ecdsa,
    Rsa,
}

impl Authentication {
    /// Whether a scheme is one of this kind of key.
    pub(crate) const fn allows(self, scheme: SignatureScheme) -> bool {
        let is_ecdsa = matches!(
            scheme,
            SignatureScheme::EcdsaSecp256r1Sha256 | SignatureScheme::EcdsaSecp384r1Sha384
        );
        match self {
            Self::Ecdsa => is_ecdsa,
            Self::Rsa => !is_ecdsa,
        }
    }
}

/// A cipher suite. The key exchange of all of them is ephemeral ECDH.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CipherSuite {
    pub(crate) code_point: u16,
    pub(crate) name: &'static str,
    pub(crate) authentication: Authentication,
    pub(crate) aead: AeadAlgorithm,
    /// Of the PRF and of the handshake's hash.
    pub(crate) hash: HashAlgorithm,
}

/// The suites in order of preference.
///
/// The first is the one that RFC 8827 §6.5 makes mandatory for WebRTC. The RSA one is for servers
/// whose certificate is not of a browser; a client's RSA certificate goes with either.
pub(crate) static CIPHER_SUITES: [CipherSuite; 2] = [
    CipherSuite {
        code_point: 0xc02b,
        name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        authentication: Authentication::Ecdsa,
        aead: AeadAlgorithm::Aes128Gcm,
        hash: HashAlgorithm::Sha256,
    },
    CipherSuite {
        code_point: 0xc02f,
        name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        authentication: Authentication::Rsa,
        aead: AeadAlgorithm::Aes128Gcm,
        hash: HashAlgorithm::Sha256,
    },
];

impl CipherSuite {
    pub(crate) fn from_code_point(code_point: u16) -> Option<&'static Self> {
        CIPHER_SUITES.iter().find(|suite| suite.code_point == code_point)
    }
}

/// The groups in order of preference.
pub(crate) const GROUPS: [NamedGroup; 2] = [NamedGroup::X25519, NamedGroup::Secp256r1];

/// The group's name in IANA's registry.
pub(crate) const fn group_name(group: NamedGroup) -> &'static str {
    match group {
        NamedGroup::X25519 => "x25519",
        NamedGroup::Secp256r1 => "secp256r1",
        NamedGroup::Secp384r1 => "secp384r1",
        _ => "unknown",
    }
}

/// The group with this code point, if it is one of [`GROUPS`].
pub(crate) fn group_from_code_point(code_point: u16) -> Option<NamedGroup> {
    GROUPS.into_iter().find(|group| group.code_point() == code_point)
}

/// The signatures that are verified, in order of preference.
pub(crate) const VERIFIED_SCHEMES: [SignatureScheme; 4] = [
    SignatureScheme::EcdsaSecp256r1Sha256,
    SignatureScheme::EcdsaSecp384r1Sha384,
    SignatureScheme::RsaPssSha256,
    SignatureScheme::RsaPkcs1Sha256,
];

/// The scheme with this code point, if it is one of [`VERIFIED_SCHEMES`].
pub(crate) fn scheme_from_code_point(code_point: u16) -> Option<SignatureScheme> {
    VERIFIED_SCHEMES.into_iter().find(|scheme| scheme.code_point() == code_point)
}
