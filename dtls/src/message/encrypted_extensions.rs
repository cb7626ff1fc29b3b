//! EncryptedExtensions (RFC 8446 §4.3.1).
//!
//! ```text
//! extensions<0..2^16-1>  length(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extensions;
use crate::error::ParseError;

/// The server's answers that need not be in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EncryptedExtensions {
    pub(crate) extensions: Extensions,
}

impl EncryptedExtensions {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let extensions = Extensions::read_block(&mut reader)?;
        reader.finish()?;
        Ok(Self { extensions })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.extensions.write_block(&mut Writer::new(out));
    }
}
