//! ServerKeyExchange with an ephemeral ECDH key (RFC 8422 §5.4).
//!
//! ```text
//! curve_type(1) = named_curve(3)
//! namedcurve(2)
//! public<1..255>        length(1)
//! algorithm(2)
//! signature<0..2^16-1>  length(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{read_long, read_short, write_long, write_short};
use crate::error::ParseError;

const NAMED_CURVE: u8 = 3;

/// A server's key share and its signature over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerKeyExchange {
    pub(crate) group: u16,
    pub(crate) public: Vec<u8>,
    pub(crate) scheme: u16,
    pub(crate) signature: Vec<u8>,
}

impl ServerKeyExchange {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != NAMED_CURVE {
            return Err(ParseError::Invalid("curve_type"));
        }
        let group = reader.u16()?;
        let public = read_short(&mut reader)?;
        if public.is_empty() {
            return Err(ParseError::Invalid("public"));
        }
        let scheme = reader.u16()?;
        let signature = read_long(&mut reader)?;
        reader.finish()?;
        Ok(Self { group, public, scheme, signature })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        Self::write_params(&mut Writer::new(out), self.group, &self.public);
        let mut writer = Writer::new(out);
        writer.u16(self.scheme);
        write_long(&mut writer, &self.signature);
    }

    /// What the signature is over: both randoms and the parameters (RFC 8422 §5.4).
    pub(crate) fn signed_bytes(
        client_random: &[u8; 32],
        server_random: &[u8; 32],
        group: u16,
        public: &[u8],
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.bytes(client_random);
        writer.bytes(server_random);
        Self::write_params(&mut writer, group, public);
        out
    }

    fn write_params(writer: &mut Writer<'_>, group: u16, public: &[u8]) {
        writer.u8(NAMED_CURVE);
        writer.u16(group);
        write_short(writer, public);
    }
}
