//! Timers, and how long datagrams are.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::ids::{id, net};
use common::{Fate, Net, SECOND, VERSIONS, config, config_of, fake_config, known_key, wire};
use lariat_base::Instant;
use lariat_crypto::NamedGroup;
use lariat_dtls::{Certificate, Event, FailureReason, Role, limits};

#[test]
fn no_datagram_of_the_handshake_is_longer_than_the_mtu() {
    // adversarial D30
    for version in VERSIONS {
        for mtu in (256..=1_500).step_by(31) {
            let (mut client, mut server) = (fake_config(version, 1), fake_config(version, 2));
            (client.mtu, server.mtu) = (mtu, mtu);
            // A server that asks for another key sends one message more.
            client.key_shares = vec![NamedGroup::Secp256r1];
            server.groups = vec![NamedGroup::X25519MlKem768, NamedGroup::X25519];
            let mut net = Net::with(client, server, |_, _| Fate::Arrives);
            net.connect();
            assert!(net.sent.iter().all(|(_, bytes)| bytes.len() <= mtu), "{mtu}");
        }
    }
}

// rfc9147 §5.8.3: not more than ten records at once
#[test]
fn a_flight_has_at_most_ten_records() {
    for version in VERSIONS {
        let (client, server) = (fake_config(version, 1), fake_config(version, 2));
        let mut net = Net::with(client, server, |_, _| Fate::Arrives);
        net.connect();
        for role in [Role::Client, Role::Server] {
            // All flights of a side together.
            let sent = net.sent.iter().filter(|(from, _)| *from == role);
            let count: usize = sent
                .map(|(_, bytes)| wire::records(bytes).len() + wire::ciphertexts(bytes).len())
                .sum();
            assert!(count <= 10, "{version:?} {role:?} {count}");
        }
    }
}

#[test]
fn an_mtu_below_the_smallest_is_raised_to_it() {
    let (mut client, server) = (config(1), config(2));
    client.mtu = 0;
    let mut net = Net::with(client, server, |_, _| Fate::Arrives);
    net.connect();
    assert!(net.sent.iter().all(|(from, bytes)| *from == Role::Server || bytes.len() <= 256));
}

// rfc6347 §4.1.1.1, rfc9147 §4.4: what stays unanswered is cut smaller.
#[test]
fn a_path_for_shorter_datagrams_than_was_said_is_found_out() {
    // adversarial D30
    for version in VERSIONS {
        for (path, seconds) in [(548, 4), (512, 16), (256, 16)] {
            let (client, server) = (fake_config(version, 1), fake_config(version, 2));
            let mut net = Net::with(client, server, |_, _| Fate::Arrives);
            net.tamper_with(move |_, bytes| if bytes.len() > path { Vec::new() } else { bytes });
            net.start();
            net.run(Duration::from_secs(seconds));
            for role in [Role::Client, Role::Server] {
                assert!(net.connected(role).is_some(), "{version:?} {path} {role:?} {net:?}");
            }
        }
    }
}

#[test]
fn a_certificate_of_4_kib_goes_over_a_path_of_512_bytes() {
    // adversarial D30
    for version in VERSIONS {
        for fate in [Fate::Arrives, Fate::Lost] {
            for sender in [Role::Client, Role::Server] {
                let [client, server] = [1, 2].map(|seed| {
                    let mut config = config_of(version, seed);
                    config.certificate = long_certificate();
                    config.mtu = 512;
                    config
                });
                let rule = move |from, number| {
                    if from == sender && [3, 6].contains(&number) { fate } else { Fate::Arrives }
                };
                let mut net = Net::with(client, server, rule);
                net.connect();
                assert!(net.sent.iter().all(|(_, bytes)| bytes.len() <= 512));
                let total: usize = net.sent.iter().map(|(_, bytes)| bytes.len()).sum();
                assert!(total > 2 * 4_096, "both have sent it: {total}");
            }
        }
    }
}

