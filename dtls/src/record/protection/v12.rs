//! Protection of records by AES-GCM in TLS 1.2 (RFC 5246 §6.2.3.3, RFC 5288 §3).
//!
//! ```text
//! record    = header(13) || explicit nonce(8) || ciphertext || tag(16)
//! nonce     = implicit part(4) || explicit part(8)
//! additional data = epoch(2) || sequence(6) || type(1) || version(2) || plaintext length(2)
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::Reader;
use lariat_crypto::{AeadAlgorithm, AeadKey};

use super::super::RecordNumber;
use super::super::header::{ContentType, Record};
use crate::error::Dropped;
use crate::limits;
use crate::message::DTLS_1_2;

const EXPLICIT_NONCE_LEN: usize = 8;

/// The prepared key and implicit nonce of one direction of one epoch.
#[derive(Debug)]
pub(crate) struct Protection12 {
    key: Box<dyn AeadKey>,
    implicit_nonce: [u8; 4],
}

impl Protection12 {
    /// What protection adds to a record, without its header.
    pub(crate) const OVERHEAD: usize = EXPLICIT_NONCE_LEN + AeadAlgorithm::TAG_LEN;

    pub(crate) fn new(key: Box<dyn AeadKey>, implicit_nonce: [u8; 4]) -> Self {
        Self { key, implicit_nonce }
    }

    /// Appends one protected record. `plaintext` is at most [`limits::MAX_PLAINTEXT`] bytes.
    pub(crate) fn seal(
        &self,
        content_type: ContentType,
        number: RecordNumber,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) {
        let length = u16::try_from(plaintext.len().saturating_add(Self::OVERHEAD))
            .expect("callers hold plaintext to 2^14 bytes");
        Record::write_header(out, content_type, DTLS_1_2, number, length);
        // rfc5288 §3: the explicit part must not repeat under a key; epoch and sequence number
        // never do.
        let explicit = (u64::from(number.epoch.0) << 48 | number.sequence).to_be_bytes();
        out.extend_from_slice(&explicit);
        let start = out.len();
        out.extend_from_slice(plaintext);
        let aad = additional_data(explicit, content_type.code_point(), plaintext.len());
        let data = out.get_mut(start..).unwrap_or_default();
        let tag = self.key.seal(&self.nonce(explicit), &aad, data);
        out.extend_from_slice(&tag);
    }

    /// The plaintext of a record, if it is authentic.
    pub(crate) fn open(&self, record: &Record<'_>) -> Result<Vec<u8>, Dropped> {
        let mut reader = Reader::new(record.fragment);
        let explicit = reader.take_array().map_err(|_| Dropped::Length)?;
        let (ciphertext, tag) = reader.rest().split_last_chunk().ok_or(Dropped::Length)?;
        if ciphertext.len() > limits::MAX_PLAINTEXT {
            return Err(Dropped::Length);
        }
        let sequence = (u64::from(record.epoch) << 48 | record.sequence).to_be_bytes();
        let aad = additional_data(sequence, record.content_type, ciphertext.len());
        let mut data = ciphertext.to_vec();
        self.key
            .open(&self.nonce(explicit), &aad, &mut data, tag)
            .map_err(|_| Dropped::NotAuthentic)?;
        Ok(data)
    }

    fn nonce(&self, explicit: [u8; 8]) -> [u8; 12] {
        let mut nonce = [0; 12];
        let parts = self.implicit_nonce.into_iter().chain(explicit);
        nonce.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        nonce
    }
}

fn additional_data(epoch_and_sequence: [u8; 8], content_type: u8, length: usize) -> [u8; 13] {
    let [e0, e1, s0, s1, s2, s3, s4, s5] = epoch_and_sequence;
    let [v0, v1] = DTLS_1_2.to_be_bytes();
    // Both directions have checked that the plaintext is at most 2^14 bytes.
    let [l0, l1] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    [e0, e1, s0, s1, s2, s3, s4, s5, content_type, v0, v1, l0, l1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Epoch;
    use crate::testing::hex;

    fn protection() -> Protection12 {
        let provider = lariat_crypto::ring::provider();
        let key = hex("c2d03a1a18af88cf16c085df978ca27f");
        let key = provider.aead_key(AeadAlgorithm::Aes128Gcm, &key).unwrap();
        Protection12::new(key, [0xc8, 0xd0, 0x69, 0xe0])
    }

    const NUMBER: RecordNumber = RecordNumber { epoch: Epoch::PROTECTED, sequence: 5 };
    const RECORD: &str = "17fefd0001000000000005002200010000000000052298a885acbf74451cb4cd599eef51\
                          2559b38c8005ad00ba1c7b";

    #[test]
    fn sealing_gives_the_known_record() {
        let mut out = Vec::new();
        protection().seal(ContentType::ApplicationData, NUMBER, b"hello dtls", &mut out);
        assert_eq!(out, hex(RECORD));
    }

    #[test]
    fn opening_gives_the_known_plaintext() {
        let bytes = hex(RECORD);
        let record = Record::read(&mut Reader::new(&bytes)).unwrap();
        assert_eq!(protection().open(&record).unwrap(), b"hello dtls");
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let bytes = hex(RECORD);
        // The version is not among the bits: this crate always authenticates the only one it
        // speaks.
        for bit in (0..8).chain(24..bytes.len() * 8) {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(record) = Record::read(&mut Reader::new(&bytes)) else { continue };
            assert!(protection().open(&record).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_record_too_short_for_nonce_and_tag_is_refused() {
        let bytes = hex(RECORD);
        for length in 0..Protection12::OVERHEAD {
            let fragment = &bytes[13..13 + length];
            let record =
                Record { content_type: 23, version: 0xfefd, epoch: 1, sequence: 5, fragment };
            assert_eq!(protection().open(&record), Err(Dropped::Length));
        }
    }

    #[test]
    fn a_record_one_past_the_longest_is_refused() {
        let mut out = Vec::new();
        let plaintext = [0; limits::MAX_PLAINTEXT + 1];
        protection().seal(ContentType::ApplicationData, NUMBER, &plaintext, &mut out);
        let record = Record::read(&mut Reader::new(&out)).unwrap();
        assert_eq!(protection().open(&record), Err(Dropped::Length));
    }
}
