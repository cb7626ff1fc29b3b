//! AES in Galois/counter mode (RFC 7714 §8, §9).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use lariat_crypto::{AeadAlgorithm, AeadKey, Error, Provider};

use crate::key::{Derivation, Kind, salt};
use crate::packet::{Place, RTCP_HEADER_LEN};

const TAG_LEN: usize = AeadAlgorithm::TAG_LEN;
const NONCE_LEN: usize = AeadAlgorithm::NONCE_LEN;
const KEY_LEN: usize = AeadAlgorithm::Aes128Gcm.key_len();

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
    pub(crate) fn new(
        provider: &dyn Provider,
        derivation: &Derivation,
        kind: Kind,
    ) -> Result<Self, Error> {
        let key = derivation.cipher_key(kind, KEY_LEN);
        let salt = derivation.salt(kind, NONCE_LEN);
        Self::from_session_keys(provider, key.as_bytes(), salt.as_bytes())
    }

    fn from_session_keys(
        provider: &dyn Provider,
        key: &[u8],
        session_salt: &[u8],
    ) -> Result<Self, Error> {
        let key = provider.aead_key(AeadAlgorithm::Aes128Gcm, key)?;
        Ok(Self { key, salt: salt(session_salt) >> 32 })
    }

    /// rfc7714 §8.1: two zero bytes, SSRC, rollover counter and sequence number; §9.1 the same with
    /// the RTCP index in 48 bits; both combined with the salt.
    fn iv(&self, place: Place) -> [u8; NONCE_LEN] {
        let iv = self.salt ^ u128::from(place.ssrc) << 48 ^ u128::from(place.index);
        let bytes: [u8; 16] = iv.to_be_bytes();
        bytes.last_chunk().copied().unwrap_or_default()
    }

    /// Encrypts the packet at the end of `out`, and appends the tag.
    pub(crate) fn seal_rtp(
        &self,
        place: Place,
        out: &mut Vec<u8>,
        start: usize,
        header_len: usize,
    ) {
        let packet = out.get_mut(start..).unwrap_or_default();
        // To go on without a payload would send the packet in the clear.
        let (header, payload) = packet
            .split_at_mut_checked(header_len)
            .expect("`Outbound` has read this header from this packet");
        let tag = self.key.seal(&self.iv(place), header, payload);
        out.extend_from_slice(&tag);
    }

    pub(crate) fn open_rtp(
        &self,
        place: Place,
        packet: &mut [u8],
        header_len: usize,
    ) -> Result<usize, Error> {
        let (packet, tag) = packet.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::NotAuthentic)?;
        let length = packet.len();
        let (header, payload) =
            packet.split_at_mut_checked(header_len).ok_or(Error::NotAuthentic)?;
        self.key.open(&self.iv(place), header, payload, tag)?;
        Ok(length)
    }

    /// The same for RTCP; `word` is the E flag and the index.
    pub(crate) fn seal_rtcp(&self, place: Place, word: [u8; 4], out: &mut Vec<u8>, start: usize) {
        let packet = out.get_mut(start..).unwrap_or_default();
        let (header, payload) = packet
            .split_first_chunk_mut()
            .expect("`Outbound` has read this header from this packet");
        let tag = self.key.seal(&self.iv(place), &associated_data(header, word), payload);
        out.extend_from_slice(&tag);
        out.extend_from_slice(&word);
    }

    pub(crate) fn open_rtcp(&self, place: Place, packet: &mut [u8]) -> Result<usize, Error> {
        let (packet, word) = packet.split_last_chunk_mut().ok_or(Error::NotAuthentic)?;
        let (packet, tag) = packet.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::NotAuthentic)?;
        let length = packet.len();
        let (header, payload) = packet.split_first_chunk_mut().ok_or(Error::NotAuthentic)?;
        self.key.open(&self.iv(place), &associated_data(header, *word), payload, tag)?;
        Ok(length)
    }

    /// Where the E flag and the index are in a protected RTCP packet.
    pub(crate) fn rtcp_word(packet: &[u8]) -> Option<[u8; 4]> {
        packet.last_chunk().copied()
    }
}

/// rfc7714 §9.2: the first header, then the E flag and the index from the packet's other end.
fn associated_data(header: &[u8; RTCP_HEADER_LEN], word: [u8; 4]) -> [u8; RTCP_HEADER_LEN + 4] {
    let mut data = [0; RTCP_HEADER_LEN + 4];
    data.iter_mut().zip(header.iter().chain(&word)).for_each(|(to, from)| *to = *from);
    data
}

#[cfg(test)]
mod tests {
    use lariat_crypto::ring;

    use super::*;
    use crate::testing::hex;

    fn published() -> GcmKeys {
        let key = hex("000102030405060708090a0b0c0d0e0f");
        let salt = hex("517569642070726f2071756f");
        GcmKeys::from_session_keys(&*ring::provider(), &key, &salt).unwrap()
    }

    #[test]
    fn the_published_rtp_packet_is_made_and_opened() {
        // rfc7714 §16.1.1, §16.1.2.
        let rtp = hex("8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e6973206469766973\
                       6120696e207061727465732074726573");
        let srtp = hex("8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d29\
                        4e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce");
        let place = Place { ssrc: 0x5501_a0b2, index: 0xf17b };
        assert_eq!(published().iv(place).as_slice(), hex("51753c6580c2726f20718414"));
        let mut packet = rtp.clone();
        published().seal_rtp(place, &mut packet, 0, 12);
        assert_eq!(packet, srtp);
        assert_eq!(published().open_rtp(place, &mut packet, 12), Ok(rtp.len()));
        assert_eq!(packet[..rtp.len()], rtp);
    }

    #[test]
    fn the_published_rtcp_packet_is_made_and_opened() {
        // rfc7714 §17.1.
        let rtcp = hex("81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
                        deadbeefdeadbeefdeadbeefdeadbeefdeadbeef");
        let srtcp = hex("81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32d\
                         c676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf872\
                         45d9eade800005d4");
        let place = Place { ssrc: 0x4d61_7273, index: 0x05d4 };
        let mut packet = rtcp.clone();
        published().seal_rtcp(place, [0x80, 0, 0x05, 0xd4], &mut packet, 0);
        assert_eq!(packet, srtcp);
        assert_eq!(GcmKeys::rtcp_word(&packet), Some([0x80, 0, 0x05, 0xd4]));
        assert_eq!(published().open_rtcp(place, &mut packet), Ok(rtcp.len()));
        assert_eq!(packet[..rtcp.len()], rtcp);
    }

    #[test]
    fn a_packet_without_payload_is_a_header_and_a_tag() {
        let place = Place { ssrc: 1, index: 2 };
        let header = [0x80, 96, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1];
        let mut packet = header.to_vec();
        published().seal_rtp(place, &mut packet, 0, 12);
        assert_eq!(packet.len(), 12 + TAG_LEN);
        assert_eq!(published().open_rtp(place, &mut packet, 12), Ok(12));
    }
}
