//! A gate and first hellos of several datagrams: two defaults work together.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use allocation_counter::measure;
use common::wire::{CLIENT_HELLO, Fragment};
use common::{Fate, NOW_UNIX, Net, expect};
use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::{
    Certificate, Config, Connection, CookieGate, Refusal, Role, Verdict, Version, limits,
};

const ADDRESS: &[u8] = b"192.0.2.1:4433";
const NOW: Instant = Instant::ZERO;

/// Nothing but defaults.
fn config(seed: u8) -> Config {
    let (provider, seed) = (ring::provider(), Seed::new([seed; 32]));
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, NOW_UNIX).unwrap();
    Config::new(provider, seed.split("dtls"), certificate)
}

fn with_mtu(seed: u8, mtu: usize) -> Config {
    let mut config = config(seed);
    config.mtu = mtu;
    config
}

/// The datagrams of a client's first hello.
fn first_hello(mtu: usize) -> Vec<Vec<u8>> {
    let mut client = Connection::new(with_mtu(1, mtu), Role::Client, expect(&config(2)));
    client.start(NOW);
    let mut all = vec![Vec::new()];
    while client.poll_transmit(all.last_mut().unwrap()).is_some() {
        all.push(Vec::new());
    }
    all.pop();
    all
}

fn gate() -> CookieGate {
    CookieGate::new(config(2), &Seed::new([9; 32]))
}

fn verdict(gate: &mut CookieGate, address: &[u8], datagram: &[u8]) -> Verdict {
    gate.handle_datagram(NOW, address, datagram, &mut Vec::new())
}

#[test]
fn a_default_client_connects_through_a_default_gate() {
    for mtu in [1_200, 1_000, 548, 400, 256] {
        let server = with_mtu(2, mtu);
        let mut net = Net::behind_gate(with_mtu(1, mtu), server, |_, _| Fate::Arrives);
        let info = net.connect();
        assert_eq!((info.version, info.group), (Version::Dtls13, "X25519MLKEM768"), "{mtu}");
        // Two and a half round trips, as the crate says.
        assert_eq!(
            net.connected_at.last().unwrap().1,
            Instant::ZERO + 5 * common::LATENCY,
            "{mtu}"
        );
        net.assert_lives();
    }
}

#[test]
fn a_default_client_connects_through_the_gate_of_a_server_of_1_2() {
    for mtu in [1_200, 548, 256] {
        let mut server = with_mtu(2, mtu);
        server.versions = vec![Version::Dtls12];
        let mut net = Net::behind_gate(with_mtu(1, mtu), server, |_, _| Fate::Arrives);
        assert_eq!(net.connect().version, Version::Dtls12);
        assert_eq!(
            net.connected_at.last().unwrap().1,
            Instant::ZERO + 6 * common::LATENCY,
            "{mtu}"
        );
        net.assert_lives();
    }
}

#[test]
fn defaults_connect_through_the_gate_under_loss() {
    for (mtu, percent) in [(1_200, 30), (548, 20), (256, 10)] {
        for seed in 0..30 {
            let mut rng = Seed::new([seed; 32]).rng();
            let rule =
                move |_, _| if rng.below(100) < percent { Fate::Lost } else { Fate::Arrives };
            let mut net = Net::behind_gate(with_mtu(1, mtu), with_mtu(2, mtu), rule);
            net.connect();
        }
    }
}

#[test]
fn parts_in_any_order_and_more_than_once_are_one_hello() {
    for mtu in [1_200, 548, 256] {
        let parts = first_hello(mtu);
        assert!(parts.len() > 1);
        let mut gate = gate();
        for part in parts.iter().skip(1).rev().chain(parts.iter().skip(1)) {
            assert_eq!(verdict(&mut gate, ADDRESS, part), Verdict::Incomplete);
        }
        assert_eq!(verdict(&mut gate, ADDRESS, &parts[0]), Verdict::Reply);
        // What was answered is forgotten.
        assert_eq!(verdict(&mut gate, ADDRESS, &parts[0]), Verdict::Incomplete);
    }
}

