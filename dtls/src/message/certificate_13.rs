//! Certificate of DTLS 1.3 (RFC 8446 §4.4.2).
//!
//! ```text
//! certificate_request_context<0..2^8-1>  length(1)
//! certificate_list<0..2^24-1>            length(3)
//!   cert_data<1..2^24-1>                 length(3), the sender's own first
//!   extensions<0..2^16-1>                length(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::certificate::read_block;
use super::{Extensions, read_short, write_short};
use crate::error::ParseError;
use crate::limits;

/// A chain of certificates in DER, each with extensions of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateMessage13 {
    pub(crate) context: Vec<u8>,
    pub(crate) chain: Vec<(Vec<u8>, Extensions)>,
}

impl CertificateMessage13 {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let context = read_short(&mut reader)?;
        let mut list = read_block(&mut reader)?;
        reader.finish()?;
        let mut chain = Vec::new();
        while !list.is_empty() {
            if chain.len() == limits::CERTIFICATES {
                return Err(ParseError::TooMany("certificates"));
            }
            let mut certificate = read_block(&mut list)?;
            if certificate.is_empty() {
                return Err(ParseError::Invalid("cert_data"));
            }
            chain.push((certificate.rest().to_vec(), Extensions::read_block(&mut list)?));
        }
        Ok(Self { context, chain })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        write_short(&mut writer, &self.context);
        let mut list = writer.length_prefixed_u24();
        for (certificate, extensions) in &self.chain {
            list.length_prefixed_u24().bytes(certificate);
            extensions.write_block(&mut list);
        }
    }
}
