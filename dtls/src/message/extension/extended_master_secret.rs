//! extended_master_secret (RFC 7627 §5.1): present and empty.

use alloc::vec::Vec;

use lariat_base::Reader;

use super::Extension;
use crate::error::ParseError;

/// The master secret is bound to the whole handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtendedMasterSecret;

impl Extension for ExtendedMasterSecret {
    const CODE_POINT: u16 = 23;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Reader::new(bytes).finish()?;
        Ok(Self)
    }

    fn encode(&self, _: &mut Vec<u8>) {}
}
