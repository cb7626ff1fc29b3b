//! cookie (RFC 8446 §4.2.2).
//!
//! ```text
//! cookie<1..2^16-1>  length(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;
use crate::message::{read_long, write_long};

/// What a HelloRetryRequest wants to see in the next hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cookie(pub(crate) Vec<u8>);

impl Extension for Cookie {
    const CODE_POINT: u16 = 44;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let cookie = read_long(&mut reader)?;
        reader.finish()?;
        if cookie.is_empty() { Err(ParseError::Invalid("cookie")) } else { Ok(Self(cookie)) }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        write_long(&mut Writer::new(out), &self.0);
    }
}
