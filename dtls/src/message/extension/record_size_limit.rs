//! record_size_limit (RFC 8449 §4).
//!
//! ```text
//! RecordSizeLimit(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;

/// The longest protected record that the sender takes: in 1.2 its plaintext, in 1.3 that and its
/// content type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordSizeLimit(pub(crate) u16);

impl Extension for RecordSizeLimit {
    const CODE_POINT: u16 = 28;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let limit = reader.u16()?;
        reader.finish()?;
        // rfc8449 §4: with less than this nobody can do a handshake.
        if limit < 64 { Err(ParseError::Invalid("record_size_limit")) } else { Ok(Self(limit)) }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        Writer::new(out).u16(self.0);
    }
}