#[test]
fn parts_of_two_clients_or_of_two_hellos_are_not_mixed() {
    let parts = first_hello(1_200);
    let mut gate = gate();
    assert_eq!(verdict(&mut gate, b"one", &parts[0]), Verdict::Incomplete);
    assert_eq!(verdict(&mut gate, b"another", &parts[1]), Verdict::Incomplete);
    // A part that contradicts takes the place of what was there, and the hello comes again.
    let mut forged = parts[0].clone();
    *forged.last_mut().unwrap() ^= 1;
    for datagram in [&forged, &parts[0]] {
        assert_eq!(verdict(&mut gate, b"one", datagram), Verdict::Incomplete);
    }
    assert_eq!(verdict(&mut gate, b"one", &parts[1]), Verdict::Reply);
}

#[test]
fn an_answer_is_not_longer_than_all_parts_together() {
    for mtu in [1_200, 256] {
        let parts = first_hello(mtu);
        let total: usize = parts.iter().map(Vec::len).sum();
        let (mut gate, mut out) = (gate(), Vec::new());
        for part in &parts {
            assert!(out.is_empty());
            gate.handle_datagram(NOW, ADDRESS, part, &mut out);
        }
        assert!(!out.is_empty() && out.len() <= total);
    }
}

fn beginning(length: usize) -> Vec<u8> {
    Fragment::whole(CLIENT_HELLO, 0, &vec![0; length]).part(0, 100).datagram(0)
}

#[test]
fn a_hello_one_past_the_longest_is_dropped() {
    let mut gate = gate();
    let longest = limits::GATE_HELLO_BYTES;
    assert_eq!(verdict(&mut gate, ADDRESS, &beginning(longest)), Verdict::Incomplete);
    let refused = verdict(&mut gate, ADDRESS, &beginning(longest + 1));
    assert_eq!(refused, Verdict::Dropped(Refusal::TooLong));
}

#[test]
fn one_client_past_the_limit_pushes_out_the_first() {
    let parts = first_hello(1_200);
    for (others, expected) in
        [(limits::GATE_HELLOS - 1, Verdict::Reply), (limits::GATE_HELLOS, Verdict::Incomplete)]
    {
        let mut gate = gate();
        verdict(&mut gate, ADDRESS, &parts[0]);
        for other in 0..others {
            verdict(&mut gate, &other.to_be_bytes(), &parts[0]);
        }
        assert_eq!(verdict(&mut gate, ADDRESS, &parts[1]), expected);
    }
}

#[test]
fn a_hundred_thousand_spoofed_beginnings_leave_no_more_than_the_limit() {
    let (parts, mut gate) = (first_hello(1_200), gate());
    let longest = beginning(limits::GATE_HELLO_BYTES);
    // The worst is a part from the end: then it must be kept which bytes are there.
    let end = Fragment::whole(CLIENT_HELLO, 0, &[0; limits::GATE_HELLO_BYTES]);
    let end = end.part(limits::GATE_HELLO_BYTES - 100, 100).datagram(0);
    let held = measure(|| {
        for number in 0..100_000_u32 {
            let forged = [&parts[0], &longest, &end][number as usize % 3];
            assert_eq!(verdict(&mut gate, &number.to_be_bytes(), forged), Verdict::Incomplete);
        }
    });
    let limit = limits::GATE_HELLOS * limits::GATE_HELLO_BYTES * 9 / 8;
    let held = usize::try_from(held.bytes_current).unwrap();
    assert!((1..300 * 1024).contains(&held) && held < limit + 16 * 1024, "{held}");
    // And a genuine client still gets in.
    verdict(&mut gate, ADDRESS, &parts[0]);
    assert_eq!(verdict(&mut gate, ADDRESS, &parts[1]), Verdict::Reply);
}
