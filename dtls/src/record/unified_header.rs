//! The header of a protected record of DTLS 1.3 (RFC 9147 §4).
//!
//! ```text
//!  0 1 2 3 4 5 6 7
//! +-+-+-+-+-+-+-+-+
//! |0|0|1|C|S|L|E E|   C: a connection identifier follows; S: the number has 16 bits, not 8;
//! +-+-+-+-+-+-+-+-+   L: there is a length; E: the low bits of the epoch
//! | connection identifier (if C), of a length that the receiver knows ...
//! +-+-+-+-+-+-+-+-+
//! | sequence number, encrypted (8 or 16 bits)
//! +-+-+-+-+-+-+-+-+
//! | length (16 bits, if L), else the record goes on to the end of the datagram
//! +-+-+-+-+-+-+-+-+
//! | ciphertext and tag ...
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::RecordNumber;
use crate::error::ParseError;

const FIXED_MASK: u8 = 0b1110_0000;
const FIXED: u8 = 0b0010_0000;
const CONNECTION_ID: u8 = 0b0001_0000;
const LONG_NUMBER: u8 = 0b0000_1000;
const LENGTH: u8 = 0b0000_0100;
const EPOCH_MASK: u8 = 0b0000_0011;

/// One protected record of a datagram, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ciphertext<'a> {
    first: u8,
    /// The connection identifier; empty if there is none.
    pub(crate) cid: &'a [u8],
    /// As it is on the wire.
    pub(crate) number: LowNumber,
    length: Option<u16>,
    pub(crate) fragment: &'a [u8],
}

/// The low bits of a sequence number: as many as a record has, the high ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LowNumber {
    Short([u8; 1]),
    Long([u8; 2]),
}

impl LowNumber {
    pub(crate) const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short(bytes) => bytes,
            Self::Long(bytes) => bytes,
        }
    }

    /// Encrypts it, or decrypts it.
    pub(crate) const fn masked(self, [first, second, ..]: [u8; 5]) -> Self {
        match self {
            Self::Short([low]) => Self::Short([low ^ first]),
            Self::Long([high, low]) => Self::Long([high ^ first, low ^ second]),
        }
    }
}

impl<'a> Ciphertext<'a> {
    /// The length of the header that [`Self::write_header`] writes, without an identifier; there is
    /// no longer one.
    pub(crate) const HEADER_LEN: usize = 5;

    /// Whether a record that begins with this byte has such a header (RFC 9147 §4.1).
    pub(crate) const fn starts_with(first: u8) -> bool {
        first & FIXED_MASK == FIXED
    }

    /// Takes the next record off a datagram. A connection identifier in it has `cid_len` bytes.
    pub(crate) fn read(reader: &mut Reader<'a>, cid_len: usize) -> Result<Self, ParseError> {
        let first = reader.u8()?;
        if !Self::starts_with(first) {
            return Err(ParseError::Invalid("unified_hdr"));
        }
        let has_cid = first & CONNECTION_ID != 0;
        // rfc9147 §9.1: without having agreed on one, nobody knows how long it is.
        if has_cid && cid_len == 0 {
            return Err(ParseError::Invalid("connection_id"));
        }
        let cid = reader.take(if has_cid { cid_len } else { 0 })?;
        let number = if first & LONG_NUMBER == 0 {
            LowNumber::Short(reader.take_array()?)
        } else {
            LowNumber::Long(reader.take_array()?)
        };
        let length = if first & LENGTH == 0 { None } else { Some(reader.u16()?) };
        let fragment = match length {
            Some(length) => reader.take(usize::from(length))?,
            None => reader.rest(),
        };
        Ok(Self { first, cid, number, length, fragment })
    }

    /// The low two bits of the epoch.
    pub(crate) const fn epoch_bits(&self) -> u16 {
        (self.first & EPOCH_MASK) as u16
    }

    /// Appends the header as the sender's cipher saw it: with this number in the place of the
    /// encrypted one.
    pub(crate) fn write_additional_data(&self, number: LowNumber, out: &mut Vec<u8>) {
        match (self.cid, number, self.length) {
            // What almost everybody sends, in one piece.
            ([], LowNumber::Long([n0, n1]), Some(length)) => {
                let [l0, l1] = length.to_be_bytes();
                out.extend_from_slice(&[self.first, n0, n1, l0, l1]);
            }
            (cid, number, length) => {
                out.push(self.first);
                out.extend_from_slice(cid);
                out.extend_from_slice(number.as_bytes());
                out.extend(length.into_iter().flat_map(u16::to_be_bytes));
            }
        }
    }

