//! SRTP: what it costs to protect and to unprotect a packet.
//!
//! Every subject does the same work: one stream, a header of twelve bytes in front of the payload,
//! sequence numbers that go up by one, and over their end too, so that the rollover counter
//! advances. Replay protection is on where there is one. Packets lie in [`RUN`] buffers that are
//! used in turn, by those who take one packet at a time too.
//!
//! - *Protecting* happens in place, over and over in the same buffers, whose contents do not
//!   matter; nobody copies who does not have to. Peers that give a vector of their own back make
//!   it within the measured time.
//! - *Unprotecting* destroys its input. Packets are therefore copied from a batch into the buffers
//!   first, within the measured time, as a socket would; for the limits too, and the copy alone is
//!   a row. Each pass has a fresh receiver, made before the clock starts.
//!
//! Before anything is measured, [`check`] compares what the subjects make, byte for byte.

pub mod check;
pub mod figures;
pub mod lariat;
pub mod libsrtp;
pub mod packet;
pub mod plan;
pub mod profile;
pub mod raw;
pub mod rtc;
pub mod rustrtc;
pub mod str0m;
pub mod subject;

/// How many packets are handed over at once in a run, and how many buffers there are.
pub const RUN: usize = 32;
