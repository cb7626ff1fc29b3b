//! DTLS in one process, without a network: Lariat's own and that of another stack.

use std::sync::Arc;
use std::time::Duration;

use dimpl::{Dtls, DtlsCertificate, Output, SrtpProfile};
use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::{
    Certificate, Config, ConnectedInfo, Connection, Event, Fingerprint, FingerprintAlgorithm, Role,
    Version,
};

#[path = "../../dtls/tests/common/known_key.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is shared with the tests of the crate")]
mod known_key;

const LATENCY: Duration = Duration::from_millis(20);
const END: Duration = Duration::from_secs(20);

/// How much later it is after each time that was waited for.
const MOMENT: Duration = Duration::from_millis(1);

/// The other stack: all that it said, and its clock.
struct Foreign {
    dtls: Dtls,
    started: std::time::Instant,
    wake_at: Instant,
    keys: Option<(Vec<u8>, SrtpProfile)>,
    is_connected: bool,
    heard: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    Only12,
    Only13,
    Both,
}

impl Foreign {
    fn new(speaks: Speaks, role: Role) -> Self {
        let config = Arc::new(dimpl::Config::builder().build().expect("a configuration"));
        let certificate = DtlsCertificate {
            certificate: known_key::certificate().der().to_vec(),
            private_key: known_key::pkcs8(),
        };
        let started = std::time::Instant::now();
        let mut dtls = match speaks {
            Speaks::Only12 => Dtls::new_12(config, certificate, started),
            Speaks::Only13 => Dtls::new_13(config, certificate, started),
            Speaks::Both => Dtls::new_auto(config, certificate, started),
        };
        dtls.set_active(role == Role::Client);
        dtls.handle_timeout(started).expect("a start");
        let (wake_at, keys, heard) = (Instant::ZERO, None, Vec::new());
        Self { dtls, started, wake_at, keys, is_connected: false, heard }
    }

    /// Everything that it has to say now.
    fn drain(&mut self) -> Vec<Vec<u8>> {
        let (mut out, mut buffer) = (Vec::new(), vec![0; 4_096]);
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => out.push(packet.to_vec()),
                Output::Timeout(at) => {
                    self.wake_at = Instant::ZERO + at.saturating_duration_since(self.started);
                    return out;
                }
                Output::Connected => self.is_connected = true,
                Output::KeyingMaterial(keys, profile) => {
                    self.keys = Some((keys.to_vec(), profile));
                }
                Output::ApplicationData(data) => self.heard.push(data.to_vec()),
                _ => {}
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        let now = self.started + (now - Instant::ZERO);
        self.dtls.handle_timeout(now).expect("no failure");
    }
}

struct Net {
    now: Instant,
    ours: Connection,
    events: Vec<Event>,
    theirs: Foreign,
    /// When, to us or not, what.
    flying: Vec<(Instant, bool, Vec<u8>)>,
    sent: [usize; 2],
    lost: Vec<(bool, usize)>,
}

impl Net {
    /// `lost`: from us or not, and the number of the datagram among all of that sender.
    fn new(role: Role, speaks: Speaks, config: Config, lost: &[(bool, usize)]) -> Self {
        let theirs = Foreign::new(speaks, role.peer());
        let certificate = known_key::certificate();
        let algorithm = FingerprintAlgorithm::Sha256;
        let expected = Fingerprint::of(&*ring::provider(), algorithm, certificate.der());
        let ours = Connection::new(config, role, vec![expected]);
        let (now, lost) = (Instant::ZERO, lost.to_vec());
        let (events, flying) = (Vec::new(), Vec::new());
        Self { now, ours, events, theirs, flying, sent: [0; 2], lost }
    }

    fn collect(&mut self) {
        let mut out = Vec::new();
        while self.ours.poll_transmit(&mut out).is_some() {
            self.launch(false, std::mem::take(&mut out));
        }
        for datagram in self.theirs.drain() {
            self.launch(true, datagram);
        }
        self.events.extend(std::iter::from_fn(|| self.ours.poll_event()));
    }

    fn launch(&mut self, to_us: bool, datagram: Vec<u8>) {
        let number = self.sent[usize::from(to_us)];
        self.sent[usize::from(to_us)] += 1;
        if !self.lost.contains(&(!to_us, number)) {
            self.flying.push((self.now + LATENCY, to_us, datagram));
        }
    }

    fn run(&mut self, until: impl Fn(&Self) -> bool) {
        self.ours.start(self.now);
        loop {
            self.collect();
            if until(self) {
                return;
            }
            let arrival = self.flying.iter().map(|(at, ..)| *at).min();
            let deadline = self.ours.poll_timeout().map(|deadline| deadline.at);
            let next = [arrival, deadline, Some(self.theirs.wake_at)];
            self.now = next.into_iter().flatten().min().unwrap_or(self.now).max(self.now);
            assert!(self.now < Instant::ZERO + END, "{:?} {:?}", self.events, self.ours.dropped());
            let index = self.flying.iter().position(|(at, ..)| *at <= self.now);
            match index.map(|index| self.flying.remove(index)) {
                Some((_, true, datagram)) => self.ours.handle_datagram(self.now, &datagram),
                Some((_, false, datagram)) => {
                    self.theirs.dtls.handle_packet(&datagram).expect("no failure");
                }
                None => {
                    self.ours.handle_timeout(self.now);
                    self.theirs.handle_timeout(self.now);
                    let deadline = self.ours.poll_timeout();
                    assert!(deadline.is_none_or(|deadline| deadline.at > self.now), "{deadline:?}");
                    // The other stack may name a time that has come and go on naming it.
                    self.now = self.now + MOMENT;
                }
            }
        }
    }

