//! Attributes (RFC 8489 §14): a type, a length, a value, padded to four bytes.
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |             type              |   length without padding      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                         value, padding                      ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

mod address;
mod error_code;
mod text;
mod unknown_attributes;

use core::fmt;
use core::net::SocketAddr;

use lariat_base::{Reader, Writer};

pub use self::error_code::ErrorCode;
pub use self::unknown_attributes::UnknownAttributes;
use crate::error::AttributeFault;
use crate::header::TransactionId;
use crate::limits::MAX_USERNAME_LEN;

/// An attribute's number in IANA's "STUN Attributes" registry.
///
/// ```
/// use lariat_stun::AttributeType;
///
/// assert!(AttributeType::USERNAME.is_comprehension_required());
/// assert!(!AttributeType::SOFTWARE.is_comprehension_required());
/// assert_eq!(AttributeType::USERNAME.to_string(), "USERNAME");
/// assert_eq!(AttributeType(0xc057).to_string(), "attribute 0xc057");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a number, whatever the registry says")]
pub struct AttributeType(pub u16);

impl AttributeType {
    /// USERNAME (RFC 8489 §14.3).
    pub const USERNAME: Self = Self(0x0006);
    /// MESSAGE-INTEGRITY (RFC 8489 §14.5).
    pub const MESSAGE_INTEGRITY: Self = Self(0x0008);
    /// ERROR-CODE (RFC 8489 §14.8).
    pub const ERROR_CODE: Self = Self(0x0009);
    /// UNKNOWN-ATTRIBUTES (RFC 8489 §14.13).
    pub const UNKNOWN_ATTRIBUTES: Self = Self(0x000a);
    /// MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.6).
    pub const MESSAGE_INTEGRITY_SHA256: Self = Self(0x001c);
    /// XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
    pub const XOR_MAPPED_ADDRESS: Self = Self(0x0020);
    /// PRIORITY (RFC 8445 §16.1).
    pub const PRIORITY: Self = Self(0x0024);
    /// USE-CANDIDATE (RFC 8445 §16.1).
    pub const USE_CANDIDATE: Self = Self(0x0025);
    /// SOFTWARE (RFC 8489 §14.14).
    pub const SOFTWARE: Self = Self(0x8022);
    /// FINGERPRINT (RFC 8489 §14.7).
    pub const FINGERPRINT: Self = Self(0x8028);
    /// ICE-CONTROLLED (RFC 8445 §16.1).
    pub const ICE_CONTROLLED: Self = Self(0x8029);
    /// ICE-CONTROLLING (RFC 8445 §16.1).
    pub const ICE_CONTROLLING: Self = Self(0x802a);

    /// Whether a receiver that does not know it must not process the message (RFC 8489 §14).
    pub const fn is_comprehension_required(self) -> bool {
        self.0 < 0x8000
    }

    const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::USERNAME => "USERNAME",
            Self::MESSAGE_INTEGRITY => "MESSAGE-INTEGRITY",
            Self::ERROR_CODE => "ERROR-CODE",
            Self::UNKNOWN_ATTRIBUTES => "UNKNOWN-ATTRIBUTES",
            Self::MESSAGE_INTEGRITY_SHA256 => "MESSAGE-INTEGRITY-SHA256",
            Self::XOR_MAPPED_ADDRESS => "XOR-MAPPED-ADDRESS",
            Self::PRIORITY => "PRIORITY",
            Self::USE_CANDIDATE => "USE-CANDIDATE",
            Self::SOFTWARE => "SOFTWARE",
            Self::FINGERPRINT => "FINGERPRINT",
            Self::ICE_CONTROLLED => "ICE-CONTROLLED",
            Self::ICE_CONTROLLING => "ICE-CONTROLLING",
            _ => return None,
        })
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "attribute {:#06x}", self.0),
        }
    }
}

