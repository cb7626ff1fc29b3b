//! The two peers, and what carries datagrams between them.

use std::collections::BTreeSet;
use std::time::Duration;

use boringssl_peer::{Event as Theirs, Peer, Settings};
use lariat_base::{Instant, Seed};
use lariat_crypto::{NamedGroup, ring};
use lariat_dtls::{
    Certificate, Config, ConnectedInfo, Connection, Event, Fingerprint, FingerprintAlgorithm, Role,
    Version,
};

use crate::known_key;

const LATENCY: Duration = Duration::from_millis(20);
const END: Duration = Duration::from_secs(20);

/// What SRTP takes its keys from (RFC 5764 §4.2).
const LABEL: &str = "EXTRACTOR-dtls_srtp";

pub(crate) struct Net {
    pub(crate) now: Instant,
    pub(crate) ours: Connection,
    pub(crate) events: Vec<Event>,
    pub(crate) theirs: Peer,
    pub(crate) their_events: Vec<Theirs>,
    /// When, to us or not, what.
    flying: Vec<(Instant, bool, Vec<u8>)>,
    sent: [usize; 2],
    lost: Vec<(bool, usize)>,
    mtu: usize,
    /// To us or not, the last two bits of the epoch of a record.
    epochs: BTreeSet<(bool, u8)>,
}

impl Net {
    /// `lost`: from us or not, and the number of the datagram among all of that sender.
    pub(crate) fn new(
        role: Role,
        config: Config,
        settings: &Settings,
        lost: &[(bool, usize)],
    ) -> Self {
        let algorithm = FingerprintAlgorithm::Sha256;
        let expected = Fingerprint::of(&*ring::provider(), algorithm, &settings.certificate);
        let mtu = config.mtu;
        let mut ours = Connection::new(config, role, vec![expected]);
        let mut theirs = Peer::new(role.peer(), settings).expect("settings that it takes");
        let now = Instant::ZERO;
        ours.start(now);
        theirs.start(now);
        let (events, their_events, flying) = (Vec::new(), Vec::new(), Vec::new());
        let (lost, epochs) = (lost.to_vec(), BTreeSet::new());
        Self { now, ours, events, theirs, their_events, flying, sent: [0; 2], lost, mtu, epochs }
    }

    /// Lets time pass until it is `until`.
    pub(crate) fn run(&mut self, until: impl Fn(&Self) -> bool) {
        self.collect();
        while !until(self) {
            assert!(self.step(), "nothing more comes: {}", self.state());
        }
    }

    /// Lets time pass until nothing is on its way, and nothing due.
    pub(crate) fn settle(&mut self) {
        while self.step() {}
    }

    /// Does what comes next, if anything does.
    fn step(&mut self) -> bool {
        let arrival = self.flying.iter().map(|(at, ..)| *at).min();
        let deadline = self.ours.poll_timeout().map(|deadline| deadline.at);
        let next = [arrival, deadline, self.theirs.poll_timeout()].into_iter().flatten().min();
        let Some(next) = next else { return false };
        self.now = next.max(self.now);
        assert!(self.now < Instant::ZERO + END, "too late: {}", self.state());
        self.deliver_or_wake();
        self.collect();
        true
    }

    fn deliver_or_wake(&mut self) {
        let index = self.flying.iter().position(|(at, ..)| *at <= self.now);
        match index.map(|index| self.flying.remove(index)) {
            Some((_, true, datagram)) => {
                self.ours.handle_datagram(self.now, &datagram);
            }
            Some((_, false, datagram)) => self.theirs.handle_datagram(self.now, &datagram),
            None => {
                self.ours.handle_timeout(self.now);
                self.theirs.handle_timeout(self.now);
                let deadline = self.ours.poll_timeout();
                assert!(deadline.is_none_or(|deadline| deadline.at > self.now), "{deadline:?}");
            }
        }
    }

