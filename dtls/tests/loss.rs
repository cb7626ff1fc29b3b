//! Handshakes over networks that lose, repeat, swap and shorten datagrams.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{Fate, LATENCY, Net, VERSIONS, config, fake_config, without_ml_kem};
use lariat_base::{Instant, Seed};
use lariat_crypto::NamedGroup;
use lariat_dtls::{Config, ConnectionId, Event, FailureReason, Role, Version, limits};

/// More than either side sends in an undisturbed handshake with datagrams of 256 bytes.
const DATAGRAMS: usize = 14;
const MTUS: [usize; 3] = [256, 576, 1_200];
const FATES: [Fate; 3] = [Fate::Lost, Fate::Twice, Fate::Late];
const ROUND_TRIP: Duration = LATENCY.saturating_mul(2);

/// What the handshakes differ in.
#[derive(Clone, Copy, Debug)]
struct Kind {
    version: Version,
    /// Whether the hello holds a key of X25519MLKEM768, and so takes two datagrams or more.
    has_ml_kem: bool,
    /// Whether the server asks for another key than the client sends.
    retries: bool,
    /// Whether both sides want connection identifiers.
    has_ids: bool,
    mtu: usize,
}

fn kinds() -> impl Iterator<Item = Kind> {
    [
        (Version::Dtls12, false, false),
        (Version::Dtls13, false, false),
        (Version::Dtls13, true, false),
        (Version::Dtls13, true, true),
    ]
    .into_iter()
    .flat_map(|(version, has_ml_kem, retries)| {
        MTUS.map(|mtu| Kind { version, has_ml_kem, retries, has_ids: false, mtu })
    })
    // Where they take the most room.
    .chain(VERSIONS.map(|version| Kind {
        version,
        has_ml_kem: false,
        retries: false,
        has_ids: true,
        mtu: 256,
    }))
}

fn config_of(kind: Kind, seed: u8) -> Config {
    let mut config = fake_config(kind.version, seed);
    if !kind.has_ml_kem {
        without_ml_kem(&mut config);
    }
    if kind.retries {
        config.key_shares = vec![NamedGroup::X25519];
    }
    if kind.has_ids {
        config.connection_id = ConnectionId::new([seed; 20]).ok();
    }
    config.mtu = kind.mtu;
    config
}

/// Two sides that know the round-trip time.
fn net(kind: Kind, rule: impl FnMut(Role, usize) -> Fate + 'static) -> Net {
    let (client, mut server) = (config_of(kind, 1), config_of(kind, 2));
    if kind.retries {
        server.groups = vec![NamedGroup::X25519MlKem768];
    }
    let mut net = Net::with(client, server, rule);
    for role in [Role::Client, Role::Server] {
        net.connection(role).set_rtt(ROUND_TRIP);
    }
    net
}

/// Connects, and checks that nothing but that happened, within so many round trips.
fn connects_within(round_trips: u32, mut net: Net, what: &str) {
    net.start();
    net.run(ROUND_TRIP * round_trips);
    for role in [Role::Client, Role::Server] {
        assert!(matches!(net.events(role), [Event::Connected(_)]), "{what}: {role:?} {net:?}");
    }
    net.calm_down();
    net.send(Role::Client, b"ping");
    net.send(Role::Server, b"pong");
    net.run(Duration::from_secs(3));
    assert_eq!(net.data(Role::Server), [b"ping"], "{what}");
    assert_eq!(net.data(Role::Client), [b"pong"], "{what}");
    for role in [Role::Client, Role::Server] {
        assert_eq!(net.connection(role).poll_timeout(), None, "{what}: {role:?} is not done");
    }
}

fn every_datagram() -> impl Iterator<Item = (Role, usize)> {
    [Role::Client, Role::Server]
        .into_iter()
        .flat_map(|role| (0..DATAGRAMS).map(move |index| (role, index)))
}

#[test]
fn an_undisturbed_handshake_takes_two_round_trips_and_one_in_1_3() {
    for kind in kinds() {
        let (client, server) = match kind {
            Kind { version: Version::Dtls12, .. } => (4, 3),
            Kind { retries: false, .. } => (2, 3),
            Kind { retries: true, .. } => (4, 5),
        };
        for (role, hops) in [(Role::Client, client), (Role::Server, server)] {
            let mut net = net(kind, |_, _| Fate::Arrives);
            net.start();
            net.run(LATENCY * hops - Duration::from_millis(1));
            assert!(net.connected(role).is_none(), "{kind:?} {role:?}");
            net.run(Duration::from_millis(1));
            assert!(net.connected(role).is_some(), "{kind:?} {role:?}");
        }
    }
}

