//! Every wait ends, and says why.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_dtls::Version;
use lariat_peer::{ChannelId, CloseReason, ConnectionState, Event, FailureReason};
use lariat_peer_testing::{Link, Pair};
use lariat_sim::Fate;

const MINUTE: Duration = Duration::from_secs(60);

/// DTLS 1.2, whose records show what they are, and a data channel.
fn connecting() -> (Pair, ChannelId) {
    let mut pair = Pair::with_configs(1, Link::default(), |_, config| {
        config.dtls_versions = vec![Version::Dtls12];
    });
    let channel = pair.open_channel(0, "test");
    (pair, channel)
}

/// RFC 7983: what DTLS begins with.
fn is_dtls(datagram: &[u8]) -> bool {
    (20..64).contains(&datagram[0])
}

/// DTLS 1.2: application data has content type 23.
fn is_data(datagram: &[u8]) -> bool {
    datagram[0] == 23
}

/// From now on such datagrams of one side are lost.
fn lose_from(pair: &mut Pair, side: usize, is_lost: fn(&[u8]) -> bool) {
    pair.simulation().network().set_rule(move |packet| {
        if packet.host == side && is_lost(packet.payload) { Fate::Lost } else { Fate::Passes }
    });
}

fn failure(pair: &mut Pair, side: usize) -> Option<FailureReason> {
    pair.side(side).events.iter().find_map(|event| match event {
        Event::Failed(reason) => Some(reason.clone()),
        _ => None,
    })
}

/// Why side 0 has no data transport any more.
fn closed(pair: &mut Pair) -> Option<CloseReason> {
    pair.side(0).events.iter().find_map(|event| match event {
        Event::DataTransportClosed(reason) => Some(*reason),
        _ => None,
    })
}

#[test]
fn a_server_whose_client_never_says_hello_fails_and_says_so() {
    let (mut pair, _) = connecting();
    // The answerer is the client.
    lose_from(&mut pair, 1, is_dtls);
    pair.negotiate(0);
    pair.run_for(Duration::from_secs(1));
    pair.run_until(MINUTE / 2, |pair| failure(pair, 0).is_some());
    let reason = failure(&mut pair, 0).unwrap();
    assert_eq!(reason, FailureReason::Dtls(lariat_dtls::FailureReason::NoHello));
    assert_eq!(pair.peer(0).connection_state(), ConnectionState::Failed);
}

#[test]
fn a_handshake_that_never_ends_fails_on_both_sides() {
    let (mut pair, _) = connecting();
    lose_from(&mut pair, 0, is_dtls);
    pair.negotiate(0);
    pair.run_until(3 * MINUTE, |pair| (0..2).all(|side| failure(pair, side).is_some()));
    // The server has heard the client, whose hellos were answered in vain.
    for side in 0..2 {
        let reason = failure(&mut pair, side).unwrap().to_string();
        assert!(reason.starts_with("DTLS: "), "{reason}");
    }
}

#[test]
fn an_association_that_nobody_answers_ends_and_media_could_go_on() {
    let (mut pair, channel) = connecting();
    lose_from(&mut pair, 1, is_data);
    pair.negotiate(0);
    pair.run_until(3 * MINUTE, |pair| closed(pair).is_some());
    assert_eq!(closed(&mut pair), Some(CloseReason::ConnectTimeout));
    assert_eq!(pair.side(0).closed, [channel]);
    assert_eq!(pair.peer(0).connection_state(), ConnectionState::Connected);
}

#[test]
fn an_association_that_stops_answering_ends_too() {
    let (mut pair, channel) = connecting();
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_open(0, channel));
    lose_from(&mut pair, 1, is_data);
    pair.send(0, channel, Bytes::from("hello")).unwrap();
    pair.run_until(5 * MINUTE, |pair| closed(pair).is_some());
    assert_eq!(closed(&mut pair), Some(CloseReason::Unreachable));
    assert_eq!(pair.peer(0).connection_state(), ConnectionState::Connected);
}
