//! DTLS without a network and in virtual time: Lariat's own, and that of another stack.

use std::time::Duration;

use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::{
    Certificate, Config, ConnectedInfo, Connection, Event, Fingerprint, FingerprintAlgorithm, Role,
    Version,
};

/// What SRTP takes its keys from (RFC 5764 §4.2).
pub const SRTP_LABEL: &str = "EXTRACTOR-dtls_srtp";

const LATENCY: Duration = Duration::from_millis(20);
const END: Duration = Duration::from_secs(20);

/// The end that is not ours.
pub trait End {
    /// Takes a datagram of ours.
    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]);

    /// Does what is due.
    fn handle_timeout(&mut self, now: Instant);

    /// What it sends next, if anything.
    fn poll_transmit(&mut self) -> Option<Vec<u8>>;

    /// When it wants to be woken.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Whether its handshake is complete.
    fn is_connected(&self) -> bool;

    /// The version, if it tells.
    fn version(&self) -> Option<Version> {
        None
    }

    /// The profile of SRTP, by its code point, and what its keys are taken from.
    fn srtp(&self) -> (Option<u16>, Vec<u8>);

    /// Sends application data.
    fn send(&mut self, now: Instant, data: &[u8]);

    /// Whether this application data has come.
    fn has_heard(&self, data: &[u8]) -> bool;

    /// What there is to say of it when a test fails.
    fn state(&self) -> String;
}

/// The two ends, and what carries datagrams between them.
pub struct Net<E> {
    /// The time.
    pub now: Instant,
    /// Our end.
    pub ours: Connection,
    /// Its events.
    pub events: Vec<Event>,
    /// The other one.
    pub theirs: E,
    /// Every datagram, whether it was to us, and what it was.
    pub sent: Vec<(bool, Vec<u8>)>,
    /// When, to us or not, what.
    flying: Vec<(Instant, bool, Vec<u8>)>,
    lost: Vec<(bool, usize)>,
    mtu: usize,
}

impl<E: End> Net<E> {
    /// We are `role`, and expect the other end, which is started, to have this certificate (DER).
    /// `lost`: from us or not, and the number of the datagram among all of that sender.
    pub fn new(
        role: Role,
        config: Config,
        certificate: &[u8],
        theirs: E,
        lost: &[(bool, usize)],
    ) -> Self {
        let (algorithm, mtu) = (FingerprintAlgorithm::Sha256, config.mtu);
        let expected = Fingerprint::of(&*config.provider, algorithm, certificate);
        let (now, lost) = (Instant::ZERO, lost.to_vec());
        let mut ours = Connection::new(config, role, vec![expected]);
        ours.start(now);
        let (events, sent, flying) = (Vec::new(), Vec::new(), Vec::new());
        Self { now, ours, events, theirs, sent, flying, lost, mtu }
    }

    /// Lets time pass until it is `until`.
    ///
    /// # Panics
    ///
    /// If that does not come, or too late.
    pub fn run(&mut self, until: impl Fn(&Self) -> bool) {
        self.collect();
        while !until(self) {
            assert!(self.step(), "nothing more comes: {}", self.state());
        }
    }

    /// Lets time pass until nothing is on its way, and nothing due.
    pub fn settle(&mut self) {
        while self.step() {}
    }

    /// Connects, compares what both sides say, and sends data both ways.
    ///
    /// # Panics
    ///
    /// If any of it fails.
    pub fn connect(&mut self) -> ConnectedInfo {
        self.run(|net| net.info().is_some() && net.theirs.is_connected());
        let info = self.info().expect("connected");
        let version = self.theirs.version();
        assert!(version.is_none_or(|version| version == info.version), "{version:?} {info:?}");
        let (profile, theirs) = self.theirs.srtp();
        let mut ours = vec![0; theirs.len()];
        self.ours.export_keying_material(SRTP_LABEL, None, &mut ours).expect("connected");
        assert_eq!((info.srtp_profile, ours), (profile, theirs));
        self.lost.clear();
        self.exchange(b"ping", b"pong");
        info
    }

    /// Sends data both ways.
    ///
    /// # Panics
    ///
    /// If it does not arrive.
    pub fn exchange(&mut self, ping: &[u8], pong: &[u8]) {
        let mut out = Vec::new();
        self.ours.send(ping, &mut out).expect("connected");
        self.launch(false, out);
        self.theirs.send(self.now, pong);
        let answered = Event::Data(pong.to_vec());
        self.run(|net| net.theirs.has_heard(ping) && net.events.contains(&answered));
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
    }

    fn launch(&mut self, to_us: bool, datagram: Vec<u8>) {
        assert!(to_us || datagram.len() <= self.mtu, "{} bytes", datagram.len());
        let number = self.sent.iter().filter(|(sent_to_us, _)| *sent_to_us == to_us).count();
        self.sent.push((to_us, datagram.clone()));
        if !self.lost.contains(&(!to_us, number)) {
            self.flying.push((self.now + LATENCY, to_us, datagram));
        }
    }

    fn state(&self) -> String {
        format!("{:?} {:?} {}", self.events, self.ours.dropped(), self.theirs.state())
    }

    fn info(&self) -> Option<ConnectedInfo> {
        self.events.iter().find_map(|event| match event {
            Event::Connected(info) => Some(*info),
            _ => None,
        })
    }
}

/// A configuration for our end.
///
/// # Panics
///
/// If there is no certificate to be had.
pub fn config() -> Config {
    let (provider, seed) = (ring::provider(), Seed::new([1; 32]));
    let now = Duration::from_secs(1_790_000_000);
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, now).expect("a certificate");
    let mut config = Config::new(provider, seed.split("dtls"), certificate);
    config.srtp_profiles = vec![7, 8, 1];
    config
}
