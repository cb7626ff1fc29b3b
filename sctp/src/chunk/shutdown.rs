//! SHUTDOWN, SHUTDOWN ACK and SHUTDOWN COMPLETE (RFC 9260 §3.3.8, §3.3.9, §3.3.13).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |   type = 7    |     flags     |          length = 8           |
//! +---------------+---------------+-------------------------------+
//! |                      cumulative TSN ack                       |
//! +---------------------------------------------------------------+
//! ```
//!
//! The other two have types 8 and 14 and no value; the last has a T bit.

use alloc::vec::Vec;

use lariat_base::{Reader, Serial32};

use super::{FLAG_REFLECTED, RawChunk, encode, kind};
use crate::error::ParseError;

/// A SHUTDOWN chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shutdown {
    pub(crate) cumulative: Serial32,
}

impl Shutdown {
    pub(crate) fn parse(chunk: RawChunk<'_>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(chunk.value);
        let cumulative = Serial32::new(reader.u32()?);
        reader.finish()?;
        Ok(Self { cumulative })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        encode(out, kind::SHUTDOWN, 0, |out| {
            out.extend_from_slice(&self.cumulative.get().to_be_bytes());
        });
    }
}

/// Appends a SHUTDOWN ACK.
pub(crate) fn encode_shutdown_ack(out: &mut Vec<u8>) {
    encode(out, kind::SHUTDOWN_ACK, 0, |_| {});
}

/// Appends a SHUTDOWN COMPLETE.
pub(crate) fn encode_shutdown_complete(out: &mut Vec<u8>, reflected: bool) {
    let flags = if reflected { FLAG_REFLECTED } else { 0 };
    encode(out, kind::SHUTDOWN_COMPLETE, flags, |_| {});
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_chunks_are_laid_out_as_the_rfc_draws_them() {
        let mut out = Vec::new();
        Shutdown { cumulative: Serial32::new(0x0102_0304) }.encode(&mut out);
        encode_shutdown_ack(&mut out);
        encode_shutdown_complete(&mut out, false);
        encode_shutdown_complete(&mut out, true);
        assert_eq!(out, [7, 0, 0, 8, 1, 2, 3, 4, 8, 0, 0, 4, 14, 0, 0, 4, 14, 1, 0, 4]);
    }

    #[test]
    fn other_lengths_are_rejected() {
        for length in [0, 1, 2, 3, 5, 8] {
            let chunk = RawChunk { kind: 7, flags: 0, value: &[0; 8][..length] };
            assert!(Shutdown::parse(chunk).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn parsing_undoes_encoding(cumulative: u32) {
            let shutdown = Shutdown { cumulative: Serial32::new(cumulative) };
            let mut out = Vec::new();
            shutdown.encode(&mut out);
            let chunk = RawChunk::read(&mut Reader::new(&out)).unwrap();
            prop_assert_eq!(Shutdown::parse(chunk), Ok(shutdown));
        }
    }
}
