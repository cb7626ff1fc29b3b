//! renegotiation_info (RFC 5746 §3.2).
//!
//! ```text
//! renegotiated_connection<0..255>  length(1)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;
use crate::message::{read_short, write_short};

/// The Finished values of the handshake before; empty in a first handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RenegotiationInfo(pub(crate) Vec<u8>);

impl RenegotiationInfo {
    /// The cipher suite that says the same as an empty extension (RFC 5746 §3.3).
    pub(crate) const SCSV: u16 = 0x00ff;
}

impl Extension for RenegotiationInfo {
    const CODE_POINT: u16 = 0xff01;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let connection = read_short(&mut reader)?;
        reader.finish()?;
        Ok(Self(connection))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        write_short(&mut Writer::new(out), &self.0);
    }
}
