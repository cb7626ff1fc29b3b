//! Lariat. If its interface changes, this file does, and `primitives.rs`.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use lariat_base::{Instant, Seed};
use lariat_crypto::{NamedGroup, Provider};
use lariat_dtls::{Certificate, Config, Connection, CookieGate, Event, Role, Verdict};

use crate::dtls::pair::{End, Pair, Stack};
use crate::dtls::parameters::{Group, Parameters, Version};
use crate::dtls::subject::{self, Subject};

const LABEL: &str = "EXTRACTOR-dtls_srtp";

/// SRTP with AES-128-GCM.
const SRTP_PROFILE: u16 = 0x0007;

/// Some time since 1970, for certificates.
const UNIX: Duration = Duration::from_secs(1_790_000_000);

/// Lariat on every backend.
pub fn subjects() -> Vec<Subject> {
    let subject = |(backend, provider): (&'static str, Arc<dyn Provider>)| {
        let stack = Rc::new(Lariat::new(provider));
        Subject::of_stack(format!("Lariat on {backend}"), subject::Role::Lariat, stack).on(backend)
    };
    backends().into_iter().map(subject).collect()
}

/// The backends, by the names of the libraries behind them.
pub fn backends() -> [(&'static str, Arc<dyn Provider>); 2] {
    [("ring", lariat_crypto::ring::provider()), ("aws-lc-rs", lariat_crypto::aws_lc_rs::provider())]
}

/// Our name of the group.
pub fn named_group(group: Group) -> NamedGroup {
    match group {
        Group::X25519 => NamedGroup::X25519,
        Group::P256 => NamedGroup::Secp256r1,
        Group::X25519MlKem768 => NamedGroup::X25519MlKem768,
    }
}

/// Lariat on one backend.
pub struct Lariat {
    provider: Arc<dyn Provider>,
    /// Of the client and of the server.
    certificates: [Certificate; 2],
    /// How many seeds were made: none is used twice.
    seeds: Cell<u64>,
}

impl Lariat {
    /// With certificates of its own.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        let certificates = [1, 2].map(|number| {
            let mut rng = Seed::new([number; 32]).rng();
            Certificate::generate(&*provider, &mut rng, UNIX).expect("the provider has P-256")
        });
        Self { provider, certificates, seeds: Cell::new(0) }
    }

    /// Makes servers that all got the same hello, with the longest key there is, and have answered.
    pub fn half_open(self) -> impl Fn() -> Connection {
        let parameters = Parameters { version: Version::V13, group: Group::X25519MlKem768 };
        let hello = Self::hello(self.connection(parameters, Role::Client));
        move || {
            let mut server = self.connection(parameters, Role::Server);
            for datagram in &hello {
                server.handle_datagram(Instant::ZERO, datagram);
            }
            let mut datagram = Vec::new();
            while server.poll_transmit(&mut datagram).is_some() {
                datagram.clear();
            }
            server
        }
    }

    /// A gate that gets the same hello from every address that it is called with.
    pub fn gate(self) -> impl FnMut(&[u8]) {
        let parameters = Parameters::of(Version::V13);
        let hello = Self::hello(self.connection(parameters, Role::Client)).concat();
        let config = self.config(parameters, Role::Server);
        let mut gate = CookieGate::new(config, &self.seed());
        let mut answer = Vec::new();
        move |address| {
            answer.clear();
            let verdict = gate.handle_datagram(Instant::ZERO, address, &hello, &mut answer);
            assert_eq!(verdict, Verdict::Reply, "a hello is to be answered with a cookie");
        }
    }

    /// The datagrams of a client's hello.
    fn hello(mut client: Connection) -> Vec<Vec<u8>> {
        client.start(Instant::ZERO);
        let mut datagrams = Vec::new();
        let mut datagram = Vec::new();
        while client.poll_transmit(&mut datagram).is_some() {
            datagrams.push(std::mem::take(&mut datagram));
        }
        datagrams
    }

    fn connection(&self, parameters: Parameters, role: Role) -> Connection {
        let [client, server] = &self.certificates;
        let theirs = if role == Role::Client { server } else { client };
        let config = self.config(parameters, role);
        Connection::new(config, role, vec![theirs.fingerprint()])
    }

    fn config(&self, parameters: Parameters, role: Role) -> Config {
        let [client, server] = &self.certificates;
        let ours = if role == Role::Client { client } else { server };
        let mut config = Config::new(self.provider.clone(), self.seed(), ours.clone());
        config.versions = vec![match parameters.version {
            Version::V12 => lariat_dtls::Version::Dtls12,
            Version::V13 => lariat_dtls::Version::Dtls13,
        }];
        config.groups = vec![named_group(parameters.group)];
        config.key_shares = config.groups.clone();
        config.srtp_profiles = vec![SRTP_PROFILE];
        config
    }

    fn seed(&self) -> Seed {
        let number = self.seeds.get() + 1;
        self.seeds.set(number);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Seed::new(bytes)
    }
}

