//! How much a connection holds: when it is idle, and before it knows its peer.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use allocation_counter::measure;
use common::wire::{CERTIFICATE, CLIENT_HELLO, Fragment, Hello};
use common::{VERSIONS, config, config_of, expect};
use lariat_base::Instant;
use lariat_dtls::{Config, Connection, Role, Version, limits};

const NOW: Instant = Instant::ZERO;

/// What a connection may hold that is established and idle, in bytes.
const IDLE: usize = 16 * 1024;

/// Of all versions, with the keys of the first hello that are the default.
fn default_config(seed: u8) -> Config {
    let mut config = config(seed);
    config.versions = vec![Version::Dtls13, Version::Dtls12];
    config
}

/// Those that the version agrees on, first with the longest hello, then with the shortest.
fn configs(version: Version, seed: u8) -> [Config; 2] {
    let mut long = default_config(seed);
    long.versions = vec![version];
    [long, config_of(version, seed)]
}

/// Hands over all that is there to be sent; whether that is something.
fn hand_over(from: &mut Connection, to: &mut Connection) -> bool {
    let mut moved = false;
    let mut datagram = Vec::new();
    while from.poll_transmit(&mut datagram).is_some() {
        to.handle_datagram(NOW, &datagram);
        datagram.clear();
        moved = true;
    }
    moved
}

/// Both ends, connected, with nothing left to be sent or told.
fn connected(client: Config, server: Config) -> [Connection; 2] {
    let (of_client, of_server) = (expect(&client), expect(&server));
    let mut client = Connection::new(client, Role::Client, of_server);
    let mut server = Connection::new(server, Role::Server, of_client);
    client.start(NOW);
    while hand_over(&mut client, &mut server) | hand_over(&mut server, &mut client) {}
    for end in [&mut client, &mut server] {
        while end.poll_event().is_some() {}
        assert!(end.is_connected());
    }
    [client, server]
}

/// What a connection holds that `make` gives, itself included, in bytes.
fn held(make: impl FnOnce() -> Connection) -> usize {
    let mut kept = None;
    let held = measure(|| kept = Some(make()));
    usize::try_from(held.bytes_current).unwrap() + size_of_val(&kept)
}

/// A server that a client has said these datagrams to.
fn addressed(config: Config, datagrams: &[Vec<u8>]) -> Connection {
    let mut server = Connection::new(config, Role::Server, expect(&common::config(1)));
    for datagram in datagrams {
        server.handle_datagram(NOW, datagram);
    }
    server
}

#[test]
fn an_idle_connection_holds_no_more_than_16_kib() {
    for version in VERSIONS {
        for kind in 0..2 {
            for role in [Role::Client, Role::Server] {
                let [client, server] = [1, 2].map(|seed| configs(version, seed)[kind].clone());
                let held = held(|| {
                    let [client, server] = connected(client, server);
                    if role == Role::Client { client } else { server }
                });
                assert!(held <= IDLE, "{version:?}, {role:?}: {held}");
            }
        }
    }
}

// D1
#[test]
fn a_hello_makes_a_server_hold_no_more_than_16_kib() {
    for version in VERSIONS {
        for (client, server) in configs(version, 1).into_iter().zip(configs(version, 2)) {
            let mut client = Connection::new(client, Role::Client, expect(&server));
            client.start(NOW);
            let mut hello = vec![Vec::new()];
            while client.poll_transmit(hello.last_mut().unwrap()).is_some() {
                hello.push(Vec::new());
            }
            let held = held(|| addressed(server, &hello));
            assert!(held <= IDLE, "{version:?}: {held}");
        }
    }
}

/// Records that may be under keys to come, as long as they can be, for the record layer of either
/// version.
fn early_records(version: Version) -> impl Iterator<Item = Vec<u8>> {
    let length = limits::EARLY_BYTES / limits::EARLY_RECORDS;
    (0..=limits::EARLY_RECORDS).map(move |number| match version {
        Version::Dtls12 => {
            let mut record = vec![23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, number as u8];
            record.extend(u16::try_from(length - 13).unwrap().to_be_bytes());
            record.resize(length, 0);
            record
        }
        _ => {
            let mut record = vec![0x2f, 0, number as u8];
            record.extend(u16::try_from(length - 5).unwrap().to_be_bytes());
            record.resize(length, 0);
            record
        }
    })
}

/// A message in pieces, the first of which comes last or not at all.
fn backwards(message: &Fragment, is_whole: bool, sequence: &mut u64) -> Vec<Vec<u8>> {
    const PIECE: usize = 8 * 1024;
    let length = message.body.len();
    let offsets = (0..length).step_by(PIECE).rev().filter(|offset| is_whole || *offset > 0);
    let piece = |offset| {
        *sequence += 1;
        message.part(offset, PIECE.min(length - offset)).datagram(*sequence)
    };
    offsets.map(piece).collect()
}

// D1, D3: what somebody can make us hold who has no more than an address, perhaps another's
#[test]
fn before_it_knows_its_peer_a_server_holds_no_more_than_the_limit() {
    for version in VERSIONS {
        for is_answered in [false, true] {
            let server = configs(version, 2)[1].clone();
            let mut hello = Hello::parse(CLIENT_HELLO, &first_hello(version, &server).body);
            // What is not known takes no work, and fills a hello up to what reassembly takes.
            let room = limits::REASSEMBLY_BYTES - hello.body().len() - 4;
            hello.set(0x4242, &vec![0; room]);
            let mut sequence = 0;
            let mut datagrams = backwards(&hello.message(), is_answered, &mut sequence);
            let next = limits::REASSEMBLY_BYTES - if is_answered { 0 } else { 1 };
            let next = Fragment::whole(CERTIFICATE, 1, &vec![0; next]);
            datagrams.extend(backwards(&next, false, &mut sequence));
            datagrams.extend(early_records(version));
            let held = held(|| addressed(server, &datagrams));
            assert!(held <= limits::UNPROVEN_BYTES, "{version:?}: {held}");
            assert!(held > limits::EARLY_BYTES, "the attack is one: {held}");
        }
    }
}

/// The hello of a client that says it in one datagram.
fn first_hello(version: Version, server: &Config) -> Fragment {
    let mut client = Connection::new(config_of(version, 1), Role::Client, expect(server));
    client.start(NOW);
    let mut datagram = Vec::new();
    client.poll_transmit(&mut datagram).unwrap();
    Fragment::parse(&common::wire::records(&datagram)[0].content)
}
