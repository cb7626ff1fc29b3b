//! The protection of records: one prepared key of one direction of one epoch.

mod v12;
mod v13;

use alloc::vec::Vec;

use super::header::{ContentType, Record};
use super::unified_header::Ciphertext;
use super::{Epoch, RecordNumber};
use crate::error::Dropped;

pub(crate) use v12::{FixedIv, Protection12};
pub(super) use v13::Opened;
pub(crate) use v13::Protection13;

/// The keys of either version.
#[derive(Debug)]
pub(crate) enum Protection {
    V12(Protection12),
    V13(Protection13),
}

/// rfc8446 §5.3, rfc7905 §2: the nonce of the record with this number, padded to the left.
fn numbered(iv: [u8; 12], number: u64) -> [u8; 12] {
    let mut nonce = iv;
    let low = nonce.iter_mut().skip(4);
    low.zip(number.to_be_bytes()).for_each(|(to, by)| *to ^= by);
    nonce
}

impl Protection {
    /// What a record of this epoch takes beyond its content, at most.
    pub(crate) const fn overhead(epoch: Epoch) -> usize {
        match epoch {
            Epoch::PLAINTEXT => Record::HEADER_LEN,
            Epoch::PROTECTED => Record::HEADER_LEN + Protection12::OVERHEAD,
            _ => Ciphertext::HEADER_LEN + Protection13::OVERHEAD,
        }
    }

    /// How many records may be sealed with one key.
    pub(super) const fn record_limit(&self) -> u64 {
        match self {
            // rfc6347 §4.1: 48 bits, which nonces are made of.
            Self::V12(_) => 1 << 48,
            Self::V13(protection) => protection.record_limit(),
        }
    }

    /// Appends one protected record. `plaintext` is at most
    /// [`limits::MAX_PLAINTEXT`](crate::limits::MAX_PLAINTEXT) bytes.
    pub(super) fn seal(
        &self,
        content_type: ContentType,
        number: RecordNumber,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) {
        match self {
            Self::V12(protection) => protection.seal(content_type, number, plaintext, out),
            Self::V13(protection) => protection.seal(content_type, number, plaintext, out),
        }
    }

    /// The plaintext of a record of 1.2, if it is authentic.
    pub(super) fn open_record(&self, record: &Record<'_>) -> Result<Vec<u8>, Dropped> {
        match self {
            Self::V12(protection) => protection.open(record),
            Self::V13(_) => Err(Dropped::Epoch),
        }
    }

    /// The content of a record of 1.3, if it is authentic. `expected` is one more than the highest
    /// number that was opened with this key.
    pub(super) fn open_ciphertext(
        &self,
        ciphertext: &Ciphertext<'_>,
        expected: u64,
    ) -> Result<Opened, Dropped> {
        match self {
            Self::V12(_) => Err(Dropped::Epoch),
            Self::V13(protection) => protection.open(ciphertext, expected),
        }
    }
}
