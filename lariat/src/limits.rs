//! What is bounded, and by how much.

use std::time::Duration;

/// Commands of handles that wait for the connection's task; past that, commands wait in their
/// callers.
pub const COMMANDS: usize = 64;

/// Commands that one turn of the task runs before it looks at the network again.
pub(crate) const COMMANDS_PER_TURN: usize = 64;

/// Events that wait to be read. Past that, further channels of the other side wait in the
/// connection, paused; other events are bounded by their kind.
pub const EVENTS: usize = 1_024;

/// Media packets that wait for the connection's task; past that
/// [`send_rtp`](crate::Transceiver::send_rtp) waits.
pub const MEDIA_SENDS: usize = 256;

/// Bytes of messages that one data channel holds and has not sent; past that
/// [`send`](crate::DataChannel::send) waits.
pub const SEND_BUFFER: usize = 1 << 20;

/// Bytes of received messages that one data channel holds for an application that does not read it,
/// and one message more; past that its messages stay with the protocols, which make the other side
/// wait.
pub const CHANNEL_RECEIVE_BUFFER: usize = 1 << 20;

/// Bytes of received messages that all data channels of a connection hold together. While it is
/// reached, each channel holds one message at most that is not read.
pub const RECEIVE_BUFFER: usize = 4 << 20;

/// How many bytes of a channel leave before its task is told, and more are accepted.
pub(crate) const SENT_STEP: usize = 64 << 10;

/// What a message counts on top of its bytes, so that empty messages are not free.
pub(crate) const MESSAGE_OVERHEAD: usize = 64;

/// Packets of a track that wait to be read; past that the oldest is lost.
pub const TRACK_PACKETS: usize = 512;

/// Bytes of memory that these take up; past that the oldest is lost. A packet counts as
/// [`PACKET_BUFFER`](lariat_peer::limits::PACKET_BUFFER), or as its payload if that is longer, so
/// that it is only packets of more than 2 KiB of which there are fewer than [`TRACK_PACKETS`].
///
/// A connection has up to 64 tracks: if nobody reads any of them, they hold 64 MiB, and whatever
/// else goes over the connection is not disturbed.
pub const TRACK_BYTES: usize = TRACK_PACKETS * lariat_peer::limits::PACKET_BUFFER;

/// Bytes that the operating system is asked to hold for the socket, in each direction.
pub(crate) const SOCKET_BUFFER: usize = 2 << 20;

/// Host candidates, one per local address.
pub const HOST_CANDIDATES: usize = 16;

/// Receive calls that one turn of the task makes before it sends, each of several buffers.
pub(crate) const RECEIVES_PER_TURN: usize = 8;

/// Runs of datagrams that one turn of the task sends before it looks at anything else.
pub(crate) const TRANSMITS_PER_TURN: usize = 64;

/// Datagrams in one run handed to the kernel.
pub(crate) const DATAGRAMS_PER_TRANSMIT: usize = 32;

/// Buffers that one receive call fills.
pub(crate) const BUFFERS_PER_RECEIVE: usize = 4;

/// Bytes of such a buffer where the kernel hands over coalesced runs: the longest run.
pub(crate) const COALESCED_BUFFER: usize = 65_535;

/// Bytes of such a buffer elsewhere. Longer than any datagram of WebRTC: paths with a larger MTU
/// are not used in full.
pub(crate) const DATAGRAM_BUFFER: usize = 2_048;

/// Failures in a row after which a receive gives up until the socket reports something new.
pub(crate) const RECEIVE_FAILURES: usize = 8;

/// How long the task sleeps at most. A timer of the runtime stands still while the machine is
/// suspended; what has become due meanwhile is done at the latest so long after it has resumed.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_secs(1);
