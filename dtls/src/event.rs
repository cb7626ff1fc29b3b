//! What a connection tells its owner.

use alloc::vec::Vec;

use crate::connection_id::ConnectionId;
use crate::error::FailureReason;

/// Which side of the handshake we are: `a=setup:active` is the client (RFC 5763 §5).
///
/// ```
/// use lariat_dtls::Role;
///
/// assert_eq!(Role::Client.peer(), Role::Server);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sends the first hello.
    Client,
    /// Waits for it.
    Server,
}

impl Role {
    /// The other side.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// The protocol version that was agreed on.
///
/// ```
/// use lariat_dtls::Version;
///
/// assert_eq!(Version::Dtls13.name(), "DTLS 1.3");
/// assert!(Version::Dtls13 > Version::Dtls12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Version {
    /// DTLS 1.2 (RFC 6347).
    Dtls12,
    /// DTLS 1.3 (RFC 9147).
    Dtls13,
}

impl Version {
    /// The name for people and statistics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dtls12 => "DTLS 1.2",
            Self::Dtls13 => "DTLS 1.3",
        }
    }

    /// The version on the wire.
    pub const fn code_point(self) -> u16 {
        match self {
            Self::Dtls12 => 0xfefd,
            Self::Dtls13 => 0xfefc,
        }
    }
}

/// What a completed handshake agreed on.
///
/// ```
/// use lariat_dtls::{ConnectedInfo, Version};
///
/// fn describe(info: &ConnectedInfo) -> String {
///     format!("{} with {} over {}", info.version.name(), info.cipher_suite, info.group)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectedInfo {
    /// The protocol version.
    pub version: Version,
    /// The cipher suite's name in IANA's registry.
    pub cipher_suite: &'static str,
    /// The key exchange group's name in IANA's registry.
    pub group: &'static str,
    /// The SRTP protection profile (RFC 5764 §4.1.2), if one was agreed on.
    pub srtp_profile: Option<u16>,
}

/// What the records of a datagram prove about whoever sent it.
///
/// Only [`Newest`](Self::Newest) lets an owner think about sending to the address that the datagram
/// came from, if that is a new one (RFC 9146 §6). Somebody on the path can still have sent it on
/// from an address of their own, or from one that is not theirs.
///
/// ```
/// use lariat_dtls::Authenticity;
///
/// assert!(Authenticity::Newest > Authenticity::Authentic);
/// assert!(Authenticity::Authentic > Authenticity::Unproven);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authenticity {
    /// Nothing: no record is under keys, authentic and seen for the first time.
    Unproven,
    /// The peer has made at least one of them.
    Authentic,
    /// And one of them is newer than all before, by epoch and sequence number.
    Newest,
}

/// Something the owner should know. See the [crate documentation](crate) for a run loop.
///
/// ```
/// use lariat_dtls::Event;
///
/// fn log(event: &Event) -> String {
///     match event {
///         Event::Connected(info) => format!("connected: {}", info.cipher_suite),
///         Event::Data(data) => format!("{} bytes", data.len()),
///         Event::Closed => "closed".into(),
///         Event::Failed(reason) => format!("failed: {reason}"),
///         _ => "something newer".into(),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The handshake is complete and the peer's certificate is the expected one.
    Connected(ConnectedInfo),
    /// The payload of one application data record.
    Data(Vec<u8>),
    /// The peer asks for so many spare connection identifiers (RFC 9147 §9), to be given by
    /// [`Connection::issue_connection_ids`](crate::Connection::issue_connection_ids): fewer or none
    /// will do, but no answer at all keeps it from asking again.
    ConnectionIdsRequested(u8),
    /// The peer's records bear this one of our connection identifiers from now on. Those it was
    /// given before come at most in records that are late.
    ConnectionIdInUse(ConnectionId),
    /// Closed in order, by either side. The last event.
    Closed,
    /// The connection is dead. The last event.
    Failed(FailureReason),
}
