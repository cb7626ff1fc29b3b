//! The chunks of a packet (RFC 9260 §3.2), one file per kind.
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |     type      |     flags     |  length, without the padding  |
//! +---------------+---------------+-------------------------------+
//! |                 value, padded to 4 bytes with zeros           |
//! ```

mod abort;
mod cookie;
mod data;
mod error;
mod heartbeat;
mod init;
mod reconfig;
mod sack;
mod shutdown;
mod unknown;

use alloc::vec::Vec;

use lariat_base::Reader;

pub(crate) use self::abort::Abort;
pub(crate) use self::cookie::{encode_cookie_ack, encode_cookie_echo};
pub(crate) use self::data::{DATA_HEADER_LEN, Data, DataFlags};
pub(crate) use self::error::{Cause, encode_error};
pub(crate) use self::heartbeat::{encode_heartbeat, encode_heartbeat_ack, heartbeat_info};
pub(crate) use self::init::{Init, InitKind};
pub(crate) use self::reconfig::{ReconfigParameter, ResetRequest, ResetResponse, ResetResult};
pub(crate) use self::sack::{SACK_HEADER_LEN, Sack};
pub(crate) use self::shutdown::{Shutdown, encode_shutdown_ack, encode_shutdown_complete};
pub(crate) use self::unknown::UnknownChunk;

use crate::error::ParseError;
use crate::parameter::{encode_block, padding};

/// Bytes in front of a chunk's value.
pub(crate) const CHUNK_HEADER_LEN: usize = 4;

/// Chunk types.
pub(crate) mod kind {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const INIT: u8 = 1;
    pub(crate) const INIT_ACK: u8 = 2;
    pub(crate) const SACK: u8 = 3;
    pub(crate) const HEARTBEAT: u8 = 4;
    pub(crate) const HEARTBEAT_ACK: u8 = 5;
    pub(crate) const ABORT: u8 = 6;
    pub(crate) const SHUTDOWN: u8 = 7;
    pub(crate) const SHUTDOWN_ACK: u8 = 8;
    pub(crate) const ERROR: u8 = 9;
    pub(crate) const COOKIE_ECHO: u8 = 10;
    pub(crate) const COOKIE_ACK: u8 = 11;
    pub(crate) const SHUTDOWN_COMPLETE: u8 = 14;
    /// RFC 6525 §3.1.
    pub(crate) const RECONFIG: u8 = 130;
}

/// The T bit of ABORT and SHUTDOWN COMPLETE: the packet's tag is the receiver's own, reflected.
pub(crate) const FLAG_REFLECTED: u8 = 1;

/// A chunk whose header is read and whose value is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawChunk<'a> {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) value: &'a [u8],
}

impl<'a> RawChunk<'a> {
    /// Reads the next chunk. The last one's padding may be missing.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let kind = reader.u8()?;
        let flags = reader.u8()?;
        let length = usize::from(reader.u16()?);
        let length = length.checked_sub(CHUNK_HEADER_LEN).ok_or(ParseError::Length)?;
        // rfc9260 §6.10: a chunk that is only partly there is dropped.
        let value = reader.take(length)?;
        reader.take(padding(length).min(reader.remaining()))?;
        Ok(Self { kind, flags, value })
    }
}

/// Appends a chunk whose value `body` writes, padded.
pub(crate) fn encode(out: &mut Vec<u8>, kind: u8, flags: u8, body: impl FnOnce(&mut Vec<u8>)) {
    encode_block(out, [kind, flags], body);
}

#[cfg(test)]
mod tests {
    use super::*;

    // adversarial C1
    #[test]
    fn impossible_chunk_lengths_are_rejected() {
        for length in [0, 1, 2, 3, 9, 0xffff_u16] {
            let [high, low] = length.to_be_bytes();
            let bytes = [7, 0, high, low, 1, 2, 3, 4];
            assert!(RawChunk::read(&mut Reader::new(&bytes)).is_err(), "{length}");
        }
    }

    #[test]
    fn the_last_chunk_s_padding_may_be_missing() {
        let mut reader = Reader::new(&[4, 0, 0, 5, 9]);
        assert_eq!(RawChunk::read(&mut reader).unwrap().value, [9]);
        assert!(reader.is_empty());
    }
}
