//! Two whole peers, ready to be connected.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use lariat_base::{Instant, Seed};
use lariat_crypto::fake;
use lariat_dtls::Certificate;
use lariat_ice::Candidate;
use lariat_peer::{
    ChannelConfig, ChannelId, Config, ConnectionState, Event, MessageKind, Peer, RtpPacket,
    SendError, TransceiverId,
};
use lariat_sim::{Fingerprint, Link, Nat, Simulation};

use crate::Host;

/// What a side has been told so far.
///
/// ```
/// assert!(lariat_peer_testing::Side::default().messages.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "tests read its fields")]
pub struct Side {
    /// Channels that can be used, ours and theirs.
    pub open: Vec<ChannelId>,
    /// Channels that the other side opened.
    pub incoming: Vec<(ChannelId, ChannelConfig)>,
    /// Channels that were closed.
    pub closed: Vec<ChannelId>,
    /// Messages in order of arrival.
    pub messages: Vec<(ChannelId, MessageKind, Bytes)>,
    /// Media packets in order of arrival.
    pub packets: Vec<(TransceiverId, RtpPacket)>,
    /// Everything else.
    pub events: Vec<Event>,
}

/// Two peers on a network, 0 and 1, with a provider that has no security and so no randomness of
/// its own.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
pub struct Pair {
    seed: u64,
    simulation: Simulation<Host>,
    sides: [Side; 2],
}

impl Pair {
    /// Two peers with an IPv4 address each.
    pub fn new(seed: u64, link: Link) -> Self {
        Self::with_configs(seed, link, |_, _| {})
    }

    /// The same, with configurations that `adjust` has changed.
    pub fn with_configs(seed: u64, link: Link, adjust: impl FnMut(usize, &mut Config)) -> Self {
        Self::at(seed, link, [address(0), address(1)], adjust)
    }

    /// The same with peer 0 behind a NAT, the network's first.
    pub fn behind_nat(seed: u64, link: Link) -> Self {
        let inside = SocketAddr::from(([10, 0, 0, 1], 5_000));
        let mut pair = Self::at(seed, link, [inside, address(1)], |_, _| {});
        pair.simulation.network().add_nat(Nat::new(IpAddr::from([203, 0, 113, 1]), vec![inside]));
        pair
    }

    fn at(
        seed: u64,
        link: Link,
        addresses: [SocketAddr; 2],
        mut adjust: impl FnMut(usize, &mut Config),
    ) -> Self {
        let mut simulation = Simulation::new(seed, link);
        for (index, address) in addresses.into_iter().enumerate() {
            let mut config = config(seed, index as u8);
            adjust(index, &mut config);
            let mut peer = Peer::new(config);
            peer.add_local_candidate(simulation.now(), Candidate::host(address))
                .expect("a host candidate of a fresh peer");
            simulation.add(Host(peer), vec![address]);
        }
        Self { seed, simulation, sides: [Side::default(), Side::default()] }
    }

    /// The network underneath.
    pub const fn simulation(&mut self) -> &mut Simulation<Host> {
        &mut self.simulation
    }

    /// What all of it is drawn from.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// A peer.
    pub fn peer(&self, side: usize) -> &Peer {
        self.simulation.node(side)
    }

    /// What a side has been told.
    pub fn side(&mut self, side: usize) -> &mut Side {
        &mut self.sides[side]
    }

    /// What was sent so far, in one number.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.simulation.fingerprint()
    }

    /// Does something to a peer.
    pub fn with<T>(&mut self, side: usize, act: impl FnOnce(&mut Peer, Instant) -> T) -> T {
        let result = self.simulation.with(side, |host, now| act(host, now));
        self.take_events(side);
        result
    }

    /// Opens an ordered, reliable channel.
    pub fn open_channel(&mut self, side: usize, label: &str) -> ChannelId {
        let config = ChannelConfig::new(label);
        self.with(side, |peer, now| peer.create_data_channel(now, config))
            .expect("a channel can be opened")
    }

    /// Whether a channel can be used.
    pub fn is_open(&self, side: usize, channel: ChannelId) -> bool {
        self.sides[side].open.contains(&channel)
    }

    /// Whether both sides are connected.
    pub fn is_connected(&self) -> bool {
        (0..2).all(|side| self.peer(side).connection_state() == ConnectionState::Connected)
    }

    /// Sends a binary message.
    ///
    /// # Errors
    /// As [`Peer::send`].
    pub fn send(
        &mut self,
        side: usize,
        channel: ChannelId,
        payload: Bytes,
    ) -> Result<(), SendError> {
        self.with(side, |peer, now| peer.send(now, channel, MessageKind::Binary, payload))
    }

    /// Offer and answer, over a signalling channel that takes no time; `offerer` offers.
    pub fn negotiate(&mut self, offerer: usize) {
        let answerer = 1 - offerer;
        let offer = self.with(offerer, |peer, now| {
            let offer = peer.create_offer().expect("an offer");
            peer.set_local_description(now, &offer).expect("our own offer");
            offer
        });
        let answer = self.with(answerer, |peer, now| {
            peer.set_remote_description(now, &offer).expect("an offer of ours");
            let answer = peer.create_answer().expect("an answer");
            peer.set_local_description(now, &answer).expect("our own answer");
            answer
        });
        self.with(offerer, |peer, now| {
            peer.set_remote_description(now, &answer).expect("an answer of ours");
        });
    }

    /// Runs until `done`.
    ///
    /// # Panics
    /// Names the seed if that takes more than `limit` of virtual time, or if nothing goes on.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&mut Self) -> bool) {
        let end = self.simulation.now() + limit;
        loop {
            for side in 0..2 {
                self.take_events(side);
            }
            if done(self) {
                return;
            }
            let now = self.simulation.now();
            let goes_on = now <= end && self.simulation.step();
            assert!(goes_on, "seed {}: not done by {now:?}\n{self:#?}", self.seed);
        }
    }

    /// Runs for exactly this time.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.simulation.now() + time;
        while self.simulation.step_until(end) {
            for side in 0..2 {
                self.take_events(side);
            }
        }
    }

    fn take_events(&mut self, side: usize) {
        let state = &mut self.sides[side];
        self.simulation.with(side, |peer, _| {
            while let Some(event) = peer.poll_event() {
                match event {
                    Event::ChannelOpened(id) => state.open.push(id),
                    Event::ChannelIncoming(id, config) => {
                        state.open.push(id);
                        state.incoming.push((id, config));
                    }
                    Event::ChannelClosed(id) => state.closed.push(id),
                    Event::ChannelMessage { channel, kind, payload } => {
                        state.messages.push((channel, kind, payload));
                    }
                    Event::Rtp { transceiver, packet } => state.packets.push((transceiver, packet)),
                    event => state.events.push(event),
                }
            }
        });
    }
}

fn address(index: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, index + 1], 5_000 + u16::from(index)))
}

fn config(seed: u64, index: u8) -> Config {
    let mut bytes = [index; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let provider = fake::provider(seed.wrapping_mul(2).wrapping_add(u64::from(index)));
    let seed = Seed::new(bytes);
    // Any date will do, as long as it is the same in every run.
    let now_unix = Duration::from_secs(1_800_000_000);
    let certificate =
        Certificate::generate(&*provider, &mut seed.split("certificate").rng(), now_unix)
            .expect("the fake provider signs");
    Config::new(provider, seed, certificate, now_unix)
}
