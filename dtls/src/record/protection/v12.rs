//! Protection of records in TLS 1.2 (RFC 5246 §6.2.3.3) by AES-GCM (RFC 5288 §3) or
//! ChaCha20-Poly1305 (RFC 7905 §2).
//!
//! ```text
//! record    = header(13) || explicit nonce(8), with AES-GCM || ciphertext || tag(16)
//! number    = epoch(2) || sequence(6)
//! nonce     = fixed iv(4) || explicit nonce(8)    with AES-GCM
//!           = fixed iv(12) xor number             with ChaCha20-Poly1305
//! additional data = number(8) || type(1) || version(2) || plaintext length(2)
//! ```
//!
//! With a connection identifier (RFC 9146 §5.3):
//!
//! ```text
//! plaintext       = content || content type(1) || zeros
//! additional data = 2^64 - 1 (8) || tls12_cid(1) || cid length(1) || header || plaintext length(2)
//! header          = tls12_cid(1) || version(2) || epoch(2) || sequence(6) || cid
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::{ReadError, Reader, Writer};
use lariat_crypto::{AeadAlgorithm, AeadKey};

use super::super::RecordNumber;
use super::super::header::{CID_RECORD, ContentType, Record};
use super::{numbered, take_content_type};
use crate::error::Dropped;
use crate::limits;
use crate::message::DTLS_1_2;

const EXPLICIT_NONCE_LEN: usize = 8;

/// The prepared key of one direction of one epoch, and what its nonces are made from.
#[derive(Debug)]
pub(crate) struct Protection12 {
    key: Box<dyn AeadKey>,
    fixed_iv: FixedIv,
}

/// What of the nonces comes out of the key block (RFC 5246 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FixedIv {
    /// rfc5288 §3: a nonce begins with it, and goes on with what the record says.
    Salt([u8; 4]),
    /// rfc7905 §2: a nonce is all of it, and the record's number. The record says no more.
    Whole([u8; 12]),
}

impl FixedIv {
    /// Its length in bytes.
    pub(crate) const fn len(aead: AeadAlgorithm) -> usize {
        if matches!(aead, AeadAlgorithm::ChaCha20Poly1305) { 12 } else { 4 }
    }

    /// Takes the next one off a key block.
    pub(crate) fn read(aead: AeadAlgorithm, reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        if matches!(aead, AeadAlgorithm::ChaCha20Poly1305) {
            reader.take_array().map(Self::Whole)
        } else {
            reader.take_array().map(Self::Salt)
        }
    }

    const fn explicit_len(self) -> usize {
        match self {
            Self::Salt(_) => EXPLICIT_NONCE_LEN,
            Self::Whole(_) => 0,
        }
    }
}

impl Protection12 {
    /// What protection adds to a record at most, without its header.
    pub(crate) const OVERHEAD: usize = EXPLICIT_NONCE_LEN + AeadAlgorithm::TAG_LEN;

    pub(crate) fn new(key: Box<dyn AeadKey>, fixed_iv: FixedIv) -> Self {
        Self { key, fixed_iv }
    }

