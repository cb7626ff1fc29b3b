//! RequestConnectionId (RFC 9147 §9).
//!
//! ```text
//! num_cids(1)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use crate::error::ParseError;

/// The sender would like to have so many spare identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestConnectionId {
    pub(crate) count: u8,
}

impl RequestConnectionId {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let count = reader.u8()?;
        reader.finish()?;
        Ok(Self { count })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        Writer::new(out).u8(self.count);
    }
}
