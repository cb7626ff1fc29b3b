//! What data channels are made of.

use alloc::string::String;
use core::time::Duration;

use bytes::Bytes;

use crate::CloseReason;

/// Our handle of a data channel. It is never used again, unlike the stream identifier underneath.
///
/// See [`DataChannels`](crate::DataChannels) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub(super) u64);

/// Which stream identifiers our channels get.
///
/// ```
/// use lariat_sctp::Parity;
///
/// assert_ne!(Parity::Even, Parity::Odd);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third parity")]
pub enum Parity {
    /// Ours are even: we are the DTLS client (RFC 8832 §6).
    Even,
    /// Ours are odd: we are the DTLS server.
    Odd,
}

impl Parity {
    pub(super) const fn first(self) -> u16 {
        match self {
            Self::Even => 0,
            Self::Odd => 1,
        }
    }

    pub(super) const fn has(self, stream: u16) -> bool {
        stream & 1 == self.first()
    }
}

/// How hard it is tried to deliver a message.
///
/// It is negotiated with the peer and reported, but partial reliability (RFC 3758) is not spoken
/// yet: every channel is reliable, which is more than it was asked to be.
///
/// ```
/// use lariat_sctp::Reliability;
///
/// assert_eq!(Reliability::default(), Reliability::Reliable);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Reliability {
    /// Until it is delivered or the association fails.
    #[default]
    Reliable,
    /// At most this many retransmissions.
    MaxRetransmits(u16),
    /// At most for this long, to the millisecond.
    MaxLifetime(Duration),
}

/// What a channel is like; both sides know it.
///
/// ```
/// use lariat_sctp::ChannelConfig;
///
/// let config = ChannelConfig { ordered: false, ..ChannelConfig::new("chat") };
/// assert_eq!(config.label, "chat");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is built by `..ChannelConfig::new(label)`")]
pub struct ChannelConfig {
    /// The channel's name, at most 65535 bytes. Names need not differ.
    pub label: String,
    /// The subprotocol, or empty; at most 65535 bytes.
    pub protocol: String,
    /// Whether messages arrive in the order in which they were sent.
    pub ordered: bool,
    /// How hard it is tried to deliver a message.
    pub reliability: Reliability,
    /// The stream identifier, if both sides have agreed on it by other means and both open the
    /// channel.
    pub negotiated: Option<u16>,
}

impl ChannelConfig {
    /// An ordered, reliable channel.
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            protocol: String::new(),
            ordered: true,
            reliability: Reliability::Reliable,
            negotiated: None,
        }
    }
}

/// Whether a message is text.
///
/// ```
/// use lariat_sctp::MessageKind;
///
/// assert_ne!(MessageKind::Text, MessageKind::Binary);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8831 has two kinds")]
pub enum MessageKind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

/// What the owner of data channels should know.
///
/// The life of a channel: `ChannelOpened` (ours) or `ChannelIncoming` (the peer's), messages, then
/// `ChannelClosed`. After `Closed` nothing follows but what was kept of
/// [paused](crate::DataChannels::pause) channels.
///
/// See [`DataChannels`](crate::DataChannels) for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The association is up.
    Connected,
    /// The peer has started again. Every channel was closed, as the events before this one say, and
    /// new ones may be opened.
    Restarted,
    /// A channel that we opened may be sent on.
    ChannelOpened(ChannelId),
    /// The peer has opened a channel, which may be sent on.
    ChannelIncoming(ChannelId, ChannelConfig),
    /// A message arrived.
    Message {
        /// On which channel.
        channel: ChannelId,
        /// Whether it is text; then it is valid UTF-8.
        kind: MessageKind,
        /// Its bytes, possibly none.
        payload: Bytes,
    },
    /// A channel's buffered bytes have fallen to its threshold.
    BufferedAmountLow(ChannelId),
    /// A channel is closed on both sides.
    ChannelClosed(ChannelId),
    /// The peer wanted more channels than
    /// [`Config::max_incoming_channels`](crate::Config::max_incoming_channels), and their streams
    /// are reset. However many they are, one event waits to be polled at a time;
    /// [`Dropped::ChannelLimit`](crate::Dropped::ChannelLimit) counts each.
    IncomingRefused {
        /// The limit.
        limit: usize,
    },
    /// The association is over.
    Closed(CloseReason),
}
