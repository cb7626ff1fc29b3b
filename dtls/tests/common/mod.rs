//! Two connections in virtual time, with a network between them that a test makes rules for.

#![allow(dead_code, unreachable_pub, reason = "every test program uses another part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

pub mod ids;
pub mod known_key;
pub mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use lariat_base::{Instant, Seed, Transmit};
use lariat_crypto::{NamedGroup, fake, ring};
use lariat_dtls::{
    Certificate, Config, ConnectedInfo, Connection, CookieGate, Event, FailureReason, Fingerprint,
    Role, Verdict, Version,
};
use lariat_sim::{Link, Network};

pub const NOW_UNIX: Duration = Duration::from_secs(1_790_000_000);
pub const LATENCY: Duration = Duration::from_millis(20);
pub const SECOND: Duration = Duration::from_secs(1);

/// Longer than it takes until what may be forged is believed after all.
pub const BELIEVED: Duration = Duration::from_secs(6);

pub const BOTH: [Role; 2] = [Role::Client, Role::Server];
pub const VERSIONS: [Version; 2] = [Version::Dtls12, Version::Dtls13];

fn address(role: Role) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1 + u8::from(role == Role::Server)], 4_433))
}

pub fn certificate(seed: u8) -> Certificate {
    let mut rng = Seed::new([seed; 32]).split("certificate").rng();
    Certificate::generate(&*ring::provider(), &mut rng, NOW_UNIX).unwrap()
}

/// Of DTLS 1.2 alone.
pub fn config(seed: u8) -> Config {
    let mut config =
        Config::new(ring::provider(), Seed::new([seed; 32]).split("dtls"), certificate(seed));
    config.srtp_profiles = vec![7, 1];
    config.versions = vec![Version::Dtls12];
    config
}

/// The same for a version, with a hello that fits into one datagram.
pub fn config_of(version: Version, seed: u8) -> Config {
    let mut config = config(seed);
    config.versions = vec![version];
    without_ml_kem(&mut config);
    config
}

pub fn without_ml_kem(config: &mut Config) {
    config.groups = vec![NamedGroup::X25519, NamedGroup::Secp256r1, NamedGroup::Secp384r1];
    config.key_shares = vec![NamedGroup::X25519];
}

pub fn expect(config: &Config) -> Vec<Fingerprint> {
    vec![config.certificate.fingerprint()]
}

/// The same with cryptography that is quick and not any.
pub fn fake_config(version: Version, seed: u8) -> Config {
    let (provider, seed) = (fake::provider(seed.into()), Seed::new([seed; 32]));
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, NOW_UNIX).unwrap();
    let mut config = Config::new(provider, seed.split("dtls"), certificate);
    config.srtp_profiles = vec![7, 1];
    config.versions = vec![version];
    config
}

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    Lost,
    Twice,
    /// Arrives after the next one.
    Late,
}

type Tamper = Box<dyn FnMut(Role, Vec<u8>) -> Vec<u8>>;

/// What stands before a server until a client has shown its address.
struct Gate {
    gate: CookieGate,
    server: Config,
    client: Vec<Fingerprint>,
}

impl From<Fate> for lariat_sim::Fate {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Arrives => Self::Passes,
            Fate::Lost => Self::Lost,
            Fate::Twice => Self::Twice,
            Fate::Late => Self::Late(Duration::from_millis(1)),
        }
    }
}

pub struct Net {
    pub now: Instant,
    /// How long a datagram flies.
    pub latency: Duration,
    pub client: Connection,
    pub server: Connection,
    pub client_events: Vec<Event>,
    pub server_events: Vec<Event>,
    /// Every datagram that was sent, by whom.
    pub sent: Vec<(Role, Vec<u8>)>,
    /// When each side connected.
    pub connected_at: Vec<(Role, Instant)>,
    gate: Option<Gate>,
    network: Network,
    tamper: Tamper,
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "client {:?}, server {:?}", self.client_events, self.server_events)
    }
}

impl Net {
    pub fn new() -> Self {
        Self::with(config(1), config(2), |_, _| Fate::Arrives)
    }

