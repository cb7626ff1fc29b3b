//! The secrets that are handed out are those of the connection.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::sync::{Arc, Mutex};

use common::wire::{self, Fragment, records};
use common::{Fate, Net, VERSIONS, config_of, known_key};
use lariat_crypto::{AeadAlgorithm, HashAlgorithm, hkdf_expand, tls12_prf};
use lariat_dtls::{KeyLog, Role, Version};

const SHA256: HashAlgorithm = HashAlgorithm::Sha256;

type Line = (String, [u8; 32], Vec<u8>);

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<Line>>);

impl KeyLog for Lines {
    fn log(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        self.0.lock().unwrap().push((label.into(), *client_random, secret.into()));
    }
}

/// A connection, and what the client has logged; the server has logged the same.
fn connect(version: Version) -> (Net, Vec<Line>) {
    let logs = [Arc::new(Lines::default()), Arc::new(Lines::default())];
    let (mut client, mut server) = (config_of(version, 1), config_of(version, 2));
    client.key_log = Some(logs[0].clone());
    server.key_log = Some(logs[1].clone());
    let mut net = Net::with(client, server, |_, _| Fate::Arrives);
    net.connect();
    let [of_client, of_server] = logs.map(|log| log.0.lock().unwrap().clone());
    assert_eq!(of_client, of_server);
    (net, of_client)
}

/// The random of a side's first message, which is a hello.
fn random(net: &Net, role: Role) -> [u8; 32] {
    let (_, hello) = net.sent.iter().find(|(from, _)| *from == role).unwrap();
    Fragment::parse(&records(hello)[0].content).body[2..34].try_into().unwrap()
}

fn expand(secret: &[u8], label: &str, context: &[u8], length: usize) -> Vec<u8> {
    let mut info = u16::try_from(length).unwrap().to_be_bytes().to_vec();
    info.push(u8::try_from(6 + label.len()).unwrap());
    info.extend([b"dtls13", label.as_bytes()].concat());
    info.push(u8::try_from(context.len()).unwrap());
    info.extend(context);
    let mut out = vec![0; length];
    hkdf_expand(&*known_key::provider(), SHA256, secret, &info, &mut out).unwrap();
    out
}

#[test]
fn every_secret_is_logged_with_the_random_of_the_hello() {
    for version in VERSIONS {
        let (net, lines) = connect(version);
        let labels: Vec<_> = lines.iter().map(|(label, ..)| label.as_str()).collect();
        let (expected, length): (&[&str], _) = match version {
            Version::Dtls13 => (
                &[
                    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                    "CLIENT_TRAFFIC_SECRET_0",
                    "SERVER_TRAFFIC_SECRET_0",
                    "EXPORTER_SECRET",
                ],
                32,
            ),
            _ => (&["CLIENT_RANDOM"], 48),
        };
        assert_eq!(labels, expected);
        let of_hello = random(&net, Role::Client);
        assert!(
            lines
                .iter()
                .all(|(_, random, secret)| { *random == of_hello && secret.len() == length })
        );
    }
}

#[test]
fn the_master_secret_is_that_of_the_connection() {
    let (mut net, lines) = connect(Version::Dtls12);
    let randoms = [random(&net, Role::Client), random(&net, Role::Server)];
    let mut keys = [0; 60];
    let seed = [&randoms[0][..], &randoms[1]];
    let label = b"EXTRACTOR-dtls_srtp";
    tls12_prf(&*known_key::provider(), SHA256, &lines[0].2, label, &seed, &mut keys);
    assert_eq!(keys, net.export(Role::Client));
}

#[test]
fn the_exporter_secret_is_that_of_the_connection() {
    let (mut net, lines) = connect(Version::Dtls13);
    let empty = known_key::provider().hash(SHA256).finish();
    let secret = expand(&lines[4].2, "EXTRACTOR-dtls_srtp", &empty, 32);
    assert_eq!(expand(&secret, "exporter", &empty, 60), net.export(Role::Client));
}

#[test]
fn the_traffic_secrets_open_the_records_of_their_side() {
    let (mut net, lines) = connect(Version::Dtls13);
    for role in [Role::Client, Role::Server] {
        let mut datagram = Vec::new();
        net.connection(role).send(b"data", &mut datagram).unwrap();
        net.sent.push((role, datagram));
    }
    let secrets = [(Role::Client, 2), (Role::Server, 2), (Role::Client, 3), (Role::Server, 3)];
    for ((role, epoch), (label, _, secret)) in secrets.into_iter().zip(&lines) {
        let of_side = net.sent.iter().filter(|(from, _)| *from == role);
        let of_epoch: Vec<_> = of_side
            .flat_map(|(_, datagram)| wire::ciphertexts(datagram))
            .filter(|record| record[0] & 3 == epoch)
            .collect();
        assert!(!of_epoch.is_empty(), "{label}");
        assert!(of_epoch.iter().all(|record| opens(secret, record)), "{label}");
    }
}

/// Whether a record of 1.3, with a number of two bytes and a length, is under keys of this secret.
fn opens(secret: &[u8], record: &[u8]) -> bool {
    let provider = known_key::provider();
    let mut record = record.to_vec();
    let (algorithm, number_key) = (AeadAlgorithm::Aes128Gcm, expand(secret, "sn", &[], 16));
    let number_key = provider.header_protection_key(algorithm, &number_key).unwrap();
    let mask = number_key.mask(record[5..].first_chunk().unwrap());
    record[1] ^= mask[0];
    record[2] ^= mask[1];
    let mut nonce: [u8; 12] = expand(secret, "iv", &[], 12).try_into().unwrap();
    nonce[10] ^= record[1];
    nonce[11] ^= record[2];
    let (header, rest) = record.split_at_mut(5);
    let (content, tag) = rest.split_at_mut(rest.len() - 16);
    let tag = (&*tag).try_into().unwrap();
    let key = expand(secret, "key", &[], 16);
    let key = provider.aead_key(algorithm, &key).unwrap();
    key.open(&nonce, header, content, tag).is_ok()
}
