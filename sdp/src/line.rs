//! The lines between the head of a section and its attributes.

use alloc::string::String;
use core::fmt;

use crate::connection::Connection;
use crate::cursor::{Cursor, Fault};
use crate::error::{Field, Reason};

/// A line that stands before the attributes of the session or of a media description.
///
/// ```
/// use lariat_sdp::{Connection, Line};
///
/// assert_eq!(Line::Connection(Connection::unspecified()).to_string(), "c=IN IP4 0.0.0.0");
/// assert_eq!(Line::Bandwidth { kind: "AS".into(), value: 500 }.to_string(), "b=AS:500");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Line {
    /// `c=` (RFC 8866 §5.7).
    Connection(Connection),
    /// `b=` (RFC 8866 §5.8): `AS` and `CT` count kilobits per second, `TIAS` bits per second.
    Bandwidth {
        /// What is bounded.
        kind: String,
        /// The bound.
        value: u64,
    },
    /// `t=` (RFC 8866 §5.9): seconds since 1900. WebRTC always has 0 and 0.
    Timing {
        /// When the session starts.
        start: u64,
        /// When it ends; 0 is never.
        stop: u64,
    },
    /// `i=`, `u=`, `e=`, `p=`, `r=` or `z=`, which mean nothing to WebRTC, word for word.
    Other {
        /// The letter before the equals sign.
        letter: char,
        /// What stands after it.
        value: String,
    },
}

impl Line {
    /// Reads the value of a line with this letter, whose section allows it.
    pub(crate) fn parse(letter: char, mut value: Cursor<'_>) -> Result<Self, Fault> {
        match letter {
            'c' => Connection::parse(value).map(Self::Connection),
            'b' => {
                let kind = value.take_until(':').token(Field::BandwidthType)?.into();
                Ok(Self::Bandwidth { kind, value: value.digits(Field::Bandwidth)? })
            }
            't' => {
                let start = value.word().number(Field::StartTime)?;
                Ok(Self::Timing { start, stop: value.number(Field::StopTime)? })
            }
            _ => Ok(Self::Other { letter, value: value.rest().into() }),
        }
    }

    /// Reads a whole line, for checking what we are about to write.
    pub(crate) fn read(text: &str, allowed: &str) -> Result<Self, Fault> {
        let mut value = Cursor::new(text);
        let letter = value.take_until('=').rest();
        match letter.chars().next() {
            Some(first) if letter.len() == 1 && allowed.contains(first) => {
                Self::parse(first, value)
            }
            _ => Err(Cursor::new(text).fault(Reason::OutOfOrder)),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(connection) => write!(f, "c={connection}"),
            Self::Bandwidth { kind, value } => write!(f, "b={kind}:{value}"),
            Self::Timing { start, stop } => write!(f, "t={start} {stop}"),
            Self::Other { letter, value } => write!(f, "{letter}={value}"),
        }
    }
}
