//! DATA (RFC 9260 §3.3.1).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |   type = 0    |  res  |I|U|B|E|        length, over 16        |
//! +---------------+---------------+-------------------------------+
//! |                              TSN                              |
//! +-------------------------------+-------------------------------+
//! |       stream identifier       |    stream sequence number     |
//! +-------------------------------+-------------------------------+
//! |                  payload protocol identifier                  |
//! +---------------------------------------------------------------+
//! |                           user data                           |
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Serial16, Serial32};

use super::{RawChunk, encode, kind};
use crate::Ppid;
use crate::error::ParseError;

/// Bytes of the chunk in front of the user data.
pub(crate) const DATA_HEADER_LEN: usize = 16;

/// The flags of a DATA chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct DataFlags(pub(crate) u8);

impl DataFlags {
    pub(crate) const END: Self = Self(1);
    pub(crate) const BEGIN: Self = Self(2);
    pub(crate) const UNORDERED: Self = Self(4);
    pub(crate) const IMMEDIATE: Self = Self(8);

    pub(crate) const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    pub(crate) const fn with(self, flag: Self, on: bool) -> Self {
        if on { Self(self.0 | flag.0) } else { self }
    }
}

/// A DATA chunk; the payload stays in the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Data<'a> {
    pub(crate) flags: DataFlags,
    pub(crate) tsn: Serial32,
    pub(crate) stream: u16,
    pub(crate) ssn: Serial16,
    pub(crate) ppid: Ppid,
    pub(crate) payload: &'a [u8],
}

impl<'a> Data<'a> {
    /// Reads it. An empty payload is left to the caller, who must abort over it (§6.2).
    pub(crate) fn parse(chunk: RawChunk<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(chunk.value);
        Ok(Self {
            flags: DataFlags(chunk.flags & 0x0f),
            tsn: Serial32::new(reader.u32()?),
            stream: reader.u16()?,
            ssn: Serial16::new(reader.u16()?),
            ppid: Ppid(reader.u32()?),
            payload: reader.rest(),
        })
    }

    /// How many bytes it takes in a packet.
    pub(crate) const fn encoded_len(payload: usize) -> usize {
        payload.saturating_add(DATA_HEADER_LEN + 3) & !3
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        encode(out, kind::DATA, self.flags.0, |out| {
            let mut header = [0; DATA_HEADER_LEN - 4];
            let fields = self.tsn.get().to_be_bytes().into_iter();
            let fields = fields
                .chain(self.stream.to_be_bytes())
                .chain(self.ssn.get().to_be_bytes())
                .chain(self.ppid.0.to_be_bytes());
            for (place, byte) in header.iter_mut().zip(fields) {
                *place = byte;
            }
            out.extend_from_slice(&header);
            out.extend_from_slice(self.payload);
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_chunk_is_laid_out_as_the_rfc_draws_it() {
        let bytes = [0, 3, 0, 18, 0, 0, 0, 7, 0, 2, 0, 1, 0, 0, 0, 53, 0xab, 0xcd, 0, 0];
        let raw = RawChunk::read(&mut Reader::new(&bytes)).unwrap();
        let data = Data::parse(raw).unwrap();
        assert_eq!((data.tsn.get(), data.stream, data.ssn.get()), (7, 2, 1));
        assert_eq!((data.ppid, data.payload), (Ppid::BINARY, &[0xab, 0xcd][..]));
        let mut out = Vec::new();
        data.encode(&mut out);
        assert_eq!(out, bytes);
    }

    #[test]
    fn a_header_cut_short_is_rejected() {
        for length in 0..12 {
            let chunk = RawChunk { kind: 0, flags: 3, value: &[0; 12][..length] };
            assert_eq!(Data::parse(chunk), Err(ParseError::Truncated), "{length}");
        }
    }

    proptest! {
        #[test]
        fn parsing_undoes_encoding(
            flags in 0_u8..16, tsn: u32, stream: u16, ssn: u16, ppid: u32,
            payload in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let data = Data {
                flags: DataFlags(flags),
                tsn: Serial32::new(tsn),
                stream,
                ssn: Serial16::new(ssn),
                ppid: Ppid(ppid),
                payload: &payload,
            };
            let mut out = Vec::new();
            data.encode(&mut out);
            prop_assert_eq!(out.len(), Data::encoded_len(payload.len()));
            let raw = RawChunk::read(&mut Reader::new(&out)).unwrap();
            prop_assert_eq!(Data::parse(raw), Ok(data));
        }
    }
}
