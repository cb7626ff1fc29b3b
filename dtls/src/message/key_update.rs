//! KeyUpdate (RFC 8446 §4.6.3).
//!
//! ```text
//! request_update(1): update_not_requested(0), update_requested(1)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use crate::error::ParseError;

/// The sender goes on with its next keys once this is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUpdate {
    /// Whether the receiver is to do the same.
    pub(crate) request_update: bool,
}

impl KeyUpdate {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let request_update = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(ParseError::Invalid("request_update")),
        };
        reader.finish()?;
        Ok(Self { request_update })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        Writer::new(out).u8(u8::from(self.request_update));
    }
}
