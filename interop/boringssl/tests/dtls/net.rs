//! What the two meet on.

use lariat_crypto::NamedGroup;
use lariat_dtls::{Config, Role, Version};
use lariat_interop::virtual_time::Net;

use crate::known_key;
use crate::peer::{Peer, Settings};

/// `lost`: from us or not, and the number of the datagram among all of that sender.
pub(crate) fn net(
    role: Role,
    config: Config,
    settings: &Settings,
    lost: &[(bool, usize)],
) -> Net<Peer> {
    let theirs = Peer::start(role.peer(), settings);
    Net::new(role, config, &settings.certificate, theirs, lost)
}

/// Whether the keys of one direction are new: epoch 4 has come after epoch 3 (RFC 9147 §6.1).
pub(crate) fn has_new_keys(net: &Net<Peer>, to_us: bool) -> bool {
    // rfc9147 §4: the first byte of a record that is protected is 001CSLEE.
    let is_of = |epoch: u8| {
        net.sent.iter().any(|(sent_to_us, datagram)| {
            let first = datagram.first().is_some_and(|first| first & 0xe3 == 0x20 | epoch & 3);
            *sent_to_us == to_us && first
        })
    };
    is_of(3) && is_of(4)
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
        mtu: config.mtu,
    }
}
