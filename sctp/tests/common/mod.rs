//! Two ends on the simulated network, in virtual time that only jumps to advertised deadlines.

#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has found something"
)]

pub(crate) mod by_hand;
pub(crate) mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use lariat_base::{Instant, Seed, Transmit};
use lariat_crypto::ring;
use lariat_sctp::{
    ChannelConfig, ChannelId, Config, DataChannels, Event, MessageKind, Parity, SendError,
};
use lariat_sim::{Fate, Network};

pub(crate) fn seed(number: u64) -> Seed {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Seed::new(bytes)
}

/// What the link does to packets, in percent and time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
    pub(crate) loss: u64,
    pub(crate) duplicate: u64,
    /// What arrives is collected and handed over at once.
    pub(crate) batch: Option<Batch>,
}

/// How arrivals are collected, as a driver does that reads its socket before it polls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// Arrivals wait for the next multiple of this.
    pub(crate) tick: Duration,
    /// How many are handed over before anything is polled.
    pub(crate) packets: usize,
}

impl Link {
    pub(crate) const PERFECT: Self = Self {
        delay: Duration::from_millis(10),
        jitter: Duration::ZERO,
        loss: 0,
        duplicate: 0,
        batch: None,
    };

    pub(crate) fn lossy(loss: u64) -> Self {
        Self { loss, ..Self::PERFECT }
    }
}

impl From<Link> for lariat_sim::Link {
    fn from(link: Link) -> Self {
        let Link { delay, jitter, loss, duplicate, batch } = link;
        Self {
            delay,
            jitter,
            loss: loss as f64 / 100.0,
            duplication: duplicate as f64 / 100.0,
            // What is too long is for the tests to find, and not for the network to lose.
            mtu: usize::MAX,
            coalescing: batch.map_or(Duration::ZERO, |batch| batch.tick),
            ..Self::default()
        }
    }
}

fn address(end: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1 + end as u8], 5_000))
}

/// Two ends, `0` and `1`, and what is under way between them.
pub(crate) struct Pair {
    pub(crate) now: Instant,
    pub(crate) ends: [DataChannels; 2],
    /// What each end said, but for what [`Pair::run`] consumes.
    pub(crate) events: [Vec<Event>; 2],
    pub(crate) link: Link,
    /// Every packet sent, with who sent it.
    pub(crate) log: Vec<(usize, Bytes)>,
    network: Network,
    spins: u32,
}

impl Pair {
    pub(crate) fn new(number: u64, link: Link) -> Self {
        Self::with(number, link, Config::default(), Config::default())
    }

    pub(crate) fn with(number: u64, link: Link, a: Config, b: Config) -> Self {
        let seed = seed(number);
        let ends = [
            DataChannels::new(a, ring::provider(), seed.split("a")),
            DataChannels::new(b, ring::provider(), seed.split("b")),
        ];
        let mut network = Network::new(number, link.into());
        for end in 0..2 {
            network.add(vec![address(end)]);
        }
        Self {
            now: Instant::ZERO,
            ends,
            events: [Vec::new(), Vec::new()],
            link,
            log: Vec::new(),
            network,
            spins: 0,
        }
    }

    /// Both ends connect, and the association comes up.
    pub(crate) fn connected(number: u64, link: Link) -> Self {
        let mut pair = Self::new(number, link);
        pair.connect();
        pair
    }

    pub(crate) fn connect(&mut self) {
        self.ends[0].connect(self.now, Parity::Even);
        self.ends[1].connect(self.now, Parity::Odd);
        self.run_until("both connected", |pair| {
            pair.events.iter().all(|events| events.contains(&Event::Connected))
        });
    }

