//! AES in counter mode, or no cipher, and HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1; RFC 6188).

use alloc::boxed::Box;
use core::fmt;

use lariat_crypto::{AesCtrKey, Error, HashAlgorithm, HmacKey, MAX_DIGEST_LEN, Provider};

use crate::derivation::{Derivation, Label, salt};
use crate::packet::{Place, RTCP_HEADER_LEN};
use crate::profile::{Cipher, Profile};

/// The lengths of the authentication key and of the salt (RFC 3711 §8.2).
const AUTHENTICATION_KEY_LEN: usize = 20;
pub(crate) const SALT_LEN: usize = 14;

pub(crate) struct CmKeys {
    /// None is the null cipher.
    cipher: Option<Box<dyn AesCtrKey>>,
    authentication: Box<dyn HmacKey>,
    /// The session salt, multiplied by 2¹⁶.
    salt: u128,
}

impl fmt::Debug for CmKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CmKeys(..)")
    }
}

/// Which labels the keys are derived with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels {
    pub(crate) cipher: Label,
    pub(crate) authentication: Label,
    pub(crate) salt: Label,
}

impl CmKeys {
    /// The keys that count from a packet index divided by the derivation rate.
    pub(crate) fn derive(
        derivation: &Derivation,
        profile: Profile,
        labels: Labels,
        index: u64,
    ) -> Result<Self, Error> {
        let cipher_key = derivation.derive(labels.cipher, index, profile.key_len());
        let authentication_key =
            derivation.derive(labels.authentication, index, AUTHENTICATION_KEY_LEN);
        let salt = derivation.derive(labels.salt, index, SALT_LEN);
        let cipher_key = (profile.cipher() != Cipher::Null).then_some(cipher_key.as_bytes());
        let provider = derivation.provider();
        Self::new(provider, cipher_key, authentication_key.as_bytes(), salt.as_bytes())
    }

    /// From session keys.
    fn new(
        provider: &dyn Provider,
        cipher_key: Option<&[u8]>,
        authentication_key: &[u8],
        session_salt: &[u8],
    ) -> Result<Self, Error> {
        Ok(Self {
            cipher: cipher_key.map(|key| provider.aes_ctr_key(key)).transpose()?,
            authentication: provider.hmac_key(HashAlgorithm::Sha1, authentication_key),
            salt: salt(session_salt),
        })
    }

    /// rfc3711 §4.1.1: IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16).
    #[inline]
    fn iv(&self, place: Place) -> [u8; 16] {
        counter_iv(self.salt, place)
    }

    /// Encrypts or decrypts.
    #[inline]
    pub(crate) fn apply(&self, place: Place, payload: &mut [u8]) {
        if let Some(cipher) = &self.cipher {
            cipher.apply_keystream(&self.iv(place), payload);
        }
    }

    /// Writes the tag of an encrypted RTP packet.
    #[inline]
    pub(crate) fn sign_rtp(&self, place: Place, packet: &[u8], tag: &mut [u8]) {
        // rfc3711 §4.2: the rollover counter is authenticated behind the packet, and not sent.
        self.authentication.sign(&[packet, &rollover_counter(place)], tag);
    }

    #[inline]
    pub(crate) fn verify_rtp(&self, place: Place, packet: &[u8], tag: &[u8]) -> Result<(), Error> {
        self.authentication.verify(&[packet, &rollover_counter(place)], tag)
    }

    /// The tags of a run of RTP packets, each given with its rollover counter, before they are cut.
    pub(crate) fn sign_rtp_run(&self, messages: &[[&[u8]; 2]], tags: &mut [[u8; MAX_DIGEST_LEN]]) {
        self.authentication.sign_run(messages, tags);
    }

    /// Encrypts an RTCP packet and writes its tag; `word` is the E flag and the index.
    pub(crate) fn seal_rtcp(
        &self,
        place: Place,
        packet: &mut [u8],
        word: &[u8; 4],
        tag: &mut [u8],
    ) {
        self.apply(place, packet.get_mut(RTCP_HEADER_LEN..).unwrap_or_default());
        self.authentication.sign(&[packet, word], tag);
    }

