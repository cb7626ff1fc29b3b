//! What the network carries datagrams between.

use lariat_base::{Datagram, Deadline, Instant, Transmit};

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

    /// Takes that a datagram of `transmit`, of this many bytes, was too long for the link, as a
    /// socket says it (`EMSGSIZE`). Only links that report it do.
    fn handle_too_long(&mut self, now: Instant, transmit: Transmit, size: usize) {
        let _ = (now, transmit, size);
    }
}
