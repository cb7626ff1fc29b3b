//! Handshakes over networks that lose, repeat and swap datagrams.
//!
//! Every datagram of every flight, those that are sent again among them, is lost, comes twice, or
//! changes places with the next one; first each alone, and then each together with each other one.
//! So many round trips after the start both sides are connected, if both know how long one takes:
//!
//! ```text
//!                                           undisturbed   one datagram   two datagrams
//! 1.2                                           2              4               8
//! 1.2, with a client that offers 1.3, too       2              4               8
//! 1.2, behind a gate                            3              5               9
//! 1.3                                           1.5            3.5             7.5
//! 1.3, with a retry request                     2.5            4.5             8.5
//! 1.3, behind a gate, with a key or without     2.5            4.5             8.5
//! ```
//!
//! What is lost is sent again after two round trips, and if that is lost, too, after four more. The
//! server of 1.2 and the client of 1.3 are connected half a round trip before the other side.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{Fate, LATENCY, Net, fake_config};
use lariat_base::{Instant, Seed};
use lariat_crypto::NamedGroup::{self, Secp256r1, Secp384r1, X25519, X25519MlKem768};
use lariat_dtls::{Config, ConnectionId, Dropped, Event, Role, Version};

const ROUND_TRIP: Duration = LATENCY.saturating_mul(2);
const MTUS: [usize; 2] = [256, 1_200];
const FATES: [Fate; 3] = [Fate::Lost, Fate::Twice, Fate::Late];
const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// How the sides come to their version and their group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    /// The first hello has all that it takes.
    Straight,
    /// The same, and both sides want connection identifiers, which take room.
    Identified,
    /// The client would like the version after this one.
    Downward,
    /// The server wants a key of another group.
    Retry,
    /// The server asks for a cookie, and for a key if there is none.
    Gate { has_key: bool },
}

/// What the handshakes differ in.
#[derive(Clone, Copy, Debug)]
struct Kind {
    version: Version,
    path: Path,
    group: NamedGroup,
    /// The client's and the server's.
    mtus: [usize; 2],
}

/// Kinds that take the same time.
struct Row {
    version: Version,
    path: Path,
    groups: &'static [NamedGroup],
    /// In halves of a round trip: undisturbed, with one datagram disturbed, and with two.
    bounds: [u32; 3],
}

const CLASSIC: &[NamedGroup] = &[X25519, Secp256r1, Secp384r1];
const ALL: &[NamedGroup] = &[X25519MlKem768, X25519, Secp256r1, Secp384r1];
const V12: Version = Version::Dtls12;
const V13: Version = Version::Dtls13;

const ROWS: [Row; 9] = [
    Row { version: V12, path: Path::Straight, groups: CLASSIC, bounds: [4, 8, 16] },
    Row { version: V12, path: Path::Identified, groups: &[X25519], bounds: [4, 8, 16] },
    Row { version: V12, path: Path::Downward, groups: CLASSIC, bounds: [4, 8, 16] },
    Row { version: V12, path: Path::Gate { has_key: false }, groups: CLASSIC, bounds: [6, 10, 18] },
    Row { version: V13, path: Path::Straight, groups: ALL, bounds: [3, 7, 15] },
    Row { version: V13, path: Path::Identified, groups: &[X25519], bounds: [3, 7, 15] },
    Row { version: V13, path: Path::Retry, groups: ALL, bounds: [5, 9, 17] },
    Row { version: V13, path: Path::Gate { has_key: true }, groups: &[X25519], bounds: [5, 9, 17] },
    Row { version: V13, path: Path::Gate { has_key: false }, groups: ALL, bounds: [5, 9, 17] },
];

impl Row {
    fn of(version: Version, path: Path) -> &'static Self {
        ROWS.iter().find(|row| (row.version, row.path) == (version, path)).unwrap()
    }

    fn kinds(&self) -> impl Iterator<Item = Kind> {
        let (version, path) = (self.version, self.path);
        self.groups
            .iter()
            .flat_map(move |&group| MTUS.map(|mtu| Kind { version, path, group, mtus: [mtu; 2] }))
    }

    /// Disturbs every datagram, and every two, and compares with what is stated.
    fn check(&self) {
        let mut worst = [0; 3];
        for kind in self.kinds() {
            let undisturbed = Run::of(kind, &[]);
            worst[0] = worst[0].max(undisturbed.halves);
            for one in undisturbed.disturbances() {
                let disturbed = Run::of(kind, &[one]);
                worst[1] = worst[1].max(disturbed.halves);
                for other in disturbed.disturbances() {
                    // Two that are there without each other come in one order only.
                    if other.0 > one.0 || !undisturbed.has(other.0) {
                        worst[2] = worst[2].max(Run::of(kind, &[one, other]).halves);
                    }
                }
            }
        }
        assert_eq!(worst, self.bounds, "{:?} {:?}", self.version, self.path);
    }
}

