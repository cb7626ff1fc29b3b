//! CertificateVerify (RFC 5246 §7.4.8, RFC 8446 §4.4.3).
//!
//! ```text
//! algorithm(2)
//! signature<0..2^16-1>  length(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{read_long, write_long};
use crate::error::ParseError;
use crate::event::Role;

/// The proof that the sender holds its certificate's key.
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

    /// What the signature of 1.3 is over. RFC 9147 changes nothing of it, not even the name.
    ///
    /// ```text
    /// 64 spaces || "TLS 1.3, " role " CertificateVerify" || 0 || transcript hash
    /// ```
    pub(crate) fn signed_bytes(sender: Role, transcript_hash: &[u8]) -> Vec<u8> {
        let context: &[u8] = match sender {
            Role::Client => b"TLS 1.3, client CertificateVerify",
            Role::Server => b"TLS 1.3, server CertificateVerify",
        };
        [&[b' '; 64], context, &[0], transcript_hash].concat()
    }
}
