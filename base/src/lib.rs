//! The words that every Lariat protocol crate shares.
//!
//! A protocol crate of Lariat does no I/O: it is handed datagrams and the time, and it is asked
//! what to send, what happened, and when to be called again. This crate holds the types of that
//! conversation, and the two tools that every wire format needs. Nothing here knows a protocol.
//!
//! | to | use |
//! |---|---|
//! | say what time it is, and when to call again | [`Instant`], [`Deadline`], [`Backoff`] |
//! | draw reproducible random numbers | [`Seed`], [`Rng`] |
//! | read and write bytes | [`Reader`], [`Writer`] |
//! | compare numbers that wrap around | [`Serial16`], [`Serial32`] |
//! | pass datagrams | [`Datagram`], [`Transmit`], [`Ecn`] |
//! | count what was dropped, and why | [`Tally`] |
//!
//! # The shape of a protocol
//!
//! Every state machine of Lariat has the same five inherent methods (there is no trait: each one's
//! arguments say what that protocol needs):
//!
//! ```text
//! handle_datagram(now, ..)          something arrived
//! handle_timeout(now)               the deadline passed
//! poll_transmit(..) -> Option<..>   what to send
//! poll_event() -> Option<Event>     what the owner should know
//! poll_timeout() -> Option<Deadline>  when to call again, and why; pure
//! ```
//!
//! # Untrusted input
//!
//! [`Reader`] has no path that panics and none that allocates. Serial numbers come from the wire
//! too: any two of them may be compared or extended, and their arithmetic wraps. Everything else in
//! this crate is only ever handed values by Lariat itself.
//!
//! # Errors
//!
//! Reading alone can fail: [`ReadError`] says that the bytes are too few or too many. What it means
//! for the message, its parser says.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod backoff;
mod datagram;
mod reader;
mod rng;
mod serial;
mod tally;
mod time;
mod writer;

pub use backoff::Backoff;
pub use datagram::{Datagram, Ecn, Transmit};
pub use reader::{ReadError, Reader};
pub use rng::{Rng, Seed};
pub use serial::{Serial16, Serial32};
pub use tally::Tally;
pub use time::{Deadline, Instant};
pub use writer::{LengthPrefix, Writer};
