//! NewConnectionId (RFC 9147 §9).
//!
//! ```text
//! cids<0..2^16-1>  length(2)
//!   cid<0..255>    length(1)
//! usage(1): cid_immediate(0), cid_spare(1)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{read_connection_id, write_short};
use crate::connection_id::{ConnectionId, ConnectionIdUsage};
use crate::error::ParseError;
use crate::limits;

/// What records to the sender may bear from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewConnectionId {
    pub(crate) cids: Vec<ConnectionId>,
    pub(crate) usage: ConnectionIdUsage,
}

impl NewConnectionId {
    /// Reads the message. Identifiers past [`limits::CONNECTION_IDS`] are read and not kept.
    ///
    /// An empty one is refused: whoever receives records with identifiers cannot read one without.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let length = usize::from(reader.u16()?);
        let mut list = reader.sub(length)?;
        let usage = match reader.u8()? {
            0 => ConnectionIdUsage::Immediate,
            1 => ConnectionIdUsage::Spare,
            _ => return Err(ParseError::Invalid("usage")),
        };
        reader.finish()?;
        let mut cids = Vec::new();
        while !list.is_empty() {
            let cid = read_connection_id(&mut list)?;
            if cid.is_empty() {
                return Err(ParseError::Invalid("cids"));
            }
            // rfc9147 §9: more than one wishes to keep may be discarded.
            if cids.len() < limits::CONNECTION_IDS {
                cids.push(cid);
            }
        }
        Ok(Self { cids, usage })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        let mut list = writer.length_prefixed_u16();
        self.cids.iter().for_each(|cid| write_short(&mut list, cid.as_ref()));
        drop(list);
        writer.u8(match self.usage {
            ConnectionIdUsage::Immediate => 0,
            ConnectionIdUsage::Spare => 1,
        });
    }
}