    pub fn of_version(version: Version) -> Self {
        Self::with(config_of(version, 1), config_of(version, 2), |_, _| Fate::Arrives)
    }

    pub fn with_rule(rule: impl FnMut(Role, usize) -> Fate + 'static) -> Self {
        Self::with(config(1), config(2), rule)
    }

    /// The rule is asked with the sender and the number of the datagram among all of that sender.
    pub fn with(
        client: Config,
        server: Config,
        rule: impl FnMut(Role, usize) -> Fate + 'static,
    ) -> Self {
        let (of_client, of_server) = (expect(&client), expect(&server));
        Self::of(
            Connection::new(client, Role::Client, of_server),
            Connection::new(server, Role::Server, of_client),
            rule,
        )
    }

    pub fn of(
        client: Connection,
        server: Connection,
        mut rule: impl FnMut(Role, usize) -> Fate + 'static,
    ) -> Self {
        let mut network = Network::new(0, Link::default());
        for role in BOTH {
            network.add(vec![address(role)]);
        }
        network.set_rule(move |packet| rule(BOTH[packet.host], packet.number).into());
        Self {
            now: Instant::ZERO,
            latency: LATENCY,
            client,
            server,
            client_events: Vec::new(),
            server_events: Vec::new(),
            sent: Vec::new(),
            connected_at: Vec::new(),
            gate: None,
            network,
            tamper: Box::new(|_, datagram| datagram),
        }
    }

    /// The same with a server that asks for a cookie.
    pub fn behind_gate(
        client: Config,
        server: Config,
        rule: impl FnMut(Role, usize) -> Fate + 'static,
    ) -> Self {
        let gate = CookieGate::new(server.clone(), &Seed::new([9; 32]));
        let gate = Gate { gate, server: server.clone(), client: expect(&client) };
        Self { gate: Some(gate), ..Self::with(client, server, rule) }
    }

    /// Every datagram goes through `change`, which is told its sender.
    pub fn tamper_with(&mut self, change: impl FnMut(Role, Vec<u8>) -> Vec<u8> + 'static) {
        self.tamper = Box::new(change);
    }

    /// From now on everything arrives.
    pub fn calm_down(&mut self) {
        self.network.clear_rule();
    }

    pub fn start(&mut self) {
        self.client.start(self.now);
        self.server.start(self.now);
        self.collect();
    }

    /// Starts both and lets time go by until both are connected; panics if they are not in time.
    pub fn connect(&mut self) -> ConnectedInfo {
        self.start();
        self.run(Duration::from_secs(31));
        let (client, server) = (self.connected(Role::Client), self.connected(Role::Server));
        assert_eq!(client.expect("client connects"), server.expect("server connects"));
        client.unwrap()
    }

    /// Starts both, with this change to every plaintext message of `liar`, and waits for the end.
    pub fn connect_lying(
        mut self,
        liar: Role,
        mut change: impl FnMut(&mut wire::Fragment) + 'static,
    ) -> Self {
        self.tamper_with(move |from, datagram| {
            if from != liar {
                return datagram;
            }
            wire::rewrite(&datagram, |message| {
                change(message);
                true
            })
        });
        self.start();
        self.run(Duration::from_secs(31));
        self
    }

    pub fn connected(&self, role: Role) -> Option<ConnectedInfo> {
        self.events(role).iter().find_map(|event| match event {
            Event::Connected(info) => Some(*info),
            _ => None,
        })
    }

    pub fn failure(&self, role: Role) -> Option<FailureReason> {
        self.events(role).iter().find_map(|event| match event {
            Event::Failed(reason) => Some(*reason),
            _ => None,
        })
    }

    pub fn data(&self, role: Role) -> Vec<Vec<u8>> {
        let data = |event: &Event| match event {
            Event::Data(data) => Some(data.clone()),
            _ => None,
        };
        self.events(role).iter().filter_map(data).collect()
    }

    pub fn events(&self, role: Role) -> &[Event] {
        match role {
            Role::Client => &self.client_events,
            Role::Server => &self.server_events,
        }
    }

