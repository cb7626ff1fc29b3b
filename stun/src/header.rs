//! The 20 bytes that every message begins with (RFC 8489 §5).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |0 0|   class and method        |         length of the rest    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    magic cookie 0x2112a442                    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                   transaction id (96 bits)                    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use core::fmt;

use lariat_base::{ReadError, Reader, Rng, Writer};

pub(crate) const MAGIC_COOKIE: u32 = 0x2112_a442;
pub(crate) const HEADER_LEN: usize = 20;

/// Whether a datagram begins like a STUN message (RFC 8489 §6.3): enough to tell it from DTLS and
/// RTP on the same port, not to say that it is well-formed.
///
/// ```
/// assert!(!lariat_stun::is_stun(&[0x16, 0xfe, 0xfd]));
/// ```
pub fn is_stun(datagram: &[u8]) -> bool {
    Header::parse(&mut Reader::new(datagram)).is_ok_and(|header| header.is_some())
}

/// What a message is: a request, its answer, or an indication that wants none.
///
/// ```
/// use lariat_stun::Class;
///
/// assert!(Class::Success.is_response());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "two bits leave no room for a fifth class")]
pub enum Class {
    /// Wants an answer.
    Request,
    /// Wants none.
    Indication,
    /// The answer to a request that was served.
    Success,
    /// The answer to a request that was not.
    Error,
}

impl Class {
    /// Whether it answers a request.
    pub const fn is_response(self) -> bool {
        matches!(self, Self::Success | Self::Error)
    }

    const fn bits(self) -> u16 {
        match self {
            Self::Request => 0b00,
            Self::Indication => 0b01,
            Self::Success => 0b10,
            Self::Error => 0b11,
        }
    }

    const fn from_bits(bits: u16) -> Self {
        match bits & 0b11 {
            0b00 => Self::Request,
            0b01 => Self::Indication,
            0b10 => Self::Success,
            _ => Self::Error,
        }
    }
}

/// What a message is about: 12 bits from IANA's "STUN Methods" registry.
///
/// ```
/// use lariat_stun::Method;
///
/// assert_eq!(Method::new(0x001), Some(Method::BINDING));
/// assert_eq!(Method::new(0x1000), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Method(u16);

impl Method {
    /// Binding (RFC 8489 §3): what is my address?
    pub const BINDING: Self = Self(0x001);

    /// The method with this number, if it fits 12 bits.
    pub const fn new(number: u16) -> Option<Self> {
        if number <= 0xfff { Some(Self(number)) } else { None }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// The 96 bits by which a response finds its request.
///
/// ```
/// use lariat_base::Seed;
/// use lariat_stun::TransactionId;
///
/// let id = TransactionId::random(&mut Seed::new([0; 32]).rng());
/// assert_eq!(id.as_bytes().len(), 12);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId([u8; 12]);

impl TransactionId {
    /// The id with these bytes.
    pub const fn new(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// A fresh id.
    // rfc8489 §5: uniformly random and cryptographically so, to keep an attacker off the path from
    // guessing.
    pub fn random(rng: &mut Rng) -> Self {
        Self(rng.array())
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 12] {
        &self.0
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) class: Class,
    pub(crate) method: Method,
    pub(crate) length: u16,
    pub(crate) transaction_id: TransactionId,
}

impl Header {
    /// `None` if these 20 bytes are not STUN's.
    pub(crate) fn parse(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadError> {
        let kind = reader.u16()?;
        let length = reader.u16()?;
        let cookie = reader.u32()?;
        let transaction_id = TransactionId(reader.take_array()?);
        // rfc8489 §5: the two most significant bits are zero, and the cookie is fixed.
        if kind & 0xc000 != 0 || cookie != MAGIC_COOKIE {
            return Ok(None);
        }
        // rfc8489 §5 figure 3: the class's two bits lie between the method's.
        let class = Class::from_bits((kind >> 7) & 0b10 | (kind >> 4) & 0b01);
        let method = Method(kind & 0x000f | (kind & 0x00e0) >> 1 | (kind & 0x3e00) >> 2);
        Ok(Some(Self { class, method, length, transaction_id }))
    }

    pub(crate) fn encode(&self, writer: &mut Writer<'_>) {
        let (class, method) = (self.class.bits(), self.method.0);
        let kind = method & 0x000f
            | (class & 0b01) << 4
            | (method & 0x0070) << 1
            | (class & 0b10) << 7
            | (method & 0x0f80) << 2;
        writer.u16(kind);
        writer.u16(self.length);
        writer.u32(MAGIC_COOKIE);
        writer.bytes(&self.transaction_id.0);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn class() -> impl Strategy<Value = Class> {
        (0u16..4).prop_map(Class::from_bits)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            class in class(), method in 0u16..0x1000, length: u16, id: [u8; 12],
        ) {
            let method = Method::new(method).unwrap();
            let header = Header { class, method, length, transaction_id: TransactionId(id) };
            let mut out = Vec::new();
            header.encode(&mut Writer::new(&mut out));
            prop_assert_eq!(out.len(), HEADER_LEN);
            prop_assert_eq!(Header::parse(&mut Reader::new(&out)), Ok(Some(header)));
        }
    }

    #[test]
    fn class_and_method_lie_where_the_rfc_draws_them() {
        // rfc8489 §5: a Binding request is 0x0001, its success response 0x0101, its error response
        // 0x0111.
        for (class, kind) in [
            (Class::Request, 0x0001u16),
            (Class::Indication, 0x0011),
            (Class::Success, 0x0101),
            (Class::Error, 0x0111),
        ] {
            let mut out = Vec::new();
            let id = TransactionId([0; 12]);
            let header = Header { class, method: Method::BINDING, length: 0, transaction_id: id };
            header.encode(&mut Writer::new(&mut out));
            assert_eq!(out[..2], kind.to_be_bytes());
        }
    }
}
