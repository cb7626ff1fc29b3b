//! ec_point_formats (RFC 8422 §5.1.2).
//!
//! ```text
//! ec_point_format_list<1..2^8-1>  length(1), one byte each
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;
use crate::message::{read_short, write_short};

/// How points may be written. Only the uncompressed form is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EcPointFormats(pub(crate) Vec<u8>);

impl EcPointFormats {
    pub(crate) const UNCOMPRESSED: u8 = 0;
}

impl Extension for EcPointFormats {
    const CODE_POINT: u16 = 11;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let formats = read_short(&mut reader)?;
        reader.finish()?;
        if formats.is_empty() {
            Err(ParseError::Invalid("ec_point_formats"))
        } else {
            Ok(Self(formats))
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        write_short(&mut Writer::new(out), &self.0);
    }
}