impl Stack for Lariat {
    fn pair(&self, parameters: Parameters) -> Option<Box<dyn Pair>> {
        let client = self.connection(parameters, Role::Client);
        let server = self.connection(parameters, Role::Server);
        Some(Box::new(Ends { parameters, client, server }))
    }
}

struct Ends {
    parameters: Parameters,
    client: Connection,
    server: Connection,
}

impl Pair for Ends {
    fn handshake(&mut self) -> Result<(), String> {
        self.client.start(Instant::ZERO);
        let mut datagram = Vec::new();
        while !self.client.is_connected() || !self.server.is_connected() {
            let moved = hand_over(&mut self.client, &mut self.server, &mut datagram)
                | hand_over(&mut self.server, &mut self.client, &mut datagram);
            if !moved {
                let event = self.client.poll_event().or_else(|| self.server.poll_event());
                return Err(format!("nothing moves: {event:?}"));
            }
        }
        let Some(Event::Connected(info)) = self.client.poll_event() else {
            return Err("a client that is connected does not say so".to_owned());
        };
        let Parameters { version, group } = self.parameters;
        // P-256 has another name in TLS.
        let group = group.to_string().replace("P-256", "secp256r1");
        let is_agreed = info.version.name() == version.to_string()
            && info.group.eq_ignore_ascii_case(&group)
            && info.srtp_profile == Some(SRTP_PROFILE);
        if !is_agreed {
            return Err(format!("agreed on {info:?}"));
        }
        Ok(())
    }

    fn exported(&mut self) -> [Vec<u8>; 2] {
        [&self.client, &self.server].map(|end| {
            let mut keys = vec![0; 56];
            end.export_keying_material(LABEL, None, &mut keys).expect("the end is connected");
            keys
        })
    }

    fn send(&mut self, end: End, data: &[u8], datagram: &mut Vec<u8>) {
        self.end(end).send(data, datagram).expect("the end is connected");
    }

    fn receive(&mut self, end: End, datagram: &[u8], show: &mut dyn FnMut(&[u8])) {
        let end = self.end(end);
        end.handle_datagram(Instant::ZERO, datagram);
        while let Some(event) = end.poll_event() {
            if let Event::Data(data) = event {
                show(&data);
                end.reuse(data);
            }
        }
    }

    fn keep(mut self: Box<Self>, end: End) -> Box<dyn Any> {
        let mut datagram = Vec::new();
        while hand_over(&mut self.client, &mut self.server, &mut datagram)
            | hand_over(&mut self.server, &mut self.client, &mut datagram)
        {}
        let kept = self.end(end);
        while kept.poll_event().is_some() {}
        Box::new(match end {
            End::Client => self.client,
            End::Server => self.server,
        })
    }
}

impl Ends {
    const fn end(&mut self, end: End) -> &mut Connection {
        match end {
            End::Client => &mut self.client,
            End::Server => &mut self.server,
        }
    }
}

/// All that one end has to say; whether that is something.
fn hand_over(from: &mut Connection, to: &mut Connection, datagram: &mut Vec<u8>) -> bool {
    let mut moved = false;
    datagram.clear();
    while from.poll_transmit(datagram).is_some() {
        to.handle_datagram(Instant::ZERO, datagram);
        datagram.clear();
        moved = true;
    }
    moved
}
