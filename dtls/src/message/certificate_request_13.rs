//! CertificateRequest of DTLS 1.3 (RFC 8446 §4.3.2).
//!
//! ```text
//! certificate_request_context<0..2^8-1>  length(1)
//! extensions<2..2^16-1>                  length(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{Extensions, read_short, write_short};
use crate::error::ParseError;

/// A server's demand for a client certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateRequest13 {
    pub(crate) context: Vec<u8>,
    pub(crate) extensions: Extensions,
}

impl CertificateRequest13 {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let context = read_short(&mut reader)?;
        let extensions = Extensions::read_block(&mut reader)?;
        reader.finish()?;
        Ok(Self { context, extensions })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        write_short(&mut writer, &self.context);
        self.extensions.write_block(&mut writer);
    }
}
