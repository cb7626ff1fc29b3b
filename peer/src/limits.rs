//! What is bounded, and by how much.

use core::time::Duration;

/// Media sections in a description, rejected ones included.
pub const MAX_SECTIONS: usize = 64;

/// Remote candidates kept until there is a remote description.
pub const MAX_EARLY_CANDIDATES: usize = 64;

/// DTLS datagrams from validated addresses kept until the remote description names the fingerprint.
pub const MAX_EARLY_DATAGRAMS: usize = 8;

/// Events that wait for their owner. When the owner does not read them, media packets are the first
/// to go; see [`Dropped::EventQueueFull`](crate::Dropped::EventQueueFull).
pub const MAX_QUEUED_EVENTS: usize = 8_192;

/// Protected media and feedback packets that wait to be sent; past that the oldest goes.
pub const MAX_QUEUED_PACKETS: usize = 1_024;

/// Streams of RTP that are received at one time, told apart by SSRC.
pub const MAX_RECEIVED_STREAMS: usize = 64;

/// Payload bytes of media in those events. Messages of data channels are not among them: they stay
/// with the association, whose window then closes.
pub const MAX_QUEUED_EVENT_BYTES: usize = 4 << 20;

/// Buffers of packets that were sent, kept to be used again.
pub const MAX_SPARE_BUFFERS: usize = 64;

/// Bytes in one run of datagrams: UDP segmentation takes no more in one call.
pub const MAX_RUN_BYTES: usize = 65_000;

/// The longest mid that is sent in packets (RFC 8285 §4.2: what fits the one-byte form).
pub const MAX_SENT_MID: usize = 16;

/// How long a received stream has to be silent before a new one may take its place.
pub const STREAM_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest RTP payload that is sent, in bytes, so that headers and tag fit a path of 1,280
/// bytes: of IPv4 always, of IPv6 once the other side has reported on the stream, so that its mid
/// is no longer sent.
pub const MAX_RTP_PAYLOAD: usize = 1_200;

/// The longest RTCP packet that is sent, in bytes, before protection.
pub const MAX_RTCP_LEN: usize = 1_200;

/// The shortest time between two requests for a keyframe of one stream, ours or theirs.
pub const KEYFRAME_REQUEST_SPACING: Duration = Duration::from_millis(300);

/// How often the composition is run to a fixed point after one input before the rest waits for the
/// next.
pub const MAX_PUMP_ROUNDS: usize = 64;

/// How much memory received media packets share, in bytes: one of them that is kept keeps as much.
pub const RECEIVE_BUFFER: usize = 16_384;

/// How long [`Peer::close`](crate::Peer::close) delivers what was accepted, unless the
/// configuration says otherwise.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the handshake of DTLS may take from the first path on, unless the configuration says
/// otherwise.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(40);

/// How often the association for data channels is asked for before
/// [`Event::DataTransportClosed`](crate::Event::DataTransportClosed) says that it was in vain: for
/// about a minute.
pub const MAX_INIT_RETRANSMITS: u32 = 20;

/// How many timeouts in a row, without any acknowledgement, end the association for data channels:
/// about three minutes on a path that ICE holds for alive.
pub const MAX_DATA_RETRANSMITS: u32 = 60;

/// The longest time between two attempts of the association for data channels.
pub const MAX_DATA_RTO: Duration = Duration::from_secs(3);
