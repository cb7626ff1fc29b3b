//! What a peer tells its owner.

use core::fmt;

use bytes::Bytes;
use lariat_sctp::{ChannelConfig, ChannelId, CloseReason, MessageKind};

use crate::{FailureReason, MediaKind, SignalingState, TransceiverId};

/// Where a connection stands (the W3C's `RTCPeerConnectionState`).
///
/// ```
/// use lariat_peer::ConnectionState;
///
/// assert_eq!(ConnectionState::Connected.to_string(), "connected");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the W3C's list")]
pub enum ConnectionState {
    /// Nothing has begun.
    New,
    /// Connectivity checks or the DTLS handshake are under way.
    Connecting,
    /// Data and media can flow.
    Connected,
    /// The other side has not been heard for a while; it may come back.
    Disconnected,
    /// It will not come back.
    Failed,
    /// One side closed it.
    Closed,
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Failed => "failed",
            Self::Closed => "closed",
        })
    }
}

/// An RTP packet as the application sees it: what it chooses, and what it needs to forward one.
///
/// ```
/// use lariat_peer::RtpPacket;
///
/// let packet = RtpPacket {
///     payload_type: 111,
///     marker: false,
///     sequence_number: 1,
///     timestamp: 960,
///     payload: bytes::Bytes::from_static(&[0xfc, 0xff, 0xfe]),
/// };
/// assert_eq!(packet.payload.len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "applications build it by its fields")]
pub struct RtpPacket {
    /// One of the negotiated payload types, 0 to 127.
    pub payload_type: u8,
    /// The marker bit: for video, the last packet of a frame.
    pub marker: bool,
    /// Counts the packets of the stream, wrapping.
    pub sequence_number: u16,
    /// When the payload was sampled, in units of the codec's clock, wrapping.
    pub timestamp: u32,
    /// The payload, without padding.
    pub payload: Bytes,
}

/// Something that the owner of a peer should know.
///
/// ```
/// use lariat_peer::{ConnectionState, Event};
///
/// let event = Event::ConnectionState(ConnectionState::Connected);
/// assert!(matches!(event, Event::ConnectionState(ConnectionState::Connected)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The connection's state changed.
    ConnectionState(ConnectionState),
    /// The negotiation's state changed.
    SignalingState(SignalingState),
    /// A data channel that we opened can be used.
    ChannelOpened(ChannelId),
    /// The other side opened a data channel; it can be used.
    ChannelIncoming(ChannelId, ChannelConfig),
    /// A message arrived.
    ChannelMessage {
        /// On which channel.
        channel: ChannelId,
        /// Text or binary.
        kind: MessageKind,
        /// The message; text is valid UTF-8.
        payload: Bytes,
    },
    /// The bytes that wait on a channel fell to its threshold.
    BufferedAmountLow(ChannelId),
    /// A channel is closed; its id will not be used again. When the connection ends, this comes for
    /// every channel that there still is.
    ChannelClosed(ChannelId),
    /// The other side wanted more data channels than
    /// [`Config::max_incoming_channels`](crate::Config::max_incoming_channels) at once; those past
    /// it were closed again. Comes once for all that were refused since it was polled last.
    ChannelsRefused {
        /// The limit.
        limit: usize,
    },
    /// The association under all data channels is over, and why; no channel can be used any more.
    DataTransportClosed(CloseReason),
    /// The other side was negotiated to send on a transceiver.
    Track {
        /// Which.
        transceiver: TransceiverId,
        /// Audio or video.
        kind: MediaKind,
    },
    /// A media packet arrived.
    Rtp {
        /// For which transceiver.
        transceiver: TransceiverId,
        /// The packet.
        packet: RtpPacket,
    },
    /// The other side needs a keyframe of what we send (PLI, RFC 4585 §6.3.1).
    KeyframeRequested(TransceiverId),
    /// The connection failed for good, and why.
    Failed(FailureReason),
}
