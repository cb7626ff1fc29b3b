//! CertificateRequest (RFC 5246 §7.4.4).
//!
//! ```text
//! certificate_types<1..2^8-1>                    length(1)
//! supported_signature_algorithms<2..2^16-2>      length(2)
//! certificate_authorities<0..2^16-1>             length(2)
//!   distinguished name<1..2^16-1>                length(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{read_code_points, read_long, read_short, write_code_points, write_long, write_short};
use crate::error::ParseError;

/// A server's demand for a client certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateRequest {
    pub(crate) certificate_types: Vec<u8>,
    pub(crate) signature_schemes: Vec<u16>,
    /// The list of distinguished names, unread: self-signed certificates have no authority.
    pub(crate) authorities: Vec<u8>,
}

impl CertificateRequest {
    /// `ecdsa_sign` (RFC 8422 §5.5).
    pub(crate) const ECDSA_SIGN: u8 = 64;
    /// `rsa_sign` (RFC 5246 §7.4.4).
    pub(crate) const RSA_SIGN: u8 = 1;

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let certificate_types = read_short(&mut reader)?;
        let signature_schemes = read_code_points(&mut reader)?;
        let authorities = read_long(&mut reader)?;
        reader.finish()?;
        if certificate_types.is_empty() {
            return Err(ParseError::Invalid("certificate_types"));
        }
        if signature_schemes.is_empty() {
            return Err(ParseError::Invalid("supported_signature_algorithms"));
        }
        Ok(Self { certificate_types, signature_schemes, authorities })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        write_short(&mut writer, &self.certificate_types);
        write_code_points(&mut writer, &self.signature_schemes);
        write_long(&mut writer, &self.authorities);
    }
}
