//! AES in Galois/counter mode (RFC 7714 §8, §9).

use alloc::boxed::Box;
use core::fmt;

use lariat_crypto::{AeadAlgorithm, AeadKey, Error, Provider};

use crate::cm::Labels;
use crate::derivation::{Derivation, salt};
use crate::packet::{Place, RTCP_HEADER_LEN};

const NONCE_LEN: usize = AeadAlgorithm::NONCE_LEN;

pub(crate) struct GcmKeys {
    key: Box<dyn AeadKey>,
    /// The session salt in the lower 96 bits.
    salt: u128,
}

impl fmt::Debug for GcmKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GcmKeys(..)")
    }
}

impl GcmKeys {
    /// The keys that count from a packet index divided by the derivation rate.
    pub(crate) fn derive(
        derivation: &Derivation,
        algorithm: AeadAlgorithm,
        labels: Labels,
        index: u64,
    ) -> Result<Self, Error> {
        let key = derivation.derive(labels.cipher, index, algorithm.key_len());
        let salt = derivation.derive(labels.salt, index, NONCE_LEN);
        Self::new(derivation.provider(), algorithm, key.as_bytes(), salt.as_bytes())
    }

    /// From session keys.
    fn new(
        provider: &dyn Provider,
        algorithm: AeadAlgorithm,
        key: &[u8],
        session_salt: &[u8],
    ) -> Result<Self, Error> {
        let key = provider.aead_key(algorithm, key)?;
        Ok(Self { key, salt: salt(session_salt) >> 32 })
    }

    /// rfc7714 §8.1: two zero bytes, SSRC, rollover counter and sequence number; §9.1 the same with
    /// the RTCP index in 48 bits; both combined with the salt.
    #[inline]
    fn iv(&self, place: Place) -> [u8; NONCE_LEN] {
        let iv = self.salt ^ u128::from(place.ssrc) << 48 ^ u128::from(place.index);
        let bytes: [u8; 16] = iv.to_be_bytes();
        bytes.last_chunk().copied().unwrap_or_default()
    }

    /// Encrypts what follows the first `clear_len` bytes, and writes the tag over all.
    #[inline(always)]
    pub(crate) fn seal_rtp(
        &self,
        place: Place,
        packet: &mut [u8],
        clear_len: usize,
        tag: &mut [u8],
    ) {
        // To go on without a payload would send the packet in the clear.
        let (header, payload) =
            packet.split_at_mut_checked(clear_len).expect("the header was read from this packet");
        *whole(tag) = self.key.seal(&self.iv(place), header, payload);
    }

    #[inline(always)]
    pub(crate) fn open_rtp(
        &self,
        place: Place,
        packet: &mut [u8],
        clear_len: usize,
        tag: &[u8],
    ) -> Result<(), Error> {
        let tag = tag.try_into().map_err(|_| Error::NotAuthentic)?;
        let (header, payload) =
            packet.split_at_mut_checked(clear_len).ok_or(Error::NotAuthentic)?;
        self.key.open(&self.iv(place), header, payload, tag)
    }

    /// The same for RTCP; `word` is the E flag and the index.
    pub(crate) fn seal_rtcp(
        &self,
        place: Place,
        packet: &mut [u8],
        word: &[u8; 4],
        tag: &mut [u8],
    ) {
        let (header, payload) =
            packet.split_first_chunk_mut().expect("the header was read from this packet");
        *whole(tag) = self.key.seal(&self.iv(place), &associated_data(header, word), payload);
    }

    pub(crate) fn open_rtcp(
        &self,
        place: Place,
        packet: &mut [u8],
        word: &[u8; 4],
        tag: &[u8],
    ) -> Result<(), Error> {
        let tag = tag.try_into().map_err(|_| Error::NotAuthentic)?;
        let (header, payload) = packet.split_first_chunk_mut().ok_or(Error::NotAuthentic)?;
        self.key.open(&self.iv(place), &associated_data(header, word), payload, tag)
    }
}

/// A tag to be written.
#[inline]
fn whole(tag: &mut [u8]) -> &mut [u8; AeadAlgorithm::TAG_LEN] {
    tag.try_into().expect("an AEAD's tags have room for the whole")
}

/// rfc7714 §9.2: the first header, then the E flag and the index from the packet's other end.
fn associated_data(header: &[u8; RTCP_HEADER_LEN], word: &[u8; 4]) -> [u8; RTCP_HEADER_LEN + 4] {
    let mut data = [0; RTCP_HEADER_LEN + 4];
    data.iter_mut().zip(header.iter().chain(word)).for_each(|(to, from)| *to = *from);
    data
}

#[cfg(test)]
mod tests {
    use lariat_crypto::ring;

    use super::*;
    use crate::testing::hex;

    const TAG_LEN: usize = AeadAlgorithm::TAG_LEN;

