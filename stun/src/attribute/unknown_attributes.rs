//! UNKNOWN-ATTRIBUTES (RFC 8489 §14.13): a list of 16-bit attribute types.

use lariat_base::{Reader, Writer};

use super::AttributeType;
use crate::error::AttributeFault;

/// The attributes of a request that its receiver did not understand.
///
/// ```
/// use lariat_stun::{AttributeType, UnknownAttributes};
///
/// let types = UnknownAttributes::of(&[AttributeType(0x7ffe)]);
/// assert_eq!(types.iter().collect::<Vec<_>>(), [AttributeType(0x7ffe)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownAttributes<'a>(List<'a>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List<'a> {
    Parsed(&'a [u8]),
    Given(&'a [AttributeType]),
}

impl<'a> UnknownAttributes<'a> {
    /// A list to write.
    pub const fn of(types: &'a [AttributeType]) -> Self {
        Self(List::Given(types))
    }

    /// The types, in order.
    pub fn iter(&self) -> impl Iterator<Item = AttributeType> + 'a {
        let (parsed, given): (&[u8], &[AttributeType]) = match self.0 {
            List::Parsed(bytes) => (bytes, &[]),
            List::Given(types) => (&[], types),
        };
        let (pairs, _odd) = parsed.as_chunks::<2>();
        pairs
            .iter()
            .map(|pair| AttributeType(u16::from_be_bytes(*pair)))
            .chain(given.iter().copied())
    }

    pub(super) fn parse(reader: &mut Reader<'a>) -> Result<Self, AttributeFault> {
        let bytes = reader.rest();
        if !bytes.len().is_multiple_of(2) {
            return Err(AttributeFault::Length);
        }
        Ok(Self(List::Parsed(bytes)))
    }

    pub(super) fn check(&self) -> Result<(), AttributeFault> {
        // An attribute's length has 16 bits, and a type takes two bytes.
        let count = self.iter().count();
        if count > usize::from(u16::MAX / 2) { Err(AttributeFault::Length) } else { Ok(()) }
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) {
        for attribute_type in self.iter() {
            writer.u16(attribute_type.0);
        }
    }
}
