//! padding (RFC 7685 §3): zeros.

use alloc::vec::Vec;

use super::Extension;
use crate::error::ParseError;

/// Makes a hello longer by this many bytes, and its own header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Padding(pub(crate) u16);

impl Extension for Padding {
    const CODE_POINT: u16 = 21;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        // rfc7685 §3: nothing but zeros.
        if bytes.iter().any(|byte| *byte != 0) {
            return Err(ParseError::Invalid("padding"));
        }
        u16::try_from(bytes.len()).map(Self).map_err(|_| ParseError::Invalid("padding"))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.resize(out.len().saturating_add(self.0.into()), 0);
    }
}
