//! Whole peers on the simulated network, for the tests of `peer` and for fuzz targets.
//!
//! [`Pair`] is two peers, a signaling channel between them that takes no time, and a
//! [`Simulation`](lariat_sim::Simulation). Their cryptography has no security, so that a run is a
//! function of its seed; a failing run names it.
//!
//! ```
//! use core::time::Duration;
//! use lariat_peer_testing::{Link, Pair};
//!
//! let mut pair = Pair::new(7, Link { loss: 0.05, ..Link::default() });
//! let channel = pair.open_channel(0, "chat");
//! pair.negotiate(0);
//! pair.run_until(Duration::from_secs(60), |pair| pair.is_open(0, channel));
//! ```

#![expect(clippy::indexing_slicing, reason = "a side that does not exist is a bug of the test")]

mod host;
mod pair;
mod storm;

pub use lariat_sim::Link;

pub use self::host::Host;
pub use self::pair::{Pair, Side};
pub use self::storm::Storm;