    pub fn connection(&mut self, role: Role) -> &mut Connection {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Sends application data through the network.
    pub fn send(&mut self, from: Role, data: &[u8]) {
        let mut out = Vec::new();
        let length = self.connection(from).send(data, &mut out).unwrap();
        assert_eq!(length, out.len());
        self.launch(from, out);
        self.collect();
    }

    /// The record with application data that `from` would send next.
    pub fn sealed(&mut self, from: Role, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.connection(from).send(data, &mut out).unwrap();
        out
    }

    /// That data still goes both ways and nothing else happened.
    pub fn assert_lives(&mut self) {
        for role in BOTH {
            self.send(role, b"alive");
        }
        self.run(SECOND);
        for role in BOTH {
            assert_eq!(self.data(role).last().map(Vec::as_slice), Some(&b"alive"[..]));
            assert!(self.failure(role).is_none());
            assert!(!self.events(role).contains(&Event::Closed));
        }
    }

    /// Hands bytes to one side at once.
    pub fn inject(&mut self, to: Role, bytes: &[u8]) {
        let now = self.now;
        self.connection(to).handle_datagram(now, bytes);
        self.collect();
    }

    /// Lets at most this much time go by, jumping from one arrival or advertised deadline to the
    /// next.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        let mut idle = 0;
        loop {
            self.collect();
            let arrival = self.network.next_arrival();
            let client = self.client.poll_timeout().map(|deadline| deadline.at);
            let server = self.server.poll_timeout().map(|deadline| deadline.at);
            let next = [arrival, client, server].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            idle = if next <= self.now { idle + 1 } else { 0 };
            assert!(idle < 1_000, "time does not go on");
            self.now = self.now.max(next);
            if arrival == Some(next) {
                self.deliver();
            } else {
                self.client.handle_timeout(self.now);
                self.server.handle_timeout(self.now);
            }
        }
        self.now = end;
    }

    fn deliver(&mut self) {
        let Some(arrival) = self.network.arrive(self.now) else { return };
        let (now, to) = (self.now, BOTH[arrival.host]);
        if to == Role::Server && !self.passes_gate(&arrival.payload) {
            return;
        }
        self.connection(to).handle_datagram(now, &arrival.payload);
    }

    /// Whether a datagram to the server is for its connection.
    fn passes_gate(&mut self, datagram: &[u8]) -> bool {
        let Some(Gate { gate, server, client }) = &mut self.gate else { return true };
        let mut out = Vec::new();
        match gate.handle_datagram(self.now, b"192.0.2.1:4433", datagram, &mut out) {
            Verdict::Reply => self.launch(Role::Server, out),
            Verdict::Dropped(_) | Verdict::Incomplete => {}
            Verdict::Admit(admission) => {
                self.server = admission.connection(server.clone(), client.clone());
                self.gate = None;
                return true;
            }
            _ => panic!("another verdict"),
        }
        false
    }

    fn collect(&mut self) {
        for role in BOTH {
            let mut out = Vec::new();
            while let Some(length) = self.connection(role).poll_transmit(&mut out) {
                assert_eq!(length, out.len());
                self.launch(role, std::mem::take(&mut out));
            }
        }
        for role in BOTH {
            while let Some(event) = self.connection(role).poll_event() {
                if matches!(event, Event::Connected(_)) {
                    self.connected_at.push((role, self.now));
                }
                match role {
                    Role::Client => self.client_events.push(event),
                    Role::Server => self.server_events.push(event),
                }
            }
        }
    }

    fn launch(&mut self, from: Role, bytes: Vec<u8>) {
        self.sent.push((from, bytes.clone()));
        let bytes = (self.tamper)(from, bytes);
        // What is too long is for the tests to find, and not for the network to lose.
        let link = Link { delay: self.latency, mtu: usize::MAX, ..Link::default() };
        self.network.set_link(link);
        let transmit = Transmit::new(address(from), address(from.peer()), bytes.len());
        let host = usize::from(from == Role::Server);
        self.network.send(self.now, host, transmit, &bytes).unwrap();
    }

    pub fn export(&mut self, role: Role) -> [u8; 60] {
        let mut out = [0; 60];
        let connection = self.connection(role);
        connection.export_keying_material("EXTRACTOR-dtls_srtp", None, &mut out).unwrap();
        out
    }
}
