//! Protection of records in DTLS 1.3 (RFC 9147 §4, RFC 8446 §5.2).
//!
//! ```text
//! record          = unified header || ciphertext || tag(16)
//! plaintext       = content || content type(1) || zeros
//! nonce           = iv(12) xor sequence number
//! additional data = unified header, its sequence number in the clear
//! number on wire  = sequence number xor mask(sn_key, first 16 bytes of ciphertext and tag)
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_crypto::{AeadAlgorithm, AeadKey, HeaderProtectionKey};

use super::super::RecordNumber;
use super::super::header::ContentType;
use super::super::unified_header::Ciphertext;
use super::{numbered, take_content_type};
use crate::error::Dropped;
use crate::limits;

/// The prepared keys and the IV of one direction of one epoch.
#[derive(Debug)]
pub(crate) struct Protection13 {
    key: Box<dyn AeadKey>,
    iv: [u8; 12],
    number_key: Box<dyn HeaderProtectionKey>,
    record_limit: u64,
}

/// What was in an authentic record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) sequence: u64,
    pub(crate) content_type: ContentType,
    pub(crate) content: Vec<u8>,
}

impl Protection13 {
    /// What protection adds to a record, without its header: the content type and the tag.
    pub(crate) const OVERHEAD: usize = 1 + AeadAlgorithm::TAG_LEN;

    pub(crate) fn new(
        aead: AeadAlgorithm,
        key: Box<dyn AeadKey>,
        iv: [u8; 12],
        number_key: Box<dyn HeaderProtectionKey>,
    ) -> Self {
        Self { key, iv, number_key, record_limit: record_limit(aead) }
    }

    /// How many records may be sealed with this key.
    pub(super) const fn record_limit(&self) -> u64 {
        self.record_limit
    }

    /// Appends one protected record. `content` is at most [`limits::MAX_PLAINTEXT`] bytes.
    pub(super) fn seal(
        &self,
        content_type: ContentType,
        cid: &[u8],
        number: RecordNumber,
        content: &[u8],
        out: &mut Vec<u8>,
    ) {
        let length = u16::try_from(content.len().saturating_add(Self::OVERHEAD))
            .expect("callers hold content to 2^14 bytes");
        out.reserve(Ciphertext::HEADER_LEN.saturating_add(cid.len()).saturating_add(length.into()));
        let header_at = out.len();
        let number_at = Ciphertext::write_header(out, cid, number, length);
        let body_at = out.len();
        out.extend_from_slice(content);
        out.push(content_type.code_point());
        let (before, body) = out.split_at_mut(body_at);
        let aad = before.get(header_at..).unwrap_or_default();
        let tag = self.key.seal(&numbered(self.iv, number.sequence), aad, body);
        out.extend_from_slice(&tag);
        let mask = self.mask(out.get(body_at..).unwrap_or_default());
        let number = out.get_mut(number_at..).unwrap_or_default();
        number.iter_mut().zip(mask.into_iter().flatten().take(2)).for_each(|(to, by)| *to ^= by);
    }

    /// The content of a record, in this buffer, if it is authentic. `expected` is one more than the
    /// highest number that was opened with these keys.
    pub(super) fn open(
        &self,
        record: &Ciphertext<'_>,
        expected: u64,
        mut content: Vec<u8>,
    ) -> Result<Opened, Dropped> {
        // rfc9147 §4.2.3: a record too short to be a sample is like one that is not authentic.
        let mask = self.mask(record.fragment).ok_or(Dropped::Length)?;
        let number = record.number.masked(mask);
        let sequence = reconstruct(expected, number.as_bytes());
        let (ciphertext, tag) = record.fragment.split_last_chunk().ok_or(Dropped::Length)?;
        if ciphertext.len() > limits::MAX_PLAINTEXT + 256 {
            return Err(Dropped::Length);
        }
        // The header goes where the tag was, to be authenticated from there.
        let room = record.fragment.len().saturating_add(record.cid.len());
        content.clear();
        content.reserve(room);
        content.extend_from_slice(ciphertext);
        record.write_additional_data(number, &mut content);
        let (data, aad) = content.split_at_mut(ciphertext.len());
        self.key
            .open(&numbered(self.iv, sequence), aad, data, tag)
            .map_err(|_| Dropped::NotAuthentic)?;
        content.truncate(ciphertext.len());
        let content_type = take_content_type(&mut content)?;
        if content.len() > limits::MAX_PLAINTEXT {
            return Err(Dropped::Length);
        }
        Ok(Opened { sequence, content_type, content })
    }

    fn mask(&self, ciphertext: &[u8]) -> Option<[u8; 5]> {
        Some(self.number_key.mask(ciphertext.first_chunk()?))
    }
}

/// rfc8446 §5.5: 2^24.5 with AES-GCM; with ChaCha20-Poly1305, numbers run out before a key wears.
const fn record_limit(aead: AeadAlgorithm) -> u64 {
    if matches!(aead, AeadAlgorithm::ChaCha20Poly1305) { u64::MAX } else { 23_726_566 }
}

/// rfc9147 §4.2.2: of the numbers that end in these bytes, the one nearest to the expected one.
fn reconstruct(expected: u64, low: &[u8]) -> u64 {
    let (value, span) = low
        .iter()
        .fold((0_u64, 1_u64), |(value, span), byte| (value << 8 | u64::from(*byte), span << 8));
    let candidate = expected & !(span - 1) | value;
    if candidate.saturating_add(span / 2) < expected {
        candidate.saturating_add(span)
    } else if candidate > expected.saturating_add(span / 2) && candidate >= span {
        candidate - span
    } else {
        candidate
    }
}

#[cfg(test)]
mod tests;
