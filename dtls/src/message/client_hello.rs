//! ClientHello (RFC 5246 §7.4.1.2, RFC 6347 §4.2.1).
//!
//! ```text
//! client_version(2) random(32)
//! session_id<0..32>           length(1)
//! cookie<0..255>              length(1)
//! cipher_suites<2..2^16-2>    length(2)
//! compression_methods<1..255> length(1)
//! extensions<0..2^16-1>       length(2), may be absent
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{Extensions, read_code_points, read_short, write_code_points, write_short};
use crate::error::ParseError;

/// What a client offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientHello {
    pub(crate) version: u16,
    pub(crate) random: [u8; 32],
    pub(crate) session_id: Vec<u8>,
    pub(crate) cookie: Vec<u8>,
    pub(crate) cipher_suites: Vec<u16>,
    pub(crate) compression_methods: Vec<u8>,
    pub(crate) extensions: Extensions,
}

impl ClientHello {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        let random = reader.take_array()?;
        let session_id = read_short(&mut reader)?;
        if session_id.len() > 32 {
            return Err(ParseError::Invalid("session_id"));
        }
        let cookie = read_short(&mut reader)?;
        let cipher_suites = read_code_points(&mut reader)?;
        let compression_methods = read_short(&mut reader)?;
        if cipher_suites.is_empty() {
            return Err(ParseError::Invalid("cipher_suites"));
        }
        if compression_methods.is_empty() {
            return Err(ParseError::Invalid("compression_methods"));
        }
        let extensions = Extensions::read(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            version,
            random,
            session_id,
            cookie,
            cipher_suites,
            compression_methods,
            extensions,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        writer.u16(self.version);
        writer.bytes(&self.random);
        write_short(&mut writer, &self.session_id);
        write_short(&mut writer, &self.cookie);
        write_code_points(&mut writer, &self.cipher_suites);
        write_short(&mut writer, &self.compression_methods);
        self.extensions.write(&mut writer);
    }
}
