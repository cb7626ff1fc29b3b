//! One agent, and a peer whose every message is written by the test.

use std::net::SocketAddr;
use std::time::Duration;

use lariat_base::Instant;
use lariat_crypto::ring;
use lariat_ice::{Agent, Candidate, Config, Credentials};
use lariat_stun::{
    Attribute, Class, ErrorCode, IntegrityKey, Message, MessageBuilder, Method, TransactionId,
};

use super::{Packet, addr, credentials, deliver, transmits};

/// What a check of the peer says; start from [`Script::check`].
#[derive(Clone)]
pub struct Check<'a> {
    pub username: String,
    pub password: String,
    pub source: SocketAddr,
    pub attributes: Vec<Attribute<'a>>,
    pub fingerprint: bool,
}

impl<'a> Check<'a> {
    pub fn with(mut self, attribute: Attribute<'a>) -> Self {
        self.attributes.push(attribute);
        self
    }

    pub fn without(mut self, unwanted: impl Fn(&Attribute<'_>) -> bool) -> Self {
        self.attributes.retain(|attribute| !unwanted(attribute));
        self
    }

    pub fn from(mut self, source: SocketAddr) -> Self {
        self.source = source;
        self
    }
}

pub struct Script {
    pub agent: Agent,
    pub now: Instant,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub credentials: Credentials,
    /// All that the agent sent.
    pub sent: Vec<(Instant, Packet)>,
    /// Whether the peer answers the agent's checks.
    pub answers: bool,
    ids: u64,
}

impl Script {
    /// The agent knows nothing of the peer yet.
    pub fn strangers(config: Config) -> Self {
        let mut script = Self {
            agent: Agent::new(config),
            now: Instant::from_millis(1_000),
            local: addr("192.0.2.1:5000"),
            remote: addr("192.0.2.2:6000"),
            credentials: credentials("peer", "passwordofthepeer22chars"),
            sent: Vec::new(),
            answers: true,
            ids: 0,
        };
        let host = Candidate::host(script.local);
        script.agent.add_local_candidate(script.now, host).unwrap();
        script
    }

    /// The agent knows the peer's credentials and its one candidate.
    pub fn new(config: Config) -> Self {
        let mut script = Self::strangers(config);
        script.introduce();
        let host = Candidate::host(script.remote);
        script.agent.add_remote_candidate(script.now, host).unwrap();
        script
    }

    pub fn introduce(&mut self) {
        let credentials = self.credentials.clone();
        self.agent.set_remote_credentials(self.now, credentials).unwrap();
    }

    /// Connected, with the peer answering.
    pub fn connected(config: Config) -> Self {
        let mut script = Self::new(config);
        script.run(Duration::from_millis(1_500));
        assert!(script.agent.selected_pair(script.now).is_some(), "{}", script.agent.explain());
        script
    }

    pub fn next_id(&mut self) -> TransactionId {
        self.ids += 1;
        let mut id = [0xcc; 12];
        id[4..].copy_from_slice(&self.ids.to_be_bytes());
        TransactionId::new(id)
    }

    /// A proper check of a controlling peer.
    pub fn check(&self) -> Check<'static> {
        let ours = self.agent.local_credentials();
        Check {
            username: format!("{}:{}", ours.ufrag, self.credentials.ufrag),
            password: ours.pwd.clone(),
            source: self.remote,
            attributes: vec![
                Attribute::Priority(0x6e00_01ff),
                Attribute::IceControlling(u64::MAX - 1),
            ],
            fingerprint: true,
        }
    }

    pub fn encode(&mut self, check: &Check<'_>) -> Packet {
        let id = self.next_id();
        let key = IntegrityKey::short_term(&*ring::provider(), &check.password);
        let mut message = MessageBuilder::new(Class::Request, Method::BINDING, id)
            .attribute(Attribute::Username(&check.username));
        for attribute in &check.attributes {
            message = message.attribute(*attribute);
        }
        let mut payload = Vec::new();
        message.encode(&mut payload, Some(&key), check.fingerprint).unwrap();
        Packet { source: check.source, destination: self.local, payload }
    }

    /// Sends a check to the agent and returns what it sends at once.
    pub fn send(&mut self, check: &Check<'_>) -> Vec<Packet> {
        let packet = self.encode(check);
        self.deliver(&packet)
    }

    pub fn deliver(&mut self, packet: &Packet) -> Vec<Packet> {
        deliver(&mut self.agent, self.now, packet);
        let sent = self.take();
        if self.answers {
            for check in sent.iter().filter(|packet| is_request(packet)) {
                let answer = self.success(check);
                deliver(&mut self.agent, self.now, &answer);
            }
        }
        sent
    }

    pub fn take(&mut self) -> Vec<Packet> {
        let packets = transmits(&mut self.agent, self.now);
        self.sent.extend(packets.iter().map(|packet| (self.now, packet.clone())));
        packets
    }

    /// A response to one of the agent's checks, vouched for with `password`.
    pub fn response(
        request: &Packet,
        class: Class,
        attribute: Attribute<'_>,
        password: &str,
    ) -> Packet {
        let id = Message::parse(&request.payload).unwrap().transaction_id();
        let key = IntegrityKey::short_term(&*ring::provider(), password);
        let mut payload = Vec::new();
        MessageBuilder::new(class, Method::BINDING, id)
            .attribute(attribute)
            .encode(&mut payload, Some(&key), true)
            .unwrap();
        Packet { source: request.destination, destination: request.source, payload }
    }

    pub fn success(&self, request: &Packet) -> Packet {
        let mapped = Attribute::XorMappedAddress(request.source);
        Self::response(request, Class::Success, mapped, &self.credentials.pwd)
    }

    pub fn error(&self, request: &Packet, error: ErrorCode<'_>) -> Packet {
        let error = Attribute::ErrorCode(error);
        Self::response(request, Class::Error, error, &self.credentials.pwd)
    }

    /// Lets time pass from deadline to deadline, with a peer that answers checks if
    /// [`Self::answers`].
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let mut steps = 0;
            loop {
                let packets = self.take();
                let checks: Vec<_> = packets.into_iter().filter(is_request).collect();
                if checks.is_empty() || !self.answers {
                    break;
                }
                steps += 1;
                assert!(steps < 1_000, "the agent never comes to rest");
                for check in checks {
                    let answer = self.success(&check);
                    deliver(&mut self.agent, self.now, &answer);
                }
            }
            let next = self.agent.poll_timeout().filter(|due| due.at < end);
            let Some(next) = next else { break };
            self.now = self.now.max(next.at);
            self.agent.handle_timeout(self.now);
        }
        self.now = end;
    }

    /// The checks that the agent has sent so far.
    pub fn checks(&self) -> Vec<(Instant, Packet)> {
        self.sent.iter().filter(|(_, packet)| is_request(packet)).cloned().collect()
    }

    pub fn last_check(&self) -> Packet {
        self.checks().pop().expect("the agent sent a check").1
    }
}

pub fn is_request(packet: &Packet) -> bool {
    class_of(packet) == Class::Request
}

pub fn class_of(packet: &Packet) -> Class {
    Message::parse(&packet.payload).unwrap().class()
}

pub fn id_of(packet: &Packet) -> TransactionId {
    Message::parse(&packet.payload).unwrap().transaction_id()
}

pub fn error_of(packet: &Packet) -> Option<u16> {
    Message::parse(&packet.payload).unwrap().error_code().map(|error| error.code)
}

pub fn nominates(packet: &Packet) -> bool {
    is_request(packet) && Message::parse(&packet.payload).unwrap().use_candidate()
}
