//! Somebody on the network who is not the other side.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use lariat_peer::{Direction, Event, FailureReason, MediaKind};
use lariat_peer_testing::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);

fn stranger(number: u16) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 9], 1_024 + number))
}

fn victim() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5_000))
}

/// A ClientHello's record and handshake headers, with nothing sensible behind.
fn client_hello() -> Vec<u8> {
    let mut hello = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 60];
    hello.extend([1, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 48, 0xfe, 0xfd]);
    hello.resize(13 + 60, 7);
    hello
}

fn dropped(pair: &Pair, side: usize, layer: &str, reason: &str) -> u64 {
    let stats = pair.peer(side).stats();
    let counts = stats.dropped.iter();
    counts
        .filter(|drop| drop.layer == layer && drop.reason.contains(reason))
        .map(|drop| drop.count)
        .sum()
}

// adversarial D1, I12
#[test]
fn hellos_from_a_thousand_strangers_change_nothing() {
    let undisturbed = {
        let mut pair = Pair::new(1, Link::default());
        pair.open_channel(0, "test");
        pair.negotiate(0);
        pair.run_until(MINUTE, |pair| pair.is_connected());
        pair.simulation().now()
    };
    let mut pair = Pair::new(1, Link::default());
    pair.open_channel(0, "test");
    for number in 0..500 {
        pair.simulation().inject(stranger(number), victim(), client_hello());
    }
    pair.negotiate(0);
    for number in 500..1_000 {
        pair.simulation().inject(stranger(number), victim(), client_hello());
    }
    pair.run_until(MINUTE, |pair| pair.is_connected());
    assert_eq!(pair.simulation().now(), undisturbed, "the handshake takes as long as without them");
    assert_eq!(dropped(&pair, 0, "peer", "without a validated pair"), 1_000);
}

// adversarial I12, R13
#[test]
fn data_from_a_third_address_is_dropped_and_moves_nothing() {
    let mut pair = Pair::new(2, Link::default());
    let channel = pair.open_channel(0, "test");
    pair.with(0, |peer, _| peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)).unwrap();
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected() && pair.is_open(0, channel));
    let selected = pair.peer(0).selected_pair();
    for first in [20, 23, 63, 128, 144, 191] {
        let mut datagram = vec![first; 100];
        datagram[1] = 0xfe;
        pair.simulation().inject(stranger(1), victim(), datagram);
    }
    pair.run_for(Duration::from_secs(1));
    assert_eq!(dropped(&pair, 0, "peer", "without a validated pair"), 6);
    assert_eq!(pair.peer(0).selected_pair(), selected);
    pair.send(0, channel, Bytes::from_static(b"alive")).unwrap();
    pair.run_until(MINUTE, |pair| !pair.side(1).messages.is_empty());
}

// adversarial R3, R13, D11: the right address, but not the right keys.
#[test]
fn forgeries_from_the_validated_address_are_counted_and_forgotten() {
    let mut pair = Pair::new(3, Link::default());
    let channel = pair.open_channel(0, "test");
    pair.with(0, |peer, _| peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)).unwrap();
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected() && pair.is_open(0, channel));
    let friend = pair.peer(0).selected_pair().unwrap().remote;
    let mut rtp = vec![0x80, 111];
    rtp.extend([0; 100]);
    let mut rtcp = vec![0x80, 200, 0, 6];
    rtcp.extend([0; 60]);
    let mut record = vec![23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0xff, 0, 0, 40];
    record.extend([9; 40]);
    for datagram in [rtp, rtcp, record] {
        for _ in 0..1_000 {
            pair.simulation().inject(friend, victim(), datagram.clone());
        }
    }
    pair.run_for(Duration::from_secs(1));
    assert_eq!(dropped(&pair, 0, "srtp", ""), 2_000);
    assert_eq!(dropped(&pair, 0, "dtls", ""), 1_000);
    assert!(pair.side(0).packets.is_empty());
    pair.send(0, channel, Bytes::from_static(b"alive")).unwrap();
    pair.run_until(MINUTE, |pair| !pair.side(1).messages.is_empty());
}

// adversarial Q1, Q2
#[test]
fn noise_of_every_first_byte_and_length_is_counted() {
    let mut pair = Pair::new(4, Link::default());
    let channel = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected() && pair.is_open(0, channel));
    let friend = pair.peer(0).selected_pair().unwrap().remote;
    let before: u64 = pair.peer(0).stats().dropped.iter().map(|drop| drop.count).sum();
    for first in 0..=255u8 {
        for length in 0..64 {
            let mut datagram = vec![0; length];
            if let Some(byte) = datagram.first_mut() {
                *byte = first;
            }
            pair.simulation().inject(friend, victim(), datagram);
        }
    }
    pair.run_for(Duration::from_secs(1));
    let after: u64 = pair.peer(0).stats().dropped.iter().map(|drop| drop.count).sum();
    assert!(after - before >= 256 * 63, "only {} were counted", after - before);
    pair.send(0, channel, Bytes::from_static(b"alive")).unwrap();
    pair.run_until(MINUTE, |pair| !pair.side(1).messages.is_empty());
}

// adversarial I11
#[test]
fn a_peer_that_vanishes_is_given_up_and_nothing_more_is_sent() {
    let mut pair = Pair::new(5, Link::default());
    pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    pair.simulation().set_link(Link { loss: 1.0, ..Link::default() });
    pair.run_until(MINUTE, |pair| pair.peer(0).is_closed() && pair.peer(1).is_closed());
    let quiet = pair.fingerprint();
    pair.run_for(MINUTE);
    assert_eq!(pair.fingerprint(), quiet, "something was sent after the end");
}

#[test]
fn a_failure_says_which_pairs_were_tried_and_what_became_of_them() {
    let mut pair = Pair::new(6, Link { loss: 1.0, ..Link::default() });
    pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE * 2, |pair| pair.peer(0).is_closed());
    let failure = pair.side(0).events.iter().find_map(|event| match event {
        Event::Failed(FailureReason::Ice { reason, explanation }) => Some((reason, explanation)),
        _ => None,
    });
    let (reason, explanation) = failure.unwrap();
    assert_eq!(reason.to_string(), "every candidate pair failed");
    for line in ["192.0.2.1:5000", "192.0.2.2:5001", "checks 7 sent 0 answered"] {
        assert!(explanation.contains(line), "{explanation}");
    }
}
