//! use_srtp (RFC 5764 §4.1.1).
//!
//! ```text
//! SRTPProtectionProfiles<2..2^16-1>  length(2), two bytes each
//! srtp_mki<0..255>                   length(1)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;
use crate::message::{read_code_points, read_short, write_code_points, write_short};

/// The protection profiles that a client offers, the preferred one first; or the one a server
/// chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UseSrtp {
    pub(crate) profiles: Vec<u16>,
    pub(crate) mki: Vec<u8>,
}

impl Extension for UseSrtp {
    const CODE_POINT: u16 = 14;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let profiles = read_code_points(&mut reader)?;
        let mki = read_short(&mut reader)?;
        reader.finish()?;
        if profiles.is_empty() {
            return Err(ParseError::Invalid("SRTPProtectionProfiles"));
        }
        Ok(Self { profiles, mki })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        write_code_points(&mut writer, &self.profiles);
        write_short(&mut writer, &self.mki);
    }
}
