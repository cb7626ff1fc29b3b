//! ClientKeyExchange with an ephemeral ECDH key (RFC 8422 §5.7).
//!
//! ```text
//! ecdh_Yc<1..255>  length(1)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::{read_short, write_short};
use crate::error::ParseError;

/// A client's key share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientKeyExchange {
    pub(crate) public: Vec<u8>,
}

impl ClientKeyExchange {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let public = read_short(&mut reader)?;
        reader.finish()?;
        if public.is_empty() {
            return Err(ParseError::Invalid("public"));
        }
        Ok(Self { public })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        write_short(&mut Writer::new(out), &self.public);
    }
}