    /// Appends one protected record, which bears a connection identifier unless `cid` is empty.
    /// `content` is at most [`limits::MAX_PLAINTEXT`] bytes, one less with an identifier.
    pub(crate) fn seal(
        &self,
        content_type: ContentType,
        cid: &[u8],
        number: RecordNumber,
        content: &[u8],
        out: &mut Vec<u8>,
    ) {
        let plaintext_len = content.len().saturating_add((!cid.is_empty()).into());
        let added = self.fixed_iv.explicit_len() + AeadAlgorithm::TAG_LEN;
        let length = u16::try_from(plaintext_len.saturating_add(added))
            .expect("callers hold content to 2^14 bytes");
        out.reserve(Record::HEADER_LEN.saturating_add(cid.len()).saturating_add(length.into()));
        if cid.is_empty() {
            Record::write_header(out, content_type, DTLS_1_2, number, length);
        } else {
            Record::write_cid_header(out, number, cid, length);
        }
        let number = u64::from(number.epoch.0) << 48 | number.sequence;
        let nonce = match self.fixed_iv {
            FixedIv::Salt(salt) => {
                // rfc5288 §3: the explicit part must not repeat under a key; epoch and sequence
                // number never do.
                let explicit = number.to_be_bytes();
                out.extend_from_slice(&explicit);
                salted(salt, explicit)
            }
            FixedIv::Whole(iv) => numbered(iv, number),
        };
        let start = out.len();
        out.extend_from_slice(content);
        let seal = |aad: &[u8], out: &mut Vec<u8>| {
            self.key.seal(&nonce, aad, out.get_mut(start..).unwrap_or_default())
        };
        let tag = if cid.is_empty() {
            seal(&additional_data(number, content_type.code_point(), plaintext_len), out)
        } else {
            out.push(content_type.code_point());
            seal(&cid_additional_data(number, cid, plaintext_len), out)
        };
        out.extend_from_slice(&tag);
    }

    /// The content of a record, in this buffer, if it is authentic.
    ///
    /// rfc9146 §3: the content type says in which form it is.
    pub(crate) fn open(
        &self,
        record: &Record<'_>,
        mut content: Vec<u8>,
    ) -> Result<(ContentType, Vec<u8>), Dropped> {
        let has_cid = record.content_type == CID_RECORD;
        let content_type = ContentType::from_code_point(record.content_type);
        if content_type.is_none() && !has_cid {
            return Err(Dropped::ContentType);
        }
        let number = u64::from(record.epoch) << 48 | record.sequence;
        let mut reader = Reader::new(record.fragment);
        let nonce = match self.fixed_iv {
            FixedIv::Salt(salt) => salted(salt, reader.take_array().map_err(|_| Dropped::Length)?),
            FixedIv::Whole(iv) => numbered(iv, number),
        };
        let (ciphertext, tag) = reader.rest().split_last_chunk().ok_or(Dropped::Length)?;
        if ciphertext.len() > limits::MAX_PLAINTEXT {
            return Err(Dropped::Length);
        }
        content.clear();
        content.extend_from_slice(ciphertext);
        let mut open = |aad: &[u8]| {
            let opened = self.key.open(&nonce, aad, &mut content, tag);
            opened.map_err(|_| Dropped::NotAuthentic)
        };
        if has_cid {
            open(&cid_additional_data(number, record.cid, ciphertext.len()))?;
        } else {
            open(&additional_data(number, record.content_type, ciphertext.len()))?;
        }
        let content_type = content_type.map_or_else(|| take_content_type(&mut content), Ok)?;
        Ok((content_type, content))
    }
}

fn salted([a, b, c, d]: [u8; 4], [e, f, g, h, i, j, k, l]: [u8; 8]) -> [u8; 12] {
    [a, b, c, d, e, f, g, h, i, j, k, l]
}

fn additional_data(number: u64, content_type: u8, length: usize) -> [u8; 13] {
    let [e0, e1, s0, s1, s2, s3, s4, s5] = number.to_be_bytes();
    let [v0, v1] = DTLS_1_2.to_be_bytes();
    // Both directions have checked that the plaintext is at most 2^14 bytes.
    let [l0, l1] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    [e0, e1, s0, s1, s2, s3, s4, s5, content_type, v0, v1, l0, l1]
}

