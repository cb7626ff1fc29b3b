//! supported_groups (RFC 8422 §5.1.1).
//!
//! ```text
//! named_group_list<2..2^16-1>  length(2), two bytes each
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;
use crate::message::{read_code_points, write_code_points};

/// The groups that a client can do, the preferred one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SupportedGroups(pub(crate) Vec<u16>);

impl Extension for SupportedGroups {
    const CODE_POINT: u16 = 10;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let groups = read_code_points(&mut reader)?;
        reader.finish()?;
        if groups.is_empty() {
            Err(ParseError::Invalid("supported_groups"))
        } else {
            Ok(Self(groups))
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        write_code_points(&mut Writer::new(out), &self.0);
    }
}
