//! RTP header extensions.

use alloc::string::String;
use core::fmt;

use super::direction::Direction;
use crate::cursor::{Cursor, Fault};
use crate::error::{Field, Reason};

/// `a=extmap` (RFC 8285 §5): the id of an RTP header extension.
///
/// ```text
/// extmap:<id>[/<direction>] <URI> [<attributes>]
/// ```
///
/// ```
/// use lariat_sdp::Extmap;
///
/// let mid = Extmap::new(4, "urn:ietf:params:rtp-hdrext:sdes:mid");
/// assert_eq!(mid.to_string(), "4 urn:ietf:params:rtp-hdrext:sdes:mid");
/// assert!(mid.fits_one_byte());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extmap {
    /// 1 to 255, or 4096 to 4351: an offerer that ran out of ids leaves it to the answerer to
    /// choose one.
    pub id: u16,
    /// Which way the extension is used. Absent means as the media itself.
    pub direction: Option<Direction>,
    /// What the extension is.
    pub uri: String,
    /// In the extension's own form.
    pub attributes: Option<String>,
}

impl Extmap {
    /// A mapping without direction and attributes.
    pub fn new(id: u16, uri: impl Into<String>) -> Self {
        Self { id, direction: None, uri: uri.into(), attributes: None }
    }

    /// Whether the id can be written in the one-byte form of header extensions.
    // rfc8285 §4.2: 0 is padding, 15 is reserved in the one-byte form.
    pub const fn fits_one_byte(&self) -> bool {
        matches!(self.id, 1..=14)
    }

    /// Whether the id can stand in a packet at all, in the two-byte form if need be.
    pub const fn is_usable(&self) -> bool {
        matches!(self.id, 1..=255)
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let mut entry = value.word();
        let has_direction = entry.rest().contains('/');
        let number = entry.take_until('/');
        let id = number.number(Field::ExtensionId)?;
        // rfc8285 §7: ids from 4096 on are place holders in an offer.
        if !matches!(id, 1..=255 | 4096..=4351) {
            return Err(number.fault(Reason::OutOfRange(Field::ExtensionId)));
        }
        let direction = if has_direction { Some(Direction::parse(entry)?) } else { None };
        let uri = value.word().text(Field::ExtensionUri)?.into();
        let attributes = (!value.is_empty()).then(|| value.rest().into());
        Ok(Self { id, direction, uri, attributes })
    }
}

impl fmt::Display for Extmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if let Some(direction) = self.direction {
            write!(f, "/{direction}")?;
        }
        write!(f, " {}", self.uri)?;
        self.attributes.as_ref().map_or(Ok(()), |attributes| write!(f, " {attributes}"))
    }
}
