//! Offer and answer: JSEP (RFC 9429) over SDP, for one bundled transport.
//!
//! [`remote`] turns the other side's SDP into what it says to us, [`local`] writes ours,
//! [`signaling`] knows which description may come when, [`section`] pairs media sections with
//! transceivers, and [`session`] holds it all. Nothing here knows a transport.

pub(crate) mod codec;
pub(crate) mod local;
pub(crate) mod remote;
mod section;
pub(crate) mod session;
pub(crate) mod signaling;
pub(crate) mod transceiver;

pub use self::signaling::{SdpType, SessionDescription, SignalingState};
pub use self::transceiver::{Direction, MediaKind, TransceiverId};
