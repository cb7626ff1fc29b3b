//! What a connection tells the application.

use lariat_peer::{ConnectionState, FailureReason, SignalingState};

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
    /// The connection's state changed.
    ConnectionState(ConnectionState),
    /// The negotiation's state changed.
    SignalingState(SignalingState),
    /// The other side opened a data channel. An application that does not want it drops it, which
    /// closes it.
    DataChannel(DataChannel),
    /// The other side sends audio or video. It comes once in the life of a transceiver, whatever
    /// becomes of its direction; see [`Track`].
    Track(Track),
    /// The other side was negotiated not to send any more on a transceiver that has a track.
    TrackMuted(Transceiver),
    /// It was negotiated to send again.
    TrackUnmuted(Transceiver),
    /// The other side needs a keyframe of what is sent on a transceiver.
    KeyframeRequested(Transceiver),
    /// The connection failed for good, and why.
    Failed(FailureReason),
}