/// The known certificate with a signature, at which nobody looks, that makes it 4 KiB long.
fn long_certificate() -> Certificate {
    let short = known_key::certificate();
    let der = short.der();
    // The lengths of the whole and of what is signed are both in two bytes.
    let signed = 4 + usize::from(u16::from_be_bytes([der[6], der[7]]));
    let algorithm = 2 + usize::from(der[4 + signed + 1]);
    let mut content = der[4..4 + signed + algorithm].to_vec();
    let rest = u16::try_from(4_092 - content.len() - 4).unwrap();
    content.extend([&[3, 0x82][..], &rest.to_be_bytes(), &vec![0; rest.into()]].concat());
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let long = [&[0x30, 0x82][..], &length, &content].concat();
    assert_eq!(long.len(), 4_096);
    Certificate::from_der(&*known_key::provider(), &long, &known_key::pkcs8()).unwrap()
}

#[test]
fn a_silent_peer_fails_the_handshake_after_a_bounded_number_of_flights() {
    // adversarial D7
    for version in VERSIONS {
        let rule = |_, _| Fate::Lost;
        let mut net = Net::with(config_of(version, 1), config_of(version, 2), rule);
        net.start();
        net.run(Duration::from_secs(40));
        assert_eq!(net.failure(Role::Client), Some(FailureReason::HandshakeTimeout));
        // At 0, 0.25, 0.75, 1.75 s, and then every 2 s until 30 s are over. The alert in plaintext
        // that ends it is left out: nobody would believe it.
        let hellos = net.sent.iter().filter(|(_, bytes)| bytes[0] == wire::HANDSHAKE).count();
        assert_eq!(hellos, 18);
        assert!(net.sent.len() <= hellos + 1);
        assert_eq!(net.client.poll_timeout(), None);
        assert!(net.server_events.is_empty(), "nothing reached the server");
    }
}

#[test]
fn a_server_whose_client_falls_silent_gives_up_too() {
    // adversarial D7
    for version in VERSIONS {
        let rule = |from, number| {
            if from == Role::Client && number > 0 { Fate::Lost } else { Fate::Arrives }
        };
        let mut net = Net::with(config_of(version, 1), config_of(version, 2), rule);
        net.start();
        net.run(Duration::from_secs(40));
        assert_eq!(net.failure(Role::Server), Some(FailureReason::HandshakeTimeout));
        assert_eq!(net.server.poll_timeout(), None);
    }
}

#[test]
fn a_server_whose_client_says_no_hello_gives_up_with_a_reason() {
    // Q9
    for version in VERSIONS {
        let mut net = Net::with(config_of(version, 1), config_of(version, 2), |_, _| Fate::Lost);
        assert_eq!(net.server.poll_timeout(), None, "nobody can reach it");
        net.run(60 * SECOND);
        let expected_at = net.now;
        net.server.expect_hello(net.now);
        net.run(SECOND);
        net.server.expect_hello(net.now);
        let deadline = net.server.poll_timeout().unwrap();
        assert_eq!(deadline.at, expected_at + 30 * SECOND);
        assert_eq!(deadline.reason, "DTLS handshake timeout");
        net.run(28 * SECOND);
        assert!(net.server_events.is_empty());
        net.run(SECOND);
        assert_eq!(net.server_events, [Event::Failed(FailureReason::NoHello)]);
        assert_eq!(net.server.poll_timeout(), None);
        assert!(net.sent.is_empty(), "there is nobody to tell");
    }
}

#[test]
fn the_first_datagram_of_a_client_begins_the_wait_for_its_hello() {
    for version in VERSIONS {
        let mut net = Net::with(config_of(version, 1), config_of(version, 2), |_, _| Fate::Lost);
        net.run(5 * SECOND);
        net.inject(Role::Server, &wire::Record::plain(wire::APPLICATION_DATA, 0, b"x").bytes());
        net.run(30 * SECOND);
        assert_eq!(net.failure(Role::Server), Some(FailureReason::NoHello));
        // A hello in time, and the wait is for the handshake.
        let mut net = Net::of_version(version);
        net.server.expect_hello(net.now);
        net.run(25 * SECOND);
        net.connect();
        net.run(60 * SECOND);
        net.assert_lives();
    }
}

