//! Paths that take short datagrams only.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_peer::{CloseReason, ConnectionState, Event, FailureReason, SelectedPair, limits};
use lariat_peer_testing::{Link, Pair};
use lariat_sim::Fate;

const MINUTE: Duration = Duration::from_secs(60);
/// What IPv4 leaves of a path of 600 bytes.
const SMALL: usize = 572;

/// A link whose sender is told of what is too long.
fn refusing(mtu: usize) -> Link {
    Link { mtu, reports_mtu: true, ..Link::default() }
}

/// Two peers with an open channel.
fn connected(link: Link) -> Pair {
    let mut pair = Pair::new(1, link);
    pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(2 * MINUTE, |pair| (0..2).all(|side| !pair.side(side).open.is_empty()));
    pair
}

fn received(pair: &mut Pair, side: usize) -> usize {
    pair.side(side).messages.iter().map(|(_, _, payload)| payload.len()).sum()
}

fn send(pair: &mut Pair, side: usize, size: usize) {
    let channel = pair.side(side).open[0];
    pair.send(side, channel, Bytes::from(vec![7; size])).unwrap();
}

/// Whether side 0 was told of such an event.
fn told(pair: &mut Pair, is_it: impl Fn(&Event) -> bool) -> bool {
    pair.side(0).events.iter().any(is_it)
}

/// Sends in both directions, and waits until everything is there.
fn exchange(pair: &mut Pair) {
    for side in 0..2 {
        send(pair, side, 60_000);
    }
    pair.run_until(2 * MINUTE, |pair| (0..2).all(|side| received(pair, side) == 60_000));
}

#[test]
fn what_the_handshake_found_is_the_size_for_data_and_media() {
    // The path loses what is longer, and nobody says so.
    let mut pair = connected(Link { mtu: SMALL, ..Link::default() });
    for side in 0..2 {
        let peer = pair.peer(side);
        assert!(peer.stats().max_datagram_size <= SMALL, "{side}");
        assert!(peer.max_rtp_payload() < SMALL, "{side}");
    }
    exchange(&mut pair);
}

#[test]
fn what_the_socket_refuses_is_the_size_for_data_and_media() {
    for limit in [1_400, 1_150, SMALL, 300] {
        let mut pair = connected(refusing(limit));
        exchange(&mut pair);
        if limit < 1_200 {
            assert!(pair.peer(0).max_rtp_payload() < limit);
        }
    }
}

#[test]
fn a_path_that_gets_too_small_for_what_is_under_way_is_told() {
    let mut pair = connected(Link::default());
    send(&mut pair, 0, 60_000);
    pair.simulation().set_link(refusing(SMALL));
    // Chunks that were cut before cannot be cut again, and nobody here fragments datagrams.
    pair.simulation()
        .network()
        .set_rule(|packet| if packet.payload.len() > SMALL { Fate::Lost } else { Fate::Passes });
    pair.run_until(2 * MINUTE, |pair| {
        told(pair, |event| matches!(event, Event::DataTransportClosed(CloseReason::PathTooSmall)))
    });
    assert_eq!(pair.peer(0).connection_state(), ConnectionState::Connected);
}

#[test]
fn a_socket_that_takes_nothing_fails_the_connection_and_says_so() {
    let mut pair = connected(Link::default());
    pair.with(0, |peer, now| {
        let pair = peer.selected_pair().unwrap();
        // Another path is none of its business.
        let other = SelectedPair { local: pair.remote, remote: pair.local };
        peer.datagram_too_long(now, other, limits::MIN_DATAGRAM_SIZE);
        assert_eq!(peer.connection_state(), ConnectionState::Connected);
        peer.datagram_too_long(now, pair, limits::MIN_DATAGRAM_SIZE + 1);
        assert_eq!(peer.stats().max_datagram_size, limits::MIN_DATAGRAM_SIZE);
        assert_eq!(peer.connection_state(), ConnectionState::Connected);
        peer.datagram_too_long(now, pair, limits::MIN_DATAGRAM_SIZE);
        assert_eq!(peer.connection_state(), ConnectionState::Failed);
    });
    pair.run_until(MINUTE, |pair| {
        told(pair, |event| {
            matches!(event, Event::Failed(FailureReason::PathTooSmall { size })
                if *size == limits::MIN_DATAGRAM_SIZE)
        })
    });
}

/// A handshake makes shorter datagrams when answers do not come. Where the other side was only
/// slow, what it says is long enough to show that the path takes more.
#[test]
fn a_peer_that_answers_late_is_no_reason_for_short_datagrams() {
    for sleeper in 0..2 {
        let mut pair = Pair::new(1, Link { mtu: 1_472, ..Link::default() });
        pair.open_channel(0, "test");
        // Whatever it says takes three seconds: connectivity checks go first, as they are short.
        let is_long = |payload: &[u8]| payload.len() > 400;
        pair.simulation().network().set_rule(move |packet| {
            if packet.host == sleeper && is_long(packet.payload) {
                Fate::Late(Duration::from_secs(3))
            } else {
                Fate::Passes
            }
        });
        pair.negotiate(0);
        pair.run_until(MINUTE, |pair| pair.is_connected());
        pair.simulation().network().clear_rule();
        pair.run_for(Duration::from_secs(10));
        let sizes = [0, 1].map(|side| pair.peer(side).stats().max_datagram_size);
        assert!(sizes.iter().all(|size| *size >= 1_000), "{sizes:?}");
    }
}
