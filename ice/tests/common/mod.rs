//! Two agents on the simulated network, in virtual time.
//!
//! Time jumps to the next datagram or to the next deadline that an agent advertises, and nowhere
//! else.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of this")]

pub mod call;
pub mod script;

use std::net::SocketAddr;
use std::time::Duration;

use lariat_base::{Datagram, Instant, Seed, Transmit};
use lariat_crypto::ring;
use lariat_ice::{Agent, Candidate, Config, Credentials, Event, Role, SelectedPair, State};
use lariat_sim::{Arrival, Fate, Link, Nat, Network};

pub const ALICE: usize = 0;
pub const BOB: usize = 1;

pub fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn config(seed: u8, role: Role) -> Config {
    Config::new(ring::provider(), Seed::new([seed; 32]), role)
}

/// What the first byte of data is, which no STUN message begins with.
const DATA: u8 = 0x80;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub payload: Vec<u8>,
}

pub struct Net {
    pub now: Instant,
    pub agents: [Agent; 2],
    /// What becomes of what is sent from now on.
    pub link: Link,
    /// Every STUN message that was sent, with its time.
    pub sent: Vec<(Instant, Packet)>,
    pub events: [Vec<(Instant, Event)>; 2],
    /// When each agent accepted data.
    pub heard: [Vec<Instant>; 2],
    /// An agent is its host of the same number.
    pub network: Network,
    addresses: [Vec<SocketAddr>; 2],
}

fn network(seed: u64) -> Network {
    let mut network = Network::new(seed, Link::default());
    for _ in [ALICE, BOB] {
        network.add(Vec::new());
    }
    network
}

impl Net {
    pub fn new(alice: Config, bob: Config) -> Self {
        Self {
            now: Instant::from_millis(1_000),
            agents: [Agent::new(alice), Agent::new(bob)],
            link: Link::default(),
            sent: Vec::new(),
            events: [Vec::new(), Vec::new()],
            heard: [Vec::new(), Vec::new()],
            network: network(99),
            addresses: [Vec::new(), Vec::new()],
        }
    }

    /// The usual two: Alice controls.
    pub fn pair() -> Self {
        Self::new(config(1, Role::Controlling), config(2, Role::Controlled))
    }

    /// The same with other dice, before anything has an address.
    pub fn seeded(mut self, seed: u64) -> Self {
        self.network = network(seed);
        self
    }

    /// Gives an agent's host an address, without telling anybody.
    pub fn add_address(&mut self, who: usize, address: SocketAddr) {
        self.addresses[who].push(address);
        self.network.readdress(who, self.addresses[who].clone());
    }

    /// Takes an address from an agent's host, without telling anybody.
    pub fn remove_address(&mut self, who: usize, address: SocketAddr) {
        self.addresses[who].retain(|known| *known != address);
        self.network.readdress(who, self.addresses[who].clone());
    }

    /// Gives an agent an address, without telling the other.
    pub fn host(&mut self, who: usize, address: &str) -> Candidate {
        let candidate = Candidate::host(addr(address));
        self.add_address(who, addr(address));
        self.agents[who].add_local_candidate(self.now, candidate.clone()).unwrap();
        candidate
    }

    /// Gives an agent an address behind a NAT that has this outside IP address, without telling the
    /// other. The NAT gives out the ports from 40,000 on.
    pub fn behind_nat(&mut self, who: usize, inside: &str, outside: &str) -> Candidate {
        self.network.add_nat(Nat::new(outside.parse().unwrap(), vec![addr(inside)]));
        self.host(who, inside)
    }

    /// From now on datagrams are lost for which `is_lost` is true.
    pub fn lose(&mut self, is_lost: impl Fn(&Packet) -> bool + 'static) {
        self.network.set_rule(move |packet| {
            let (source, destination) = (packet.source, packet.destination);
            let packet = Packet { source, destination, payload: packet.payload.to_vec() };
            if is_lost(&packet) { Fate::Lost } else { Fate::Passes }
        });
    }

    /// From now on only the link loses datagrams.
    pub fn lose_none(&mut self) {
        self.network.clear_rule();
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
        let Some(next) = self.next().filter(|next| *next < end) else { return false };
        let progress = self.go_on(next);
        assert!(progress, "a deadline came and nothing changed\n{}", self.explain());
        true
    }

    /// Takes what is queued, and says when something happens next.
    fn next(&mut self) -> Option<Instant> {
        self.drain(ALICE);
        self.drain(BOB);
        let timeouts = self.agents.iter().map(|agent| agent.poll_timeout().map(|due| due.at));
        timeouts.chain([self.network.next_arrival()]).flatten().min()
    }

    /// Does what is due at a time, and says whether anything was.
    fn go_on(&mut self, to: Instant) -> bool {
        self.now = self.now.max(to);
        let before: Vec<_> = self.agents.iter().map(Agent::poll_timeout).collect();
        for agent in &mut self.agents {
            if agent.poll_timeout().is_some_and(|due| due.at <= self.now) {
                agent.handle_timeout(self.now);
            }
        }
        let was_woken = self.agents.iter().map(Agent::poll_timeout).ne(before);
        let in_flight = self.network.in_flight();
        while let Some(arrival) = self.network.arrive(self.now) {
            self.arrive(&arrival);
        }
        was_woken || self.network.in_flight() < in_flight
    }

    fn drain(&mut self, who: usize) {
        while let Some(event) = self.agents[who].poll_event() {
            self.events[who].push((self.now, event));
        }
        let mut payload = Vec::new();
        while let Some(transmit) = self.agents[who].poll_transmit(self.now, &mut payload) {
            assert_eq!(transmit.size, payload.len());
            let payload = std::mem::take(&mut payload);
            self.send(who, transmit, &payload);
            let (source, destination) = (transmit.local, transmit.remote);
            self.sent.push((self.now, Packet { source, destination, payload }));
        }
    }

    fn send(&mut self, who: usize, transmit: Transmit, payload: &[u8]) {
        self.network.set_link(self.link);
        self.network.send(self.now, who, transmit, payload).unwrap();
    }

    /// Hands an agent a STUN message, or notes that it accepts data.
    fn arrive(&mut self, arrival: &Arrival) {
        let Arrival { host: who, local, remote, ecn, ref payload } = *arrival;
        let agent = &mut self.agents[who];
        if payload.first() != Some(&DATA) {
            agent.handle_datagram(self.now, Datagram { local, remote, ecn, payload });
        } else if agent.is_validated(local, remote) {
            agent.on_traffic(self.now, local, remote);
            self.heard[who].push(self.now);
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
