//! Master keys, and the session keys derived from them (RFC 3711 §4.3).

use alloc::boxed::Box;

use lariat_base::Reader;
use lariat_crypto::{AesCtrKey, Provider, Secret};

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
/// ```
#[derive(Clone, Debug)]
pub struct MasterKey {
    key: Secret,
    salt: Secret,
}

impl MasterKey {
    /// A key from its bytes, whose number is checked against a [`Profile`] once there is one.
    ///
    /// A key must be used for one direction of one session only: the same key for two sets of
    /// packets gives both away.
    pub fn new(key: &[u8], salt: &[u8]) -> Self {
        Self { key: Secret::new(key.to_vec()), salt: Secret::new(salt.to_vec()) }
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

/// Whose keys to derive: labels of RTP start at 0, those of RTCP at 3 (RFC 3711 §4.3.1, §4.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Rtp,
    Rtcp,
}

impl Kind {
    fn first_label(self) -> u8 {
        match self {
            Self::Rtp => 0x00,
            Self::Rtcp => 0x03,
        }
    }
}

/// The pseudo-random function over a master key (RFC 3711 §4.3.3). Without `Debug`, which would
/// show the salt.
pub(crate) struct Derivation {
    prf: Box<dyn AesCtrKey>,
    /// The master salt, multiplied by 2¹⁶.
    salt: u128,
}

impl Derivation {
    pub(crate) fn new(
        provider: &dyn Provider,
        profile: Profile,
        master: &MasterKey,
    ) -> Result<Self, KeyError> {
        let check = |secret: &Secret, expected| match secret.as_bytes().len() {
            actual if actual == expected => Ok(()),
            actual => Err(KeyError::Length { expected, actual }),
        };
        check(&master.key, profile.key_len())?;
        check(&master.salt, profile.salt_len())?;
        let prf = provider.aes_ctr_key(master.key.as_bytes())?;
        Ok(Self { prf, salt: salt(master.salt.as_bytes()) })
    }

    /// The key of the cipher.
    pub(crate) fn cipher_key(&self, kind: Kind, length: usize) -> Secret {
        self.derive(kind.first_label(), length)
    }

    /// The key of the authentication.
    pub(crate) fn authentication_key(&self, kind: Kind, length: usize) -> Secret {
        self.derive(kind.first_label() + 1, length)
    }

    /// The salt of the cipher's IVs.
    pub(crate) fn salt(&self, kind: Kind, length: usize) -> Secret {
        self.derive(kind.first_label() + 2, length)
    }

    fn derive(&self, label: u8, length: usize) -> Secret {
        // rfc3711 §4.3.1: the label stands in front of an index of 48 bits, which is zero as long
        // as keys are derived once; §4.3.3: the result is multiplied by 2¹⁶ to count blocks.
        let iv = self.salt ^ u128::from(label) << (48 + 16);
        let mut key = Secret::zeroed(length);
        self.prf.apply_keystream(&iv.to_be_bytes(), key.as_bytes_mut());
        key
    }
}

/// A salt at the upper end of 128 bits. A salt of 14 bytes is thereby multiplied by 2¹⁶. One of 12,
/// as GCM has them, is used in key derivation as if two bytes of zero followed, which RFC 7714 §11
/// does not say, and everybody does.
pub(crate) fn salt(bytes: &[u8]) -> u128 {
    let mut salt = [0; 16];
    salt.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    u128::from_be_bytes(salt)
}

#[cfg(test)]
mod tests {
    use lariat_crypto::ring;

    use super::*;
    use crate::testing::hex;

    fn derivation(profile: Profile, key: &str, salt: &str) -> Derivation {
        let master = MasterKey::new(&hex(key), &hex(salt));
        Derivation::new(&*ring::provider(), profile, &master).unwrap()
    }

    #[test]
    fn session_keys_are_the_published_ones() {
        // rfc3711 §B.3; the RTCP keys are computed with the same function from labels 3 to 5.
        let derivation = derivation(
            Profile::Aes128CmHmacSha1_80,
            "e1f97a0d3e018be0d64fa32c06de4139",
            "0ec675ad498afeebb6960b3aabe6",
        );
        let authentication_key =
            hex("cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6c\
                                      dbcee049646c43d9327ad175578ef72270986371c10c9a369ac2f94a8c5f\
                                      bcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db\
                                      60dbdfb2");
        let rtp = Kind::Rtp;
        let cipher_key = hex("c61e7a93744f39ee10734afe3ff7a087");
        assert_eq!(derivation.cipher_key(rtp, 16).as_bytes(), cipher_key);
        assert_eq!(derivation.authentication_key(rtp, 94).as_bytes(), authentication_key);
        assert_eq!(derivation.salt(rtp, 14).as_bytes(), hex("30cbbc08863d8c85d49db34a9ae1"));
        let rtcp = Kind::Rtcp;
        let cipher_key = hex("4c1aa45a81f73d61c800bbb00fbb1eaa");
        let authentication_key = hex("8d54534feb49ae8e7993a6bd0b844fc323a93dfd");
        assert_eq!(derivation.cipher_key(rtcp, 16).as_bytes(), cipher_key);
        assert_eq!(derivation.authentication_key(rtcp, 20).as_bytes(), authentication_key);
        assert_eq!(derivation.salt(rtcp, 14).as_bytes(), hex("9581c7ad87b3e530bf3e4454a8b3"));
    }

    #[test]
    fn a_salt_of_twelve_bytes_is_derived_from_as_the_others_do() {
        // rfc9335 §A.2 prints what becomes of one.
        let derivation = derivation(
            Profile::AeadAes128Gcm,
            "000102030405060708090a0b0c0d0e0f",
            "a0a1a2a3a4a5a6a7a8a9aaab",
        );
        let cipher_key = hex("077c6143cb221bc355ff23d5f984a16e");
        assert_eq!(derivation.cipher_key(Kind::Rtp, 16).as_bytes(), cipher_key);
        assert_eq!(derivation.salt(Kind::Rtp, 12).as_bytes(), hex("9af3e95364ebac9c99c5a7c4"));
    }

    #[test]
    fn exported_keys_come_before_exported_salts() {
        for profile in [Profile::Aes128CmHmacSha1_80, Profile::AeadAes128Gcm] {
            let salt_len = profile.salt_len();
            let (keys, salts) = ([[1; 16], [2; 16]].concat(), [3_u8, 4]);
            let salts: alloc::vec::Vec<u8> =
                salts.iter().flat_map(|&byte| core::iter::repeat_n(byte, salt_len)).collect();
            let exported = [keys, salts].concat();
            let material = KeyingMaterial::from_exporter(profile, &exported).unwrap();
            assert_eq!(material.client.key.as_bytes(), [1; 16]);
            assert_eq!(material.server.key.as_bytes(), [2; 16]);
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
