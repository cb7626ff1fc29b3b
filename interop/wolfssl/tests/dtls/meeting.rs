//! The two peers.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use data_encoding::HEXLOWER;
use lariat_base::Seed;
use lariat_crypto::{NamedGroup, ring};
use lariat_dtls::{
    Certificate, Config, ConnectedInfo, ConnectionId, Dropped, Event, Fingerprint,
    FingerprintAlgorithm, Role, Version,
};
use lariat_interop::dtls::Endpoint;
use lariat_interop::process::Process;

use crate::{known_key, wire};

/// Both roles of ours.
pub(crate) const ROLES: [Role; 2] = [Role::Client, Role::Server];

pub(crate) const VERSIONS: [Version; 2] = [Version::Dtls12, Version::Dtls13];

/// What SRTP takes its keys from (RFC 5764 §4.2).
const LABEL: &str = "EXTRACTOR-dtls_srtp";

/// How much of it, in bytes: more than two master keys with their salts.
const LENGTH: usize = 60;

/// What the first eight bytes of its random make a ServerHello (RFC 8446 §4.1.3).
const RETRY: [u8; 8] = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11];

/// Who meets, and about what.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Of ours.
    pub(crate) role: Role,
    /// The only one of wolfSSL.
    pub(crate) version: Version,
    /// Ours and theirs.
    pub(crate) ids: [Option<ConnectionId>; 2],
    /// The groups of which we send a key with our first hello.
    pub(crate) key_shares: Vec<NamedGroup>,
    /// The only group of wolfSSL, by its name there.
    pub(crate) group: Option<&'static str>,
    /// Whether our server asks for a cookie.
    pub(crate) has_gate: bool,
}

impl Terms {
    /// We want eight bytes, and wolfSSL wants three.
    pub(crate) fn new(role: Role, version: Version) -> Self {
        let ids = [Some(id(b"lariat 1")), Some(id(&[0xd0, 0, 0x17]))];
        let key_shares = vec![NamedGroup::X25519];
        Self { role, version, ids, key_shares, group: None, has_gate: false }
    }
}

pub(crate) fn id(bytes: &[u8]) -> ConnectionId {
    ConnectionId::new(bytes).unwrap()
}

/// How a handshake began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hellos {
    /// Of the first hello, and of the second one.
    pub(crate) pieces: [usize; 2],
    /// The server has sent a HelloRetryRequest.
    pub(crate) is_retried: bool,
    /// The server has sent a HelloVerifyRequest.
    pub(crate) is_verified: bool,
}

pub(crate) struct Meeting {
    terms: Terms,
    pub(crate) ours: Endpoint,
    pub(crate) theirs: Process,
}

impl Meeting {
    /// They begin to meet.
    pub(crate) fn new(terms: Terms) -> Self {
        println!("{terms:?}");
        let config = config(&terms);
        let theirs = known_key::certificate();
        let algorithm = FingerprintAlgorithm::Sha256;
        let expected = Fingerprint::of(&*ring::provider(), algorithm, theirs.der());
        let mut wolfssl = wolfssl(&terms, config.certificate.der());
        if terms.role == Role::Client {
            let mut theirs = Process::start_listening(wolfssl).unwrap();
            let ours = Endpoint::client(config, expected, port(&mut theirs)).unwrap();
            return Self { terms, ours, theirs };
        }
        let start = if terms.has_gate { Endpoint::server_with_gate } else { Endpoint::server };
        let ours = start(config, expected).unwrap();
        wolfssl.arg(format!("port={}", ours.address().unwrap().port()));
        let mut theirs = Process::start_listening(wolfssl).unwrap();
        port(&mut theirs);
        Self { terms, ours, theirs }
    }

    /// Connects, compares what both sides say, and sends data both ways.
    pub(crate) fn connect(&mut self) -> ConnectedInfo {
        let info = self.ours.connect().unwrap();
        assert_eq!(info.version, self.terms.version);
        let markers = ["version ", "group ", "profile ", "exported "];
        let [version, group, profile, exported] = self.theirs.wait_for_all(markers).unwrap();
        assert_eq!(version.strip_prefix("DTLSv"), info.version.name().strip_prefix("DTLS "));
        assert_eq!(group.to_lowercase(), info.group.to_lowercase());
        assert_eq!((profile.as_str(), info.srtp_profile), ("SRTP_AEAD_AES_128_GCM", Some(7)));
        assert_eq!(exported, self.exported());
        self.exchange("ping", "pong");
        info
    }