    /// Writes a header with 16 bits of the number and a length, and gives back where its number is.
    /// Without a connection identifier, `cid` is empty.
    pub(crate) fn write_header(
        out: &mut Vec<u8>,
        cid: &[u8],
        number: RecordNumber,
        length: u16,
    ) -> usize {
        let [_, epoch] = number.epoch.0.to_be_bytes();
        let [.., high, low] = number.sequence.to_be_bytes();
        let mut writer = Writer::new(out);
        let has_cid = if cid.is_empty() { 0 } else { CONNECTION_ID };
        writer.u8(FIXED | has_cid | LONG_NUMBER | LENGTH | epoch & EPOCH_MASK);
        writer.bytes(cid);
        let at = writer.position();
        writer.bytes(&[high, low]);
        writer.u16(length);
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::Epoch;

    fn read(bytes: &[u8]) -> Result<Ciphertext<'_>, ParseError> {
        Ciphertext::read(&mut Reader::new(bytes), 0)
    }

    fn additional_data(record: &Ciphertext<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        record.write_additional_data(record.number, &mut out);
        out
    }

    #[test]
    fn all_four_forms_are_read() {
        for (bytes, number, fragment) in [
            (&[0x2e, 7, 8, 0, 1, 9][..], &[7, 8][..], &[9][..]),
            (&[0x2a, 7, 8, 9, 10], &[7, 8], &[9, 10]),
            (&[0x26, 7, 0, 1, 9], &[7], &[9]),
            (&[0x22, 7, 9, 10], &[7], &[9, 10]),
        ] {
            let record = read(bytes).unwrap();
            assert_eq!((record.number.as_bytes(), record.fragment), (number, fragment));
            assert_eq!(record.epoch_bits(), 2);
            let header = &bytes[..bytes.len() - fragment.len()];
            assert_eq!(additional_data(&record), header);
        }
    }

    #[test]
    fn all_four_forms_are_read_with_an_identifier() {
        for (bytes, number, fragment) in [
            (&[0x3e, 1, 2, 3, 7, 8, 0, 1, 9][..], &[7, 8][..], &[9][..]),
            (&[0x3a, 1, 2, 3, 7, 8, 9, 10], &[7, 8], &[9, 10]),
            (&[0x36, 1, 2, 3, 7, 0, 1, 9], &[7], &[9]),
            (&[0x32, 1, 2, 3, 7, 9, 10], &[7], &[9, 10]),
        ] {
            let record = Ciphertext::read(&mut Reader::new(bytes), 3).unwrap();
            assert_eq!((record.number.as_bytes(), record.fragment), (number, fragment));
            assert_eq!((record.cid, record.epoch_bits()), (&[1, 2, 3][..], 2));
            let header = &bytes[..bytes.len() - fragment.len()];
            assert_eq!(additional_data(&record), header);
            // Whoever expects an identifier can still read a record without one.
            let without = [&[bytes[0] & !CONNECTION_ID], &bytes[4..]].concat();
            let record = Ciphertext::read(&mut Reader::new(&without), 3).unwrap();
            assert_eq!((record.cid, record.number.as_bytes()), (&[][..], number));
        }
        for length in 0..5 {
            let read = Ciphertext::read(&mut Reader::new(&[0x32, 1, 2, 3, 7][..length]), 3);
            assert_eq!(read, Err(ParseError::Truncated), "{length}");
        }
    }

    #[test]
    fn what_is_no_such_record_is_refused() {
        let truncated = Err(ParseError::Truncated);
        for bytes in [&[][..], &[0x2e], &[0x2e, 7], &[0x2e, 7, 8, 0], &[0x2e, 7, 8, 0, 1], &[0x22]]
        {
            assert_eq!(read(bytes), truncated, "{bytes:?}");
        }
        assert_eq!(read(&[0x3e, 7, 8, 0, 0]), Err(ParseError::Invalid("connection_id")));
        for first in (0..=0x1f).chain(0x40..=0xff) {
            let bytes = [first, 0, 0, 0, 0];
            assert_eq!(read(&bytes), Err(ParseError::Invalid("unified_hdr")));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            epoch: u16,
            sequence: u64,
            cid in prop::collection::vec(any::<u8>(), 0..256),
            fragment in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut out = Vec::new();
            let number = RecordNumber { epoch: Epoch(epoch), sequence };
            let length = u16::try_from(fragment.len()).unwrap();
            let at = Ciphertext::write_header(&mut out, &cid, number, length);
            let header = out.clone();
            prop_assert_eq!(header.len(), Ciphertext::HEADER_LEN + cid.len());
            out.extend_from_slice(&fragment);
            let record = Ciphertext::read(&mut Reader::new(&out), cid.len()).unwrap();
            prop_assert_eq!((record.cid, record.fragment), (&cid[..], &fragment[..]));
            prop_assert_eq!(record.epoch_bits(), epoch % 4);
            prop_assert_eq!(record.number.as_bytes(), &out[at..at + 2]);
            prop_assert_eq!(record.number.as_bytes(), &sequence.to_be_bytes()[6..]);
            prop_assert_eq!(additional_data(&record), header);
            for length in 0..out.len() {
                let read = Ciphertext::read(&mut Reader::new(&out[..length]), cid.len());
                prop_assert_eq!(read, Err(ParseError::Truncated));
            }
        }
    }
}
