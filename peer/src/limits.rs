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

/// The largest RTP payload that is sent, in bytes, so that headers and tag fit a path of 1,280
/// bytes.
pub const MAX_RTP_PAYLOAD: usize = 1_200;

/// The shortest time between two requests for a keyframe of one stream.
pub const KEYFRAME_REQUEST_SPACING: Duration = Duration::from_millis(300);

/// How often the composition is run to a fixed point after one input before the rest waits for the
/// next.
pub const MAX_PUMP_ROUNDS: usize = 64;
