//! signature_algorithms (RFC 5246 §7.4.1.4.1).
//!
//! ```text
//! supported_signature_algorithms<2..2^16-2>  length(2), two bytes each
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;
use crate::message::{read_code_points, write_code_points};

/// The signatures that a client can verify, the preferred one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignatureAlgorithms(pub(crate) Vec<u16>);

impl Extension for SignatureAlgorithms {
    const CODE_POINT: u16 = 13;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let schemes = read_code_points(&mut reader)?;
        reader.finish()?;
        if schemes.is_empty() {
            return Err(ParseError::Invalid("signature_algorithms"));
        }
        Ok(Self(schemes))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        write_code_points(&mut Writer::new(out), &self.0);
    }
}
