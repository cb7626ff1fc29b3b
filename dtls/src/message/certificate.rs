//! Certificate (RFC 5246 §7.4.2).
//!
//! ```text
//! certificate_list<0..2^24-1>  length(3)
//!   certificate<1..2^24-1>     length(3), the sender's own first
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use crate::error::ParseError;
use crate::limits;

/// A chain of certificates in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateMessage {
    pub(crate) chain: Vec<Vec<u8>>,
}

impl CertificateMessage {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let mut list = read_block(&mut reader)?;
        reader.finish()?;
        let mut chain = Vec::new();
        while !list.is_empty() {
            if chain.len() == limits::CERTIFICATES {
                return Err(ParseError::TooMany("certificates"));
            }
            let mut certificate = read_block(&mut list)?;
            if certificate.is_empty() {
                return Err(ParseError::Invalid("certificate"));
            }
            chain.push(certificate.rest().to_vec());
        }
        Ok(Self { chain })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        let mut list = writer.length_prefixed_u24();
        for certificate in &self.chain {
            list.length_prefixed_u24().bytes(certificate);
        }
    }
}

/// Bytes with their length in three bytes in front.
pub(super) fn read_block<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, ParseError> {
    let length = reader.u24()?;
    Ok(reader.sub(usize::try_from(length).unwrap_or(usize::MAX))?)
}
