//! ERROR, and the causes that it and ABORT carry (RFC 9260 §3.3.10).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |   type = 9    |     flags     |            length             |
//! +---------------+---------------+-------------------------------+
//! |          cause code           |         cause length          |
//! +-------------------------------+-------------------------------+
//! |                  cause-specific information                   |
//! ```

use alloc::vec::Vec;

use lariat_base::Reader;

use super::{RawChunk, encode, kind};
use crate::error::ParseError;
use crate::limits::MAX_REPORTED_BYTES;
use crate::parameter::{self, walk};

const STALE_COOKIE: u16 = 3;

/// Why an ERROR or an ABORT was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause<'a> {
    /// Data for a stream that does not exist (§3.3.10.1).
    InvalidStream(u16),
    /// A cookie this many microseconds past its end (§3.3.10.3).
    StaleCookie(u32),
    /// A host name, which nobody resolves (§3.3.10.5).
    UnresolvableAddress,
    /// A chunk of unknown type, as it came (§3.3.10.6).
    UnrecognizedChunk(&'a [u8]),
    /// A mandatory field with a forbidden value (§3.3.10.7).
    InvalidMandatoryParameter,
    /// Unknown parameters, as they came (§3.3.10.8).
    UnrecognizedParameters(&'a [u8]),
    /// A DATA chunk without data, by its TSN (§3.3.10.9).
    NoUserData(u32),
    /// A cookie while shutting down (§3.3.10.10).
    CookieWhileShuttingDown,
    /// The user wants it so (§3.3.10.12).
    UserAbort,
    /// Something the protocol does not allow, in words (§3.3.10.13).
    ProtocolViolation(&'static str),
}

impl Cause<'_> {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let number;
        let (code, value) = match self {
            Self::InvalidStream(stream) => {
                let [high, low] = stream.to_be_bytes();
                number = [high, low, 0, 0];
                (1, &number[..])
            }
            Self::StaleCookie(staleness) => {
                number = staleness.to_be_bytes();
                (STALE_COOKIE, &number[..])
            }
            Self::UnresolvableAddress => (5, &[][..]),
            Self::UnrecognizedChunk(chunk) => (6, *chunk),
            Self::InvalidMandatoryParameter => (7, &[][..]),
            Self::UnrecognizedParameters(parameters) => (8, *parameters),
            Self::NoUserData(tsn) => {
                number = tsn.to_be_bytes();
                (9, &number[..])
            }
            Self::CookieWhileShuttingDown => (10, &[][..]),
            Self::UserAbort => (12, &[][..]),
            Self::ProtocolViolation(words) => (13, words.as_bytes()),
        };
        let value = value.get(..value.len().min(MAX_REPORTED_BYTES)).unwrap_or_default();
        parameter::encode(out, code, |out| out.extend_from_slice(value));
    }

    /// How stale an ERROR chunk says that our cookie is, if that is what it says.
    pub(crate) fn staleness(chunk: &RawChunk<'_>) -> Result<Option<u32>, ParseError> {
        let mut found = None;
        for cause in walk(chunk.value) {
            let cause = cause?;
            if cause.typ == STALE_COOKIE {
                found = Some(Reader::new(cause.value).u32()?);
            }
        }
        Ok(found)
    }
}

/// Appends an ERROR chunk with one cause.
pub(crate) fn encode_error(out: &mut Vec<u8>, cause: &Cause<'_>) {
    encode(out, kind::ERROR, 0, |out| cause.encode(out));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_have_their_codes() {
        for (cause, bytes) in [
            (Cause::InvalidStream(0x0102), &[0, 1, 0, 8, 1, 2, 0, 0][..]),
            (Cause::StaleCookie(7), &[0, 3, 0, 8, 0, 0, 0, 7]),
            (Cause::UnresolvableAddress, &[0, 5, 0, 4]),
            (Cause::UnrecognizedChunk(&[0xc0, 0, 0, 4]), &[0, 6, 0, 8, 0xc0, 0, 0, 4]),
            (Cause::InvalidMandatoryParameter, &[0, 7, 0, 4]),
            (Cause::UnrecognizedParameters(&[0xc0, 0, 0, 4]), &[0, 8, 0, 8, 0xc0, 0, 0, 4]),
            (Cause::NoUserData(9), &[0, 9, 0, 8, 0, 0, 0, 9]),
            (Cause::CookieWhileShuttingDown, &[0, 10, 0, 4]),
            (Cause::UserAbort, &[0, 12, 0, 4]),
            (Cause::ProtocolViolation("no"), &[0, 13, 0, 6, b'n', b'o', 0, 0]),
        ] {
            let mut out = Vec::new();
            cause.encode(&mut out);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn staleness_is_found_among_other_causes() {
        let mut out = Vec::new();
        encode(&mut out, kind::ERROR, 0, |out| {
            Cause::InvalidStream(1).encode(out);
            Cause::StaleCookie(55).encode(out);
        });
        let chunk = RawChunk::read(&mut Reader::new(&out)).unwrap();
        assert_eq!(Cause::staleness(&chunk), Ok(Some(55)));
        let cut = RawChunk { value: &[0, 3, 0, 6, 0, 0], ..chunk };
        assert!(Cause::staleness(&cut).is_err());
    }

    #[test]
    fn what_is_reported_back_is_bounded() {
        let mut out = Vec::new();
        Cause::UnrecognizedChunk(&[0; 60_000]).encode(&mut out);
        assert_eq!(out.len(), 4 + MAX_REPORTED_BYTES);
    }
}
