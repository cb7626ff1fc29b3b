//! Connections with connection identifiers, and their records taken apart.

use lariat_dtls::{ConnectionId, Role, Version};

use super::{Fate, Net, config_of};

pub fn id(bytes: &[u8]) -> ConnectionId {
    ConnectionId::new(bytes).unwrap()
}

/// The identifier that a test gives this side: `length` bytes that occur nowhere else.
pub fn id_of(role: Role, length: usize) -> ConnectionId {
    let first = if role == Role::Client { 0xc0 } else { 0x50 };
    id(&(0..length).map(|n| first ^ u8::try_from(n % 16).unwrap()).collect::<Vec<u8>>())
}

/// A client and a server that want these.
pub fn net(version: Version, client: Option<ConnectionId>, server: Option<ConnectionId>) -> Net {
    with_rule(version, client, server, |_, _| Fate::Arrives)
}

pub fn with_rule(
    version: Version,
    client: Option<ConnectionId>,
    server: Option<ConnectionId>,
    rule: impl FnMut(Role, usize) -> Fate + 'static,
) -> Net {
    let (mut of_client, mut of_server) = (config_of(version, 1), config_of(version, 2));
    (of_client.connection_id, of_server.connection_id) = (client, server);
    Net::with(of_client, of_server, rule)
}

/// A record as it stands in its datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyRecord {
    /// The first byte: a content type, or in 1.3 the bits of a unified header.
    pub first: u8,
    pub is_protected: bool,
    pub cid: Vec<u8>,
    pub bytes: Vec<u8>,
}

/// The records of a datagram whose receiver has identifiers of this length.
pub fn split(mut datagram: &[u8], cid_len: usize) -> Vec<AnyRecord> {
    let mut all = Vec::new();
    while !datagram.is_empty() {
        let first = datagram[0];
        let (cid_at, length_at, cid_len) = match first {
            // Ours all have a number of 16 bits and a length.
            0x20..0x40 => {
                let cid_len = if first & 0x10 == 0 { 0 } else { cid_len };
                (1, 3, cid_len)
            }
            25 => (11, 11, cid_len),
            _ => (11, 11, 0),
        };
        let length_at = length_at + cid_len;
        let length =
            usize::from(u16::from_be_bytes([datagram[length_at], datagram[length_at + 1]]));
        let (bytes, rest) = datagram.split_at(length_at + 2 + length);
        all.push(AnyRecord {
            first,
            is_protected: first >= 0x20 || bytes[3..5] != [0, 0],
            cid: bytes[cid_at..cid_at + cid_len].to_vec(),
            bytes: bytes.to_vec(),
        });
        datagram = rest;
    }
    all
}
