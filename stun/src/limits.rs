//! What is bounded, and by how much.

use core::time::Duration;

/// The longest message, in bytes: a 16-bit length, in units of four, after a header of 20.
pub const MAX_MESSAGE_LEN: usize = 20 + 65_532;

/// The longest USERNAME, in bytes (RFC 8489 §14.3: fewer than 509).
pub const MAX_USERNAME_LEN: usize = 508;

/// The longest reason phrase and SOFTWARE text that we send, in bytes. RFC 8489 §14.8 and §14.14
/// count 128 characters; longer ones are accepted, since nothing is copied.
pub const MAX_TEXT_LEN: usize = 128;

/// The first retransmission timeout (RFC 8489 §6.2.1).
pub const INITIAL_RTO: Duration = Duration::from_millis(500);

/// How often a request is sent in all (Rc, RFC 8489 §6.2.1).
pub const MAX_TRANSMISSIONS: u32 = 7;

/// How many initial timeouts to wait for an answer to the last transmission (Rm, RFC 8489 §6.2.1).
pub const LAST_WAIT: u32 = 16;
