//! ERROR-CODE (RFC 8489 §14.8).
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |           reserved, should be 0         |class|    number     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      reason phrase (UTF-8)                                  ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use lariat_base::{Reader, Writer};

use super::text;
use crate::error::AttributeFault;
use crate::limits::MAX_TEXT_LEN;

/// Why a request was not served: a code from 300 to 699, and words for a log.
///
/// ```
/// use lariat_stun::ErrorCode;
///
/// assert_eq!(ErrorCode::ROLE_CONFLICT.code, 487);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the attribute has these two parts")]
pub struct ErrorCode<'a> {
    /// From IANA's "STUN Error Codes" registry, 300 to 699.
    pub code: u16,
    /// For people; at most 128 bytes when written.
    pub reason: &'a str,
}

impl ErrorCode<'static> {
    /// The request was malformed (RFC 8489 §14.8).
    pub const BAD_REQUEST: Self = Self { code: 400, reason: "Bad Request" };
    /// The request had no right credentials (RFC 8489 §14.8).
    pub const UNAUTHENTICATED: Self = Self { code: 401, reason: "Unauthenticated" };
    /// The request had attributes that must be, and were not, understood (RFC 8489 §14.8).
    pub const UNKNOWN_ATTRIBUTE: Self = Self { code: 420, reason: "Unknown Attribute" };
    /// Both agents claim the same role (RFC 8445 §7.3.1.1).
    pub const ROLE_CONFLICT: Self = Self { code: 487, reason: "Role Conflict" };
}

impl<'a> ErrorCode<'a> {
    pub(super) fn parse(reader: &mut Reader<'a>) -> Result<Self, AttributeFault> {
        let bits = reader.u32().map_err(|_| AttributeFault::Length)?;
        let [_, _, class, number] = bits.to_be_bytes();
        // rfc8489 §14.8: the reserved bits are ignored; the class is 3 to 6 and the number below
        // 100.
        let (class, number) = (u16::from(class & 0b111), u16::from(number));
        if !(3..=6).contains(&class) || number >= 100 {
            return Err(AttributeFault::Value);
        }
        // The phrase is for people and may be of any length; one that is no text is no reason to
        // fail.
        let reason = core::str::from_utf8(reader.rest()).unwrap_or("");
        Ok(Self { code: class * 100 + number, reason })
    }

    pub(super) fn check(&self) -> Result<(), AttributeFault> {
        if !(300..700).contains(&self.code) {
            return Err(AttributeFault::Value);
        }
        text::check(self.reason, MAX_TEXT_LEN)
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) {
        writer.u16(0);
        writer.u16(((self.code / 100) << 8) | (self.code % 100));
        writer.bytes(self.reason.as_bytes());
    }
}
