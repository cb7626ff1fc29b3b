//! CertificateVerify (RFC 5246 §7.4.8).
//!
//! ```text
//! algorithm(2)
//! signature<0..2^16-1>  length(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{read_long, write_long};
use crate::error::ParseError;

/// A client's proof that it holds its certificate's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateVerify {
    pub(crate) scheme: u16,
    pub(crate) signature: Vec<u8>,
}

impl CertificateVerify {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let scheme = reader.u16()?;
        let signature = read_long(&mut reader)?;
        reader.finish()?;
        Ok(Self { scheme, signature })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        writer.u16(self.scheme);
        write_long(&mut writer, &self.signature);
    }
}
