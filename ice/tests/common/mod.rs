//! Two agents and a network between them, in virtual time.
//!
//! Time jumps to the next datagram or to the next deadline that an agent advertises, and nowhere
//! else.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of this")]

pub mod script;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use lariat_base::{Datagram, Instant, Rng, Seed};
use lariat_crypto::ring;
use lariat_ice::{Agent, Candidate, Config, Credentials, Event, Role, SelectedPair, State};

pub const ALICE: usize = 0;
pub const BOB: usize = 1;

pub fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn config(seed: u8, role: Role) -> Config {
    Config::new(ring::provider(), Seed::new([seed; 32]), role)
}

/// A translator between one agent and the network: every inside address gets one outside address,
/// and only those that were sent to may send back.
pub struct Nat {
    pub inside: SocketAddr,
    pub outside: SocketAddr,
    pub opened: Vec<SocketAddr>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub payload: Vec<u8>,
}

pub struct Net {
    pub now: Instant,
    pub agents: [Agent; 2],
    /// The addresses of each agent that the network reaches directly.
    pub addresses: [Vec<SocketAddr>; 2],
    pub nats: [Option<Nat>; 2],
    pub delay: Duration,
    pub loss_percent: u64,
    /// Datagrams for which this is true never arrive.
    pub blocked: Box<dyn Fn(&Packet) -> bool>,
    /// Everything that was sent, with its time.
    pub sent: Vec<(Instant, Packet)>,
    pub events: [Vec<(Instant, Event)>; 2],
    in_flight: BTreeMap<(Instant, u64), Packet>,
    count: u64,
    rng: Rng,
}

impl Net {
    pub fn new(alice: Config, bob: Config) -> Self {
        Self {
            now: Instant::from_millis(1_000),
            agents: [Agent::new(alice), Agent::new(bob)],
            addresses: [Vec::new(), Vec::new()],
            nats: [None, None],
            delay: Duration::from_millis(20),
            loss_percent: 0,
            blocked: Box::new(|_| false),
            sent: Vec::new(),
            events: [Vec::new(), Vec::new()],
            in_flight: BTreeMap::new(),
            count: 0,
            rng: Seed::new([99; 32]).split("net").rng(),
        }
    }

    /// The usual two: Alice controls.
    pub fn pair() -> Self {
        Self::new(config(1, Role::Controlling), config(2, Role::Controlled))
    }

    pub fn seeded(mut self, seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        self.rng = Seed::new(bytes).split("net").rng();
        self
    }

    /// Gives an agent an address, without telling the other.
    pub fn host(&mut self, who: usize, address: &str) -> Candidate {
        let candidate = Candidate::host(addr(address));
        self.addresses[who].push(addr(address));
        self.agents[who].add_local_candidate(self.now, candidate.clone()).unwrap();
        candidate
    }

    /// Gives an agent an address behind a NAT.
    pub fn behind_nat(&mut self, who: usize, inside: &str, outside: &str) -> Candidate {
        let candidate = Candidate::host(addr(inside));
        self.agents[who].add_local_candidate(self.now, candidate.clone()).unwrap();
        let (inside, outside) = (addr(inside), addr(outside));
        self.nats[who] = Some(Nat { inside, outside, opened: Vec::new() });
        candidate
    }

    /// Gives an agent an address, and tells the other.
    pub fn host_known(&mut self, who: usize, address: &str) {
        let candidate = self.host(who, address);
        self.agents[1 - who].add_remote_candidate(self.now, candidate).unwrap();
    }

    /// Tells `who` the other's credentials.
    pub fn tell_credentials(&mut self, who: usize) {
        let credentials = self.agents[1 - who].local_credentials().clone();
        self.agents[who].set_remote_credentials(self.now, credentials).unwrap();
    }

    pub fn exchange_credentials(&mut self) {
        self.tell_credentials(ALICE);
        self.tell_credentials(BOB);
    }

    pub fn end_of_candidates(&mut self) {
        for agent in &mut self.agents {
            agent.end_of_remote_candidates(self.now);
        }
    }

    /// Runs until `done`, and panics with an explanation if `limit` passes first.
    pub fn run_until(&mut self, limit: Duration, done: impl Fn(&Self) -> bool) {
        let end = self.now + limit;
        while !done(self) {
            assert!(self.step(end), "not done after {limit:?}\n{}", self.explain());
        }
    }

