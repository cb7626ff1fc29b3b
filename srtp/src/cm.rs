//! AES in counter mode and HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use lariat_crypto::{AesCtrKey, Error, HashAlgorithm, HmacKey, Provider};

use crate::key::{Derivation, Kind, salt};
use crate::packet::{Place, RTCP_HEADER_LEN};

/// The length of a tag: 80 bits.
const TAG_LEN: usize = 10;

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
        let cipher_key = derivation.cipher_key(kind, 16);
        let authentication_key = derivation.authentication_key(kind, 20);
        Ok(Self {
            cipher: provider.aes_ctr_key(cipher_key.as_bytes())?,
            authentication: provider.hmac_key(HashAlgorithm::Sha1, authentication_key.as_bytes()),
            salt: salt(derivation.salt(kind, 14).as_bytes()),
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
        if let Some(payload) = out.get_mut(start.saturating_add(header_len)..) {
            self.cipher.apply_keystream(&self.iv(place), payload);
        }
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
        if let Some(payload) = out.get_mut(start.saturating_add(RTCP_HEADER_LEN)..) {
            self.cipher.apply_keystream(&self.iv(place), payload);
        }
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

fn rollover_counter(place: Place) -> [u8; 4] {
    ((place.index >> 16) as u32).to_be_bytes()
}
