//! Two agents that send data to each other all the time, over a network with NATs that rebind and
//! paths that die.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use lariat_base::{Datagram, Instant, Rng, Seed};
use lariat_ice::{Agent, Candidate, Config, Event, PairState};

use super::{ALICE, BOB, Packet, addr, config};
use lariat_ice::Role;

/// The time between two datagrams of data.
const INTERVAL: Duration = Duration::from_millis(200);

/// Which way a packet goes, between the agents' own addresses.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub from: usize,
    /// The port of Alice's own address, which names it, and that of Bob's.
    pub ports: (u16, u16),
}

/// Maps one inside address, and lets in only whom it was used to send to.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub inside: SocketAddr,
    pub outside: SocketAddr,
    opened: Vec<SocketAddr>,
}

pub struct Call {
    pub now: Instant,
    pub agents: [Agent; 2],
    pub hosts: [Vec<SocketAddr>; 2],
    pub mappings: [Vec<Mapping>; 2],
    pub delay: Duration,
    pub loss_percent: u64,
    /// Ways that are dead.
    pub dead: Box<dyn Fn(Way) -> bool>,
    /// When each agent accepted data.
    pub heard: [Vec<Instant>; 2],
    pub events: [Vec<(Instant, Event)>; 2],
    /// Every STUN message that left.
    pub sent: Vec<(Instant, Packet)>,
    /// Whether the agents are told of traffic, and send any.
    pub talks: bool,
    next_data: Instant,
    in_flight: BTreeMap<(Instant, u64), Packet>,
    count: u64,
    rng: Rng,
}

impl Call {
    pub fn new(alice: Config, bob: Config) -> Self {
        Self {
            now: Instant::from_millis(1_000),
            agents: [Agent::new(alice), Agent::new(bob)],
            hosts: [Vec::new(), Vec::new()],
            mappings: [Vec::new(), Vec::new()],
            delay: Duration::from_millis(30),
            loss_percent: 0,
            dead: Box::new(|_| false),
            heard: [Vec::new(), Vec::new()],
            events: [Vec::new(), Vec::new()],
            sent: Vec::new(),
            talks: true,
            next_data: Instant::ZERO,
            in_flight: BTreeMap::new(),
            count: 0,
            rng: Seed::new([77; 32]).split("call").rng(),
        }
    }

    /// Alice in `role`, Bob in the other.
    pub fn with_role(role: Role) -> Self {
        Self::new(config(1, role), config(2, role.opposite()))
    }

    pub fn seeded(mut self, seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        self.rng = Seed::new(bytes).split("call").rng();
        self
    }

    pub fn host(&mut self, who: usize, address: &str) {
        let candidate = Candidate::host(addr(address));
        self.hosts[who].push(addr(address));
        self.agents[who].add_local_candidate(self.now, candidate.clone()).unwrap();
        let _ = self.agents[1 - who].add_remote_candidate(self.now, candidate);
    }

    /// An address behind a NAT, which nobody tells the other of.
    pub fn behind_nat(&mut self, who: usize, inside: &str, outside: &str) {
        let candidate = Candidate::host(addr(inside));
        self.agents[who].add_local_candidate(self.now, candidate).unwrap();
        let (inside, outside) = (addr(inside), addr(outside));
        self.mappings[who].push(Mapping { inside, outside, opened: Vec::new() });
    }

    /// The NAT forgets, and gives another port next time.
    pub fn rebind(&mut self, who: usize, outside: &str) {
        self.mappings[who][0].outside = addr(outside);
        self.mappings[who][0].opened.clear();
    }

    /// Whether the end of candidates is told.
    pub fn introduce(&mut self, full: bool) {
        for who in [ALICE, BOB] {
            let credentials = self.agents[1 - who].local_credentials().clone();
            self.agents[who].set_remote_credentials(self.now, credentials).unwrap();
            if full {
                self.agents[who].end_of_remote_candidates(self.now);
            }
        }
        self.next_data = self.now;
    }

    /// The same, and all is well.
    pub fn begin(&mut self, full: bool) {
        self.introduce(full);
        self.run(Duration::from_secs(10));
        for who in [ALICE, BOB] {
            assert!(self.heard[who].len() > 40, "the call is up\n{}", self.explain());
        }
    }

    pub fn explain(&self) -> String {
        let [alice, bob] = &self.agents;
        let [a, b] = &self.events;
        format!(
            "at {:?}\nalice: {}\nbob: {}\n{a:?}\n{b:?}",
            self.now,
            alice.explain(),
            bob.explain()
        )
    }

    /// The longest time since `from` in which `who` accepted no data.
    pub fn longest_gap(&self, who: usize, from: Instant) -> Duration {
        let times = self.heard[who].iter().copied().filter(|at| *at >= from);
        let mut last = from;
        let mut longest = Duration::ZERO;
        for at in times.chain([self.now]) {
            longest = longest.max(at - last);
            last = at;
        }
        longest
    }

