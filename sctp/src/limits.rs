//! Every bound of this crate, by name.
//!
//! What a [`Config`](crate::Config) sets (buffers, windows, retransmissions) is documented there.
//! These are the bounds that nobody needs to turn.

/// How many chunks of one packet are looked at; the rest of the packet is dropped.
pub const MAX_CHUNKS_PER_PACKET: usize = 400;

/// How many parameters of one chunk are looked at; more make the chunk malformed.
pub const MAX_PARAMETERS: usize = 256;

/// How many bytes of unrecognised parameters or chunks are reported back.
pub const MAX_REPORTED_BYTES: usize = 256;

/// How many packets that answer the peer without using the association's own packets may wait.
pub const MAX_QUEUED_REPLIES: usize = 16;

/// How many answers may be given at once; see [`REPLIES_PER_SECOND`].
pub const REPLY_BURST: u32 = 32;

/// How many INIT, HEARTBEAT, unknown-chunk and out-of-the-blue packets are answered per second, on
/// average.
pub const REPLIES_PER_SECOND: u32 = 20;

/// How many bytes of control chunks may wait to be sent; more are dropped.
pub const MAX_QUEUED_CONTROL: usize = 4_096;

/// The longest state cookie that is echoed; a longer one fails the association.
pub const MAX_COOKIE_LEN: usize = 1_024;

/// How far ahead of the cumulative point a TSN may lie: what a gap block can still name.
pub const MAX_TSN_AHEAD: u64 = 65_535;

/// How many separate runs of received TSNs are remembered; a chunk that would start another is
/// dropped.
pub const MAX_RECEIVED_RUNS: usize = 1_024;

/// How many duplicate TSNs are reported in one SACK.
pub const MAX_DUPLICATES: usize = 16;

/// How many acknowledgements may wait to be sent. When data comes faster than the owner polls, the
/// last of them makes room for the next, which says more.
pub const MAX_QUEUED_SACKS: usize = 64;

/// How many chunks may be sent and not yet cumulatively acknowledged.
pub const MAX_OUTSTANDING: usize = 32_768;

/// What holding one fragment or message costs beyond its bytes, as it is charged to the receive
/// window.
pub const FRAGMENT_OVERHEAD: usize = 192;

/// What a queued message costs beyond its bytes, as it is charged to the send buffer.
pub const MESSAGE_OVERHEAD: usize = 64;

/// How many streams one reset request names, if they fit a packet.
pub const MAX_RESET_STREAMS: usize = 256;

/// How often a reset request is sent before the streams count as reset without the peer's consent.
pub const MAX_RESET_ATTEMPTS: u32 = 20;

/// How many streams there are in each direction: the most that RFC 8831 §6.2 asks for.
pub const MAX_STREAMS: u16 = 65_535;

/// How many bytes the labels and protocols of channels that the peer opened may take in total.
/// Those of a closed one count until its [`Event::ChannelClosed`](crate::Event::ChannelClosed) is
/// polled.
pub const MAX_INCOMING_LABEL_BYTES: usize = 1 << 20;

/// How many events may wait to be polled, those kept of paused channels included, before nothing
/// more is accepted from the peer. The packet that reaches it is still taken in.
pub const MAX_EVENTS: usize = 1 << 17;

/// How many packets may follow one acknowledgement, unless it acknowledged half as many.
///
/// RFC 9260 §16 suggests 4; it is as large as the initial window here, which it would otherwise
/// undo.
pub const MAX_BURST_PACKETS: usize = 10;

/// The initial congestion window, in packets.
///
/// RFC 9260 §7.2.1 says about 4; this is the value of RFC 6928 for TCP, which today's WebRTC peers
/// use for SCTP as well.
pub const INITIAL_WINDOW_PACKETS: usize = 10;

/// The smallest packet size that a configuration can have: a little more than the setup of an
/// association needs.
pub const MIN_MTU: usize = 256;

/// How many timeouts in a row end the association while a chunk is outstanding that is too long for
/// the path, whatever [`Config::max_retransmits`](crate::Config::max_retransmits) says. They take
/// more than half a minute, so that a path that was away for a while is not taken for a small one.
pub const MAX_LONG_CHUNK_TIMEOUTS: u32 = 15;
