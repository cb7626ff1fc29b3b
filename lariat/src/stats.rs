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
    /// including a small amount per message. From
    /// [`limits::RECEIVE_BUFFER`](crate::limits::RECEIVE_BUFFER) on no more are taken.
    pub unread: usize,
}
