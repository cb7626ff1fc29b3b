//! The loop that moves time and datagrams.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;

use lariat_base::{Datagram, Deadline, Instant, Rng, Seed};

use crate::{Link, Node};

/// How often one node may be woken without time going on before it counts as spinning.
const MAX_WAKES_AT_ONE_TIME: u32 = 1_000;

/// A digest of everything that was sent, when, and where: equal for equal runs.
///
/// ```
/// assert_eq!(lariat_sim::Fingerprint::default(), lariat_sim::Fingerprint::default());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    fn add(&mut self, bytes: &[u8]) {
        // FNV-1a over words: it has to tell runs apart, not to resist anybody.
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            let mixed = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3);
            self.0 = mixed ^ (mixed >> 29);
        }
    }
}

/// What happens next.
enum Next {
    Arrival((Instant, u64)),
    Wake(Deadline, usize),
}

impl Next {
    const fn at(&self) -> Instant {
        match self {
            Self::Arrival((at, _)) => *at,
            Self::Wake(deadline, _) => deadline.at,
        }
    }
}

struct InFlight {
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// Nodes, the network between them, and the time.
///
/// ```
/// use lariat_sim::{Link, Simulation};
/// use lariat_peer::Peer;
///
/// let simulation = Simulation::<Peer>::new(1, Link::default());
/// assert_eq!(simulation.now(), lariat_base::Instant::ZERO);
/// ```
pub struct Simulation<N> {
    now: Instant,
    nodes: Vec<(N, Vec<SocketAddr>)>,
    link: Link,
    rng: Rng,
    in_flight: BTreeMap<(Instant, u64), InFlight>,
    sent: u64,
    wakes: u32,
    fingerprint: Fingerprint,
    scratch: Vec<u8>,
}

impl<N: Node> Simulation<N> {
    /// An empty network.
    pub fn new(seed: u64, link: Link) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self {
            now: Instant::ZERO,
            nodes: Vec::new(),
            link,
            rng: Seed::new(bytes).split("network").rng(),
            in_flight: BTreeMap::new(),
            sent: 0,
            wakes: 0,
            fingerprint: Fingerprint::default(),
            scratch: Vec::new(),
        }
    }

    /// The virtual time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// What was sent so far, in one number.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Changes the network from now on.
    pub const fn set_link(&mut self, link: Link) {
        self.link = link;
    }

    /// Puts a node on the network.
    pub fn add(&mut self, node: N, addresses: Vec<SocketAddr>) -> usize {
        self.nodes.push((node, addresses));
        self.nodes.len() - 1
    }

    /// A node.
    pub fn node(&self, index: usize) -> &N {
        &self.nodes[index].0
    }

    /// Does something to a node, then takes what it wants to send.
    pub fn with<T>(&mut self, index: usize, act: impl FnOnce(&mut N, Instant) -> T) -> T {
        let result = act(&mut self.nodes[index].0, self.now);
        self.collect(index);
        result
    }

    /// Injects a datagram, as an attacker would; it arrives after the link's delay and is never
    /// lost.
    pub fn inject(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.sent += 1;
        let key = (self.now + self.link.delay, self.sent);
        self.in_flight.insert(key, InFlight { from, to, bytes });
    }

    /// Goes to the next arrival or deadline and does what is due. `false` if nothing ever will be.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.next() else { return false };
        self.take_step(next);
        true
    }

    /// The same, but no further than to `end`, where time then stands. `false` when it does.
    pub fn step_until(&mut self, end: Instant) -> bool {
        match self.next() {
            Some(next) if next.at() <= end => {
                self.take_step(next);
                true
            }
            _ => {
                self.advance(end);
                false
            }
        }
    }

    fn next(&self) -> Option<Next> {
        let arrival = self.in_flight.first_key_value().map(|(key, _)| *key);
        let wake = self
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(index, (node, _))| node.poll_timeout().map(|deadline| (deadline, index)))
            .min_by_key(|(deadline, _)| deadline.at);
        match (arrival, wake) {
            (Some(key), wake) if wake.is_none_or(|(deadline, _)| key.0 <= deadline.at) => {
                Some(Next::Arrival(key))
            }
            (_, wake) => wake.map(|(deadline, index)| Next::Wake(deadline, index)),
        }
    }

    fn take_step(&mut self, next: Next) {
        self.advance(next.at());
        match next {
            Next::Arrival(key) => self.deliver(key),
            Next::Wake(deadline, index) => {
                self.wakes += 1;
                assert!(
                    self.wakes < MAX_WAKES_AT_ONE_TIME,
                    "node {index} spins at {:?}: {}",
                    self.now,
                    deadline.reason
                );
                self.with(index, |node, now| node.handle_timeout(now));
            }
        }
    }

    fn advance(&mut self, to: Instant) {
        if to > self.now {
            self.now = to;
            self.wakes = 0;
        }
    }

    fn deliver(&mut self, key: (Instant, u64)) {
        let Some(datagram) = self.in_flight.remove(&key) else { return };
        let to = self.nodes.iter().position(|(_, addresses)| addresses.contains(&datagram.to));
        if let Some(index) = to {
            self.with(index, |node, now| {
                node.handle_datagram(
                    now,
                    Datagram {
                        local: datagram.to,
                        remote: datagram.from,
                        ecn: None,
                        payload: &datagram.bytes,
                    },
                );
            });
        }
    }

    /// Takes everything that a node wants to send and gives it to the network.
    fn collect(&mut self, index: usize) {
        let mut bytes = core::mem::take(&mut self.scratch);
        loop {
            bytes.clear();
            let Some(transmit) = self.nodes[index].0.poll_transmit(self.now, &mut bytes) else {
                break;
            };
            assert_eq!(transmit.size, bytes.len(), "a transmit counts what it appended");
            for datagram in bytes.chunks(transmit.segment_size.unwrap_or(bytes.len()).max(1)) {
                self.send(transmit.local, transmit.remote, datagram);
            }
        }
        self.scratch = bytes;
    }

    fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        self.fingerprint.add(&self.now.as_nanos().to_le_bytes());
        self.fingerprint.add(&[from.port().to_le_bytes(), to.port().to_le_bytes()].concat());
        self.fingerprint.add(bytes);
        for delay in self.link.fate(bytes.len(), &mut self.rng) {
            self.sent += 1;
            let datagram = InFlight { from, to, bytes: bytes.to_vec() };
            self.in_flight.insert((self.now + delay, self.sent), datagram);
        }
    }

    /// Steps until `done` or until `limit` of virtual time has passed from now; says which.
    pub fn run(&mut self, limit: Duration, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = self.now + limit;
        while !done(self) {
            if self.now > end || !self.step() {
                return false;
            }
        }
        true
    }
}

impl<N> core::fmt::Debug for Simulation<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Simulation")
            .field("now", &self.now)
            .field("nodes", &self.nodes.len())
            .field("in_flight", &self.in_flight.len())
            .finish_non_exhaustive()
    }
}
