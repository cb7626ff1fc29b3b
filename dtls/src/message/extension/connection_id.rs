//! connection_id (RFC 9146 §3).
//!
//! ```text
//! cid<0..255>  length(1)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::connection_id::ConnectionId;
use crate::error::ParseError;
use crate::message::{read_connection_id, write_short};

/// What the records to the sender are to bear; an empty one: nothing.
impl Extension for ConnectionId {
    const CODE_POINT: u16 = 54;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let id = read_connection_id(&mut reader)?;
        reader.finish()?;
        Ok(id)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        write_short(&mut Writer::new(out), self.as_ref());
    }
}
