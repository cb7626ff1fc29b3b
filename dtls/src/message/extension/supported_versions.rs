//! supported_versions (RFC 8446 §4.2.1), in its two forms.
//!
//! ```text
//! in a ClientHello:  versions<2..254>     length(1), two bytes each
//! in a ServerHello:  selected_version(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;
use crate::message::code_points;

/// The versions that a client speaks, the preferred one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SupportedVersions(pub(crate) Vec<u16>);

impl Extension for SupportedVersions {
    const CODE_POINT: u16 = 43;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let length = usize::from(reader.u8()?);
        let versions = code_points(reader.sub(length)?)?;
        reader.finish()?;
        if versions.is_empty() {
            return Err(ParseError::Invalid("supported_versions"));
        }
        Ok(Self(versions))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        let mut versions = writer.length_prefixed_u8();
        self.0.iter().for_each(|version| versions.u16(*version));
    }
}

/// The version that a server chose, if it is newer than 1.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SelectedVersion(pub(crate) u16);

impl Extension for SelectedVersion {
    const CODE_POINT: u16 = SupportedVersions::CODE_POINT;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        reader.finish()?;
        Ok(Self(version))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        Writer::new(out).u16(self.0);
    }
}
