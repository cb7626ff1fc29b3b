//! What a test may do to single datagrams.

use core::net::SocketAddr;
use core::time::Duration;

use lariat_base::Instant;

/// A datagram as the network sees it, behind its sender's NAT.
///
/// ```
/// use lariat_sim::Packet;
///
/// let is_handshake = |packet: &Packet<'_>| packet.payload.first() == Some(&22);
/// # let _ = is_handshake;
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tests read its fields")]
pub struct Packet<'a> {
    /// The host that sent it.
    pub host: usize,
    /// How many datagrams this host had sent before.
    pub number: usize,
    /// The address that it comes from.
    pub source: SocketAddr,
    /// The address that it goes to.
    pub destination: SocketAddr,
    /// Its bytes.
    pub payload: &'a [u8],
}

/// What a rule does with a datagram; the link then does with it what it does with all.
///
/// ```
/// use lariat_sim::{Fate, Link, Network};
///
/// let mut network = Network::new(1, Link::default());
/// network.set_rule(|packet| if packet.number == 1 { Fate::Lost } else { Fate::Passes });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "tests build it")]
pub enum Fate {
    /// It goes on its way.
    Passes,
    /// It never arrives.
    Lost,
    /// It goes twice.
    Twice,
    /// It goes so much later.
    Late(Duration),
    /// These bytes go in its place.
    Replaced(Vec<u8>),
}

/// A datagram that was sent, whether or not it arrived.
///
/// ```
/// use lariat_sim::Sent;
///
/// fn bytes(sent: &[Sent]) -> usize {
///     sent.iter().map(|sent| sent.payload.len()).sum()
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "tests read its fields")]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// The host that sent it.
    pub host: usize,
    /// The address that it came from, behind its sender's NAT.
    pub source: SocketAddr,
    /// The address that it went to.
    pub destination: SocketAddr,
    /// Its bytes.
    pub payload: Vec<u8>,
}
