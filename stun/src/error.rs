//! What can be wrong with a message.

use core::fmt;

use crate::AttributeType;

/// A datagram is not a well-formed STUN message.
///
/// ```
/// use lariat_stun::{Message, ParseError};
///
/// assert_eq!(Message::parse(b"GET /").unwrap_err(), ParseError::NotStun);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ParseError {
    /// It does not begin like STUN: two zero bits and the magic cookie.
    NotStun,
    /// The header's length is not that of the datagram, or not a multiple of four.
    Length,
    /// An attribute goes past the end of the message.
    AttributeLength,
    /// An attribute that we know is malformed.
    Attribute(AttributeType, AttributeFault),
    /// FINGERPRINT is not the last attribute.
    FingerprintNotLast,
    /// FINGERPRINT does not match the message.
    Fingerprint,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStun => f.write_str("not a STUN message"),
            Self::Length => f.write_str("the header's length is not that of the datagram"),
            Self::AttributeLength => f.write_str("an attribute goes past the end of the message"),
            Self::Attribute(attribute, fault) => write!(f, "{attribute}: {fault}"),
            Self::FingerprintNotLast => f.write_str("FINGERPRINT is not the last attribute"),
            Self::Fingerprint => f.write_str("FINGERPRINT does not match the message"),
        }
    }
}

impl core::error::Error for ParseError {}

/// How an attribute is malformed.
///
/// ```
/// use lariat_stun::AttributeFault;
///
/// assert_eq!(AttributeFault::Length.to_string(), "wrong length");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AttributeFault {
    /// It is shorter or longer than its kind may be.
    Length,
    /// It holds a value that its kind may not have.
    Value,
    /// It should be text, and is not UTF-8.
    Text,
}

impl fmt::Display for AttributeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "wrong length",
            Self::Value => "value out of range",
            Self::Text => "not UTF-8",
        })
    }
}

/// A message is not vouched for by the key.
///
/// ```
/// use lariat_stun::IntegrityError;
///
/// assert_eq!(IntegrityError::Missing.to_string(), "no MESSAGE-INTEGRITY of the key's kind");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum IntegrityError {
    /// The message has no MESSAGE-INTEGRITY of the key's algorithm.
    Missing,
    /// It has one, made with another key or over another message.
    Mismatch,
}

impl fmt::Display for IntegrityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no MESSAGE-INTEGRITY of the key's kind",
            Self::Mismatch => "MESSAGE-INTEGRITY does not match",
        })
    }
}

impl core::error::Error for IntegrityError {}

/// A message cannot be written; nothing was appended to the buffer.
///
/// ```
/// use lariat_stun::{Attribute, Class, EncodeError, MessageBuilder, Method, TransactionId};
///
/// let name = "x".repeat(600);
/// let error = MessageBuilder::new(Class::Request, Method::BINDING, TransactionId::new([0; 12]))
///     .attribute(Attribute::Username(&name))
///     .encode(&mut Vec::new(), None, false)
///     .unwrap_err();
/// assert!(matches!(error, EncodeError::Attribute(..)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// An attribute's value is not one that its kind may have.
    Attribute(AttributeType, AttributeFault),
    /// The message is longer than [`limits::MAX_MESSAGE_LEN`](crate::limits::MAX_MESSAGE_LEN).
    TooLong,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute, fault) => write!(f, "{attribute}: {fault}"),
            Self::TooLong => f.write_str("the message is longer than STUN can say"),
        }
    }
}

impl core::error::Error for EncodeError {}