    pub(crate) fn open_rtcp(
        &self,
        place: Place,
        packet: &mut [u8],
        word: &[u8; 4],
        tag: &[u8],
    ) -> Result<(), Error> {
        self.authentication.verify(&[packet, word], tag)?;
        self.apply(place, packet.get_mut(RTCP_HEADER_LEN..).unwrap_or_default());
        Ok(())
    }
}

/// The IV of counter mode, from a salt that is multiplied by 2¹⁶.
#[inline]
pub(crate) fn counter_iv(salt: u128, place: Place) -> [u8; 16] {
    (salt ^ u128::from(place.ssrc) << 64 ^ u128::from(place.index) << 16).to_be_bytes()
}

/// What is authenticated behind an RTP packet.
#[inline]
pub(crate) fn rollover_counter(place: Place) -> [u8; 4] {
    ((place.index >> 16) as u32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use lariat_crypto::ring;

    use super::*;
    use crate::testing::hex;

    fn keys(cipher_key: &[u8], salt: &[u8]) -> CmKeys {
        CmKeys::new(&*ring::provider(), Some(cipher_key), &[0; 20], salt).unwrap()
    }

    #[test]
    fn the_published_keystreams_are_made() {
        let place = Place { ssrc: 0, index: 0 };
        let salt = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd");
        // rfc3711 §B.2, rfc6188 §7.1, §7.3: an SSRC and an index of zero. Some blocks are printed,
        // and the SHA-256 of the segment, which is the longest possible, was computed with another
        // implementation.
        let vectors = [
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "ef30edb0e50297a4802215c6dc0648af90722580a5ba63ddb65f3cbe10846ae5",
                [
                    (0, "e03ead0935c95e80e166b16dd92b4eb4"),
                    (1, "d23513162b02d0f72a43a2fe4a5f97ab"),
                    (2, "41e95b3bb0a2e8dd477901e4fca894c0"),
                    (0xfeff, "ec8cdf7398607cb0f2d21675ea9ea1e4"),
                    (0xff00, "362b7c3c6773516318a077d7fc5073ae"),
                    (0xff01, "6a2cc3787889374fbeb4c81b17ba6c44"),
                ],
            ),
            (
                "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
                "9c47203dcfe68fde664f68b8bf40514aa5faab0ab1e55c238b0ed596e13b7eba",
                [
                    (0, "92bdd28a93c3f52511c677d08b5515a4"),
                    (1, "9da71b2378a854f67050756ded165bac"),
                    (2, "63c4868b7096d88421b563b8c94c9a31"),
                    (0xfeff, "cea518c90fd91ced9cbb18c078a54711"),
                    (0xff00, "3dbc4814f4da5f00a08772b63c6a046d"),
                    (0xff01, "6eb246913062a16891433e97dd01a57f"),
                ],
            ),
            (
                // No profile has keys of 192 bits, but the cipher takes them.
                "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
                "467f4a04d2bcda95b83c437ab9a75bac9e7c2b17db3e2939eeef31d0c251cbd4",
                [
                    (0, "35096cba4610028dc1b57503804ce37c"),
                    (1, "5de986291dcce161d5165ec4568f5c9a"),
                    (2, "474a40c77894bc17180202272a4c264d"),
                    (0xfeff, "d108d1a31a00bad6367ec23eb044b415"),
                    (0xff00, "c8f57129fdeb970b59f917b257662d4c"),
                    (0xff01, "a5dab625811034e8cebdfeb6dc158dd3"),
                ],
            ),
        ];
        for (key, digest, blocks) in vectors {
            let mut payload = alloc::vec![0; 0xff02 * 16];
            keys(&hex(key), &salt).apply(place, &mut payload);
            for (index, block) in blocks {
                assert_eq!(payload[16 * index..][..16], hex(block), "{key}: {index:x}");
            }
            let mut hash = ring::provider().hash(HashAlgorithm::Sha256);
            hash.update(&payload);
            assert_eq!(hash.finish(), hex(digest), "{key}");
        }
    }

    #[test]
    fn the_iv_holds_ssrc_and_index_where_the_rfc_puts_them() {
        let place = Place { ssrc: 0x0102_0304, index: 0x0506_0708_090a };
        let iv = hex("000000000102030405060708090a0000");
        assert_eq!(keys(&[0; 16], &[0; 14]).iv(place).as_slice(), iv);
    }
}
