//! ACK (RFC 9147 §7), which is a content type of its own and no handshake message.
//!
//! ```text
//! record_numbers<0..2^16-1>  length(2)
//!   epoch(8) sequence_number(8)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use crate::error::ParseError;
use crate::record::{Epoch, RecordNumber};

/// The records with handshake messages that the sender has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) record_numbers: Vec<RecordNumber>,
}

impl Ack {
    /// What one number takes.
    pub(crate) const NUMBER_LEN: usize = 16;

    /// Reads the numbers; those of epochs past all that this crate can have are refused.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let length = usize::from(reader.u16()?);
        let mut list = reader.sub(length)?;
        reader.finish()?;
        let mut record_numbers = Vec::with_capacity(length / Self::NUMBER_LEN);
        while !list.is_empty() {
            let (epoch, sequence) = (list.u64()?, list.u64()?);
            let epoch = u16::try_from(epoch).map_err(|_| ParseError::Invalid("epoch"))?;
            record_numbers.push(RecordNumber { epoch: Epoch(epoch), sequence });
        }
        Ok(Self { record_numbers })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        let mut list = writer.length_prefixed_u16();
        for number in &self.record_numbers {
            list.u64(number.epoch.0.into());
            list.u64(number.sequence);
        }
    }
}