    fn collect(&mut self) {
        let mut out = Vec::new();
        while self.ours.poll_transmit(&mut out).is_some() {
            self.launch(false, std::mem::take(&mut out));
        }
        while let Some(datagram) = self.theirs.poll_transmit() {
            self.launch(true, datagram);
        }
        self.events.extend(std::iter::from_fn(|| self.ours.poll_event()));
        self.their_events.extend(std::iter::from_fn(|| self.theirs.poll_event()));
    }

    fn launch(&mut self, to_us: bool, datagram: Vec<u8>) {
        assert!(datagram.len() <= self.mtu, "{} bytes, to us: {to_us}", datagram.len());
        // rfc9147 §4: the first byte of a record that is protected is 001CSLEE.
        if let Some(first @ 0x20..=0x3f) = datagram.first() {
            self.epochs.insert((to_us, first & 3));
        }
        let number = self.sent[usize::from(to_us)];
        self.sent[usize::from(to_us)] += 1;
        if !self.lost.contains(&(!to_us, number)) {
            self.flying.push((self.now + LATENCY, to_us, datagram));
        }
    }

    /// Whether the keys of one direction are new: epoch 4 has come after epoch 3 (RFC 9147 §6.1).
    pub(crate) fn has_new_keys(&self, to_us: bool) -> bool {
        self.epochs.contains(&(to_us, 3)) && self.epochs.contains(&(to_us, 4 & 3))
    }

    fn state(&self) -> String {
        let dropped = self.ours.dropped();
        format!("{:?} {:?} {dropped:?}", self.events, self.their_events)
    }

    fn info(&self) -> Option<ConnectedInfo> {
        self.events.iter().find_map(|event| match event {
            Event::Connected(info) => Some(*info),
            _ => None,
        })
    }

    /// Connects, compares what both sides say, and sends data both ways.
    pub(crate) fn connect(&mut self) -> ConnectedInfo {
        self.run(|net| net.info().is_some() && net.their_events.contains(&Theirs::Connected));
        let info = self.info().expect("connected");
        assert_eq!(self.theirs.version(), Some(info.version));
        assert_eq!(self.theirs.srtp_profile(), info.srtp_profile);
        self.compare_keys();
        self.lost.clear();
        self.exchange(b"ping", b"pong");
        info
    }

    fn compare_keys(&self) {
        let (mut ours, mut theirs) = ([0; 60], [0; 60]);
        self.ours.export_keying_material(LABEL, None, &mut ours).expect("connected");
        self.theirs.export_keying_material(LABEL, &mut theirs).expect("connected");
        assert_eq!(ours, theirs);
    }

    pub(crate) fn exchange(&mut self, ping: &'static [u8], pong: &'static [u8]) {
        let mut out = Vec::new();
        self.ours.send(ping, &mut out).expect("connected");
        self.launch(false, out);
        self.theirs.send(self.now, pong).expect("connected");
        self.run(|net| {
            net.their_events.contains(&Theirs::Data(ping.to_vec()))
                && net.events.contains(&Event::Data(pong.to_vec()))
        });
    }
}

pub(crate) fn config() -> Config {
    let (provider, seed) = (ring::provider(), Seed::new([1; 32]));
    let now = Duration::from_secs(1_790_000_000);
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, now).expect("a certificate");
    let mut config = Config::new(provider, seed.split("dtls"), certificate);
    config.srtp_profiles = vec![7, 8, 1];
    config
}

/// What a peer of `config` needs.
pub(crate) fn settings(config: &Config) -> Settings {
    let groups = vec![NamedGroup::X25519MlKem768, NamedGroup::X25519, NamedGroup::Secp256r1];
    Settings {
        certificate: known_key::certificate().der().to_vec(),
        private_key: known_key::pkcs8(),
        expected: config.certificate.der().to_vec(),
        versions: [Version::Dtls12, Version::Dtls13],
        groups,
        key_shares: None,
        srtp_profiles: vec![7, 8, 1],
        mtu: u32::try_from(config.mtu).expect("a size for datagrams"),
    }
}
