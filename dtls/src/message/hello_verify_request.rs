//! HelloVerifyRequest (RFC 6347 §4.2.1).
//!
//! ```text
//! server_version(2)
//! cookie<0..255>  length(1)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{read_short, write_short};
use crate::error::ParseError;

/// A server's demand to see the hello again, with a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HelloVerifyRequest {
    /// rfc6347 §4.2.1: no part of the version negotiation, so it is not looked at.
    pub(crate) version: u16,
    pub(crate) cookie: Vec<u8>,
}

impl HelloVerifyRequest {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        let cookie = read_short(&mut reader)?;
        reader.finish()?;
        Ok(Self { version, cookie })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        writer.u16(self.version);
        write_short(&mut writer, &self.cookie);
    }
}
