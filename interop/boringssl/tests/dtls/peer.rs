//! BoringSSL as the other end, in lockstep with the test, and all that it said.

use std::collections::VecDeque;
use std::process::Command;
use std::time::Duration;

use data_encoding::HEXLOWER;
use lariat_base::Instant;
use lariat_crypto::NamedGroup;
use lariat_dtls::{Role, Version};
use lariat_interop::process::Process;
use lariat_interop::virtual_time::End;

/// When [`Instant::ZERO`] is, since 1970.
const START: Duration = Duration::from_secs(1_790_000_000);

/// What a [`Peer`] needs to know before it begins.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Its certificate, in DER.
    pub(crate) certificate: Vec<u8>,
    /// The key of that, as PKCS #8 in DER.
    pub(crate) private_key: Vec<u8>,
    /// The only certificate that it accepts, in DER.
    pub(crate) expected: Vec<u8>,
    /// The oldest and the newest version that it speaks.
    pub(crate) versions: [Version; 2],
    /// The groups, the preferred one first.
    pub(crate) groups: Vec<NamedGroup>,
    /// The groups of which a client sends keys with its first hello, in the order of `groups`;
    /// `None`: the first, and one more if only one of the two resists quantum computers.
    pub(crate) key_shares: Option<Vec<NamedGroup>>,
    /// SRTP protection profiles by code point, the preferred one first.
    pub(crate) srtp_profiles: Vec<u16>,
    /// The longest datagram, in bytes of UDP payload.
    pub(crate) mtu: usize,
}

/// Something that happened to a [`Peer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The handshake is complete.
    Connected,
    /// The payload of one record.
    Data(Vec<u8>),
    /// The other side has closed.
    Closed,
    /// The connection is dead: what BoringSSL calls the reason. The last event.
    Failed(String),
}

/// What the two agreed on, as BoringSSL says.
#[derive(Clone, Debug)]
pub(crate) struct Agreed {
    pub(crate) version: Version,
    /// By code point.
    pub(crate) group: u16,
    /// Its name in IANA's registry.
    pub(crate) cipher_suite: String,
    /// By code point.
    pub(crate) srtp_profile: Option<u16>,
    /// Whether the server has asked for another hello with the key of another group.
    pub(crate) is_retried: bool,
    /// What SRTP takes its keys from.
    pub(crate) exported: Vec<u8>,
}

pub(crate) struct Peer {
    process: Process,
    mtu: usize,
    outgoing: VecDeque<Vec<u8>>,
    wake_at: Option<Instant>,
    agreed: Option<Agreed>,
    pub(crate) events: Vec<Event>,
}

impl Peer {
    /// One that has begun: a client has said hello.
    pub(crate) fn start(role: Role, settings: &Settings) -> Self {
        let process = Process::start_listening(program(role, settings)).unwrap();
        let (outgoing, events) = (VecDeque::new(), Vec::new());
        let mut peer =
            Self { process, mtu: settings.mtu, outgoing, wake_at: None, agreed: None, events };
        peer.order(Instant::ZERO, "start");
        peer
    }

    /// What it agreed on, once it is connected.
    pub(crate) fn agreed(&self) -> &Agreed {
        self.agreed.as_ref().expect("connected")
    }

    /// Renews the keys of what it sends and, with `and_peer`, asks for the same from the other
    /// side. This goes with the next data, and takes effect once it is acknowledged.
    pub(crate) fn update_keys(&mut self, now: Instant, and_peer: bool) {
        self.order(now, &format!("update {}", u8::from(and_peer)));
    }

    /// Tells the other side that no more data will come.
    pub(crate) fn close(&mut self, now: Instant) {
        self.order(now, "close");
    }

    /// Has a command carried out, and takes note of what comes of it.
    fn order(&mut self, now: Instant, command: &str) {
        let time = START + now.saturating_since(Instant::ZERO);
        let said = self.process.ask(&format!("{} {command}", time.as_micros()), "done");
        let said = said.unwrap_or_else(|error| panic!("{error}"));
        self.wake_at = None;
        for line in &said {
            assert!(self.note(line).is_some(), "{line:?} is no fact, among {said:#?}");
        }
    }

