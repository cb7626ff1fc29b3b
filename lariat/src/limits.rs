//! What is bounded, and by how much.

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
