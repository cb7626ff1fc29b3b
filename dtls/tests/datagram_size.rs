//! How long a datagram may be: what the handshake finds out, and what the owner knows better.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{BOTH, Fate, Net, SECOND, VERSIONS, fake_config};
use lariat_dtls::{Connection, Role, Version, limits};

fn net(version: Version, rule: impl FnMut(Role, usize) -> Fate + 'static) -> Net {
    Net::with(fake_config(version, 1), fake_config(version, 2), rule)
}

/// All that is there to be sent, each datagram by itself.
fn taken(connection: &mut Connection) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    while connection.poll_transmit(all.last_mut().unwrap()).is_some() {
        all.push(Vec::new());
    }
    all.pop();
    all
}

#[test]
fn a_path_that_takes_what_was_configured_leaves_it_at_that() {
    for version in VERSIONS {
        let mut net = net(version, |_, _| Fate::Arrives);
        for role in BOTH {
            assert_eq!(net.connection(role).max_datagram_size(), 1_200);
        }
        net.connect();
        for role in BOTH {
            assert_eq!(net.connection(role).max_datagram_size(), 1_200);
        }
    }
}

#[test]
fn what_the_handshake_fell_back_to_is_the_size() {
    for version in VERSIONS {
        for (path, found) in [(548, 548), (512, 256), (256, 256)] {
            let mut net = net(version, |_, _| Fate::Arrives);
            net.tamper_with(move |_, bytes| if bytes.len() > path { Vec::new() } else { bytes });
            net.connect();
            net.run(20 * SECOND);
            for role in BOTH {
                let size = net.connection(role).max_datagram_size();
                // Whoever has sent nothing longer has found out nothing.
                let is_long = |(from, bytes): &(Role, Vec<u8>)| *from == role && bytes.len() > path;
                let found = if net.sent.iter().any(is_long) { found } else { 1_200 };
                if found == 1_200 {
                    assert_eq!(size, found, "{version:?} {path} {role:?}");
                } else {
                    // A later flight may have shown that a little more gets through.
                    assert!((found..=path).contains(&size), "{version:?} {path} {role:?} {size}");
                }
            }
        }
    }
}

#[test]
fn a_longer_datagram_that_arrives_makes_up_for_a_peer_that_came_late() {
    let mut net = net(Version::Dtls13, |_, _| Fate::Arrives);
    net.tamper_with(|_, _| Vec::new());
    net.start();
    net.run(8 * SECOND);
    assert_eq!(net.client.max_datagram_size(), 256, "nobody has answered");
    net.tamper_with(|_, bytes| bytes);
    let before = net.sent.len();
    net.connect();
    let last_flight = net.sent[before..].iter().filter(|(from, _)| *from == Role::Client);
    let longest = last_flight.map(|(_, bytes)| bytes.len()).max().unwrap();
    assert!(longest > 256, "a new flight is tried as long as it may be");
    assert_eq!(net.client.max_datagram_size(), longest);
    assert_eq!(net.server.max_datagram_size(), 1_200);
}

#[test]
fn a_short_flight_that_stays_unanswered_says_nothing_about_the_path() {
    let mut net = net(Version::Dtls12, |_, _| Fate::Lost);
    net.start();
    net.run(20 * SECOND);
    assert!(net.sent.len() > 6 && net.sent[0].1.len() <= 256);
    assert_eq!(net.client.max_datagram_size(), 1_200);
}

#[test]
fn the_owner_shortens_a_flight_that_is_on_its_way() {
    for version in VERSIONS {
        let mut net = net(version, |_, _| Fate::Arrives);
        net.client.start(net.now);
        let before = taken(&mut net.client);
        let longest = before.iter().map(Vec::len).max().unwrap();
        net.client.set_max_datagram_size(longest);
        assert!(taken(&mut net.client).is_empty(), "it fits");
        net.client.set_max_datagram_size(limits::MIN_MTU);
        let mut again = taken(&mut net.client);
        if longest <= limits::MIN_MTU {
            assert!(again.is_empty(), "it fits all the same");
            again = before.clone();
        }
        assert!(again.iter().all(|datagram| datagram.len() <= limits::MIN_MTU));
        assert_eq!(longest > limits::MIN_MTU, again.len() > before.len(), "{version:?}");
        // What was not taken out yet is replaced, not doubled.
        net.client.handle_timeout(lariat_base::Instant::from_millis(250));
        net.client.set_max_datagram_size(1_200);
        net.client.set_max_datagram_size(limits::MIN_MTU);
        assert_eq!(taken(&mut net.client).len(), again.len());
        for datagram in again {
            net.inject(Role::Server, &datagram);
        }
        net.run(SECOND);
        assert!(net.connected(Role::Client).is_some() && net.connected(Role::Server).is_some());
        assert_eq!(net.client.max_datagram_size(), limits::MIN_MTU);
    }
}

#[test]
fn what_the_owner_says_has_bounds_and_the_last_word_counts() {
    let mut net = net(Version::Dtls13, |_, _| Fate::Arrives);
    net.connect();
    let told = |net: &mut Net, bytes| {
        net.client.set_max_datagram_size(bytes);
        net.client.max_datagram_size()
    };
    assert_eq!(told(&mut net, 0), limits::MIN_MTU);
    assert_eq!(told(&mut net, 255), limits::MIN_MTU);
    assert_eq!(told(&mut net, 257), 257);
    assert_eq!(told(&mut net, usize::MAX), limits::MAX_PLAINTEXT);
    assert_eq!(told(&mut net, 900), 900);
    net.run(Duration::from_secs(60));
    assert_eq!(net.client.max_datagram_size(), 900);
}

#[test]
fn a_flight_is_cut_into_records_that_are_allowed_whatever_was_configured() {
    let mut config = fake_config(Version::Dtls12, 1);
    config.mtu = usize::MAX;
    let mut net = Net::with(config, fake_config(Version::Dtls12, 2), |_, _| Fate::Arrives);
    assert_eq!(net.client.max_datagram_size(), limits::MAX_PLAINTEXT);
    net.connect();
}