    /// The session keys of rfc7714 §16 and §17.
    fn published() -> [GcmKeys; 2] {
        let salt = hex("517569642070726f2071756f");
        let keys = [
            (AeadAlgorithm::Aes128Gcm, "000102030405060708090a0b0c0d0e0f"),
            (
                AeadAlgorithm::Aes256Gcm,
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            ),
        ];
        keys.map(|(algorithm, key)| {
            GcmKeys::new(&*ring::provider(), algorithm, &hex(key), &salt).unwrap()
        })
    }

    #[test]
    fn the_published_rtp_packets_are_made_and_opened() {
        // rfc7714 §16.1.1, §16.1.2, §16.2.1, §16.2.2.
        let rtp = hex("8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e6973206469766973\
                       6120696e207061727465732074726573");
        let protected = [
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d29\
             4e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58\
             e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        ];
        let place = Place { ssrc: 0x5501_a0b2, index: 0xf17b };
        for (keys, srtp) in published().iter().zip(protected) {
            assert_eq!(keys.iv(place).as_slice(), hex("51753c6580c2726f20718414"));
            let mut tag = [0; TAG_LEN];
            let mut packet = rtp.clone();
            keys.seal_rtp(place, &mut packet, 12, &mut tag);
            assert_eq!([&packet[..], &tag].concat(), hex(srtp));
            assert_eq!(keys.open_rtp(place, &mut packet, 12, &tag), Ok(()));
            assert_eq!(packet, rtp);
        }
    }

    #[test]
    fn the_published_rtcp_packets_are_made_and_opened() {
        // rfc7714 §17.1, §17.2.
        let rtcp = hex("81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
                        deadbeefdeadbeefdeadbeefdeadbeefdeadbeef");
        let protected = [
            "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32d\
             c676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf872\
             45d9eade800005d4",
            "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50\
             a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6c\
             b26ac3be800005d4",
        ];
        let place = Place { ssrc: 0x4d61_7273, index: 0x05d4 };
        for keys in published() {
            assert_eq!(keys.iv(place).as_slice(), hex("517524055203726f207170bb"));
        }
        let word = [0x80, 0, 0x05, 0xd4];
        for (keys, srtcp) in published().iter().zip(protected) {
            let mut tag = [0; TAG_LEN];
            let mut packet = rtcp.clone();
            keys.seal_rtcp(place, &mut packet, &word, &mut tag);
            assert_eq!([&packet[..], &tag, &word].concat(), hex(srtcp));
            assert_eq!(keys.open_rtcp(place, &mut packet, &word, &tag), Ok(()));
            assert_eq!(packet, rtcp);
        }
    }

    #[test]
    fn the_published_tags_without_encryption_are_authentic() {
        // rfc7714 §16.1.3, §16.1.4, §16.2.3, §16.2.4: an RTP packet of which nothing is encrypted.
        // There is no flag that would say so of an RTP packet, so that only the tag can be shown.
        let rtp = "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e6973206469766973\
                   6120696e207061727465732074726573";
        let tags = ["22493f82d2bce397e9d79e3b19aa4216", "a866d5910f887463067ceefec45215d4"];
        check_tags(Place { ssrc: 0x5501_a0b2, index: 0xf17b }, rtp, tags);
        // rfc7714 §17.3, §17.4: the same for RTCP, whose E flag is 0 then.
        let rtcp = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
                    deadbeefdeadbeefdeadbeefdeadbeefdeadbeef000005d4";
        let tags = ["841dd9683dd78ec92ae58790125f62b3", "91db4afbfeee5a978fab4393ed2615fe"];
        check_tags(Place { ssrc: 0x4d61_7273, index: 0x05d4 }, rtcp, tags);
    }

    /// All of `packet` is associated data, and there is no plaintext.
    fn check_tags(place: Place, packet: &str, tags: [&str; 2]) {
        for (keys, tag) in published().iter().zip(tags) {
            let (packet, tag) = (hex(packet), hex(tag));
            let iv = keys.iv(place);
            assert_eq!(keys.key.seal(&iv, &packet, &mut []).as_slice(), tag);
            let mut tag: [u8; TAG_LEN] = tag.try_into().unwrap();
            assert_eq!(keys.key.open(&iv, &packet, &mut [], &tag), Ok(()));
            tag[0] ^= 1;
            assert_eq!(keys.key.open(&iv, &packet, &mut [], &tag), Err(Error::NotAuthentic));
        }
    }

    #[test]
    fn a_packet_without_payload_is_a_header_and_a_tag() {
        let place = Place { ssrc: 1, index: 2 };
        let header = [0x80, 96, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1];
        let [keys, _] = published();
        let (mut packet, mut tag) = (header.to_vec(), [0; TAG_LEN]);
        keys.seal_rtp(place, &mut packet, 12, &mut tag);
        assert_eq!(packet, header);
        assert_eq!(keys.open_rtp(place, &mut packet, 12, &tag), Ok(()));
    }
}