/// rfc9146 §5.3: begins as that of no other record does.
fn cid_additional_data(number: u64, cid: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(cid.len().saturating_add(23));
    let mut writer = Writer::new(&mut out);
    writer.bytes(&[0xff; 8]);
    writer.u8(CID_RECORD);
    writer.u8(u8::try_from(cid.len()).unwrap_or(u8::MAX));
    writer.u8(CID_RECORD);
    writer.u16(DTLS_1_2);
    writer.u64(number);
    writer.bytes(cid);
    writer.u16(u16::try_from(length).unwrap_or(u16::MAX));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Epoch;
    use crate::testing::hex;

    /// Each cipher with keys, a record that another implementation made with them, and what it
    /// takes beyond header and plaintext.
    fn known() -> [(Protection12, Vec<u8>, usize); 2] {
        let provider = lariat_crypto::ring::provider();
        let protection = |aead, key: &str, fixed_iv| {
            Protection12::new(provider.aead_key(aead, &hex(key)).unwrap(), fixed_iv)
        };
        let salt = FixedIv::Salt([0xc8, 0xd0, 0x69, 0xe0]);
        let iv = FixedIv::Whole(hex("b8cc1632cfce86d274a1362e").try_into().unwrap());
        let gcm = protection(AeadAlgorithm::Aes128Gcm, "c2d03a1a18af88cf16c085df978ca27f", salt);
        let chacha = protection(
            AeadAlgorithm::ChaCha20Poly1305,
            "c2d03a1a18af88cf16c085df978ca27f98bf52c7998ec8b532bcc18ae6fc1502",
            iv,
        );
        [(gcm, hex(GCM), 24), (chacha, hex(CHACHA), 16)]
    }

    const NUMBER: RecordNumber = RecordNumber { epoch: Epoch::PROTECTED, sequence: 5 };
    const GCM: &str = "17fefd0001000000000005002200010000000000052298a885acbf74451cb4cd599eef51\
                       2559b38c8005ad00ba1c7b";
    const CHACHA: &str = "17fefd0001000000000005001a481f37d7e549e8bb5d0c725619fcf7f455b712e31a4f\
                          e75174df";

    #[test]
    fn sealing_gives_the_known_record() {
        // rfc5288 §3: the explicit nonce is the record's number; rfc7905 §2: there is none.
        for (protection, record, overhead) in known() {
            let mut out = Vec::new();
            protection.seal(ContentType::ApplicationData, &[], NUMBER, b"hello dtls", &mut out);
            assert_eq!(out, record);
            assert_eq!(out.len(), 13 + 10 + overhead);
            assert!(overhead <= Protection12::OVERHEAD);
        }
    }

    #[test]
    fn opening_gives_the_known_plaintext() {
        for (protection, record, _) in known() {
            let record = Record::read(&mut Reader::new(&record)).unwrap();
            let expected = (ContentType::ApplicationData, b"hello dtls".to_vec());
            assert_eq!(protection.open(&record, Vec::new()), Ok(expected));
        }
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        for (protection, record, _) in known() {
            // The version is not among the bits: this crate always authenticates the only one it
            // speaks.
            for bit in (0..8).chain(24..record.len() * 8) {
                let mut record = record.clone();
                record[bit / 8] ^= 1 << (bit % 8);
                let Ok(record) = Record::read(&mut Reader::new(&record)) else { continue };
                assert!(protection.open(&record, Vec::new()).is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_record_too_short_for_nonce_and_tag_is_refused() {
        for (protection, bytes, overhead) in known() {
            for length in 0..=overhead {
                let fragment = &bytes[13..13 + length];
                let record = Record { fragment, ..Record::read(&mut Reader::new(&bytes)).unwrap() };
                let reason =
                    if length < overhead { Dropped::Length } else { Dropped::NotAuthentic };
                assert_eq!(protection.open(&record, Vec::new()), Err(reason));
            }
        }
    }

    #[test]
    fn a_record_one_past_the_longest_is_refused() {
        for (protection, ..) in known() {
            let mut out = Vec::new();
            let plaintext = [0; limits::MAX_PLAINTEXT + 1];
            protection.seal(ContentType::ApplicationData, &[], NUMBER, &plaintext, &mut out);
            let record = Record::read(&mut Reader::new(&out)).unwrap();
            assert_eq!(protection.open(&record, Vec::new()), Err(Dropped::Length));
        }
    }
}
