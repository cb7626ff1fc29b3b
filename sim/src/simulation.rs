//! The loop that moves time and datagrams.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;

use lariat_base::{Datagram, Deadline, Instant};

use crate::{Fingerprint, Link, Network, Node};

/// How often one node may be woken without time going on before it counts as spinning.
const MAX_WAKES_AT_ONE_TIME: u32 = 1_000;

/// How many datagrams that arrive together are handed over before a node is asked for what it
/// sends, as a driver does it.
const BATCH: usize = 64;

/// What happens next.
enum Next {
    Arrival(Instant),
    Wake(Deadline, usize),
}

impl Next {
    const fn at(&self) -> Instant {
        match self {
            Self::Arrival(at) => *at,
            Self::Wake(deadline, _) => deadline.at,
        }
    }
}

/// A node, and its clock.
struct Attached<N> {
    node: N,
    /// How far its clock is ahead of the network's.
    ahead: Duration,
}

/// Nodes, the network between them, and the time. See the [crate documentation](crate).
pub struct Simulation<N> {
    now: Instant,
    nodes: Vec<Attached<N>>,
    network: Network,
    wakes: u32,
    scratch: Vec<u8>,
}

impl<N: Node> Simulation<N> {
    /// An empty network.
    pub fn new(seed: u64, link: Link) -> Self {
        Self {
            now: Instant::ZERO,
            nodes: Vec::new(),
            network: Network::new(seed, link),
            wakes: 0,
            scratch: Vec::new(),
        }
    }

    /// The virtual time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// What was sent so far, in one number.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.network.fingerprint()
    }

    /// What lies between the nodes. A node is its host of the same number.
    pub const fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    /// Changes all links from now on; what is queued stays queued.
    pub fn set_link(&mut self, link: Link) {
        self.network.set_link(link);
    }

    /// Injects a datagram, as an attacker would; it arrives after the link's delay and is never
    /// lost.
    pub fn inject(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.network.inject(self.now, from, to, bytes);
    }

    /// Puts a node on the network.
    pub fn add(&mut self, node: N, addresses: Vec<SocketAddr>) -> usize {
        self.nodes.push(Attached { node, ahead: Duration::ZERO });
        self.network.add(addresses)
    }

    /// A node.
    pub fn node(&self, index: usize) -> &N {
        &self.nodes[index].node
    }

    /// The time that a node's clock shows.
    pub fn time_of(&self, index: usize) -> Instant {
        self.now + self.nodes[index].ahead
    }

    /// Puts a node's clock forward, as if its machine had slept; nobody else notices.
    pub fn put_clock_forward(&mut self, index: usize, by: Duration) {
        self.nodes[index].ahead += by;
    }

    /// Does something to a node, then takes what it wants to send.
    pub fn with<T>(&mut self, index: usize, act: impl FnOnce(&mut N, Instant) -> T) -> T {
        let now = self.time_of(index);
        let result = act(&mut self.nodes[index].node, now);
        self.collect(index);
        result
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

    fn next(&self) -> Option<Next> {
        let deadlines = self.nodes.iter().enumerate().filter_map(|(index, attached)| {
            let Deadline { at, reason } = attached.node.poll_timeout()?;
            // On the network's clock.
            let at = at.as_nanos().saturating_sub(attached.ahead.as_nanos() as u64);
            Some((Deadline::new(Instant::from_nanos(at), reason), index))
        });
        let wake = deadlines.min_by_key(|(deadline, _)| deadline.at);
        match (self.network.next_arrival(), wake) {
            (Some(at), wake) if wake.is_none_or(|(deadline, _)| at <= deadline.at) => {
                Some(Next::Arrival(at))
            }
            (_, wake) => wake.map(|(deadline, index)| Next::Wake(deadline, index)),
        }
    }

    fn take_step(&mut self, next: Next) {
        self.advance(next.at());
        match next {
            Next::Arrival(_) => self.deliver(),
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

    /// Hands over what arrives now for the node that the first of it is for.
    fn deliver(&mut self) {
        let Some(index) = self.network.next_host(self.now) else { return };
        let now = self.time_of(index);
        for _ in 0..BATCH {
            if self.network.next_host(self.now) != Some(index) {
                break;
            }
            let Some(arrival) = self.network.arrive(self.now) else { break };
            let (local, remote, ecn) = (arrival.local, arrival.remote, arrival.ecn);
            let datagram = Datagram { local, remote, ecn, payload: &arrival.payload };
            self.nodes[index].node.handle_datagram(now, datagram);
        }
        self.collect(index);
    }

    /// Takes everything that a node wants to send and gives it to the network.
    fn collect(&mut self, index: usize) {
        let now = self.time_of(index);
        let mut bytes = core::mem::take(&mut self.scratch);
        let mut too_long = VecDeque::new();
        loop {
            bytes.clear();
            let Some(transmit) = self.nodes[index].node.poll_transmit(now, &mut bytes) else {
                // What the node makes of this may be more to send.
                let Some((transmit, size)) = too_long.pop_front() else { break };
                self.nodes[index].node.handle_too_long(now, transmit, size);
                continue;
            };
            assert_eq!(transmit.size, bytes.len(), "a transmit counts what it appended");
            for datagram in bytes.chunks(transmit.segment_size.unwrap_or(bytes.len()).max(1)) {
                if self.network.send(self.now, index, transmit, datagram).is_err() {
                    too_long.push_back((transmit, datagram.len()));
                }
            }
        }
        self.scratch = bytes;
    }
}

impl<N> core::fmt::Debug for Simulation<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Simulation")
            .field("now", &self.now)
            .field("nodes", &self.nodes.len())
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}
