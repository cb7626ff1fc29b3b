//! SACK (RFC 9260 §3.3.4).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |   type = 3    |     flags     |            length             |
//! +---------------+---------------+-------------------------------+
//! |                      cumulative TSN ack                       |
//! +---------------------------------------------------------------+
//! |               advertised receiver window credit               |
//! +-------------------------------+-------------------------------+
//! |       gap ack blocks: N       |      duplicate TSNs: M        |
//! +-------------------------------+-------------------------------+
//! |  N times: start and end, relative to the cumulative TSN ack   |
//! +---------------------------------------------------------------+
//! |  M times: duplicate TSN                                       |
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Serial32};

use super::{RawChunk, encode, kind};
use crate::error::ParseError;

/// Bytes of the chunk in front of its blocks.
pub(crate) const SACK_HEADER_LEN: usize = 16;

/// A SACK chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sack {
    pub(crate) cumulative: Serial32,
    pub(crate) a_rwnd: u32,
    /// First and last TSN of each block, relative to `cumulative`; the first is never after the
    /// last.
    pub(crate) gaps: Vec<(u16, u16)>,
    pub(crate) duplicates: Vec<Serial32>,
}

impl Sack {
    /// Reads it. The counts must be exactly those of what follows.
    pub(crate) fn parse(chunk: RawChunk<'_>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(chunk.value);
        let cumulative = Serial32::new(reader.u32()?);
        let a_rwnd = reader.u32()?;
        let gap_count = usize::from(reader.u16()?);
        let duplicate_count = usize::from(reader.u16()?);
        // Before anything is allocated: a count says nothing about what is there.
        if reader.remaining() != gap_count.saturating_add(duplicate_count).saturating_mul(4) {
            return Err(ParseError::Length);
        }
        let mut gaps = Vec::with_capacity(gap_count);
        for _ in 0..gap_count {
            let (start, end) = (reader.u16()?, reader.u16()?);
            if start == 0 || start > end {
                return Err(ParseError::Value);
            }
            gaps.push((start, end));
        }
        let mut duplicates = Vec::with_capacity(duplicate_count);
        for _ in 0..duplicate_count {
            duplicates.push(Serial32::new(reader.u32()?));
        }
        Ok(Self { cumulative, a_rwnd, gaps, duplicates })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        debug_assert!(self.gaps.len().max(self.duplicates.len()) <= usize::from(u16::MAX));
        encode(out, kind::SACK, 0, |out| {
            out.extend_from_slice(&self.cumulative.get().to_be_bytes());
            out.extend_from_slice(&self.a_rwnd.to_be_bytes());
            out.extend_from_slice(&(self.gaps.len() as u16).to_be_bytes());
            out.extend_from_slice(&(self.duplicates.len() as u16).to_be_bytes());
            for (start, end) in &self.gaps {
                out.extend_from_slice(&start.to_be_bytes());
                out.extend_from_slice(&end.to_be_bytes());
            }
            for duplicate in &self.duplicates {
                out.extend_from_slice(&duplicate.get().to_be_bytes());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn parse(bytes: &[u8]) -> Result<Sack, ParseError> {
        Sack::parse(RawChunk::read(&mut Reader::new(bytes)).unwrap())
    }

    #[test]
    fn the_example_of_the_rfc_is_read() {
        // RFC 9260 §3.3.4: 12 is acknowledged, 14, 15 and 17 are beyond a gap, a_rwnd is 4660.
        let bytes =
            [3, 0, 0, 24, 0, 0, 0, 12, 0, 0, 0x12, 0x34, 0, 2, 0, 0, 0, 2, 0, 3, 0, 5, 0, 5];
        let sack = parse(&bytes).unwrap();
        assert_eq!((sack.cumulative.get(), sack.a_rwnd), (12, 4660));
        assert_eq!(sack.gaps, [(2, 3), (5, 5)]);
        let mut out = vec![];
        sack.encode(&mut out);
        assert_eq!(out, bytes);
    }

    // adversarial C9
    #[test]
    fn counts_and_blocks_that_cannot_be_are_rejected() {
        for (counts, blocks) in [
            ([0xff, 0xff, 0, 0], &[][..]),
            ([0, 0, 0xff, 0xff], &[]),
            ([0, 1, 0, 0], &[0, 1]),
            ([0, 0, 0, 0], &[0, 1, 0, 1]),
            ([0, 1, 0, 0], &[0, 5, 0, 4]),
            ([0, 1, 0, 0], &[0, 0, 0, 4]),
        ] {
            let value = [&[0; 8][..], &counts, blocks].concat();
            let chunk = RawChunk { kind: kind::SACK, flags: 0, value: &value };
            assert!(Sack::parse(chunk).is_err(), "{counts:?} {blocks:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_undoes_encoding(
            cumulative: u32, a_rwnd: u32,
            gaps in prop::collection::vec((1_u16.., any::<u16>()), 0..20),
            duplicates in prop::collection::vec(any::<u32>(), 0..20),
        ) {
            let sack = Sack {
                cumulative: Serial32::new(cumulative),
                a_rwnd,
                gaps: gaps.into_iter().map(|(start, more)| (start, start.max(more))).collect(),
                duplicates: duplicates.into_iter().map(Serial32::new).collect(),
            };
            let mut out = vec![];
            sack.encode(&mut out);
            prop_assert_eq!(parse(&out), Ok(sack));
        }
    }
}
