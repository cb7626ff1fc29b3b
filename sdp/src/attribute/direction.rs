//! `sendrecv` and its kin.

use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::{Field, Reason};

/// Who may send media (RFC 8866 §6.7), from the view of whoever wrote the description.
///
/// ```
/// use lariat_sdp::Direction;
///
/// assert_eq!(Direction::SendOnly.reversed(), Direction::RecvOnly);
/// assert!(Direction::SendRecv.sends());
/// assert_eq!(Direction::new(false, true).to_string(), "recvonly");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both send. This is the default.
    #[default]
    SendRecv,
    /// The writer sends only.
    SendOnly,
    /// The writer receives only.
    RecvOnly,
    /// Nobody sends media; RTCP still flows.
    Inactive,
}

impl Direction {
    /// The direction in which the writer sends and receives as given.
    pub const fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether the writer sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the writer receives.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same direction seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    pub(crate) fn parse(value: Cursor<'_>) -> Result<Self, Fault> {
        match value.text(Field::Direction)? {
            "sendrecv" => Ok(Self::SendRecv),
            "sendonly" => Ok(Self::SendOnly),
            "recvonly" => Ok(Self::RecvOnly),
            "inactive" => Ok(Self::Inactive),
            _ => Err(value.fault(Reason::Malformed(Field::Direction))),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