    fn exported(&self) -> String {
        let mut exported = [0; LENGTH];
        self.ours.connection().export_keying_material(LABEL, None, &mut exported).unwrap();
        HEXLOWER.encode(&exported)
    }

    /// One record each way, which bears what its receiver wants.
    pub(crate) fn exchange(&mut self, ping: &str, pong: &str) {
        self.ours.send(ping.as_bytes()).unwrap();
        assert_eq!(self.theirs.wait_for("got ").unwrap(), ping);
        self.say(pong);
        assert_eq!(self.wait_for_data(), pong);
        let connection = self.ours.connection();
        let ours = connection.connection_ids().last().cloned().unwrap_or_default();
        assert_eq!(self.newest_id(false, ours.len()), ours);
        let theirs = connection.peer_connection_id().clone();
        assert_eq!(self.newest_id(true, theirs.len()), theirs);
    }

    /// The last two bits of the epochs of what was sent last: by us, and by them.
    pub(crate) fn epochs(&self) -> [u8; 2] {
        [true, false].map(|is_ours| self.newest(is_ours)[0] & 3)
    }

    fn newest(&self, is_ours: bool) -> &[u8] {
        let newest = self.ours.datagrams().iter().rfind(|datagram| datagram.is_ours == is_ours);
        &newest.unwrap().bytes
    }

    /// What the newest datagram bears.
    fn newest_id(&self, is_ours: bool, length: usize) -> ConnectionId {
        ConnectionId::of_datagram(self.newest(is_ours), length).unwrap_or_default()
    }

    /// They send a record.
    pub(crate) fn say(&mut self, words: &str) {
        self.theirs.say(&format!("say {words}")).unwrap();
    }

    pub(crate) fn wait_for_data(&mut self) -> String {
        match self.ours.wait_for_event().unwrap() {
            Event::Data(data) => String::from_utf8(data).unwrap(),
            other => panic!("no data, but {other:?}"),
        }
    }

    /// They go on from another port.
    pub(crate) fn move_them(&mut self) -> SocketAddr {
        self.theirs.say("move").unwrap();
        port(&mut self.theirs)
    }

    /// In how many pieces each hello of the client came, and what the server said to the first.
    pub(crate) fn hellos(&self) -> Hellos {
        let is_client = |is_ours| is_ours == (self.terms.role == Role::Client);
        let mut hellos = Hellos::default();
        for datagram in self.ours.datagrams() {
            for piece in wire::pieces(&datagram.bytes) {
                match piece.typ {
                    1 if is_client(datagram.is_ours) => hellos.pieces[piece.sequence] += 1,
                    2 => hellos.is_retried |= piece.body.get(2..10) == Some(&RETRY),
                    3 => hellos.is_verified = true,
                    _ => {}
                }
            }
        }
        hellos
    }

    /// All that came was taken, but for what they said again.
    pub(crate) fn assert_that_nothing_was_odd(&self) {
        let dropped = self.ours.connection().dropped();
        let again = dropped.get(Dropped::Retransmission);
        assert_eq!(dropped.total(), again, "{dropped:?}");
    }
}

fn config(terms: &Terms) -> Config {
    let (provider, seed) = (ring::provider(), Seed::new([1; 32]));
    let now = Duration::from_secs(1_790_000_000);
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, now).unwrap();
    let mut config = Config::new(provider, seed.split("dtls"), certificate);
    config.srtp_profiles = vec![7, 1];
    config.key_shares.clone_from(&terms.key_shares);
    config.connection_id.clone_from(&terms.ids[0]);
    config
}

/// wolfSSL in the other role.
fn wolfssl(terms: &Terms, expected: &[u8]) -> Command {
    let mut command = Command::new(wolfssl_peer::PROGRAM);
    command.arg(if terms.role == Role::Client { "server" } else { "client" });
    command.arg(if terms.version == Version::Dtls13 { "13" } else { "12" });
    let mut set = |name: &str, value: &str| {
        command.arg(format!("{name}={value}"));
    };
    set("certificate", &HEXLOWER.encode(known_key::certificate().der()));
    set("key", &HEXLOWER.encode(&known_key::pkcs8()));
    set("expected", &HEXLOWER.encode(expected));
    if let Some(id) = &terms.ids[1] {
        set("id", &id.to_string());
    }
    if let Some(group) = terms.group {
        set("group", group);
    }
    command
}

/// Where it says that it is.
fn port(theirs: &mut Process) -> SocketAddr {
    let port = theirs.wait_for("port ").unwrap().parse().unwrap();
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
