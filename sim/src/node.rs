//! What the network carries datagrams between.

use lariat_base::{Datagram, Deadline, Instant, Transmit};
use lariat_peer::Peer;

/// A state machine on the network: the five verbs, less events, which its owner takes.
///
/// ```
/// use lariat_sim::Node;
///
/// fn wants_to_wake(node: &impl Node) -> bool {
///     node.poll_timeout().is_some()
/// }
/// ```
pub trait Node {
    /// Takes a datagram.
    fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>);
    /// Takes the time.
    fn handle_timeout(&mut self, now: Instant);
    /// Appends what to send.
    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit>;
    /// When to be called again.
    fn poll_timeout(&self) -> Option<Deadline>;
}

impl Node for Peer {
    fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.handle_datagram(now, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.poll_transmit(now, 8, out)
    }

    fn poll_timeout(&self) -> Option<Deadline> {
        self.poll_timeout()
    }
}
