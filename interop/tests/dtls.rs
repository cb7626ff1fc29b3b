//! DTLS in one process, without a network: Lariat's own and that of another stack.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use dimpl::{Dtls, DtlsCertificate, Output, SrtpProfile};
use lariat_base::Instant;
use lariat_dtls::{Config, Role, Version};
use lariat_interop::virtual_time::{End, Net, config};

#[path = "../../dtls/tests/common/known_key.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is shared with the tests of the crate")]
mod known_key;

/// How much later it is woken again, if it goes on naming a time that has come.
const MOMENT: Duration = Duration::from_millis(1);

/// The other stack: all that it said, and its clock.
struct Foreign {
    dtls: Dtls,
    started: std::time::Instant,
    wake_at: Instant,
    /// Before this it was woken already.
    not_before: Instant,
    keys: Option<(Vec<u8>, SrtpProfile)>,
    is_connected: bool,
    outgoing: VecDeque<Vec<u8>>,
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
        Self {
            dtls,
            started,
            wake_at: Instant::ZERO,
            not_before: Instant::ZERO,
            keys: None,
            is_connected: false,
            outgoing: VecDeque::new(),
            heard: Vec::new(),
        }
    }

    /// Takes note of everything that it has to say now.
    fn drain(&mut self) {
        let mut buffer = vec![0; 4_096];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => self.outgoing.push_back(packet.to_vec()),
                Output::Timeout(at) => {
                    self.wake_at = Instant::ZERO + at.saturating_duration_since(self.started);
                    return;
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
}

impl End for Foreign {
    fn handle_datagram(&mut self, _: Instant, datagram: &[u8]) {
        self.dtls.handle_packet(datagram).expect("no failure");
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.not_before = now + MOMENT;
        self.dtls.handle_timeout(self.started + (now - Instant::ZERO)).expect("no failure");
    }

    fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.drain();
        self.outgoing.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Some(self.wake_at.max(self.not_before))
    }

    fn is_connected(&self) -> bool {
        self.is_connected
    }

    fn srtp(&self) -> (Option<u16>, Vec<u8>) {
        let (keys, profile) = self.keys.clone().expect("keying material");
        (Some(code_point(profile)), keys)
    }

    fn send(&mut self, _: Instant, data: &[u8]) {
        self.dtls.send_application_data(data).expect("connected");
    }

    fn has_heard(&self, data: &[u8]) -> bool {
        self.heard.iter().any(|heard| heard == data)
    }

    fn state(&self) -> String {
        format!("connected: {}", self.is_connected)
    }
}

/// The other stack, whose role is not ours.
fn net(role: Role, speaks: Speaks, config: Config, lost: &[(bool, usize)]) -> Net<Foreign> {
    let theirs = Foreign::new(speaks, role.peer());
    Net::new(role, config, known_key::certificate().der(), theirs, lost)
}

fn code_point(profile: SrtpProfile) -> u16 {
    match profile {
        SrtpProfile::AES128_CM_SHA1_80 => 1,
        SrtpProfile::AEAD_AES_128_GCM => 7,
        SrtpProfile::AEAD_AES_256_GCM => 8,
        _ => 0,
    }
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
            let mut net = net(role, speaks, config(), &[]);
            assert_eq!(net.connect().version, version, "{role:?} {speaks:?}");
        }
    }
}

#[test]
fn one_that_speaks_both_goes_down_to_1_2() {
    for role in ROLES {
        let mut config = config();
        config.versions = vec![Version::Dtls12];
        let mut net = net(role, Speaks::Both, config, &[]);
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
                    net(role, speaks, config, &[]).connect();
                }
            }
        }
    }
}

// This peer drops a datagram whose first message it has, whatever else is in it, so it is a witness
// that what is lost comes again in a datagram of its own.
#[test]
fn any_one_datagram_may_be_lost() {
    for role in ROLES {
        for speaks in [Speaks::Only12, Speaks::Only13] {
            for mtu in [300, 1_200] {
                for lost in (0..12).flat_map(|number| [(true, number), (false, number)]) {
                    let mut config = config();
                    config.mtu = mtu;
                    println!("{role:?} {speaks:?}, {mtu}: lost (from us, {lost:?})");
                    net(role, speaks, config, &[lost]).connect();
                }
            }
        }
    }
}

#[test]
fn keys_can_be_renewed() {
    for role in ROLES {
        for and_peer in [false, true] {
            let mut net = net(role, Speaks::Only13, config(), &[]);
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
