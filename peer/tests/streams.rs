//! More streams than a connection follows at a time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_peer::{Direction, Event, MediaKind, RtpPacket, TransceiverId};
use lariat_peer_testing::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);
const OPUS: u8 = 111;

fn packet(sequence_number: u16) -> RtpPacket {
    RtpPacket {
        payload_type: OPUS,
        marker: false,
        sequence_number,
        timestamp: u32::from(sequence_number) * 960,
        payload: Bytes::from_static(&[1; 20]),
    }
}

fn add(pair: &mut Pair) -> TransceiverId {
    pair.with(0, |peer, _| peer.add_transceiver(MediaKind::Audio, Direction::SendOnly)).unwrap()
}

fn send(pair: &mut Pair, id: TransceiverId, number: u16) {
    pair.with(0, |peer, now| peer.send_rtp(now, id, &packet(number))).unwrap();
    pair.run_for(Duration::from_millis(25));
}

/// Two peers with a stream that goes on all the time.
fn connected(max_streams: usize, max_retired_streams: usize) -> (Pair, TransceiverId) {
    let mut pair = Pair::with_configs(9, Link::default(), |_, config| {
        config.max_streams = max_streams;
        config.max_retired_streams = max_retired_streams;
    });
    let lasting = add(&mut pair);
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    (pair, lasting)
}

/// Streams that come and go, each with a packet, beside the one that goes on.
fn come_and_go(pair: &mut Pair, lasting: TransceiverId, count: u16) {
    for number in 0..count {
        let id = add(pair);
        pair.negotiate(0);
        send(pair, id, 1);
        send(pair, lasting, number);
        pair.with(0, |peer, _| peer.stop_transceiver(id)).unwrap();
    }
    pair.negotiate(0);
}

fn told(pair: &mut Pair) -> (usize, usize) {
    let (mut retired, mut refused) = (0, 0);
    for event in &pair.side(1).events {
        match event {
            Event::StreamsRetired(count) => retired += count,
            Event::TooManyStreams => refused += 1,
            _ => {}
        }
    }
    (retired, refused)
}

#[test]
fn after_two_thousand_streams_that_came_and_went_the_next_one_is_heard() {
    let (mut pair, lasting) = connected(1_024, 16_384);
    come_and_go(&mut pair, lasting, 2_000);
    let last = add(&mut pair);
    pair.negotiate(0);
    send(&mut pair, last, 7);
    assert_eq!(pair.side(1).packets.len(), 2_000 * 2 + 1);
    pair.run_for(Duration::from_secs(3));
    let (retired, refused) = told(&mut pair);
    assert!((977..1_200).contains(&retired), "{retired}");
    assert_eq!(refused, 0);
    // What is not used is not kept: two streams are left, and statistics of no other.
    assert_eq!(pair.peer(0).stats().streams.len(), 2);
    assert_eq!(pair.peer(1).stats().streams.len(), 2);
}

#[test]
fn past_what_is_remembered_new_streams_are_dropped_and_the_owner_is_told() {
    let (mut pair, lasting) = connected(4, 6);
    come_and_go(&mut pair, lasting, 12);
    pair.run_for(Duration::from_secs(3));
    // The first, and nine beside it.
    assert_eq!(pair.side(1).packets.len(), 12 + 9);
    let stats = pair.peer(1).stats();
    let drops = stats.dropped.iter().filter(|drop| drop.layer == "srtp");
    assert_eq!(drops.map(|drop| drop.count).sum::<u64>(), 3);
    let (retired, refused) = told(&mut pair);
    assert!((6..=7).contains(&retired) && refused > 0, "{retired} {refused}");
    // That one still goes on, and was never forgotten.
    let inbound = stats.streams.iter().find(|stream| stream.is_inbound).unwrap();
    assert_eq!((inbound.packets, inbound.lost), (12, 0));
}
