//! Records that come before their keys.

use alloc::vec::Vec;

use crate::error::Dropped;
use crate::limits;

/// Records as they stood in their datagrams.
#[derive(Debug, Default)]
pub(super) struct EarlyRecords {
    records: Vec<Vec<u8>>,
    bytes: usize,
}

impl EarlyRecords {
    pub(super) fn push(&mut self, record: &[u8]) -> Result<(), Dropped> {
        let bytes = self.bytes.saturating_add(record.len());
        if self.records.len() >= limits::EARLY_RECORDS || bytes > limits::EARLY_BYTES {
            return Err(Dropped::EarlyRecord);
        }
        self.records.push(record.to_vec());
        self.bytes = bytes;
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<Vec<u8>> {
        core::mem::take(self).records
    }
}