/// Connections of both versions, without identifiers and with some of different lengths.
fn every_kind_of_connection() -> impl Iterator<Item = Net> {
    let cids = [None, Some([vec![7; 9], vec![8; 3]]), Some([vec![], vec![9; 20]])];
    VERSIONS.into_iter().flat_map(move |version| {
        cids.clone().map(|cids| {
            let [client, server] = cids.map_or([None, None], |cids| cids.map(|cid| Some(id(&cid))));
            let mut net = net(version, client, server);
            net.connect();
            net
        })
    })
}

// rfc6347 §4.2.7, rfc9147 §5.10: an alert is not repeated by itself, but said again to who goes on.
#[test]
fn an_alert_that_is_lost_is_sent_again_a_few_times() {
    every_kind_of_connection().for_each(lose_an_alert);
}

fn lose_an_alert(mut net: Net) {
    // The client is closed, and the network is down at that moment.
    let before = net.sent.len();
    net.client.close();
    net.client.poll_transmit(&mut Vec::new()).unwrap();
    for _ in 0..20 {
        if net.server.send(b"data", &mut Vec::new()).is_ok() {
            net.send(Role::Server, b"data");
        }
        net.run(Duration::from_millis(300));
    }
    assert_eq!(net.server_events.last(), Some(&Event::Closed));
    // One datagram of data, one alert, one alert in answer, after which both are silent.
    assert_eq!(net.sent.len() - before, 3, "{net:?}");
}

#[test]
fn a_peer_that_never_hears_an_alert_is_told_a_limited_number_of_times() {
    for mut net in every_kind_of_connection() {
        net.client.close();
        net.run(Duration::ZERO);
        let before = net.sent.len();
        let record = net.sealed(Role::Server, b"data");
        for _ in 0..20 {
            net.inject(Role::Client, &record);
            net.now = net.now + SECOND;
        }
        assert_eq!(net.sent.len() - before, usize::from(limits::FAREWELLS));
    }
}

#[test]
fn two_that_close_at_the_same_time_do_not_answer_each_other() {
    for mut net in every_kind_of_connection() {
        // Longer than the time after which an alert may be said again.
        net.latency = SECOND;
        let before = net.sent.len();
        net.client.close();
        net.server.close();
        net.run(60 * SECOND);
        assert_eq!(net.sent.len() - before, 2, "{net:?}");
    }
}

#[test]
fn the_first_repetition_comes_after_twice_the_measured_round_trip() {
    for (rtt, expected) in [(1, 50), (100, 200), (10_000, 2_000)] {
        let mut net = Net::new();
        net.client.set_rtt(Duration::from_millis(rtt));
        net.client.start(Instant::ZERO);
        let deadline = net.client.poll_timeout().unwrap();
        assert_eq!(deadline.at, Instant::from_millis(expected));
        // rfc6347 §4.2.4.1: it doubles, up to a ceiling.
        net.client.handle_timeout(deadline.at);
        let next = net.client.poll_timeout().unwrap();
        assert_eq!(next.at - deadline.at, Duration::from_millis((2 * expected).min(2_000)));
    }
}

#[test]
fn time_that_repeats_or_goes_backwards_is_harmless() {
    let mut net = Net::new();
    net.client.start(Instant::from_millis(500));
    let deadline = net.client.poll_timeout();
    for now in [Instant::ZERO, Instant::from_millis(749), Instant::ZERO] {
        net.client.handle_timeout(now);
        assert_eq!(net.client.poll_timeout(), deadline);
    }
    net.connect();
}

#[test]
fn polling_between_all_steps_or_only_at_the_end_sends_the_same_hello() {
    let hello = |poll_first: bool| {
        let mut net = Net::new();
        let mut out = Vec::new();
        net.client.start(Instant::ZERO);
        if poll_first {
            net.client.poll_transmit(&mut out);
        }
        out.clear();
        net.client.handle_timeout(Instant::from_millis(250));
        net.client.poll_transmit(&mut out);
        assert!(net.client.poll_transmit(&mut out).is_none(), "one hello, not two");
        out
    };
    assert_eq!(hello(true), hello(false));
}
