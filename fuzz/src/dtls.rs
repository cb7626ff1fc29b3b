//! DTLS connections with cryptography that is quick and not any.

pub mod certificate;
pub mod gate;
pub mod glass;
pub mod middle;
mod setup;
mod wire;

use std::time::Duration;

use lariat_base::Seed;
use lariat_crypto::fake;
use lariat_dtls::{Certificate, Config, Connection, ConnectionId, Role, Version};

/// A connection of these versions that is the same each time, and gives out such a connection
/// identifier if it knows of any. Clients and servers accept each other.
pub fn connection(role: Role, versions: &[Version], cid: Option<ConnectionId>) -> Connection {
    let number = if role == Role::Client { 2 } else { 3 };
    let seed = Seed::new([number; 32]);
    let mut config = Config::new(fake::provider(number.into()), seed, certificate());
    config.srtp_profiles = vec![7, 1];
    config.versions = versions.to_vec();
    config.connection_id = cid;
    Connection::new(config, role, vec![certificate().fingerprint()])
}

/// The certificate of all of them.
fn certificate() -> Certificate {
    let (provider, mut rng) = (fake::provider(1), Seed::new([1; 32]).rng());
    let now = Duration::from_secs(1_790_000_000);
    Certificate::generate(&*provider, &mut rng, now).expect("the fake provider makes keys")
}

/// What a connection may speak: one version, the other, or both.
pub const VERSIONS: [&[Version]; 3] =
    [&[Version::Dtls12], &[Version::Dtls13], &[Version::Dtls12, Version::Dtls13]];

/// Takes everything that `connection` has to say, datagram by datagram.
pub fn drain(connection: &mut Connection, out: &mut Vec<Vec<u8>>) {
    let mut datagram = Vec::new();
    while connection.poll_transmit(&mut datagram).is_some() {
        out.push(std::mem::take(&mut datagram));
    }
    while connection.poll_event().is_some() {}
}