/// An attribute with its meaning, borrowed from the message or from whoever writes one.
///
/// MESSAGE-INTEGRITY and FINGERPRINT are not among them: reading checks them, writing makes them.
///
/// ```
/// use lariat_stun::{Attribute, AttributeType};
///
/// let attribute = Attribute::Priority(0x6e00_01ff);
/// assert_eq!(attribute.attribute_type(), AttributeType::PRIORITY);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attribute<'a> {
    /// Who is asking; at most 508 bytes.
    Username(&'a str),
    /// Why a request was not served.
    ErrorCode(ErrorCode<'a>),
    /// Which attributes of the request were not understood.
    UnknownAttributes(UnknownAttributes<'a>),
    /// The address that the request came from.
    XorMappedAddress(SocketAddr),
    /// The priority that a peer-reflexive candidate from this check would have.
    Priority(u32),
    /// The controlling agent nominates this pair.
    UseCandidate,
    /// The sender believes itself controlled; with its tie-breaker.
    IceControlled(u64),
    /// The sender believes itself controlling; with its tie-breaker.
    IceControlling(u64),
    /// What the sender is built of. A value that is no text is read as [`Other`](Self::Other): it
    /// is for people, and no reason to drop the message.
    Software(&'a str),
    /// One that this crate does not know.
    Other {
        /// Its number.
        attribute_type: AttributeType,
        /// Its bytes, without padding.
        value: &'a [u8],
    },
}

impl<'a> Attribute<'a> {
    /// Its number.
    pub const fn attribute_type(&self) -> AttributeType {
        match self {
            Self::Username(_) => AttributeType::USERNAME,
            Self::ErrorCode(_) => AttributeType::ERROR_CODE,
            Self::UnknownAttributes(_) => AttributeType::UNKNOWN_ATTRIBUTES,
            Self::XorMappedAddress(_) => AttributeType::XOR_MAPPED_ADDRESS,
            Self::Priority(_) => AttributeType::PRIORITY,
            Self::UseCandidate => AttributeType::USE_CANDIDATE,
            Self::IceControlled(_) => AttributeType::ICE_CONTROLLED,
            Self::IceControlling(_) => AttributeType::ICE_CONTROLLING,
            Self::Software(_) => AttributeType::SOFTWARE,
            Self::Other { attribute_type, .. } => *attribute_type,
        }
    }

    pub(crate) fn parse(
        attribute_type: AttributeType,
        value: &'a [u8],
        id: TransactionId,
    ) -> Result<Self, AttributeFault> {
        let mut reader = Reader::new(value);
        let wrong_length = |_| AttributeFault::Length;
        let attribute = match attribute_type {
            AttributeType::USERNAME => {
                Self::Username(text::parse(reader.rest(), MAX_USERNAME_LEN)?)
            }
            AttributeType::ERROR_CODE => Self::ErrorCode(ErrorCode::parse(&mut reader)?),
            AttributeType::UNKNOWN_ATTRIBUTES => {
                Self::UnknownAttributes(UnknownAttributes::parse(&mut reader)?)
            }
            AttributeType::XOR_MAPPED_ADDRESS => {
                Self::XorMappedAddress(address::parse_xored(&mut reader, id)?)
            }
            AttributeType::PRIORITY => Self::Priority(reader.u32().map_err(wrong_length)?),
            AttributeType::USE_CANDIDATE => Self::UseCandidate,
            AttributeType::ICE_CONTROLLED => {
                Self::IceControlled(reader.u64().map_err(wrong_length)?)
            }
            AttributeType::ICE_CONTROLLING => {
                Self::IceControlling(reader.u64().map_err(wrong_length)?)
            }
            // rfc8489 §14.14: it has no part in the protocol.
            AttributeType::SOFTWARE => match text::parse(reader.rest(), usize::MAX) {
                Ok(name) => Self::Software(name),
                Err(_) => Self::Other { attribute_type, value },
            },
            _ => Self::Other { attribute_type, value: reader.rest() },
        };
        reader.finish().map_err(wrong_length)?;
        Ok(attribute)
    }

    /// Whether it can be written as it is.
    pub(crate) fn check(&self) -> Result<(), AttributeFault> {
        match self {
            Self::Username(name) => text::check(name, MAX_USERNAME_LEN),
            Self::Software(name) => text::check(name, crate::limits::MAX_TEXT_LEN),
            Self::ErrorCode(error) => error.check(),
            Self::UnknownAttributes(types) => types.check(),
            Self::Other { value, .. } if u16::try_from(value.len()).is_err() => {
                Err(AttributeFault::Length)
            }
            // Only the builder makes these, over the finished message.
            Self::Other {
                attribute_type:
                    AttributeType::MESSAGE_INTEGRITY
                    | AttributeType::MESSAGE_INTEGRITY_SHA256
                    | AttributeType::FINGERPRINT,
                ..
            } => Err(AttributeFault::Value),
            _ => Ok(()),
        }
    }

    pub(crate) fn encode_value(&self, writer: &mut Writer<'_>, id: TransactionId) {
        match self {
            Self::Username(text) | Self::Software(text) => writer.bytes(text.as_bytes()),
            Self::ErrorCode(error) => error.encode(writer),
            Self::UnknownAttributes(types) => types.encode(writer),
            Self::XorMappedAddress(address) => address::encode_xored(*address, writer, id),
            Self::Priority(priority) => writer.u32(*priority),
            Self::UseCandidate => {}
            Self::IceControlled(tie_breaker) | Self::IceControlling(tie_breaker) => {
                writer.u64(*tie_breaker);
            }
            Self::Other { value, .. } => writer.bytes(value),
        }
    }
}
