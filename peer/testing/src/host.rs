//! A peer as a node of the network.

use core::ops::{Deref, DerefMut};

use lariat_base::{Datagram, Deadline, Instant, Transmit};
use lariat_peer::{Peer, SelectedPair};
use lariat_sim::Node;

/// How many datagrams a run may have.
const RUN: usize = 8;

/// A peer on the network.
///
/// ```
/// use lariat_peer::Peer;
/// use lariat_peer_testing::Host;
///
/// fn is_connected(host: &Host) -> bool {
///     let peer: &Peer = host;
///     peer.selected_pair().is_some()
/// }
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "tests build it")]
pub struct Host(pub Peer);

impl Deref for Host {
    type Target = Peer;

    fn deref(&self) -> &Peer {
        &self.0
    }
}

impl DerefMut for Host {
    fn deref_mut(&mut self) -> &mut Peer {
        &mut self.0
    }
}

impl Node for Host {
    fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.0.handle_datagram(now, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.0.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.0.poll_transmit(now, RUN, out)
    }

    fn poll_timeout(&self) -> Option<Deadline> {
        self.0.poll_timeout()
    }

    fn handle_too_long(&mut self, now: Instant, transmit: Transmit, size: usize) {
        let pair = SelectedPair { local: transmit.local, remote: transmit.remote };
        self.0.datagram_too_long(now, pair, size);
    }
}
