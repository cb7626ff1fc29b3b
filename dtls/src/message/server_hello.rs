//! ServerHello, and HelloRetryRequest in the same form (RFC 5246 §7.4.1.3, RFC 8446 §4.1.3).
//!
//! ```text
//! server_version(2) random(32)
//! session_id<0..32>      length(1)
//! cipher_suite(2) compression_method(1)
//! extensions<0..2^16-1>  length(2), may be absent
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{Extensions, read_short, write_short};
use crate::error::ParseError;

/// What a server chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerHello {
    pub(crate) version: u16,
    pub(crate) random: [u8; 32],
    pub(crate) session_id: Vec<u8>,
    pub(crate) cipher_suite: u16,
    pub(crate) compression_method: u8,
    pub(crate) extensions: Extensions,
}

impl ServerHello {
    /// rfc8446 §4.1.3: the random of a HelloRetryRequest, the SHA-256 of its name.
    pub(crate) const RETRY: [u8; 32] = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8,
        0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
        0x33, 0x9c,
    ];

    /// rfc8446 §4.1.3: how the random of a server ends that could have spoken 1.3 and does not.
    pub(crate) const DOWNGRADE: [u8; 8] = *b"DOWNGRD\x01";

    /// The same of a server that could have spoken 1.2.
    pub(crate) const DOWNGRADE_FURTHER: [u8; 8] = *b"DOWNGRD\x00";

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        let random = reader.take_array()?;
        let session_id = read_short(&mut reader)?;
        if session_id.len() > 32 {
            return Err(ParseError::Invalid("session_id"));
        }
        let cipher_suite = reader.u16()?;
        let compression_method = reader.u8()?;
        let extensions = Extensions::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { version, random, session_id, cipher_suite, compression_method, extensions })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        writer.u16(self.version);
        writer.bytes(&self.random);
        write_short(&mut writer, &self.session_id);
        writer.u16(self.cipher_suite);
        writer.u8(self.compression_method);
        self.extensions.write(&mut writer);
    }
}
