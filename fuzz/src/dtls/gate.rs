//! A gate in front of a server, genuine clients, and somebody who writes whatever they like from
//! any address.
//!
//! The input is a byte for the versions, and a list of steps.

use std::collections::BTreeMap;
use std::time::Duration;

use allocation_counter::measure;
use lariat_base::{Instant, ReadError, Reader, Seed};
use lariat_crypto::{NamedGroup, fake};
use lariat_dtls::{Admission, Config, Connection, CookieGate, Role, Verdict, limits};

use super::wire::HANDSHAKE;
use super::{VERSIONS, certificate, drain};
use crate::Fate;

/// How many steps of an input are played.
const STEPS: usize = 100;

/// How many datagrams are remembered.
const REMEMBERED: usize = 100;

/// What a gate may hold beyond what it began with: how often it refused for each reason, and parts
/// of hellos with which bytes of them are there, from as many addresses as there are here.
const HELD_BYTES: i64 = 4_096 + ADDRESSES as i64 * limits::GATE_HELLO_BYTES as i64 * 9 / 8;

/// How many addresses datagrams come from.
const ADDRESSES: u8 = 4;

/// The moment a cookie was issued, and how often the secret had been changed.
type Issued = (Instant, usize);

/// Runs the target.
pub fn run(input: &[u8]) {
    let mut reader = Reader::new(input);
    let Ok(what) = reader.u8() else { return };
    let mut play = Play::new(what);
    for _ in 0..STEPS {
        if play.step(&mut reader).is_err() {
            break;
        }
    }
}

struct Play {
    what: u8,
    gate: CookieGate,
    held: i64,
    now: Instant,
    rotations: usize,
    /// Genuine datagrams to the gate, and by whom.
    hellos: Vec<(u8, Vec<u8>)>,
    clients: BTreeMap<u8, Connection>,
    /// How many bytes came from each address since it was answered.
    received: BTreeMap<u8, usize>,
    /// When each address was answered last.
    issued: BTreeMap<u8, Issued>,
}

impl Play {
    fn new(what: u8) -> Self {
        Self {
            what,
            gate: CookieGate::new(config(3, what >> 2), &Seed::new([9; 32])),
            held: 0,
            now: Instant::ZERO,
            rotations: 0,
            hellos: Vec::new(),
            clients: BTreeMap::new(),
            received: BTreeMap::new(),
            issued: BTreeMap::new(),
        }
    }

    fn step(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let [what, which] = reader.take_array()?;
        let address = which % ADDRESSES;
        let known = self.hellos.get(usize::from(which / 4) % self.hellos.len().max(1)).cloned();
        match (what % 8, known) {
            (0, _) => self.start(address),
            // Its own datagram, or that of somebody else.
            (1, Some((owner, datagram))) => drop(self.arrive(owner, &datagram)),
            (2, Some((_, datagram))) => drop(self.arrive(address, &datagram)),
            (3, Some((_, datagram))) => {
                for changed in Fate::read(reader).apply(datagram) {
                    self.arrive(address, &changed);
                }
            }
            (4, _) => {
                let length = reader.u8()?;
                self.arrive(address, reader.take(length.into())?);
            }
            (5, _) => self.now = self.now + Duration::from_millis(u64::from(which) * 100),
            (6, _) => {
                self.rotations += 1;
                self.gate.rotate(&Seed::new([100 + self.rotations as u8; 32]));
            }
            (7, Some((owner, datagram))) => self.converse(owner, datagram),
            _ => {}
        }
        Ok(())
    }

    /// A client at an address says hello.
    fn start(&mut self, address: u8) {
        let mut client = client(address, self.what);
        client.start(self.now);
        self.clients.insert(address, client);
        self.listen(address);
    }

    fn listen(&mut self, address: u8) {
        let Some(client) = self.clients.get_mut(&address) else { return };
        let mut datagrams = Vec::new();
        drain(client, &mut datagrams);
        let room = REMEMBERED.saturating_sub(self.hellos.len());
        self.hellos.extend(datagrams.into_iter().take(room).map(|datagram| (address, datagram)));
    }