    /// A channel that is open at both ends.
    pub(crate) fn channel(&mut self, config: ChannelConfig) -> [ChannelId; 2] {
        let ours = self.ends[0].open(self.now, config).unwrap();
        self.run_until("channel open", |pair| pair.events[0].contains(&Event::ChannelOpened(ours)));
        let theirs = self.events[1]
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::ChannelIncoming(id, _) => Some(*id),
                _ => None,
            })
            .unwrap();
        [ours, theirs]
    }

    /// From now on packets are lost for which `is_lost` is true, by who sent them.
    pub(crate) fn lose(&mut self, mut is_lost: impl FnMut(usize, &[u8]) -> bool + 'static) {
        self.network.set_rule(move |packet| {
            if is_lost(packet.host, packet.payload) { Fate::Lost } else { Fate::Passes }
        });
    }

    /// From now on only the link loses packets.
    pub(crate) fn lose_none(&mut self) {
        self.network.clear_rule();
    }

    /// Moves packets and time until `done`, which must come true within an hour.
    pub(crate) fn run_until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let limit = self.now + Duration::from_secs(3_600);
        loop {
            self.settle();
            if done(self) {
                return;
            }
            assert!(self.now < limit, "{what}: not within an hour");
            assert!(self.step(), "{what}: nothing more happens");
        }
    }

    /// Lets time pass.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.settle();
            if self.next().is_none_or(|at| at > until) {
                self.now = until;
                return;
            }
            self.step();
        }
    }

    fn next(&self) -> Option<Instant> {
        let timers = self.ends.iter().filter_map(|end| end.poll_timeout().map(|d| d.at));
        timers.chain(self.network.next_arrival()).min()
    }

    /// Jumps to the next deadline or arrival.
    fn step(&mut self) -> bool {
        let Some(at) = self.next() else { return false };
        self.spins = if at <= self.now { self.spins + 1 } else { 0 };
        assert!(self.spins < 10_000, "time stands still at {:?}", self.now);
        self.now = self.now.max(at);
        let most = self.link.batch.map_or(1, |batch| batch.packets);
        let mut handed = [0; 2];
        while let Some(arrival) = self.network.arrive(self.now) {
            let to = arrival.host;
            self.ends[to].handle_datagram(self.now, Bytes::from(arrival.payload));
            handed[to] += 1;
            if handed[to] % most == 0 {
                self.collect(to);
            }
        }
        for end in 0..2 {
            if self.ends[end].poll_timeout().is_some_and(|deadline| deadline.at <= self.now) {
                self.ends[end].handle_timeout(self.now);
            }
        }
        true
    }

    /// Sends everything and collects every event.
    pub(crate) fn settle(&mut self) {
        for end in 0..2 {
            self.collect(end);
        }
    }

    fn collect(&mut self, end: usize) {
        self.transmit(end);
        while let Some(event) = self.ends[end].poll_event() {
            self.events[end].push(event);
        }
        self.transmit(end);
    }

    pub(crate) fn transmit(&mut self, from: usize) {
        self.network.set_link(self.link.into());
        let mut out = Vec::new();
        while let Some(length) = self.ends[from].poll_transmit(self.now, &mut out) {
            assert_eq!(length, out.len());
            assert!(length <= 1_191, "packet of {length} bytes");
            let packet = Bytes::from(std::mem::take(&mut out));
            let transmit = Transmit::new(address(from), address(1 - from), length);
            self.network.send(self.now, from, transmit, &packet).unwrap();
            self.log.push((from, packet));
        }
    }

    /// Sends a binary message.
    pub(crate) fn send(
        &mut self,
        end: usize,
        id: ChannelId,
        payload: Vec<u8>,
    ) -> Result<(), SendError> {
        self.ends[end].send(self.now, id, MessageKind::Binary, Bytes::from(payload))
    }

    /// Hands a packet to an end.
    pub(crate) fn inject(&mut self, to: usize, packet: Vec<u8>) {
        self.ends[to].handle_datagram(self.now, Bytes::from(packet));
    }

    /// The messages that an end received on a channel.
    pub(crate) fn messages(&self, end: usize, id: ChannelId) -> Vec<Bytes> {
        let messages = self.events[end].iter().filter_map(|event| match event {
            Event::Message { channel, payload, .. } if *channel == id => Some(payload.clone()),
            _ => None,
        });
        messages.collect()
    }

    /// What an end said since the last time.
    pub(crate) fn take_events(&mut self, end: usize) -> Vec<Event> {
        self.settle();
        std::mem::take(&mut self.events[end])
    }

    pub(crate) fn was_closed(&self, end: usize) -> bool {
        self.events[end].iter().any(|event| matches!(event, Event::Closed(_)))
    }
}
