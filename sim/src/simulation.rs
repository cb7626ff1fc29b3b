//! The loop that moves time and datagrams.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use lariat_base::{Datagram, Deadline, Ecn, Instant, Rng, Seed, Transmit};

use crate::line::Line;
use crate::{Fate, Fingerprint, Link, Nat, Node, Packet, Sent};

/// How often one node may be woken without time going on before it counts as spinning.
const MAX_WAKES_AT_ONE_TIME: u32 = 1_000;

/// How many datagrams that arrive together are handed over before a node is asked for what it
/// sends, as a driver does it.
const BATCH: usize = 64;

type Rule = Box<dyn FnMut(&Packet<'_>) -> Fate>;

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

struct InFlight {
    from: SocketAddr,
    to: SocketAddr,
    ecn: Option<Ecn>,
    bytes: Vec<u8>,
}

/// A node, and where it is on the network.
struct Attached<N> {
    node: N,
    addresses: Vec<SocketAddr>,
    line: Line,
    /// How far its clock is ahead of the network's.
    ahead: Duration,
    sent: usize,
}

/// Nodes, the network between them, and the time. See the [crate documentation](crate).
pub struct Simulation<N> {
    now: Instant,
    nodes: Vec<Attached<N>>,
    nats: Vec<Nat>,
    link: Link,
    rule: Option<Rule>,
    rng: Rng,
    in_flight: BTreeMap<(Instant, u64), InFlight>,
    sent: u64,
    wakes: u32,
    fingerprint: Fingerprint,
    log: Option<Vec<Sent>>,
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
            nats: Vec::new(),
            link,
            rule: None,
            rng: Seed::new(bytes).split("network").rng(),
            in_flight: BTreeMap::new(),
            sent: 0,
            wakes: 0,
            fingerprint: Fingerprint::default(),
            log: None,
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

    /// Remembers everything that is sent from now on.
    pub fn record(&mut self) {
        self.log.get_or_insert_default();
    }

    /// What was sent since [`record`](Self::record), in order.
    pub fn recorded(&self) -> &[Sent] {
        self.log.as_deref().unwrap_or_default()
    }

    // What the network is.

    /// Puts a node on the network.
    pub fn add(&mut self, node: N, addresses: Vec<SocketAddr>) -> usize {
        let line = Line::new(self.link);
        self.nodes.push(Attached { node, addresses, line, ahead: Duration::ZERO, sent: 0 });
        self.nodes.len() - 1
    }

    /// Puts a NAT in front of the addresses that it knows.
    pub fn add_nat(&mut self, nat: Nat) -> usize {
        self.nats.push(nat);
        self.nats.len() - 1
    }

    /// A NAT.
    pub fn nat(&mut self, index: usize) -> &mut Nat {
        &mut self.nats[index]
    }

    /// Changes all links from now on; what is queued stays queued.
    pub fn set_link(&mut self, link: Link) {
        self.link = link;
        self.nodes.iter_mut().for_each(|node| node.line.link = link);
    }

    /// Changes what becomes of what one node sends.
    pub fn set_link_from(&mut self, index: usize, link: Link) {
        self.nodes[index].line.link = link;
    }

    /// Asks `rule` about every datagram from now on, before the link sees it.
    pub fn set_rule(&mut self, rule: impl FnMut(&Packet<'_>) -> Fate + 'static) {
        self.rule = Some(Box::new(rule));
    }

    /// From now on every datagram goes on its way.
    pub fn clear_rule(&mut self) {
        self.rule = None;
    }

    /// Changes the addresses of a node; what is under way to the old ones is lost.
    pub fn readdress(&mut self, index: usize, addresses: Vec<SocketAddr>) {
        self.nodes[index].addresses = addresses;
    }

    /// Puts a node's clock forward, as if its machine had slept; nobody else notices.
    pub fn put_clock_forward(&mut self, index: usize, by: Duration) {
        self.nodes[index].ahead += by;
    }

    // The nodes.

    /// A node.
    pub fn node(&self, index: usize) -> &N {
        &self.nodes[index].node
    }

    /// The time that a node's clock shows.
    pub fn time_of(&self, index: usize) -> Instant {
        self.now + self.nodes[index].ahead
    }

    /// Does something to a node, then takes what it wants to send.
    pub fn with<T>(&mut self, index: usize, act: impl FnOnce(&mut N, Instant) -> T) -> T {
        let now = self.time_of(index);
        let result = act(&mut self.nodes[index].node, now);
        self.collect(index);
        result
    }

    /// Injects a datagram, as an attacker would; it arrives after the link's delay and is never
    /// lost.
    pub fn inject(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let datagram = InFlight { from, to, ecn: None, bytes };
        self.launch(self.now + self.link.delay, datagram);
    }

    // Time.

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
        let arrival = self.in_flight.first_key_value().map(|((at, _), _)| *at);
        let deadlines = self.nodes.iter().enumerate().filter_map(|(index, attached)| {
            let Deadline { at, reason } = attached.node.poll_timeout()?;
            // On the network's clock.
            let at = at.as_nanos().saturating_sub(attached.ahead.as_nanos() as u64);
            Some((Deadline::new(Instant::from_nanos(at), reason), index))
        });
        let wake = deadlines.min_by_key(|(deadline, _)| deadline.at);
        match (arrival, wake) {
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

    // Datagrams in.

    /// Hands over what arrives now for the node that the first of it is for.
    fn deliver(&mut self) {
        let mut first = None;
        for _ in 0..BATCH {
            let Some(entry) = self.in_flight.first_entry() else { break };
            if entry.key().0 > self.now {
                break;
            }
            let (from, to) = (entry.get().from, entry.get().to);
            let Some((index, local)) = self.destination(from, to) else {
                self.in_flight.pop_first();
                continue;
            };
            if *first.get_or_insert(index) != index {
                break;
            }
            let Some((_, datagram)) = self.in_flight.pop_first() else { break };
            let InFlight { from: remote, ecn, bytes, .. } = datagram;
            let now = self.time_of(index);
            let datagram = Datagram { local, remote, ecn, payload: &bytes };
            self.nodes[index].node.handle_datagram(now, datagram);
        }
        if let Some(index) = first {
            self.collect(index);
        }
    }

    /// The node that a datagram reaches, and at which of its addresses.
    fn destination(&self, from: SocketAddr, to: SocketAddr) -> Option<(usize, SocketAddr)> {
        let nat = self.nats.iter().find(|nat| nat.outside() == to.ip());
        let local = match nat {
            Some(nat) => nat.inbound(self.now, from, to.port())?,
            // Inside addresses are reached from beside them only.
            None => {
                let nat = self.nats.iter().find(|nat| nat.covers(to));
                if nat.is_some_and(|nat| !nat.covers(from)) {
                    return None;
                }
                to
            }
        };
        let index = self.nodes.iter().position(|node| node.addresses.contains(&local))?;
        Some((index, local))
    }

    // Datagrams out.

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
            let Link { mtu, reports_mtu, .. } = self.nodes[index].line.link;
            for datagram in bytes.chunks(transmit.segment_size.unwrap_or(bytes.len()).max(1)) {
                if reports_mtu && datagram.len() > mtu {
                    too_long.push_back((transmit, datagram.len()));
                } else {
                    self.send(index, transmit, datagram);
                }
            }
        }
        self.scratch = bytes;
    }

    fn send(&mut self, index: usize, transmit: Transmit, bytes: &[u8]) {
        let (from, to) = (transmit.local, transmit.remote);
        self.fingerprint.add(&self.now.as_nanos().to_le_bytes());
        self.fingerprint.add(&[from.port().to_le_bytes(), to.port().to_le_bytes()].concat());
        self.fingerprint.add(bytes);
        // A node that has lost an address can no longer send from it.
        if !self.nodes[index].addresses.contains(&from) {
            return;
        }
        let nat = self.nats.iter_mut().find(|nat| nat.covers(from) && !nat.covers(to));
        let source = nat.map_or(from, |nat| nat.outbound(self.now, from, to));
        let number = self.nodes[index].sent;
        self.nodes[index].sent += 1;
        if let Some(log) = &mut self.log {
            let payload = bytes.to_vec();
            log.push(Sent { at: self.now, node: index, source, destination: to, payload });
        }
        let packet = Packet { node: index, number, source, destination: to, payload: bytes };
        let (copies, late, bytes) = match self.rule.as_mut().map(|rule| rule(&packet)) {
            None | Some(Fate::Passes) => (1, Duration::ZERO, bytes.to_vec()),
            Some(Fate::Lost) => return,
            Some(Fate::Twice) => (2, Duration::ZERO, bytes.to_vec()),
            Some(Fate::Late(late)) => (1, late, bytes.to_vec()),
            Some(Fate::Replaced(bytes)) => (1, Duration::ZERO, bytes),
        };
        for _ in 0..copies {
            for copy in self.nodes[index].line.carry(self.now, bytes.len(), &mut self.rng) {
                let mut bytes = bytes.clone();
                if let Some(bit) = copy.corrupt {
                    bytes[bit / 8] ^= 1 << (bit % 8);
                }
                let datagram = InFlight { from: source, to, ecn: transmit.ecn, bytes };
                self.launch(copy.at + late, datagram);
            }
        }
    }

    fn launch(&mut self, at: Instant, datagram: InFlight) {
        self.sent += 1;
        self.in_flight.insert((at, self.sent), datagram);
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
