//! From master keys to session keys (RFC 3711 §4.3).

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use lariat_crypto::{AesCtrKey, Provider, Secret};

use crate::limits::MAX_MKI_LEN;
use crate::{KeyError, MasterKey, Profile};

/// What a key is for (RFC 3711 §4.3.1, §4.3.2; RFC 6904 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    RtpCipher = 0x00,
    RtpAuthentication = 0x01,
    RtpSalt = 0x02,
    RtcpCipher = 0x03,
    RtcpAuthentication = 0x04,
    RtcpSalt = 0x05,
    HeaderCipher = 0x06,
    HeaderSalt = 0x07,
}

/// The pseudo-random function over a master key (RFC 3711 §4.3.3).
pub(crate) struct Derivation {
    provider: Arc<dyn Provider>,
    prf: Box<dyn AesCtrKey>,
    /// The master salt, multiplied by 2¹⁶.
    salt: u128,
}

impl fmt::Debug for Derivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Derivation(..)")
    }
}

impl Derivation {
    pub(crate) fn new(
        provider: &Arc<dyn Provider>,
        profile: Profile,
        master: &MasterKey,
    ) -> Result<Self, KeyError> {
        let check = |secret: &Secret, expected| match secret.as_bytes().len() {
            actual if actual == expected => Ok(()),
            actual => Err(KeyError::Length { expected, actual }),
        };
        check(&master.key, profile.key_len())?;
        check(&master.salt, profile.salt_len())?;
        if master.mki().len() > MAX_MKI_LEN {
            return Err(KeyError::MkiLength { expected: MAX_MKI_LEN, actual: master.mki().len() });
        }
        // rfc6188 §3.1: the function has keys as long as the master key.
        let prf = provider.aes_ctr_key(master.key.as_bytes())?;
        Ok(Self { provider: provider.clone(), prf, salt: salt(master.salt.as_bytes()) })
    }

    pub(crate) fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    /// A key of `length` bytes. `index` is the packet's, divided by the derivation rate.
    pub(crate) fn derive(&self, label: Label, index: u64, length: usize) -> Secret {
        // rfc3711 §4.3.1: the label stands in front of the 48 bits of the index. rfc3711 §4.3.2 has
        // 32 bits for RTCP, and so would move the label; everybody keeps it where it is for RTP.
        let id = u128::from(label as u8) << 48 | u128::from(index);
        // rfc3711 §4.3.3: the result is multiplied by 2¹⁶, to count blocks.
        let iv = self.salt ^ id << 16;
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
        Derivation::new(&ring::provider(), profile, &master).unwrap()
    }

    fn check(derivation: &Derivation, keys: &[(Label, &str)]) {
        for (label, key) in keys {
            let key = hex(key);
            let derived = derivation.derive(*label, 0, key.len());
            assert_eq!(derived.as_bytes(), key, "{label:?}");
        }
    }

    #[test]
    fn session_keys_are_the_published_ones() {
        // rfc3711 §B.3; the RTCP keys are computed with the same function from labels 3 to 5, and
        // rfc6904 §A has those of the header.
        let derivation = derivation(
            Profile::Aes128CmHmacSha1_80,
            "e1f97a0d3e018be0d64fa32c06de4139",
            "0ec675ad498afeebb6960b3aabe6",
        );
        check(
            &derivation,
            &[
                (Label::RtpCipher, "c61e7a93744f39ee10734afe3ff7a087"),
                (
                    Label::RtpAuthentication,
                    "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee0\
                     49646c43d9327ad175578ef72270986371c10c9a369ac2f94a8c5fbcdddc256d6e\
                     919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2",
                ),
                (Label::RtpSalt, "30cbbc08863d8c85d49db34a9ae1"),
                (Label::RtcpCipher, "4c1aa45a81f73d61c800bbb00fbb1eaa"),
                (Label::RtcpAuthentication, "8d54534feb49ae8e7993a6bd0b844fc323a93dfd"),
                (Label::RtcpSalt, "9581c7ad87b3e530bf3e4454a8b3"),
                (Label::HeaderCipher, "549752054d6fb708622c4a2e596a1b93"),
                (Label::HeaderSalt, "ab01818174c40d39a3781f7c2d27"),
            ],
        );
    }

    #[test]
    fn session_keys_of_256_bits_are_the_published_ones() {
        // rfc6188 §7.2; the RTCP keys are computed with the same function.
        let derivation = derivation(
            Profile::Aes256CmHmacSha1_80,
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
            "3b04803de51ee7c96423ab5b78d2",
        );
        check(
            &derivation,
            &[
                (
                    Label::RtpCipher,
                    "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
                ),
                (Label::RtpSalt, "fa31791685ca444a9e07c6c64e93"),
                (Label::RtpAuthentication, "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"),
                (
                    Label::RtcpCipher,
                    "8ee75f2de53606ebfb9aabce0b530213ce0966976277ff918700903dcc406073",
                ),
                (Label::RtcpAuthentication, "0235c1262ca7178cf9d8180fa6574a1d997fdc7a"),
                (Label::RtcpSalt, "b174376e041b45cd4031056e44ba"),
            ],
        );
    }

    #[test]
    fn session_keys_of_192_bits_are_the_published_ones() {
        // rfc6188 §7.4. No profile has such keys, so that the function is called without one.
        let provider = ring::provider();
        let key = hex("73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1");
        let prf = provider.aes_ctr_key(&key).unwrap();
        let salt = salt(&hex("c8522f3acd4ce86d5add78edbb11"));
        check(
            &Derivation { provider, prf, salt },
            &[
                (Label::RtpCipher, "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb"),
                (Label::RtpSalt, "2372b82d639b6d8503a47adc0a6c"),
                (Label::RtpAuthentication, "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb"),
                (Label::RtcpCipher, "0c3b5d24e0005fb7b821f22466607ea095818448aff1a464"),
                (Label::RtcpAuthentication, "1435bd4b2d52ecdd00b401c5fbf38d087f529199"),
                (Label::RtcpSalt, "25a16ab36c966196475415cbc6f0"),
            ],
        );
    }

    #[test]
    fn a_salt_of_twelve_bytes_is_derived_from_as_the_others_do() {
        // rfc9335 §A.2 prints what becomes of one.
        let derivation = derivation(
            Profile::AeadAes128Gcm,
            "000102030405060708090a0b0c0d0e0f",
            "a0a1a2a3a4a5a6a7a8a9aaab",
        );
        check(
            &derivation,
            &[
                (Label::RtpCipher, "077c6143cb221bc355ff23d5f984a16e"),
                (Label::RtpSalt, "9af3e95364ebac9c99c5a7c4"),
            ],
        );
    }

    #[test]
    fn the_index_is_right_aligned_behind_the_label() {
        // rfc3711 §4.3.1: a master salt that equals an identifier cancels it.
        let key = "e1f97a0d3e018be0d64fa32c06de4139";
        let zero = derivation(Profile::Aes128CmHmacSha1_80, key, &"00".repeat(14));
        let identifier = "00000000000000" /* of 14 bytes, 7 are the identifier */;
        let salted = [identifier, "02", "0000000a0b0c"].concat();
        let cancelled = derivation(Profile::Aes128CmHmacSha1_80, key, &salted);
        let expected = zero.derive(Label::RtpCipher, 0, 16);
        let derived = cancelled.derive(Label::RtpSalt, 0x0a_0b0c, 16);
        assert_eq!(derived.as_bytes(), expected.as_bytes());
    }
}
