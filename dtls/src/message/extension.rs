//! Extensions (RFC 5246 §7.4.1.4, RFC 8446 §4.2), one file per kind.
//!
//! ```text
//! extensions<0..2^16-1>        length(2)
//!   extension_type(2)
//!   extension_data<0..2^16-1>  length(2)
//! ```

mod connection_id;
mod cookie;
mod ec_point_formats;
mod extended_master_secret;
mod key_share;
mod padding;
mod record_size_limit;
mod renegotiation_info;
mod signature_algorithms;
mod supported_groups;
mod supported_versions;
mod use_srtp;

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

pub(crate) use cookie::Cookie;
pub(crate) use ec_point_formats::EcPointFormats;
pub(crate) use extended_master_secret::ExtendedMasterSecret;
pub(crate) use key_share::{ClientShares, KeyShare, SelectedGroup, ServerShare};
pub(crate) use padding::Padding;
pub(crate) use record_size_limit::RecordSizeLimit;
pub(crate) use renegotiation_info::RenegotiationInfo;
pub(crate) use signature_algorithms::SignatureAlgorithms;
pub(crate) use supported_groups::SupportedGroups;
pub(crate) use supported_versions::{SelectedVersion, SupportedVersions};
pub(crate) use use_srtp::UseSrtp;

use crate::error::ParseError;
use crate::limits;

/// The contents of one kind of extension.
pub(crate) trait Extension: Sized {
    /// Its code point in IANA's "TLS ExtensionType Values" registry.
    const CODE_POINT: u16;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError>;
    fn encode(&self, out: &mut Vec<u8>);
}

/// The extensions of a message, in their order; unknown ones are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    list: Vec<(u16, Vec<u8>)>,
}

impl Extensions {
    /// Reads the block at the end of a hello, which may be absent.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        if reader.is_empty() { Ok(Self::default()) } else { Self::read_block(reader) }
    }

    /// Reads a block that is always there.
    pub(crate) fn read_block(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let mut extensions = Self::default();
        let length = usize::from(reader.u16()?);
        let mut block = reader.sub(length)?;
        while !block.is_empty() {
            let code_point = block.u16()?;
            let data = super::read_long(&mut block)?;
            // rfc5246 §7.4.1.4: not more than one of a kind.
            if extensions.contains(code_point) {
                return Err(ParseError::DuplicateExtension(code_point));
            }
            if extensions.list.len() == limits::EXTENSIONS {
                return Err(ParseError::TooMany("extensions"));
            }
            extensions.list.push((code_point, data));
        }
        Ok(extensions)
    }

    /// Writes the block, or nothing if there are none.
    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        if !self.list.is_empty() {
            self.write_block(writer);
        }
    }

    /// Writes the block, even if it is empty.
    pub(crate) fn write_block(&self, writer: &mut Writer<'_>) {
        let mut block = writer.length_prefixed_u16();
        for (code_point, data) in &self.list {
            block.u16(*code_point);
            super::write_long(&mut block, data);
        }
    }

    /// Adds one at the end.
    pub(crate) fn push<E: Extension>(&mut self, extension: &E) {
        let mut data = Vec::new();
        extension.encode(&mut data);
        self.list.push((E::CODE_POINT, data));
    }

    /// Adds one at the beginning.
    pub(crate) fn push_front<E: Extension>(&mut self, extension: &E) {
        let mut data = Vec::new();
        extension.encode(&mut data);
        self.list.insert(0, (E::CODE_POINT, data));
    }

    /// Puts one in the place of another of its kind, or at the end.
    pub(crate) fn set<E: Extension>(&mut self, extension: &E) {
        let mut data = Vec::new();
        extension.encode(&mut data);
        match self.list.iter_mut().find(|(code_point, _)| *code_point == E::CODE_POINT) {
            Some(place) => place.1 = data,
            None => self.list.push((E::CODE_POINT, data)),
        }
    }

    /// All but those with one of these code points.
    pub(crate) fn without(&self, code_points: &[u16]) -> Self {
        let kept = self.list.iter().filter(|(code_point, _)| !code_points.contains(code_point));
        Self { list: kept.cloned().collect() }
    }

    /// The one of this kind, if there is one.
    pub(crate) fn get<E: Extension>(&self) -> Result<Option<E>, ParseError> {
        let found = self.list.iter().find(|(code_point, _)| *code_point == E::CODE_POINT);
        found.map(|(_, data)| E::parse(data)).transpose()
    }

    pub(crate) fn contains(&self, code_point: u16) -> bool {
        self.code_points().any(|other| other == code_point)
    }

    pub(crate) fn code_points(&self) -> impl Iterator<Item = u16> + '_ {
        self.list.iter().map(|(code_point, _)| *code_point)
    }
}
