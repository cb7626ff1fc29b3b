//! The cipher suites, as a table.

use lariat_crypto::{AeadAlgorithm, HashAlgorithm, Provider};

use super::key_schedule::Derivation;
use crate::config::Config;

/// A cipher suite: in 1.3 it says nothing of key exchange and signatures.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CipherSuite {
    pub(super) code_point: u16,
    pub(super) name: &'static str,
    pub(super) aead: AeadAlgorithm,
    /// Of the key schedule and of the transcript.
    pub(super) hash: HashAlgorithm,
}

/// The suites in order of preference (RFC 8446 §9.1 has the first one mandatory).
static CIPHER_SUITES: [CipherSuite; 3] = [
    CipherSuite {
        code_point: 0x1301,
        name: "TLS_AES_128_GCM_SHA256",
        aead: AeadAlgorithm::Aes128Gcm,
        hash: HashAlgorithm::Sha256,
    },
    CipherSuite {
        code_point: 0x1302,
        name: "TLS_AES_256_GCM_SHA384",
        aead: AeadAlgorithm::Aes256Gcm,
        hash: HashAlgorithm::Sha384,
    },
    CipherSuite {
        code_point: 0x1303,
        name: "TLS_CHACHA20_POLY1305_SHA256",
        aead: AeadAlgorithm::ChaCha20Poly1305,
        hash: HashAlgorithm::Sha256,
    },
];

impl CipherSuite {
    pub(super) fn from_code_point(code_point: u16) -> Option<&'static Self> {
        CIPHER_SUITES.iter().find(|suite| suite.code_point == code_point)
    }

    /// How this suite derives secrets.
    pub(super) fn derivation<'a>(&self, provider: &'a dyn Provider) -> Derivation<'a> {
        Derivation::dtls(provider, self.hash)
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
