//! The record header (RFC 6347 §4.1), and the one with a connection identifier (RFC 9146 §4).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+-------------------------------+---------------+
//! |  content type |            version            |     epoch     |
//! +---------------+-------------------------------+---------------+
//! |     epoch     |            sequence number (48 bits)          |
//! +---------------+-----------------------------------------------+
//! |            sequence number                    |
//! +-----------------------------------------------+
//! | connection identifier (if the content type is tls12_cid) ...
//! +-------------------------------+
//! |            length             |  fragment ...
//! +-------------------------------+
//! ```

use alloc::vec::Vec;

use lariat_base::{ReadError, Reader, Writer};

use super::RecordNumber;
use crate::message::DTLS_1_2;

/// tls12_cid: the content type of a record with a connection identifier. What it carries says its
/// plaintext.
pub(crate) const CID_RECORD: u8 = 25;

/// What a record carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentType {
    ChangeCipherSpec,
    Alert,
    Handshake,
    ApplicationData,
    /// Acknowledgements of DTLS 1.3 (RFC 9147 §7).
    Ack,
}

impl ContentType {
    pub(crate) const fn code_point(self) -> u8 {
        match self {
            Self::ChangeCipherSpec => 20,
            Self::Alert => 21,
            Self::Handshake => 22,
            Self::ApplicationData => 23,
            Self::Ack => 26,
        }
    }

    pub(crate) const fn from_code_point(code_point: u8) -> Option<Self> {
        match code_point {
            20 => Some(Self::ChangeCipherSpec),
            21 => Some(Self::Alert),
            22 => Some(Self::Handshake),
            23 => Some(Self::ApplicationData),
            26 => Some(Self::Ack),
            _ => None,
        }
    }
}

/// One record of a datagram, as it stands there: nothing but the length is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) content_type: u8,
    pub(crate) version: u16,
    pub(crate) epoch: u16,
    pub(crate) sequence: u64,
    /// The connection identifier; of other types than [`CID_RECORD`] it is empty.
    pub(crate) cid: &'a [u8],
    pub(crate) fragment: &'a [u8],
}

impl<'a> Record<'a> {
    pub(crate) const HEADER_LEN: usize = 13;

    /// Takes the next record off a datagram of somebody who sends no connection identifiers.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, ReadError> {
        Self::read_with_cid(reader, 0)
    }

    /// Takes the next record off a datagram. A connection identifier in it has `cid_len` bytes.
    pub(crate) fn read_with_cid(
        reader: &mut Reader<'a>,
        cid_len: usize,
    ) -> Result<Self, ReadError> {
        let content_type = reader.u8()?;
        let version = reader.u16()?;
        let epoch = reader.u16()?;
        let sequence = reader.u48()?;
        let cid = reader.take(if content_type == CID_RECORD { cid_len } else { 0 })?;
        let length = reader.u16()?;
        let fragment = reader.take(usize::from(length))?;
        Ok(Self { content_type, version, epoch, sequence, cid, fragment })
    }

    /// Writes a header for a fragment of `length` bytes.
    pub(crate) fn write_header(
        out: &mut Vec<u8>,
        content_type: ContentType,
        version: u16,
        number: RecordNumber,
        length: u16,
    ) {
        write(out, content_type.code_point(), version, number, &[], length);
    }

    /// Writes the header of a protected record with a connection identifier.
    pub(crate) fn write_cid_header(
        out: &mut Vec<u8>,
        number: RecordNumber,
        cid: &[u8],
        length: u16,
    ) {
        write(out, CID_RECORD, DTLS_1_2, number, cid, length);
    }
}

fn write(
    out: &mut Vec<u8>,
    content_type: u8,
    version: u16,
    number: RecordNumber,
    cid: &[u8],
    length: u16,
) {
    let mut writer = Writer::new(out);
    writer.u8(content_type);
    writer.u16(version);
    writer.u16(number.epoch.0);
    writer.u48(number.sequence);
    writer.bytes(cid);
    writer.u16(length);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::Epoch;

    #[test]
    fn a_header_of_openssl_is_read() {
        // The first record of an `openssl s_client -dtls1_2`, cut to one byte of content.
        let bytes = [0x16, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0x01];
        let record = Record::read(&mut Reader::new(&bytes)).unwrap();
        assert_eq!(ContentType::from_code_point(record.content_type), Some(ContentType::Handshake));
        assert_eq!((record.version, record.epoch, record.sequence), (0xfeff, 0, 1));
        assert_eq!(record.fragment, [1]);
    }

    #[test]
    fn every_shortening_is_refused() {
        let bytes = [0x16, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0x01];
        for length in 0..bytes.len() {
            assert!(Record::read(&mut Reader::new(&bytes[..length])).is_err());
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            epoch: u16,
            sequence in 0..1_u64 << 48,
            fragment in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut out = Vec::new();
            let length = u16::try_from(fragment.len()).unwrap();
            let number = RecordNumber { epoch: Epoch(epoch), sequence };
            Record::write_header(&mut out, ContentType::Alert, 0xfefd, number, length);
            prop_assert_eq!(out.len(), Record::HEADER_LEN);
            out.extend_from_slice(&fragment);
            let read = Record::read(&mut Reader::new(&out));
            let fragment = &fragment[..];
            let (content_type, version, cid) = (21, 0xfefd, &[][..]);
            let expected = Record { content_type, version, epoch, sequence, cid, fragment };
            prop_assert_eq!(read, Ok(expected));
        }

        #[test]
        fn what_is_written_with_an_identifier_is_read_by_whoever_knows_its_length(
            epoch: u16,
            sequence in 0..1_u64 << 48,
            cid in prop::collection::vec(any::<u8>(), 1..256),
            fragment in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut out = Vec::new();
            let length = u16::try_from(fragment.len()).unwrap();
            let number = RecordNumber { epoch: Epoch(epoch), sequence };
            Record::write_cid_header(&mut out, number, &cid, length);
            prop_assert_eq!(out.len(), Record::HEADER_LEN + cid.len());
            out.extend_from_slice(&fragment);
            let read = Record::read_with_cid(&mut Reader::new(&out), cid.len());
            let (content_type, version, cid) = (25, 0xfefd, &cid[..]);
            let fragment = &fragment[..];
            let expected = Record { content_type, version, epoch, sequence, cid, fragment };
            prop_assert_eq!(read, Ok(expected));
            for length in 0..out.len() {
                let read = Record::read_with_cid(&mut Reader::new(&out[..length]), cid.len());
                prop_assert!(read.is_err());
            }
        }
    }
}
