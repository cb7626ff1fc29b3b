//! Where RTCP goes if it has a port of its own.

use core::fmt;

use crate::connection::Connection;
use crate::cursor::{Cursor, Fault};
use crate::error::Field;

/// `a=rtcp` (RFC 3605 §2.1): the port, and perhaps the address, for RTCP without multiplexing.
///
/// ```text
/// rtcp:<port>[ <network type> <address type> <address>]
/// ```
///
/// ```
/// use lariat_sdp::{Connection, Rtcp};
///
/// let rtcp = Rtcp { port: 9, connection: Some(Connection::unspecified()) };
/// assert_eq!(rtcp.to_string(), "9 IN IP4 0.0.0.0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// The port; 9 if it is not known yet.
    pub port: u16,
    /// The address, if it is not that of the media.
    pub connection: Option<Connection>,
}

impl Rtcp {
    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let port = value.word().number(Field::Port)?;
        let connection = if value.is_empty() { None } else { Some(Connection::parse(value)?) };
        Ok(Self { port, connection })
    }
}

impl fmt::Display for Rtcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.port)?;
        self.connection.as_ref().map_or(Ok(()), |connection| write!(f, " {connection}"))
    }
}
