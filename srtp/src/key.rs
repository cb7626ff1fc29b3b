//! Master keys, and where DTLS gets them from.

use alloc::vec::Vec;

use lariat_base::Reader;
use lariat_crypto::Secret;

use crate::{KeyError, Profile};

/// The label under which DTLS exports keying material for SRTP (RFC 5764 §4.2); the context is
/// absent.
pub const EXPORTER_LABEL: &str = "EXTRACTOR-dtls_srtp";

/// The master key and master salt of one direction.
///
/// ```
/// use lariat_srtp::MasterKey;
///
/// let key = MasterKey::new(&[7; 16], &[9; 14]);
/// assert!(!format!("{key:?}").contains('7'));
/// // Where several keys are in use, packets say which one they are protected with.
/// let second = MasterKey::new(&[8; 16], &[9; 14]).with_mki(&[0, 2]);
/// assert_eq!(second.mki(), [0, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct MasterKey {
    pub(crate) key: Secret,
    pub(crate) salt: Secret,
    mki: Vec<u8>,
}

impl MasterKey {
    /// A key from its bytes, whose number is checked against a [`Profile`] once there is one.
    ///
    /// A key must be used for one direction of one session only: the same key for two sets of
    /// packets gives both away.
    pub fn new(key: &[u8], salt: &[u8]) -> Self {
        Self { key: Secret::new(key.to_vec()), salt: Secret::new(salt.to_vec()), mki: Vec::new() }
    }

    /// The same with a master key identifier (RFC 3711 §3.1), which every packet then carries: 1 to
    /// [`MAX_MKI_LEN`](crate::limits::MAX_MKI_LEN) bytes, as many for each key of a session. None
    /// of this in WebRTC, which forbids it (RFC 8827 §6.5).
    #[must_use]
    pub fn with_mki(mut self, mki: &[u8]) -> Self {
        self.mki = mki.to_vec();
        self
    }

    /// The master key identifier; empty if there is none.
    pub fn mki(&self) -> &[u8] {
        &self.mki
    }
}

/// Both directions' keys, from a DTLS handshake (RFC 5764 §4.2).
///
/// See the [crate documentation](crate) for an example.
#[derive(Clone, Debug)]
pub struct KeyingMaterial {
    /// What the DTLS client protects with, and the server unprotects with.
    pub client: MasterKey,
    /// What the DTLS server protects with, and the client unprotects with.
    pub server: MasterKey,
}

impl KeyingMaterial {
    /// How many bytes to export for a profile.
    pub const fn exported_len(profile: Profile) -> usize {
        2 * (profile.key_len() + profile.salt_len())
    }

    /// Takes the exported bytes apart.
    ///
    /// # Errors
    /// [`KeyError::Length`] unless there are [`exported_len`](Self::exported_len) bytes.
    pub fn from_exporter(profile: Profile, exported: &[u8]) -> Result<Self, KeyError> {
        let wrong_length =
            |_| KeyError::Length { expected: Self::exported_len(profile), actual: exported.len() };
        let mut reader = Reader::new(exported);
        // rfc5764 §4.2: both keys, then both salts, and the client's before the server's.
        let client_key = reader.take(profile.key_len()).map_err(wrong_length)?;
        let server_key = reader.take(profile.key_len()).map_err(wrong_length)?;
        let client_salt = reader.take(profile.salt_len()).map_err(wrong_length)?;
        let server_salt = reader.take(profile.salt_len()).map_err(wrong_length)?;
        reader.finish().map_err(wrong_length)?;
        Ok(Self {
            client: MasterKey::new(client_key, client_salt),
            server: MasterKey::new(server_key, server_salt),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exported_keys_come_before_exported_salts() {
        for profile in Profile::ALL {
            let salt_len = profile.salt_len();
            let keys = [1, 2].map(|byte| alloc::vec![byte; profile.key_len()]).concat();
            let salts = [3_u8, 4];
            let salts = salts.map(|byte| alloc::vec![byte; salt_len]).concat();
            let exported = [keys, salts].concat();
            let material = KeyingMaterial::from_exporter(profile, &exported).unwrap();
            assert_eq!(material.client.key.as_bytes(), &[1; 32][..profile.key_len()]);
            assert_eq!(material.server.key.as_bytes(), &[2; 32][..profile.key_len()]);
            assert_eq!(material.client.salt.as_bytes(), &[3; 14][..salt_len]);
            assert_eq!(material.server.salt.as_bytes(), &[4; 14][..salt_len]);
            for wrong in [&exported[1..], &[&exported[..], &[0]].concat(), &[]] {
                let expected = exported.len();
                let refused = KeyingMaterial::from_exporter(profile, wrong).unwrap_err();
                assert_eq!(refused, KeyError::Length { expected, actual: wrong.len() });
            }
        }
    }
}
