//! What two sides speak, and whom they expect.

use std::time::Duration;

use lariat_base::{ReadError, Reader, Seed};
use lariat_crypto::NamedGroup;
use lariat_dtls::{Certificate, Config, Connection, ConnectionId, Role, Version};

use super::VERSIONS;
use super::glass::{self, Belief};

/// Longer than any input plays.
const PATIENCE: Duration = Duration::from_secs(10_000);

/// Suites of AES-GCM, which says how a record of 1.2 is to be taken apart.
const SUITES: [[u16; 2]; 2] = [[0x1301, 0xc02b], [0x1302, 0xc02c]];

/// How long the connection identifiers are that a client and a server give out, if they know of
/// any. Without 128 bytes of the MTU a side does not go on, and the least is 256.
const CID_LENS: [[Option<usize>; 2]; 4] =
    [[None, None], [Some(4), Some(9)], [Some(0), Some(128)], [Some(2), None]];

/// The agreement of both sides, by role: a client's first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setup {
    versions: [&'static [Version]; 2],
    pub(super) belief: Belief,
    /// Who expects somebody else.
    suspicious: [bool; 2],
    pub(super) mtu: usize,
    suites: [u16; 2],
    groups: &'static [NamedGroup],
    /// How many of them a client sends keys of.
    key_shares: usize,
    cid_lens: [Option<usize>; 2],
}

impl Setup {
    /// Takes it from two bytes of the input.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let [what, how] = reader.take_array()?;
        let versions = |number: u8| VERSIONS[usize::from(number) % VERSIONS.len()];
        Ok(Self {
            versions: [versions(what & 3), versions(what >> 2 & 3)],
            belief: if what & 0x10 == 0 { Belief::Knowing } else { Belief::Credulous },
            suspicious: [what >> 5 == 1, what >> 5 == 2],
            mtu: [1_200, 256, 400, 1_400][usize::from(how & 3)],
            suites: SUITES[usize::from(how >> 2 & 1)],
            groups: if how & 8 == 0 {
                &[NamedGroup::X25519, NamedGroup::Secp256r1]
            } else {
                &[NamedGroup::X25519MlKem768, NamedGroup::Secp384r1]
            },
            key_shares: usize::from(how >> 4 & 3).min(2),
            cid_lens: CID_LENS[usize::from(how >> 6)],
        })
    }

    /// Whether that side expects another fingerprint than it is shown.
    pub(super) const fn is_suspicious(&self, role: Role) -> bool {
        let [client, server] = self.suspicious;
        match role {
            Role::Client => client,
            Role::Server => server,
        }
    }

    /// The version that they speak, if there is one.
    pub(super) fn version(&self) -> Option<Version> {
        let [client, server] = self.versions;
        client.iter().filter(|version| server.contains(version)).max().copied()
    }

    /// Whether they come together when nobody is in their way.
    pub(super) fn is_possible(&self) -> bool {
        // 1.2 has no group that is post-quantum, and both have another one.
        self.version().is_some() && self.suspicious == [false; 2]
    }

    /// One of the sides.
    pub(super) fn connection(&self, role: Role) -> Connection {
        let number = if role == Role::Client { 2 } else { 3 };
        let provider = glass::provider(number.into(), self.belief);
        let mut config = Config::new(provider, Seed::new([number; 32]), self.certificate(number));
        let [client, server] = self.versions;
        config.versions = if role == Role::Client { client } else { server }.to_vec();
        config.connection_id = self.connection_id(role);
        config.srtp_profiles = vec![7, 1];
        config.mtu = self.mtu;
        config.cipher_suites = self.suites.to_vec();
        config.groups = self.groups.to_vec();
        config.key_shares = self.groups.iter().rev().take(self.key_shares).copied().collect();
        config.handshake_timeout = PATIENCE;
        let peer = if self.is_suspicious(role) { number } else { 5 - number };
        Connection::new(config, role, vec![self.certificate(peer).fingerprint()])
    }

    /// What the records to that side are to bear.
    pub(super) fn connection_id(&self, role: Role) -> Option<ConnectionId> {
        let [client, server] = self.cid_lens;
        let cid_len = if role == Role::Client { client } else { server };
        cid_len.map(|length| connection_id(0, length))
    }

    fn certificate(&self, number: u8) -> Certificate {
        let provider = glass::provider(number.into(), self.belief);
        let mut rng = Seed::new([number; 32]).rng();
        let now = Duration::from_secs(1_790_000_000);
        Certificate::generate(&*provider, &mut rng, now).expect("the fake provider makes keys")
    }
}

/// The identifier with this number, which has so many bytes.
pub(super) fn connection_id(number: u8, length: usize) -> ConnectionId {
    ConnectionId::new(vec![number; length]).expect("at most 255 bytes")
}
