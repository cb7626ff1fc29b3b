//! Two agents that send data to each other all the time, behind NATs that rebind and over paths
//! that die.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use lariat_base::{Instant, Transmit};
use lariat_ice::{Event, PairState, Role};
use lariat_sim::Fate;

use super::{ALICE, BOB, DATA, Net, Packet, config};

/// The time between two datagrams of data.
const INTERVAL: Duration = Duration::from_millis(200);

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub from: usize,
    /// The port of Alice's address on the network, which names it, and that of Bob's.
    pub ports: (u16, u16),
}

/// The two on their network, and what they say.
pub struct Call {
    net: Net,
    /// Whether the agents are told of traffic, and send any.
    pub talks: bool,
    next_data: Instant,
}

impl Deref for Call {
    type Target = Net;

    fn deref(&self) -> &Net {
        &self.net
    }
}

impl DerefMut for Call {
    fn deref_mut(&mut self) -> &mut Net {
        &mut self.net
    }
}

impl Call {
    /// Alice in `role`, Bob in the other.
    pub fn with_role(role: Role) -> Self {
        let mut net = Net::new(config(1, role), config(2, role.opposite()));
        net.link.delay = Duration::from_millis(30);
        Self { net, talks: true, next_data: Instant::ZERO }
    }

    pub fn seeded(self, seed: u64) -> Self {
        Self { net: self.net.seeded(seed), ..self }
    }

    /// Gives an agent an address, and tells the other, unless that one has failed.
    pub fn host(&mut self, who: usize, address: &str) {
        let candidate = self.net.host(who, address);
        let _ = self.net.agents[1 - who].add_remote_candidate(self.net.now, candidate);
    }

    /// An agent's host loses an address, and the agent is told.
    pub fn unplug(&mut self, who: usize, address: SocketAddr) {
        self.net.remove_address(who, address);
        self.net.agents[who].remove_local_candidate(self.net.now, address);
    }

    /// From now on ways are dead for which `is_dead` is true.
    pub fn kill(&mut self, is_dead: impl Fn(Way) -> bool + 'static) {
        self.net.network.set_rule(move |packet| {
            let (from, to) = (packet.source.port(), packet.destination.port());
            let ports = if packet.host == ALICE { (from, to) } else { (to, from) };
            if is_dead(Way { from: packet.host, ports }) { Fate::Lost } else { Fate::Passes }
        });
    }

    /// Whether the end of candidates is told.
    pub fn introduce(&mut self, full: bool) {
        self.exchange_credentials();
        if full {
            self.end_of_candidates();
        }
        self.resume();
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
        let [alice, bob] = &self.events;
        format!("{}\n{alice:?}\n{bob:?}", self.net.explain())
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
            let data = self.talks.then_some(self.next_data);
            let next = [self.net.next(), data].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next < end) else { break };
            let mut progress = self.net.go_on(next);
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
        self.now = self.now + time;
        let now = self.now;
        while self.network.arrive(now).is_some() {}
        self.resume();
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
            self.net.send(who, Transmit::new(pair.local, pair.remote, 1), &[DATA]);
        }
    }

    /// Somebody sends a datagram once more, from an address of his choice.
    pub fn replay(&mut self, packet: &Packet, source: SocketAddr) {
        let Packet { destination, payload, .. } = packet.clone();
        self.net.network.inject(self.net.now, source, destination, payload);
    }
}
