//! What is bounded, and by how much.

use core::time::Duration;

/// Media sections in a description, the one of data channels and rejected ones included.
pub const MAX_SECTIONS: usize = 64;

/// Remote candidates kept until there is a remote description.
pub const MAX_EARLY_CANDIDATES: usize = 64;

/// DTLS datagrams from validated addresses kept until the remote description names the fingerprint.
pub const MAX_EARLY_DATAGRAMS: usize = 8;

/// Events that wait for their owner. When the owner does not read them, media packets are the first
/// to go; see [`Dropped::EventQueueFull`](crate::Dropped::EventQueueFull). Of them alone there are
/// never more than 16 MiB: see [`PACKET_BUFFER`].
pub const MAX_QUEUED_EVENTS: usize = 8_192;

/// Protected media and feedback packets that wait to be sent; past that the oldest goes.
pub const MAX_QUEUED_PACKETS: usize = 1_024;

/// How long such a packet waits at most, for instance while the path is lost; then it goes.
pub const MAX_QUEUED_TIME: Duration = Duration::from_secs(1);

/// Streams of RTP that are followed at a time, told apart by SSRC, unless
/// [`Config::max_streams`](crate::Config::max_streams) says otherwise. Past that, those that were
/// silent the longest make room.
pub const DEFAULT_STREAMS: usize = 1_024;

/// Further streams of RTP that a connection knows enough of to receive no packet of theirs twice,
/// unless [`Config::max_retired_streams`](crate::Config::max_retired_streams) says otherwise.
pub const DEFAULT_RETIRED_STREAMS: usize = 16_384;

/// Payload bytes of media in those events. Messages of data channels are not among them: they stay
/// with the association, whose window then closes.
pub const MAX_QUEUED_EVENT_BYTES: usize = 4 << 20;

/// Buffers of packets that were sent, kept to be used again.
pub const MAX_SPARE_BUFFERS: usize = 64;

/// Bytes in one run of datagrams: UDP segmentation takes no more in one call.
pub const MAX_RUN_BYTES: usize = 65_000;

/// The longest mid that is sent in packets (RFC 8285 §4.2: what fits the one-byte form).
pub const MAX_SENT_MID: usize = 16;

/// The longest datagram of media that is sent, in bytes of UDP payload, unless
/// [`Config::max_datagram_size`](crate::Config::max_datagram_size) says otherwise: what IPv4 carries
/// over a path of 1,500 bytes. Whatever arrived over such a path can be forwarded, unless it was
/// protected with a shorter tag and filled the path to the last bytes.
pub const DEFAULT_DATAGRAM_SIZE: usize = 1_472;

/// The longest RTCP packet that is sent, in bytes before protection, on a path that takes more: it
/// fits one of 1,280 bytes, so that reports arrive where the longest media would not.
pub const MAX_RTCP_LEN: usize = 1_200;

/// The sizes that are tried, one after the other, when a socket refuses datagrams as too long, in
/// bytes of UDP payload: what paths of 1,500 bytes and less leave under IPv6, tunnels, and what
/// every path takes.
pub const DATAGRAM_SIZES: [usize; 9] =
    [1_452, 1_372, 1_280, 1_232, 1_132, 972, 772, 548, MIN_DATAGRAM_SIZE];

/// What a path takes at least: however small it turns out to be, media is not made smaller.
pub const MIN_DATAGRAM_SIZE: usize = 256;

/// The most that SRTP adds to a packet with the profiles of DTLS, in bytes.
pub(crate) const MAX_SRTP_OVERHEAD: usize = 16;

/// The shortest time between two requests for a keyframe of one stream, ours or theirs.
pub const KEYFRAME_REQUEST_SPACING: Duration = Duration::from_millis(300);

/// How often the composition is run to a fixed point after one input before the rest waits for the
/// next.
pub const MAX_PUMP_ROUNDS: usize = 64;

/// A received media packet that is kept keeps at most this, in bytes, or its payload if that is
/// longer.
pub const PACKET_BUFFER: usize = 2_048;

/// How long [`Peer::close`](crate::Peer::close) delivers what was accepted, unless the
/// configuration says otherwise.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// How many timeouts in a row, without any acknowledgement, end the association for data channels:
/// about three minutes on a path that ICE holds for alive.
pub const MAX_DATA_RETRANSMITS: u32 = 60;

/// The longest time between two attempts of the association for data channels.
pub const MAX_DATA_RTO: Duration = Duration::from_secs(3);