    /// Hands a datagram to the gate, and its answer to the client at that address.
    fn arrive(&mut self, address: u8, datagram: &[u8]) -> Option<Admission> {
        let mut out = Vec::with_capacity(1 << 12);
        let (mut verdict, gate, now) = (None, &mut self.gate, self.now);
        let name = [address; 6];
        let held = measure(|| {
            verdict = Some(gate.handle_datagram(now, &name, datagram, &mut out));
        });
        let kept = verdict.clone().expect("the gate has judged");
        // The caller's, and not the gate's.
        self.held += held.bytes_current + measure(|| drop(verdict)).bytes_current;
        assert!(self.held <= HELD_BYTES, "{} bytes are held", self.held);
        let received = self.received.entry(address).or_default();
        *received += datagram.len();
        assert!(out.len() <= *received, "an answer that is longer than the question");
        if !out.is_empty() {
            *received = 0;
        }
        assert_eq!(out.is_empty(), kept != Verdict::Reply, "an answer, or none");
        match kept {
            Verdict::Reply => {
                // An alert brings no cookie.
                if out.first() == Some(&HANDSHAKE) {
                    self.issued.insert(address, (self.now, self.rotations));
                }
                if let Some(client) = self.clients.get_mut(&address) {
                    client.handle_datagram(self.now, &out);
                }
                self.listen(address);
                None
            }
            Verdict::Admit(admission) => {
                let (at, rotations) = self.issued.get(&address).expect("nobody was asked there");
                let is_young = self.now - *at <= limits::COOKIE_LIFETIME + Duration::from_secs(1);
                assert!(is_young && self.rotations - rotations <= 1, "an old cookie");
                Some(admission)
            }
            _ => None,
        }
    }

    /// A server is made for whoever is let in, and is as any other: it takes the datagram, and with
    /// the client that wrote it, if that is at this address still, it comes to an end.
    fn converse(&mut self, address: u8, datagram: Vec<u8>) {
        let Some(admission) = self.arrive(address, &datagram) else { return };
        let mut server = admission.connection(config(3, self.what >> 2), fingerprints());
        server.handle_datagram(self.now, &datagram);
        let mut answers = Vec::new();
        drain(&mut server, &mut answers);
        assert!(!answers.is_empty(), "who is let in has an answer");
        let Some(mut client) = self.clients.remove(&address) else { return };
        let mut now = self.now;
        for _ in 0..60 {
            let mut out = std::mem::take(&mut answers);
            drain(&mut server, &mut out);
            for datagram in &out {
                client.handle_datagram(now, datagram);
            }
            out.clear();
            drain(&mut client, &mut out);
            for datagram in &out {
                server.handle_datagram(now, datagram);
            }
            if client.is_connected() && server.is_connected() {
                break;
            }
            now = now + Duration::from_millis(500);
            for side in [&mut client, &mut server] {
                if side.poll_timeout().is_some_and(|deadline| deadline.at <= now) {
                    side.handle_timeout(now);
                }
            }
        }
        let mut keys = [[0; 60]; 2];
        let exported = [&client, &server].into_iter().zip(&mut keys).all(|(side, keys)| {
            side.export_keying_material("EXTRACTOR-dtls_srtp", None, keys).is_ok()
        });
        assert!(!exported || keys[0] == keys[1], "two keys for one connection");
    }
}

fn client(number: u8, what: u8) -> Connection {
    Connection::new(config(10 + number, what), Role::Client, fingerprints())
}

fn config(number: u8, versions: u8) -> Config {
    let seed = Seed::new([number; 32]);
    let mut config = Config::new(fake::provider(number.into()), seed, certificate());
    config.versions = VERSIONS[usize::from(versions & 3) % VERSIONS.len()].to_vec();
    config.groups = vec![NamedGroup::X25519, NamedGroup::Secp256r1];
    config.key_shares = config.groups.iter().take(usize::from(versions & 1)).copied().collect();
    config
}

fn fingerprints() -> Vec<lariat_dtls::Fingerprint> {
    vec![certificate().fingerprint()]
}
