//! AES in counter mode and HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use lariat_crypto::{AesCtrKey, Error, HashAlgorithm, HmacKey, Provider};

use crate::key::{Derivation, Kind, salt};
use crate::packet::{Place, RTCP_HEADER_LEN};

/// The length of a tag: 80 bits.
const TAG_LEN: usize = 10;

/// The lengths of the session keys and of the salt (RFC 3711 §8.2).
const CIPHER_KEY_LEN: usize = 16;
const AUTHENTICATION_KEY_LEN: usize = 20;
const SALT_LEN: usize = 14;

pub(crate) struct CmKeys {
    cipher: Box<dyn AesCtrKey>,
    authentication: Box<dyn HmacKey>,
    /// The session salt, multiplied by 2¹⁶.
    salt: u128,
}

impl fmt::Debug for CmKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CmKeys(..)")
    }
}

impl CmKeys {
    pub(crate) fn new(
        provider: &dyn Provider,
        derivation: &Derivation,
        kind: Kind,
    ) -> Result<Self, Error> {
        let cipher_key = derivation.cipher_key(kind, CIPHER_KEY_LEN);
        let authentication_key = derivation.authentication_key(kind, AUTHENTICATION_KEY_LEN);
        let salt = derivation.salt(kind, SALT_LEN);
        Self::from_session_keys(
            provider,
            cipher_key.as_bytes(),
            authentication_key.as_bytes(),
            salt.as_bytes(),
        )
    }

    fn from_session_keys(
        provider: &dyn Provider,
        cipher_key: &[u8],
        authentication_key: &[u8],
        session_salt: &[u8],
    ) -> Result<Self, Error> {
        Ok(Self {
            cipher: provider.aes_ctr_key(cipher_key)?,
            authentication: provider.hmac_key(HashAlgorithm::Sha1, authentication_key),
            salt: salt(session_salt),
        })
    }

    /// rfc3711 §4.1.1: IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16).
    fn iv(&self, place: Place) -> [u8; 16] {
        (self.salt ^ u128::from(place.ssrc) << 64 ^ u128::from(place.index) << 16).to_be_bytes()
    }

    /// Encrypts the packet at the end of `out`, and appends what its authentication needs.
    pub(crate) fn seal_rtp(
        &self,
        place: Place,
        out: &mut Vec<u8>,
        start: usize,
        header_len: usize,
    ) {
        self.cipher.apply_keystream(&self.iv(place), payload(out, start, header_len));
        let mut tag = [0; TAG_LEN];
        let packet = out.get(start..).unwrap_or_default();
        // rfc3711 §4.2: the rollover counter is authenticated behind the packet, and not sent.
        self.authentication.sign(&[packet, &rollover_counter(place)], &mut tag);
        out.extend_from_slice(&tag);
    }

    pub(crate) fn open_rtp(
        &self,
        place: Place,
        packet: &mut [u8],
        header_len: usize,
    ) -> Result<usize, Error> {
        let (packet, tag) = packet.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::NotAuthentic)?;
        // Before decryption: a forged packet stays as it is.
        self.authentication.verify(&[packet, &rollover_counter(place)], tag)?;
        let payload = packet.get_mut(header_len..).ok_or(Error::NotAuthentic)?;
        self.cipher.apply_keystream(&self.iv(place), payload);
        Ok(packet.len())
    }

    /// The same for RTCP; `word` is the E flag and the index.
    pub(crate) fn seal_rtcp(&self, place: Place, word: [u8; 4], out: &mut Vec<u8>, start: usize) {
        self.cipher.apply_keystream(&self.iv(place), payload(out, start, RTCP_HEADER_LEN));
        out.extend_from_slice(&word);
        let mut tag = [0; TAG_LEN];
        self.authentication.sign(&[out.get(start..).unwrap_or_default()], &mut tag);
        out.extend_from_slice(&tag);
    }

    pub(crate) fn open_rtcp(&self, place: Place, packet: &mut [u8]) -> Result<usize, Error> {
        let (packet, tag) = packet.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::NotAuthentic)?;
        self.authentication.verify(&[packet], tag)?;
        let (packet, _) = packet.split_last_chunk_mut::<4>().ok_or(Error::NotAuthentic)?;
        let payload = packet.get_mut(RTCP_HEADER_LEN..).ok_or(Error::NotAuthentic)?;
        self.cipher.apply_keystream(&self.iv(place), payload);
        Ok(packet.len())
    }

    /// Where the E flag and the index are in a protected RTCP packet.
    pub(crate) fn rtcp_word(packet: &[u8]) -> Option<[u8; 4]> {
        let (packet, _) = packet.split_last_chunk::<TAG_LEN>()?;
        packet.last_chunk().copied()
    }
}

/// What is encrypted of the packet at the end of `out`. To go on without it would send the packet
/// in the clear.
fn payload(out: &mut [u8], start: usize, header_len: usize) -> &mut [u8] {
    out.get_mut(start.saturating_add(header_len)..)
        .expect("`Outbound` has read this header from this packet")
}

fn rollover_counter(place: Place) -> [u8; 4] {
    ((place.index >> 16) as u32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use lariat_crypto::ring;

    use super::*;
    use crate::testing::hex;

    #[test]
    fn the_published_keystream_is_made() {
        // rfc3711 §B.2: an SSRC and an index of zero.
        let key = hex("2b7e151628aed2a6abf7158809cf4f3c");
        let salt = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd");
        let keys = CmKeys::from_session_keys(&*ring::provider(), &key, &[0; 20], &salt).unwrap();
        let mut packet = alloc::vec![0; 12 + 0xff02 * 16];
        let place = Place { ssrc: 0, index: 0 };
        keys.seal_rtp(place, &mut packet, 0, 12);
        let block = |index: usize| packet[12 + 16 * index..][..16].to_vec();
        assert_eq!(block(0), hex("e03ead0935c95e80e166b16dd92b4eb4"));
        assert_eq!(block(1), hex("d23513162b02d0f72a43a2fe4a5f97ab"));
        assert_eq!(block(2), hex("41e95b3bb0a2e8dd477901e4fca894c0"));
        assert_eq!(block(0xfeff), hex("ec8cdf7398607cb0f2d21675ea9ea1e4"));
        assert_eq!(block(0xff00), hex("362b7c3c6773516318a077d7fc5073ae"));
        assert_eq!(block(0xff01), hex("6a2cc3787889374fbeb4c81b17ba6c44"));
    }

    #[test]
    fn the_iv_holds_ssrc_and_index_where_the_rfc_puts_them() {
        let keys = CmKeys::from_session_keys(&*ring::provider(), &[0; 16], &[0; 20], &[0; 14]);
        let place = Place { ssrc: 0x0102_0304, index: 0x0506_0708_090a };
        let iv = hex("000000000102030405060708090a0000");
        assert_eq!(keys.unwrap().iv(place).as_slice(), iv);
    }
}