/// By whom, and the number among that sender's datagrams.
type Place = (Role, usize);

/// A handshake that went well.
struct Run {
    /// Until both sides were connected, in halves of a round trip.
    halves: u32,
    sent: [usize; 2],
}

impl Run {
    fn of(kind: Kind, disturbed: &[(Place, Fate)]) -> Self {
        Self::through(net(kind, disturbing(disturbed)), &format!("{kind:?} {disturbed:?}"))
    }

    /// Connects, and checks that this happened and nothing else.
    fn through(mut net: Net, what: &str) -> Self {
        net.start();
        net.run(Duration::from_secs(31));
        for role in ROLES {
            // adversarial D6: no spurious alert.
            assert!(matches!(net.events(role), [Event::Connected(_)]), "{what}: {net:?}");
            assert_eq!(net.connection(role).poll_timeout(), None, "{what}: {role:?} is not done");
            for (reason, _) in net.connection(role).dropped().iter() {
                let is_usual = matches!(
                    reason,
                    Dropped::Retransmission
                        | Dropped::Replayed
                        | Dropped::LateHandshake
                        | Dropped::EarlyRecord
                        | Dropped::Epoch
                );
                assert!(is_usual, "{what}: {role:?} {reason:?}");
            }
        }
        assert_eq!(net.connected(Role::Client), net.connected(Role::Server), "{what}");
        let end = net.connected_at.iter().map(|(_, at)| *at).max().unwrap();
        // A datagram that is late is so by much less.
        let halves = (end - Instant::ZERO).as_millis() / net.latency.as_millis();
        let sent = ROLES.map(|role| net.sent.iter().filter(|(from, _)| *from == role).count());
        net.calm_down();
        net.send(Role::Client, b"ping");
        net.send(Role::Server, b"pong");
        net.run(Duration::from_secs(1));
        assert_eq!(net.data(Role::Server), [b"ping"], "{what}");
        assert_eq!(net.data(Role::Client), [b"pong"], "{what}");
        Self { halves: u32::try_from(halves).unwrap(), sent }
    }

    fn has(&self, (role, number): Place) -> bool {
        number < self.sent[role as usize]
    }

    fn disturbances(&self) -> impl Iterator<Item = (Place, Fate)> {
        let sent = self.sent;
        ROLES
            .into_iter()
            .flat_map(move |role| (0..sent[role as usize]).map(move |number| (role, number)))
            .flat_map(|place| FATES.map(|fate| (place, fate)))
    }
}

fn disturbing(disturbed: &[(Place, Fate)]) -> impl FnMut(Role, usize) -> Fate + 'static {
    let list = disturbed.to_vec();
    move |from, number| {
        let fate = list.iter().find(|(place, _)| *place == (from, number));
        fate.map_or(Fate::Arrives, |(_, fate)| *fate)
    }
}

fn sides(kind: Kind) -> [Config; 2] {
    let [mut client, mut server] = [1, 2].map(|seed| {
        let mut config = fake_config(kind.version, seed);
        config.mtu = kind.mtus[usize::from(seed) - 1];
        // What `set_rtt` says, said before a gate makes the connection.
        config.initial_rto = ROUND_TRIP * 2;
        if kind.path == Path::Identified {
            config.connection_id = ConnectionId::new([seed; 20]).ok();
        }
        config
    });
    server.groups = vec![kind.group];
    client.key_shares = match kind.path {
        Path::Straight | Path::Identified | Path::Gate { has_key: true } => vec![kind.group],
        Path::Retry if kind.group == X25519 => vec![Secp256r1],
        Path::Retry => vec![X25519],
        Path::Gate { has_key: false } => Vec::new(),
        Path::Downward => client.key_shares,
    };
    if kind.path == Path::Downward {
        client.versions = vec![V13, V12];
    }
    [client, server]
}

fn net(kind: Kind, rule: impl FnMut(Role, usize) -> Fate + 'static) -> Net {
    let [client, server] = sides(kind);
    match kind.path {
        Path::Gate { .. } => Net::behind_gate(client, server, rule),
        _ => Net::with(client, server, rule),
    }
}

// adversarial D6
#[test]
fn any_two_datagrams_of_1_2_may_be_lost_repeated_or_swapped() {
    Row::of(V12, Path::Straight).check();
}

#[test]
fn any_two_datagrams_of_1_2_may_be_disturbed_with_connection_identifiers() {
    Row::of(V12, Path::Identified).check();
}

#[test]
fn any_two_datagrams_of_1_2_may_be_disturbed_when_the_client_offers_1_3() {
    Row::of(V12, Path::Downward).check();
}

#[test]
fn any_two_datagrams_of_1_2_may_be_disturbed_behind_a_gate() {
    Row::of(V12, Path::Gate { has_key: false }).check();
}

// adversarial D6
#[test]
fn any_two_datagrams_of_1_3_may_be_lost_repeated_or_swapped() {
    Row::of(V13, Path::Straight).check();
}