    pub fn count_events(&self, who: usize, wanted: impl Fn(&Event) -> bool) -> usize {
        self.events[who].iter().filter(|(_, event)| wanted(event)).count()
    }

    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.drain();
            let arrival = self.in_flight.first_key_value().map(|((at, _), _)| *at);
            let data = self.talks.then_some(self.next_data);
            let due = self.agents.iter().map(|agent| agent.poll_timeout().map(|due| due.at));
            let next = due.chain([arrival, data]).flatten().min();
            let Some(next) = next.filter(|next| *next < end) else { break };
            self.now = self.now.max(next);
            let before: Vec<_> = self.agents.iter().map(Agent::poll_timeout).collect();
            let mut progress = false;
            for agent in &mut self.agents {
                if agent.poll_timeout().is_some_and(|due| due.at <= self.now) {
                    agent.handle_timeout(self.now);
                }
            }
            progress |= self.agents.iter().map(Agent::poll_timeout).ne(before);
            while self.in_flight.first_key_value().is_some_and(|((at, _), _)| *at <= self.now) {
                let (_, packet) = self.in_flight.pop_first().unwrap();
                self.arrive(&packet);
                progress = true;
            }
            if self.talks && self.next_data <= self.now {
                self.next_data = self.now + INTERVAL;
                self.talk();
                progress = true;
            }
            assert!(progress, "a deadline came and nothing changed\n{}", self.explain());
        }
        self.now = end;
    }

    /// Both machines sleep: no timer is served, and nothing arrives.
    pub fn sleep(&mut self, time: Duration) {
        self.in_flight.clear();
        self.now = self.now + time;
        self.next_data = self.now;
    }

    /// Both go on talking after a pause.
    pub fn resume(&mut self) {
        self.next_data = self.now;
    }

    fn talk(&mut self) {
        for who in [ALICE, BOB] {
            let Some(pair) = self.agents[who].selected_pair(self.now) else { continue };
            let agent = &self.agents[who];
            assert!(agent.is_validated(pair.local, pair.remote), "{}", self.explain());
            let report = agent.pairs().find(|pair| pair.selected).unwrap();
            assert_eq!(report.state, PairState::Succeeded, "{}", self.explain());
            let last = agent.last_response().unwrap();
            assert!(self.now < last + Duration::from_secs(30), "rfc7675 §5.1");
            let (source, destination) = (pair.local, pair.remote);
            self.send(who, Packet { source, destination, payload: vec![0x80] });
        }
    }

    fn drain(&mut self) {
        for who in [ALICE, BOB] {
            while let Some(event) = self.agents[who].poll_event() {
                self.events[who].push((self.now, event));
            }
            let mut payload = Vec::new();
            while let Some(transmit) = self.agents[who].poll_transmit(self.now, &mut payload) {
                let payload = std::mem::take(&mut payload);
                let (source, destination) = (transmit.local, transmit.remote);
                let packet = Packet { source, destination, payload };
                self.sent.push((self.now, packet.clone()));
                self.send(who, packet);
            }
        }
    }

    fn send(&mut self, who: usize, mut packet: Packet) {
        let from = packet.source;
        let mapping = self.mappings[who].iter_mut().find(|mapping| mapping.inside == from);
        if let Some(mapping) = mapping {
            mapping.opened.push(packet.destination);
            packet.source = mapping.outside;
        }
        let Some(inside) = self.inside(1 - who, packet.destination, packet.source) else { return };
        let ports =
            if who == ALICE { (from.port(), inside.port()) } else { (inside.port(), from.port()) };
        if self.rng.below(100) < self.loss_percent || (self.dead)(Way { from: who, ports }) {
            return;
        }
        packet.destination = inside;
        self.count += 1;
        self.in_flight.insert((self.now + self.delay, self.count), packet);
    }

    /// The address of `who` that a packet reaches, if any.
    fn inside(&self, who: usize, to: SocketAddr, from: SocketAddr) -> Option<SocketAddr> {
        if self.hosts[who].contains(&to) {
            return Some(to);
        }
        let open = |mapping: &&Mapping| mapping.outside == to && mapping.opened.contains(&from);
        self.mappings[who].iter().find(open).map(|mapping| mapping.inside)
    }

    /// Hands a packet to whoever has its destination.
    pub fn arrive(&mut self, packet: &Packet) {
        let Packet { source: remote, destination: local, payload } = packet;
        for who in [ALICE, BOB] {
            let inside = self.mappings[who].iter().any(|mapping| mapping.inside == *local);
            if !inside && !self.hosts[who].contains(local) {
                continue;
            }
            let agent = &mut self.agents[who];
            if payload[0] != 0x80 {
                let datagram = Datagram { local: *local, remote: *remote, ecn: None, payload };
                agent.handle_datagram(self.now, datagram);
            } else if agent.is_validated(*local, *remote) {
                agent.on_traffic(self.now, *local, *remote);
                self.heard[who].push(self.now);
            }
        }
    }
}
