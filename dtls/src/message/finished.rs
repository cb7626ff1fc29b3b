//! Finished (RFC 5246 §7.4.9, RFC 8446 §4.4.4).
//!
//! ```text
//! verify_data: 12 bytes in 1.2, as long as the hash in 1.3
//! ```

use alloc::vec::Vec;

use lariat_base::Reader;

use crate::error::ParseError;

/// The proof that both sides saw the same handshake and hold the same keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    pub(crate) verify_data: Vec<u8>,
}

impl Finished {
    /// Reads one of exactly this length: a part of it would verify, too.
    pub(crate) fn parse(bytes: &[u8], length: usize) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let verify_data = reader.take(length)?.to_vec();
        reader.finish()?;
        Ok(Self { verify_data })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.verify_data);
    }
}
