//! What can go wrong, and whose fault it is.

use core::fmt;

/// Why bytes from the peer were not understood. It never leaves the crate but as a [`Dropped`]
/// count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// A field lies outside its chunk.
    Truncated,
    /// A length contradicts the chunk that it is in.
    Length,
    /// A value that the RFC forbids.
    Value,
    /// More parts than [`limits`](crate::limits) allow.
    TooMany,
}

impl From<lariat_base::ReadError> for ParseError {
    fn from(error: lariat_base::ReadError) -> Self {
        match error {
            lariat_base::ReadError::Truncated => Self::Truncated,
            _ => Self::Length,
        }
    }
}

/// Why a packet, or a part of one, was dropped.
///
/// ```
/// use lariat_sctp::Dropped;
///
/// assert_eq!(Dropped::Checksum.to_string(), "checksum is wrong");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// The packet is shorter than its header, or has no chunk.
    TooShort,
    /// The checksum is wrong.
    Checksum,
    /// The ports are not those of the association.
    Port,
    /// The verification tag is not ours.
    Tag,
    /// A chunk that must be alone came with others.
    Bundled,
    /// A chunk's length is impossible; the rest of the packet was dropped.
    ChunkLength,
    /// A chunk's contents are malformed.
    Malformed,
    /// A chunk of an unknown type.
    UnknownChunk,
    /// A chunk that has no meaning in the association's state.
    Unexpected,
    /// A packet for an association that does not exist.
    OutOfTheBlue,
    /// A state cookie that we did not issue, or that was tampered with.
    Cookie,
    /// A state cookie that is too old.
    StaleCookie,
    /// Data that the receive window has no room for, or that lies too far ahead.
    Window,
    /// Data that was received before.
    Duplicate,
    /// Data for a stream that does not exist.
    Stream,
    /// An acknowledgement that is older than one already seen.
    OldSack,
    /// An acknowledgement of something that was never sent.
    SackBeyondSent,
    /// An answer that was not given because too many were asked for.
    ReplyLimit,
    /// A HEARTBEAT ACK that does not answer our HEARTBEAT.
    Heartbeat,
    /// A stream reset request or response out of sequence.
    Reset,
    /// A message on a data channel that does not exist or is closing.
    Channel,
    /// A message of the channel establishment protocol that is malformed or not allowed.
    Dcep,
    /// A channel of the peer's over
    /// [`Config::max_incoming_channels`](crate::Config::max_incoming_channels).
    ChannelLimit,
    /// A message with an unknown payload protocol identifier.
    Ppid,
    /// A text message that is not UTF-8.
    Text,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "packet is too short",
            Self::Checksum => "checksum is wrong",
            Self::Port => "port is not the association's",
            Self::Tag => "verification tag is wrong",
            Self::Bundled => "chunk that must be alone came with others",
            Self::ChunkLength => "chunk length is impossible",
            Self::Malformed => "chunk is malformed",
            Self::UnknownChunk => "chunk type is unknown",
            Self::Unexpected => "chunk has no meaning in this state",
            Self::OutOfTheBlue => "packet belongs to no association",
            Self::Cookie => "state cookie is not ours",
            Self::StaleCookie => "state cookie is too old",
            Self::Window => "data does not fit the receive window",
            Self::Duplicate => "data was received before",
            Self::Stream => "stream does not exist",
            Self::OldSack => "acknowledgement is out of date",
            Self::SackBeyondSent => "acknowledgement of data that was never sent",
            Self::ReplyLimit => "too many packets that want an answer",
            Self::Heartbeat => "heartbeat answer is not ours",
            Self::Reset => "stream reset is out of sequence",
            Self::Channel => "data channel does not exist",
            Self::Dcep => "channel establishment message is not valid",
            Self::ChannelLimit => "peer has as many channels open as it may",
            Self::Ppid => "payload protocol is unknown",
            Self::Text => "text message is not UTF-8",
        })
    }
}

/// Why a message was not taken for sending. Nothing was queued.
///
/// ```
/// use lariat_sctp::SendError;
///
/// let error = SendError::TooLong { size: 70_000, max: 65_536 };
/// assert_eq!(
///     error.to_string(),
///     "message of 70000 bytes is longer than the peer's limit of 65536",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The channel is not open yet.
    NotOpen,
    /// The channel, or the whole association, is closing or closed.
    Closed,
    /// The message is longer than the peer takes.
    TooLong {
        /// The message's length in bytes.
        size: usize,
        /// The longest that the peer takes.
        max: usize,
    },
    /// The send buffer is full; try again when less is buffered.
    WouldBlock {
        /// How many bytes the send buffer holds.
        buffered: usize,
    },
    /// The message is said to be text and is not UTF-8.
    NotText,
    /// The association has no such stream, or the message is empty (association level only).
    Invalid,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpen => f.write_str("channel is not open yet"),
            Self::Closed => f.write_str("channel is closed"),
            Self::TooLong { size, max } => {
                write!(f, "message of {size} bytes is longer than the peer's limit of {max}")
            }
            Self::WouldBlock { buffered } => {
                write!(f, "send buffer is full with {buffered} bytes")
            }
            Self::NotText => f.write_str("text message is not UTF-8"),
            Self::Invalid => f.write_str("no such stream, or an empty message"),
        }
    }
}

impl core::error::Error for SendError {}

/// Why a channel was not opened.
///
/// ```
/// use lariat_sctp::OpenError;
///
/// assert_eq!(OpenError::StreamInUse.to_string(), "stream identifier is in use");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The association is closing or closed.
    Closed,
    /// The negotiated stream identifier is in use.
    StreamInUse,
    /// The negotiated stream identifier is 65535, or beyond what the peer takes.
    InvalidStream,
    /// Every stream identifier of our parity is in use.
    NoStream,
    /// The label or the protocol is longer than 65535 bytes.
    LabelTooLong,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "association is closed",
            Self::StreamInUse => "stream identifier is in use",
            Self::InvalidStream => "stream identifier is out of range",
            Self::NoStream => "no stream identifier is left",
            Self::LabelTooLong => "label or protocol is longer than 65535 bytes",
        })
    }
}

impl core::error::Error for OpenError {}

/// Why an association ended.
///
/// ```
/// use lariat_sctp::CloseReason;
///
/// assert_eq!(CloseReason::Unreachable.to_string(), "peer no longer answers");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// Both sides agreed to close, and everything queued was delivered.
    Shutdown,
    /// We aborted it on request.
    Aborted,
    /// The peer aborted it.
    PeerAborted,
    /// The peer did not answer our attempts to connect.
    ConnectTimeout,
    /// The peer stopped answering.
    Unreachable,
    /// The peer broke the protocol, and we aborted.
    ProtocolViolation,
    /// The peer sent a message longer than our limit, and we aborted.
    MessageTooLong,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shutdown => "closed in agreement",
            Self::Aborted => "aborted on request",
            Self::PeerAborted => "aborted by the peer",
            Self::ConnectTimeout => "peer did not answer",
            Self::Unreachable => "peer no longer answers",
            Self::ProtocolViolation => "peer broke the protocol",
            Self::MessageTooLong => "peer sent a message over our limit",
        })
    }
}
