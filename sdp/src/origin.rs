//! The `o=` line.

use alloc::string::String;
use core::fmt;

use crate::connection::Connection;
use crate::cursor::{Cursor, Fault};
use crate::error::Field;

/// Who made the description, and which version of it this is (RFC 8866 §5.2).
///
/// ```text
/// o=<username> <session id> <session version> <network type> <address type> <address>
/// ```
///
/// ```
/// use lariat_sdp::Origin;
///
/// assert_eq!(Origin::new(4711, 1).to_string(), "- 4711 1 IN IP4 0.0.0.0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The maker's name, `-` for none.
    pub username: String,
    /// Names the session. What we make ourselves stays below 2^63 - 1.
    pub session_id: u64,
    /// Grows with each new version of the description.
    pub session_version: u64,
    /// The maker's address, mostly a place holder.
    pub address: Connection,
}

impl Origin {
    /// An origin that tells nothing about its maker.
    // rfc8829 §5.2.1: no user name, and an address without meaning.
    pub fn new(session_id: u64, session_version: u64) -> Self {
        let address = Connection::unspecified();
        Self { username: "-".into(), session_id, session_version, address }
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        Ok(Self {
            username: value.word().text(Field::Username)?.into(),
            session_id: value.word().digits(Field::SessionId)?,
            session_version: value.word().digits(Field::SessionVersion)?,
            address: Connection::parse(value)?,
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { username, session_id, session_version, address } = self;
        write!(f, "{username} {session_id} {session_version} {address}")
    }
}
