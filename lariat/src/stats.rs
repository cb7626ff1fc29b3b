//! What is known about a connection.

use crate::SocketStats;

/// What is known about a connection; see [`PeerConnection::stats`](crate::PeerConnection::stats).
///
/// ```
/// async fn state(connection: lariat::PeerConnection) -> Result<(), lariat::Error> {
///     println!("{}", connection.stats().await?.peer.connection_state);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// What the protocols know.
    pub peer: lariat_peer::Stats,
    /// What the socket knows.
    pub socket: SocketStats,
    /// Bytes of messages that data channels have received and the application has not read,
    /// including a small amount per message.
    pub unread: usize,
    /// Media packets that were accepted from the application and that the protocols then refused,
    /// for instance because their sequence number was used before.
    pub refused_packets: u64,
    /// Data channels that the other side opened and closed again, without a message, while the
    /// application had [`limits::EVENTS`](crate::limits::EVENTS) events to read.
    pub missed_channels: u64,
}
