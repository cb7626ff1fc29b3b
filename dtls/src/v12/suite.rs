//! The cipher suites, as a table.

use alloc::vec::Vec;

use lariat_crypto::{AeadAlgorithm, HashAlgorithm, NamedGroup, SignatureScheme};

use crate::config::Config;

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
/// The first is the one that RFC 8827 §6.5 makes mandatory for WebRTC. The RSA ones are for
/// servers whose certificate is not of a browser; a client's RSA certificate goes with any.
pub(crate) static CIPHER_SUITES: [CipherSuite; 6] = [
    CipherSuite {
        code_point: 0xc02b,
        name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        authentication: Authentication::Ecdsa,
        aead: AeadAlgorithm::Aes128Gcm,
        hash: HashAlgorithm::Sha256,
    },
    CipherSuite {
        code_point: 0xc02c,
        name: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        authentication: Authentication::Ecdsa,
        aead: AeadAlgorithm::Aes256Gcm,
        hash: HashAlgorithm::Sha384,
    },
    CipherSuite {
        code_point: 0xcca9,
        name: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        authentication: Authentication::Ecdsa,
        aead: AeadAlgorithm::ChaCha20Poly1305,
        hash: HashAlgorithm::Sha256,
    },
    CipherSuite {
        code_point: 0xc02f,
        name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        authentication: Authentication::Rsa,
        aead: AeadAlgorithm::Aes128Gcm,
        hash: HashAlgorithm::Sha256,
    },
    CipherSuite {
        code_point: 0xc030,
        name: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        authentication: Authentication::Rsa,
        aead: AeadAlgorithm::Aes256Gcm,
        hash: HashAlgorithm::Sha384,
    },
    CipherSuite {
        code_point: 0xcca8,
        name: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        authentication: Authentication::Rsa,
        aead: AeadAlgorithm::ChaCha20Poly1305,
        hash: HashAlgorithm::Sha256,
    },
];

impl CipherSuite {
    pub(crate) fn from_code_point(code_point: u16) -> Option<&'static Self> {
        CIPHER_SUITES.iter().find(|suite| suite.code_point == code_point)
    }
}

/// The suites of the configuration, in its order.
pub(super) fn configured(config: &Config) -> impl Iterator<Item = &'static CipherSuite> {
    config.cipher_suites.iter().filter_map(|suite| CipherSuite::from_code_point(*suite))
}

/// The code points of the suites, in order of preference.
pub(crate) fn cipher_suites() -> impl Iterator<Item = u16> {
    CIPHER_SUITES.iter().map(|suite| suite.code_point)
}

/// Whether this is one of the suites.
pub(crate) fn is_cipher_suite(code_point: u16) -> bool {
    CipherSuite::from_code_point(code_point).is_some()
}

/// The groups of the configuration that this version can do, in its order.
pub(crate) fn groups(config: &Config) -> Vec<NamedGroup> {
    let is_curve = |group: &NamedGroup| {
        matches!(group, NamedGroup::X25519 | NamedGroup::Secp256r1 | NamedGroup::Secp384r1)
    };
    config.groups.iter().copied().filter(is_curve).collect()
}
