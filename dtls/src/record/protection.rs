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

/// Takes padding and the content type off a plaintext that has them behind its content.
///
/// rfc8446 §5.4, rfc9146 §4: padding is zeros behind the content type, which is not zero.
fn take_content_type(plaintext: &mut Vec<u8>) -> Result<ContentType, Dropped> {
    while plaintext.last() == Some(&0) {
        plaintext.pop();
    }
    plaintext.pop().and_then(ContentType::from_code_point).ok_or(Dropped::ContentType)
}

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
    /// What a record of this epoch takes beyond its content, at most, if the peer's connection
    /// identifier has `cid_len` bytes.
    pub(crate) const fn overhead(epoch: Epoch, cid_len: usize) -> usize {
        match epoch {
            Epoch::PLAINTEXT => Record::HEADER_LEN,
            // The content type stands behind the content if there is an identifier.
            Epoch::PROTECTED if cid_len > 0 => {
                Record::HEADER_LEN + cid_len + Protection12::OVERHEAD + 1
            }
            Epoch::PROTECTED => Record::HEADER_LEN + Protection12::OVERHEAD,
            _ => Ciphertext::HEADER_LEN + cid_len + Protection13::OVERHEAD,
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

    /// Appends one protected record, which bears a connection identifier unless `cid` is empty.
    /// `plaintext` is at most [`limits::MAX_PLAINTEXT`](crate::limits::MAX_PLAINTEXT) bytes.
    pub(super) fn seal(
        &self,
        content_type: ContentType,
        cid: &[u8],
        number: RecordNumber,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) {
        match self {
            Self::V12(protection) => protection.seal(content_type, cid, number, plaintext, out),
            Self::V13(protection) => protection.seal(content_type, cid, number, plaintext, out),
        }
    }

    /// The content of a record of 1.2, in this buffer, if it is authentic.
    pub(super) fn open_record(
        &self,
        record: &Record<'_>,
        buffer: Vec<u8>,
    ) -> Result<(ContentType, Vec<u8>), Dropped> {
        match self {
            Self::V12(protection) => protection.open(record, buffer),
            Self::V13(_) => Err(Dropped::Epoch),
        }
    }

    /// The content of a record of 1.3, in this buffer, if it is authentic. `expected` is one more
    /// than the highest number that was opened with this key.
    pub(super) fn open_ciphertext(
        &self,
        ciphertext: &Ciphertext<'_>,
        expected: u64,
        buffer: Vec<u8>,
    ) -> Result<Opened, Dropped> {
        match self {
            Self::V12(_) => Err(Dropped::Epoch),
            Self::V13(protection) => protection.open(ciphertext, expected, buffer),
        }
    }
}

#[cfg(test)]
mod tests;