#[test]
fn any_two_datagrams_of_1_3_may_be_disturbed_with_connection_identifiers() {
    Row::of(V13, Path::Identified).check();
}

#[test]
fn any_two_datagrams_of_1_3_may_be_disturbed_with_a_retry_request() {
    Row::of(V13, Path::Retry).check();
}

#[test]
fn any_two_datagrams_of_1_3_may_be_disturbed_behind_a_gate() {
    Row::of(V13, Path::Gate { has_key: true }).check();
}

#[test]
fn any_two_datagrams_of_1_3_may_be_disturbed_behind_a_gate_that_asks_for_a_key() {
    Row::of(V13, Path::Gate { has_key: false }).check();
}

#[test]
fn the_kinds_are_what_they_say() {
    for kind in ROWS.iter().flat_map(Row::kinds) {
        let mut net = net(kind, |_, _| Fate::Arrives);
        let info = net.connect();
        let group = match kind.group {
            X25519MlKem768 => "X25519MLKEM768",
            X25519 => "x25519",
            Secp256r1 => "secp256r1",
            _ => "secp384r1",
        };
        assert_eq!((info.version, info.group), (kind.version, group), "{kind:?}");
    }
}

#[test]
fn one_side_is_connected_half_a_round_trip_before_the_other() {
    for kind in ROWS.iter().flat_map(Row::kinds) {
        let mut net = net(kind, |_, _| Fate::Arrives);
        net.connect();
        let [(first, early), (_, late)] = net.connected_at[..] else { panic!("{kind:?}") };
        assert_eq!(first, if kind.version == V12 { Role::Server } else { Role::Client });
        assert_eq!(late - early, LATENCY, "{kind:?}");
    }
}

#[test]
fn every_datagram_may_come_twice_or_every_other_one_late() {
    for row in &ROWS {
        for kind in row.kinds() {
            let twice = Run::through(net(kind, |_, _| Fate::Twice), "all twice");
            let rule = |_, number: usize| {
                if number.is_multiple_of(2) { Fate::Late } else { Fate::Arrives }
            };
            let late = Run::through(net(kind, rule), "every other one late");
            assert!(twice.halves.max(late.halves) <= row.bounds[0], "{kind:?}");
        }
    }
}

#[test]
fn the_sides_may_have_different_mtus() {
    for row in &ROWS {
        for kind in row.kinds() {
            for mtus in [[256, 1_200], [1_200, 256]] {
                let kind = Kind { mtus, ..kind };
                for one in Run::of(kind, &[]).disturbances() {
                    assert!(Run::of(kind, &[one]).halves <= row.bounds[1], "{kind:?} {one:?}");
                }
            }
        }
    }
}

#[test]
fn a_round_trip_may_take_ten_times_as_long_as_was_said_or_a_tenth() {
    for row in &ROWS {
        for kind in row.kinds() {
            let undisturbed = Run::of(kind, &[]);
            for one in undisturbed.disturbances() {
                let through = |latency| {
                    let mut net = net(kind, disturbing(&[one]));
                    net.latency = latency;
                    Run::through(net, &format!("{kind:?} {one:?} {latency:?}"))
                };
                // The timers run out many times before an answer can be there, and answers to
                // what was sent too often are no reason to send yet more.
                let slow = through(LATENCY * 10);
                assert!(slow.halves <= row.bounds[0] + 2, "{kind:?} {one:?}");
                for (slow, normal) in slow.sent.iter().zip(undisturbed.sent) {
                    assert!(*slow <= 8 * normal, "{slow} {normal} {kind:?} {one:?}");
                }
                // A timer that is too long is waited for once.
                let fast = through(LATENCY / 10);
                assert!(fast.halves <= row.bounds[0] + 42, "{kind:?} {one:?}");
            }
        }
    }
}

#[test]
fn two_thousand_handshakes_of_1_2_survive_random_loss() {
    survives_random_loss(V12);
}

#[test]
fn two_thousand_handshakes_of_1_3_survive_random_loss() {
    survives_random_loss(V13);
}

/// Of 5 to 30 percent, with as much repetition and as many late datagrams.
fn survives_random_loss(version: Version) {
    let rows = ROWS.iter().filter(|row| row.version == version);
    let kinds: Vec<Kind> = rows.flat_map(Row::kinds).collect();
    for seed in 0..2_000_u64 {
        let mut rng = Seed::new([7; 32]).split(&seed.to_string()).rng();
        let percent = 5 + seed % 26;
        let kind = kinds[usize::try_from(seed).unwrap() % kinds.len()];
        let rule = move |_, _| match rng.below(100) {
            roll if roll < percent => Fate::Lost,
            roll if roll < percent + 15 => Fate::Twice,
            roll if roll < percent + 30 => Fate::Late,
            _ => Fate::Arrives,
        };
        Run::through(net(kind, rule), &format!("{kind:?} seed {seed}"));
    }
}
