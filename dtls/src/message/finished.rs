//! Finished (RFC 5246 §7.4.9).
//!
//! ```text
//! verify_data(12)
//! ```

use alloc::vec::Vec;

use lariat_base::Reader;

use crate::error::ParseError;

/// The proof that both sides saw the same handshake and hold the same keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    pub(crate) verify_data: [u8; 12],
}

impl Finished {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let verify_data = reader.take_array()?;
        reader.finish()?;
        Ok(Self { verify_data })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.verify_data);
    }
}
