//! AES in Galois/counter mode (RFC 7714 §8, §9).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use lariat_crypto::{AeadAlgorithm, AeadKey, Error, Provider};

use crate::key::{Derivation, Kind, salt};
use crate::packet::{Place, RTCP_HEADER_LEN};

const TAG_LEN: usize = AeadAlgorithm::TAG_LEN;
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
    pub(crate) fn new(
        provider: &dyn Provider,
        derivation: &Derivation,
        kind: Kind,
    ) -> Result<Self, Error> {
        let key = derivation.cipher_key(kind, 16);
        let salt = salt(derivation.salt(kind, NONCE_LEN).as_bytes()) >> 32;
        Ok(Self { key: provider.aead_key(AeadAlgorithm::Aes128Gcm, key.as_bytes())?, salt })
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
        let Some((header, payload)) = packet.split_at_mut_checked(header_len) else { return };
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
        let Some((header, payload)) = packet.split_first_chunk_mut() else { return };
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
