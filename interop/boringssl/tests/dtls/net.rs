//! BoringSSL as the other end, and all that it said.

use boringssl_peer::{Event, Peer, Settings};
use lariat_base::Instant;
use lariat_crypto::NamedGroup;
use lariat_dtls::{Config, Role, Version};
use lariat_interop::in_process::{End, Net, SRTP_LABEL};

use crate::known_key;

pub(crate) struct Theirs {
    pub(crate) peer: Peer,
    pub(crate) events: Vec<Event>,
    mtu: usize,
}

/// `lost`: from us or not, and the number of the datagram among all of that sender.
pub(crate) fn net(
    role: Role,
    config: Config,
    settings: &Settings,
    lost: &[(bool, usize)],
) -> Net<Theirs> {
    let mut peer = Peer::new(role.peer(), settings).expect("settings that it takes");
    peer.start(Instant::ZERO);
    let theirs = Theirs { peer, events: Vec::new(), mtu: config.mtu };
    Net::new(role, config, &settings.certificate, theirs, lost)
}

/// Whether the keys of one direction are new: epoch 4 has come after epoch 3 (RFC 9147 §6.1).
pub(crate) fn has_new_keys(net: &Net<Theirs>, to_us: bool) -> bool {
    // rfc9147 §4: the first byte of a record that is protected is 001CSLEE.
    let is_of = |epoch: u8| {
        net.sent.iter().any(|(sent_to_us, datagram)| {
            let first = datagram.first().is_some_and(|first| first & 0xe3 == 0x20 | epoch & 3);
            *sent_to_us == to_us && first
        })
    };
    is_of(3) && is_of(4)
}

impl End for Theirs {
    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.peer.handle_datagram(now, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.peer.handle_timeout(now);
    }

    fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.events.extend(std::iter::from_fn(|| self.peer.poll_event()));
        let datagram = self.peer.poll_transmit()?;
        assert!(datagram.len() <= self.mtu, "{} bytes", datagram.len());
        Some(datagram)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peer.poll_timeout()
    }

    fn is_connected(&self) -> bool {
        self.events.contains(&Event::Connected)
    }

    fn version(&self) -> Option<Version> {
        self.peer.version()
    }

    fn srtp(&self) -> (Option<u16>, Vec<u8>) {
        let mut keys = vec![0; 60];
        self.peer.export_keying_material(SRTP_LABEL, &mut keys).expect("connected");
        (self.peer.srtp_profile(), keys)
    }

    fn send(&mut self, now: Instant, data: &[u8]) {
        self.peer.send(now, data).expect("connected");
    }

    fn has_heard(&self, data: &[u8]) -> bool {
        self.events.contains(&Event::Data(data.to_vec()))
    }

    fn state(&self) -> String {
        format!("{:?}", self.events)
    }
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
