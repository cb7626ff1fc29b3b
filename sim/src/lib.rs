//! A deterministic network in virtual time.
//!
//! Nodes (state machines, whole peers) exchange datagrams over links with delay, jitter, loss,
//! reordering, duplication, corruption, a rate with a queue, and an MTU; between a node and the
//! others there may be a NAT of any kind of RFC 4787. Rules, links, addresses, NATs and the nodes'
//! clocks can change while it runs. This crate knows no protocol: it carries bytes.
//!
//! There is no clock: time jumps to the next arrival or to the earliest deadline that a node
//! advertises, so a node that forgets to advertise one stands still here as it would in the field,
//! and one that wakes without making progress fails the test. Everything is drawn from one seed;
//! two runs of one seed are byte-identical, which [`Fingerprint`] shows.
//!
//! ```
//! use core::time::Duration;
//! use std::net::SocketAddr;
//!
//! use lariat_base::{Datagram, Deadline, Instant, Transmit};
//! use lariat_sim::{Link, Node, Simulation};
//!
//! /// Sends back what it gets.
//! #[derive(Default)]
//! struct Echo {
//!     queued: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
//!     received: usize,
//! }
//!
//! impl Node for Echo {
//!     fn handle_datagram(&mut self, _: Instant, datagram: Datagram<'_>) {
//!         self.received += 1;
//!         let Datagram { local, remote, payload, .. } = datagram;
//!         self.queued.push((local, remote, payload.to_vec()));
//!     }
//!     fn handle_timeout(&mut self, _: Instant) {}
//!     fn poll_transmit(&mut self, _: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
//!         let (local, remote, payload) = self.queued.pop()?;
//!         out.extend_from_slice(&payload);
//!         Some(Transmit::new(local, remote, payload.len()))
//!     }
//!     fn poll_timeout(&self) -> Option<Deadline> {
//!         None
//!     }
//! }
//!
//! let (a, b): (SocketAddr, SocketAddr) = ("192.0.2.1:1".parse()?, "192.0.2.2:2".parse()?);
//! let link = Link { delay: Duration::from_millis(30), ..Link::default() };
//! let mut network = Simulation::new(7, link);
//! network.add(Echo::default(), vec![a]);
//! network.add(Echo::default(), vec![b]);
//! network.inject(a, b, b"ping".to_vec());
//! network.run(Duration::from_secs(1), |network| network.node(0).received == 1);
//! assert_eq!(network.now(), Instant::from_millis(60));
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

#![expect(clippy::indexing_slicing, reason = "a node that does not exist is a bug of the test")]

mod fingerprint;
mod line;
mod link;
mod nat;
mod network;
mod node;
mod rule;
mod simulation;

pub use fingerprint::Fingerprint;
pub use link::Link;
pub use nat::{Behavior, Nat};
pub use network::{Arrival, Network, TooLong};
pub use node::Node;
pub use rule::{Fate, Packet, Sent};
pub use simulation::Simulation;
