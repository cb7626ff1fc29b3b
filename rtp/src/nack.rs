//! Asking for packets that are missing, and sending them again (RFC 4585 §6.2.1).
//!
//! [`MissingTracker`] is the receiver's half and says what to ask for; [`History`] is the sender's
//! and keeps what may be asked for. Both hold a bounded number of packets.

mod history;
mod missing;

pub use history::History;
pub use missing::MissingTracker;