#[test]
fn any_one_datagram_may_be_lost_repeated_or_swapped() {
    // adversarial D6
    for kind in kinds() {
        for (sender, index) in every_datagram() {
            for fate in FATES {
                let rule = move |from, number| {
                    if (from, number) == (sender, index) { fate } else { Fate::Arrives }
                };
                let what = format!("{kind:?}: {index} of {sender:?} is {fate:?}");
                connects_within(5 + u32::from(kind.retries), net(kind, rule), &what);
            }
        }
    }
}

#[test]
fn any_two_datagrams_may_be_lost_repeated_or_swapped() {
    // adversarial D6
    // The MTU between the others has no case of its own, and there are many pairs.
    for kind in kinds().filter(|kind| kind.mtu != 576) {
        for (first, second) in every_datagram().flat_map(|first| {
            let later = every_datagram().filter(move |second| *second > first);
            later.map(move |second| (first, second))
        }) {
            for (one, other) in FATES.into_iter().flat_map(|one| FATES.map(|other| (one, other))) {
                let rule = move |from, number| match (from, number) {
                    place if place == first => one,
                    place if place == second => other,
                    _ => Fate::Arrives,
                };
                let what = format!("{kind:?}: {first:?} {one:?}, {second:?} {other:?}");
                connects_within(9 + u32::from(kind.retries), net(kind, rule), &what);
            }
        }
    }
}

#[test]
fn every_datagram_may_come_twice_or_every_other_one_late() {
    for kind in kinds() {
        connects_within(4, net(kind, |_, _| Fate::Twice), "all twice");
        let rule =
            |_, number: usize| if number.is_multiple_of(2) { Fate::Late } else { Fate::Arrives };
        connects_within(4, net(kind, rule), "every other one late");
    }
}

#[test]
fn a_handshake_survives_random_loss() {
    let kinds: Vec<Kind> = kinds().collect();
    for seed in 0..2_000_u64 {
        let mut rng = Seed::new([7; 32]).split(&seed.to_string()).rng();
        let percent = 5 + seed % 26;
        let kind = kinds[usize::try_from(seed).unwrap() % kinds.len()];
        let rule = move |_, _| match rng.below(100) {
            roll if roll < percent => Fate::Lost,
            roll if roll > 95 => Fate::Twice,
            roll if roll > 90 => Fate::Late,
            _ => Fate::Arrives,
        };
        net(kind, rule).connect();
    }
}

#[test]
fn no_datagram_of_the_handshake_is_longer_than_the_mtu() {
    // adversarial D30
    for kind in kinds() {
        for mtu in (256..=1_500).step_by(31) {
            let mut net = net(Kind { mtu, ..kind }, |_, _| Fate::Arrives);
            net.connect();
            assert!(net.sent.iter().all(|(_, bytes)| bytes.len() <= mtu), "{mtu}");
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

#[test]
fn a_silent_peer_fails_the_handshake_after_a_bounded_number_of_flights() {
    // adversarial D7
    let mut net = Net::with_rule(|_, _| Fate::Lost);
    net.start();
    net.run(Duration::from_secs(40));
    assert_eq!(net.failure(Role::Client), Some(FailureReason::HandshakeTimeout));
    assert!((10..25).contains(&net.sent.len()), "{}", net.sent.len());
    assert_eq!(net.client.poll_timeout(), None);
    assert!(net.server_events.is_empty(), "nothing reached the server");
}

#[test]
fn a_server_whose_client_falls_silent_gives_up_too() {
    // adversarial D7
    let mut net =
        Net::with_rule(
            |from, number| {
                if from == Role::Client && number > 0 { Fate::Lost } else { Fate::Arrives }
            },
        );
    net.start();
    net.run(Duration::from_secs(40));
    assert_eq!(net.failure(Role::Server), Some(FailureReason::HandshakeTimeout));
}

#[test]
fn an_alert_that_is_lost_is_sent_again_a_few_times() {
    // The client is closed, and the network is down at that moment.
    let mut net = Net::new();
    net.connect();
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
    // A server that never hears it is told a limited number of times.
    let mut net = Net::new();
    net.connect();
    net.client.close();
    net.run(Duration::from_secs(0));
    let before = net.sent.len();
    let mut record = Vec::new();
    net.server.send(b"data", &mut record).unwrap();
    for _ in 0..20 {
        net.inject(Role::Client, &record);
        net.now = net.now + Duration::from_secs(1);
    }
    assert_eq!(net.sent.len() - before, usize::from(limits::FAREWELLS));
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