    fn note(&mut self, line: &str) -> Option<()> {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("out", datagram) => self.outgoing.push_back(bytes(datagram)?),
            ("timer", time) => {
                let since_1970 = Duration::from_micros(time.parse().ok()?);
                self.wake_at = Some(Instant::ZERO + since_1970.checked_sub(START)?);
            }
            ("connected", agreed) => {
                self.agreed = Some(Agreed::parse(agreed)?);
                self.events.push(Event::Connected);
            }
            ("data", data) => self.events.push(Event::Data(bytes(data)?)),
            ("closed", "") => self.events.push(Event::Closed),
            ("failed", reason) => self.events.push(Event::Failed(reason.to_owned())),
            _ => return None,
        }
        Some(())
    }
}

impl End for Peer {
    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.order(now, &format!("datagram {}", HEXLOWER.encode(datagram)));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.order(now, "expire");
        assert!(self.wake_at.is_none_or(|at| at > now), "{:?} at {now:?}", self.wake_at);
    }

    fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let datagram = self.outgoing.pop_front()?;
        assert!(datagram.len() <= self.mtu, "{} bytes", datagram.len());
        Some(datagram)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.wake_at
    }

    fn is_connected(&self) -> bool {
        self.agreed.is_some()
    }

    fn version(&self) -> Option<Version> {
        Some(self.agreed().version)
    }

    fn srtp(&self) -> (Option<u16>, Vec<u8>) {
        let agreed = self.agreed();
        (agreed.srtp_profile, agreed.exported.clone())
    }

    fn send(&mut self, now: Instant, data: &[u8]) {
        self.order(now, &format!("send {}", HEXLOWER.encode(data)));
    }

    fn has_heard(&self, data: &[u8]) -> bool {
        self.events.contains(&Event::Data(data.to_vec()))
    }

    fn state(&self) -> String {
        format!("{:?}", self.events)
    }
}

impl Agreed {
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split(' ').collect();
        let [version, group, suite, profile, retry, exported] = words[..] else { return None };
        Some(Self {
            version: match version {
                "DTLSv1.2" => Version::Dtls12,
                "DTLSv1.3" => Version::Dtls13,
                _ => return None,
            },
            group: group.parse().ok()?,
            cipher_suite: suite.to_owned(),
            srtp_profile: Some(profile.parse().ok()?).filter(|profile| *profile != 0),
            is_retried: retry.parse::<u8>().ok()? != 0,
            exported: bytes(exported)?,
        })
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    HEXLOWER.decode(hex.as_bytes()).ok()
}

fn program(role: Role, settings: &Settings) -> Command {
    let mut command = Command::new(boringssl_peer::PROGRAM);
    command.arg(if role == Role::Server { "server" } else { "client" });
    let mut set = |name: &str, value: &str| {
        command.arg(format!("{name}={value}"));
    };
    set("certificate", &HEXLOWER.encode(&settings.certificate));
    set("key", &HEXLOWER.encode(&settings.private_key));
    set("expected", &HEXLOWER.encode(&settings.expected));
    let [oldest, newest] = settings.versions.map(name_of_version);
    set("oldest", oldest);
    set("newest", newest);
    set("groups", &code_points(&settings.groups));
    if let Some(groups) = &settings.key_shares {
        set("shares", &code_points(groups));
    }
    let profiles: Vec<_> = settings.srtp_profiles.iter().map(|p| name_of_profile(*p)).collect();
    set("profiles", &profiles.join(":"));
    set("mtu", &settings.mtu.to_string());
    command
}

fn code_points(groups: &[NamedGroup]) -> String {
    let groups: Vec<_> = groups.iter().map(|group| group.code_point().to_string()).collect();
    groups.join(",")
}

fn name_of_version(version: Version) -> &'static str {
    match version {
        Version::Dtls12 => "12",
        Version::Dtls13 => "13",
        _ => panic!("BoringSSL lacks {version:?}"),
    }
}

fn name_of_profile(profile: u16) -> &'static str {
    match profile {
        1 => "SRTP_AES128_CM_SHA1_80",
        2 => "SRTP_AES128_CM_SHA1_32",
        7 => "SRTP_AEAD_AES_128_GCM",
        8 => "SRTP_AEAD_AES_256_GCM",
        _ => panic!("BoringSSL lacks profile {profile}"),
    }
}
