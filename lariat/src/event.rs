//! What a connection tells the application.

use lariat_peer::{CloseReason, ConnectionState, FailureReason, SignalingState};

use crate::{DataChannel, Track, Transceiver};

/// Something that the application should know; see
/// [`PeerConnection::next_event`](crate::PeerConnection::next_event).
///
/// ```
/// use lariat::{ConnectionState, Event};
///
/// fn is_end(event: &Event) -> bool {
///     matches!(event, Event::ConnectionState(ConnectionState::Closed) | Event::Failed(_))
/// }
/// assert!(is_end(&Event::ConnectionState(ConnectionState::Closed)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The connection's state changed. Only the latest state waits to be read.
    ConnectionState(ConnectionState),
    /// The negotiation's state changed. Only the latest state waits to be read.
    SignalingState(SignalingState),
    /// The other side opened a data channel. An application that does not want it drops it, which
    /// closes it.
    DataChannel(DataChannel),
    /// The other side wanted more data channels than
    /// [`Configuration::max_incoming_channels`](crate::Configuration::max_incoming_channels) at
    /// once; those past it were closed again. One event stands for all of them.
    ChannelsRefused {
        /// The limit.
        limit: usize,
    },
    /// The association under all data channels is over, and why; no channel can be used any more.
    /// Media goes on.
    DataTransportClosed(CloseReason),
    /// The other side sends audio or video.
    Track(Track),
    /// The other side needs a keyframe of what is sent on a transceiver. However often it asked, one
    /// request per transceiver waits to be read.
    KeyframeRequested(Transceiver),
    /// The connection failed for good, and why.
    Failed(FailureReason),
}