    fn info(&self) -> Option<ConnectedInfo> {
        self.events.iter().find_map(|event| match event {
            Event::Connected(info) => Some(*info),
            _ => None,
        })
    }

    /// Connects, compares the keys, and sends data both ways.
    fn connect(&mut self) -> ConnectedInfo {
        self.run(|net| net.info().is_some() && net.theirs.is_connected);
        let info = self.info().expect("connected");
        let (keys, profile) = self.theirs.keys.clone().expect("keying material");
        let mut ours = vec![0; keys.len()];
        self.ours
            .export_keying_material("EXTRACTOR-dtls_srtp", None, &mut ours)
            .expect("connected");
        assert_eq!(ours, keys);
        assert_eq!(info.srtp_profile, Some(code_point(profile)));
        self.lost.clear();
        self.exchange(b"ping", b"pong");
        info
    }

    fn exchange(&mut self, ping: &'static [u8], pong: &'static [u8]) {
        let mut out = Vec::new();
        self.ours.send(ping, &mut out).expect("connected");
        self.launch(false, out);
        self.theirs.dtls.send_application_data(pong).expect("connected");
        self.run(|net| {
            net.theirs.heard.iter().any(|data| data == ping)
                && net.events.contains(&Event::Data(pong.to_vec()))
        });
    }
}

fn code_point(profile: SrtpProfile) -> u16 {
    match profile {
        SrtpProfile::AES128_CM_SHA1_80 => 1,
        SrtpProfile::AEAD_AES_128_GCM => 7,
        SrtpProfile::AEAD_AES_256_GCM => 8,
        _ => 0,
    }
}

fn config() -> Config {
    let (provider, seed) = (ring::provider(), Seed::new([1; 32]));
    let now = Duration::from_secs(1_790_000_000);
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, now).expect("a certificate");
    let mut config = Config::new(provider, seed.split("dtls"), certificate);
    config.srtp_profiles = vec![7, 8, 1];
    config
}

const ROLES: [Role; 2] = [Role::Client, Role::Server];

#[test]
fn both_roles_connect_in_every_version() {
    for role in ROLES {
        for (speaks, version) in [
            (Speaks::Only12, Version::Dtls12),
            (Speaks::Only13, Version::Dtls13),
            (Speaks::Both, Version::Dtls13),
        ] {
            let mut net = Net::new(role, speaks, config(), &[]);
            assert_eq!(net.connect().version, version, "{role:?} {speaks:?}");
        }
    }
}

#[test]
fn one_that_speaks_both_goes_down_to_1_2() {
    for role in ROLES {
        let mut config = config();
        config.versions = vec![Version::Dtls12];
        let mut net = Net::new(role, Speaks::Both, config, &[]);
        assert_eq!(net.connect().version, Version::Dtls12);
    }
}

#[test]
fn every_suite_and_group_in_common_gives_the_same_keys() {
    use lariat_crypto::NamedGroup::{Secp256r1, Secp384r1, X25519};
    for role in ROLES {
        for speaks in [Speaks::Only12, Speaks::Only13] {
            for suites in [[0x1301, 0xc02b], [0x1302, 0xc02c], [0x1303, 0xcca9]] {
                for group in [X25519, Secp256r1, Secp384r1] {
                    let mut config = config();
                    config.cipher_suites = suites.to_vec();
                    config.groups = vec![group];
                    config.key_shares = vec![group];
                    Net::new(role, speaks, config, &[]).connect();
                }
            }
        }
    }
}

// In datagrams of 1,200 bytes. In ones of 300, of a flight of ours that is sent again, this peer
// goes on acknowledging what it has, and does not answer; the crate's own tests lose those.
#[test]
fn any_one_datagram_may_be_lost() {
    for role in ROLES {
        for speaks in [Speaks::Only12, Speaks::Only13] {
            for lost in (0..8).flat_map(|number| [(true, number), (false, number)]) {
                Net::new(role, speaks, config(), &[lost]).connect();
            }
        }
    }
}

#[test]
fn keys_can_be_renewed() {
    for role in ROLES {
        for and_peer in [false, true] {
            let mut net = Net::new(role, Speaks::Only13, config(), &[]);
            net.connect();
            for data in [b"1", b"2", b"3"] {
                let now = net.now;
                net.ours.update_keys(now, and_peer);
                net.exchange(data, data);
            }
            assert_eq!(net.ours.dropped().total(), 0);
        }
    }
}
