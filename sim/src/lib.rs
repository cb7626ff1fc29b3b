//! A deterministic network in virtual time.
//!
//! Nodes (protocol state machines, whole peers) exchange datagrams over a [`Link`] with delay,
//! loss, reordering, duplication and an MTU. There is no clock: time jumps to the next arrival or
//! to the earliest deadline that a node advertises, so a node that forgets to advertise one stands
//! still here as it would in the field. Everything is drawn from one seed; two runs of one seed are
//! byte-identical, and a failing run names its seed.
//!
//! ```
//! use core::time::Duration;
//! use lariat_sim::{Link, Pair};
//!
//! let mut pair = Pair::new(7, Link { loss: 0.05, ..Link::default() });
//! let channel = pair.open_channel(0, "chat");
//! pair.negotiate(0);
//! pair.run_until(Duration::from_secs(60), |pair| pair.is_open(0, channel));
//! ```

#![allow(clippy::indexing_slicing, reason = "indices are a test's own; a wrong one fails it")]

mod link;
mod node;
mod pair;
mod simulation;

pub use link::Link;
pub use node::Node;
pub use pair::{Pair, Side};
pub use simulation::{Fingerprint, Simulation};