    /// Runs for `time`.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    pub fn connect(&mut self) {
        self.run_until(Duration::from_secs(60), |net| {
            net.both(|agent| matches!(agent.state(), State::Connected | State::Completed))
        });
    }

    /// Runs until a pair is nominated on both sides.
    pub fn nominate(&mut self) {
        self.run_until(Duration::from_secs(60), |net| {
            net.both(|agent| agent.pairs().any(|pair| pair.nominated))
        });
    }

    pub fn both(&self, test: impl Fn(&Agent) -> bool) -> bool {
        self.agents.iter().all(test)
    }

    pub fn states(&self, who: usize) -> Vec<State> {
        let states = self.events[who].iter().filter_map(|(_, event)| match event {
            Event::StateChanged(state) => Some(*state),
            _ => None,
        });
        states.collect()
    }

    pub fn selections(&self, who: usize) -> Vec<SelectedPair> {
        let pairs = self.events[who].iter().filter_map(|(_, event)| match event {
            Event::SelectedPairChanged(pair) => Some(*pair),
            _ => None,
        });
        pairs.collect()
    }

    pub fn explain(&self) -> String {
        format!(
            "at {:?}\nalice: {}\nbob: {}",
            self.now,
            self.agents[ALICE].explain(),
            self.agents[BOB].explain()
        )
    }

    /// Hands an agent a datagram of a test's own making.
    pub fn inject(&mut self, who: usize, packet: &Packet) {
        deliver(&mut self.agents[who], self.now, packet);
        self.drain(who);
    }

    /// Takes what is queued; goes on to the next moment at which something happens, if that is
    /// before `end`.
    fn step(&mut self, end: Instant) -> bool {
        self.drain(ALICE);
        self.drain(BOB);
        let arrival = self.in_flight.first_key_value().map(|((at, _), _)| *at);
        let timeouts = self.agents.iter().map(|agent| agent.poll_timeout().map(|due| due.at));
        let next = timeouts.chain([arrival]).flatten().min();
        let Some(next) = next.filter(|next| *next < end) else { return false };
        self.now = self.now.max(next);
        let before: Vec<_> = self.agents.iter().map(Agent::poll_timeout).collect();
        for agent in &mut self.agents {
            if agent.poll_timeout().is_some_and(|due| due.at <= self.now) {
                agent.handle_timeout(self.now);
            }
        }
        let mut progress = self.agents.iter().map(Agent::poll_timeout).ne(before);
        while let Some(entry) = self.in_flight.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let packet = entry.remove();
            self.arrive(packet);
            progress = true;
        }
        assert!(progress, "a deadline came and nothing changed\n{}", self.explain());
        true
    }

    fn drain(&mut self, who: usize) {
        while let Some(event) = self.agents[who].poll_event() {
            self.events[who].push((self.now, event));
        }
        let mut payload = Vec::new();
        while let Some(transmit) = self.agents[who].poll_transmit(self.now, &mut payload) {
            assert_eq!(transmit.size, payload.len());
            let payload = std::mem::take(&mut payload);
            let (source, destination) = (transmit.local, transmit.remote);
            self.send(who, Packet { source, destination, payload });
        }
    }

    fn send(&mut self, who: usize, mut packet: Packet) {
        if let Some(nat) = self.nats[who].as_mut().filter(|nat| nat.inside == packet.source) {
            nat.opened.push(packet.destination);
            packet.source = nat.outside;
        }
        self.sent.push((self.now, packet.clone()));
        if self.rng.below(100) < self.loss_percent || (self.blocked)(&packet) {
            return;
        }
        self.count += 1;
        self.in_flight.insert((self.now + self.delay, self.count), packet);
    }

    fn arrive(&mut self, mut packet: Packet) {
        for who in [ALICE, BOB] {
            if let Some(nat) = &self.nats[who]
                && nat.outside == packet.destination
            {
                if nat.opened.contains(&packet.source) {
                    packet.destination = nat.inside;
                    deliver(&mut self.agents[who], self.now, &packet);
                }
                return;
            }
            if self.addresses[who].contains(&packet.destination) {
                return deliver(&mut self.agents[who], self.now, &packet);
            }
        }
    }
}

pub fn deliver(agent: &mut Agent, now: Instant, packet: &Packet) {
    let (local, remote) = (packet.destination, packet.source);
    agent.handle_datagram(now, Datagram { local, remote, ecn: None, payload: &packet.payload });
}

/// What an agent sends without being given time.
pub fn transmits(agent: &mut Agent, now: Instant) -> Vec<Packet> {
    let mut all = Vec::new();
    let mut payload = Vec::new();
    while let Some(transmit) = agent.poll_transmit(now, &mut payload) {
        let payload = std::mem::take(&mut payload);
        all.push(Packet { source: transmit.local, destination: transmit.remote, payload });
    }
    all
}

pub fn events(agent: &mut Agent) -> Vec<Event> {
    std::iter::from_fn(|| agent.poll_event()).collect()
}

pub fn credentials(ufrag: &str, pwd: &str) -> Credentials {
    Credentials { ufrag: ufrag.into(), pwd: pwd.into() }
}
