//! Streams of media between two whole peers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_peer::{Direction, Error, Event, MediaKind, RtpPacket, TransceiverId, limits};
use lariat_peer_testing::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);
const OPUS: u8 = 111;
const VP8: u8 = 96;

fn packet(payload_type: u8, sequence_number: u16, size: usize) -> RtpPacket {
    RtpPacket {
        payload_type,
        marker: false,
        sequence_number,
        timestamp: u32::from(sequence_number) * 960,
        payload: Bytes::from(vec![1; size]),
    }
}

fn add(pair: &mut Pair, side: usize, kind: MediaKind, direction: Direction) -> TransceiverId {
    pair.with(side, |peer, _| peer.add_transceiver(kind, direction)).unwrap()
}

fn send(pair: &mut Pair, side: usize, id: TransceiverId, packet: &RtpPacket) -> Result<(), Error> {
    pair.with(side, |peer, now| peer.send_rtp(now, id, packet))
}

fn dropped(pair: &Pair, side: usize, reason: &str) -> u64 {
    let stats = pair.peer(side).stats();
    let counts = stats.dropped.iter().filter(|drop| drop.reason.contains(reason));
    counts.map(|drop| drop.count).sum()
}

fn tracks(pair: &mut Pair, side: usize) -> usize {
    let events = pair.side(side).events.iter();
    events.filter(|event| matches!(event, Event::Track { .. })).count()
}

#[test]
fn media_before_it_is_agreed_on_is_refused_and_before_there_are_keys_it_goes_nowhere() {
    let mut pair = Pair::new(1, Link::default());
    let audio = add(&mut pair, 0, MediaKind::Audio, Direction::SendRecv);
    assert_eq!(send(&mut pair, 0, audio, &packet(OPUS, 0, 10)), Err(Error::NotSending));
    pair.negotiate(0);
    assert_eq!(send(&mut pair, 0, audio, &packet(OPUS, 1, 10)), Ok(()));
    assert_eq!(dropped(&pair, 0, "before there were keys"), 1);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    assert_eq!(send(&mut pair, 0, audio, &packet(99, 2, 10)), Err(Error::PayloadType(99)));
    // A path of 1,500 bytes, less the headers of IPv4, UDP and RTP, and a tag of 16 bytes.
    let limit = pair.peer(0).max_rtp_payload();
    assert_eq!(limit, 1_444);
    let refused = send(&mut pair, 0, audio, &packet(OPUS, 2, limit + 1));
    assert_eq!(refused, Err(Error::PayloadTooLong { size: limit + 1, limit }));
    let said = refused.unwrap_err().to_string();
    assert_eq!(said, "payload of 1445 bytes where the path takes 1444");
    // Nothing of this has used up a number.
    assert_eq!(send(&mut pair, 0, audio, &packet(OPUS, 2, 10)), Ok(()));
    assert_eq!(send(&mut pair, 0, audio, &packet(OPUS, 2, 10)), Err(Error::Protect));
    pair.run_until(MINUTE, |pair| pair.side(1).packets.len() == 1);
}

#[test]
fn a_direction_that_changes_stops_media_and_starts_it_again() {
    let mut pair = Pair::new(2, Link::default());
    let audio = add(&mut pair, 0, MediaKind::Audio, Direction::SendOnly);
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    for (round, direction) in
        [Direction::SendOnly, Direction::Inactive, Direction::SendRecv].into_iter().enumerate()
    {
        pair.with(0, |peer, _| peer.set_direction(audio, direction)).unwrap();
        pair.negotiate(0);
        let number = u16::try_from(round).unwrap();
        let sent = send(&mut pair, 0, audio, &packet(OPUS, number, 10));
        let expected = if direction.sends() { Ok(()) } else { Err(Error::NotSending) };
        assert_eq!(sent, expected);
        pair.run_for(Duration::from_millis(100));
    }
    assert_eq!(pair.side(1).packets.len(), 2);
    assert_eq!(tracks(&mut pair, 1), 1, "the track is muted, and goes on");
}

#[test]
fn a_section_that_is_added_later_carries_media_at_once() {
    let mut pair = Pair::new(3, Link::default());
    add(&mut pair, 0, MediaKind::Audio, Direction::SendRecv);
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    let video = add(&mut pair, 1, MediaKind::Video, Direction::SendOnly);
    pair.negotiate(1);
    send(&mut pair, 1, video, &packet(VP8, 7, 1_000)).unwrap();
    pair.run_for(Duration::from_millis(100));
    assert_eq!(pair.side(0).packets.len(), 1);
    // And one that is stopped carries nothing, in either direction, before anybody agrees to that.
    pair.with(1, |peer, _| peer.stop_transceiver(video)).unwrap();
    let refused = send(&mut pair, 1, video, &packet(VP8, 8, 1_000));
    assert_eq!(refused, Err(Error::NotSending));
    pair.negotiate(1);
    let refused = send(&mut pair, 1, video, &packet(VP8, 8, 1_000));
    assert_eq!(refused, Err(Error::NoSuchTransceiver));
    assert_eq!(pair.peer(1).stats().streams.len(), 0);
}

// rfc3550 §6.4: 31 blocks in a report, and no report is longer than a datagram.
#[test]
fn every_one_of_sixty_streams_is_reported_on() {
    let mut pair = Pair::new(4, Link::default());
    let mut ids = [Vec::new(), Vec::new()];
    for _ in 0..60 {
        for (side, ids) in ids.iter_mut().enumerate() {
            ids.push(add(&mut pair, side, MediaKind::Audio, Direction::SendRecv));
        }
    }
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    for number in 0..300u16 {
        for (side, ids) in ids.iter().enumerate() {
            for id in ids {
                send(&mut pair, side, *id, &packet(OPUS, number, 50)).unwrap();
            }
        }
        pair.run_for(Duration::from_millis(20));
    }
    pair.run_for(Duration::from_millis(100));
    for side in 0..2 {
        let streams = pair.peer(side).stats().streams;
        let ours = streams.iter().filter(|stream| !stream.is_inbound);
        let measured = ours.clone().filter(|stream| stream.rtt.is_some()).count();
        assert_eq!((ours.count(), measured), (60, 60));
        assert_eq!(pair.side(side).packets.len(), 60 * 300);
    }
}

// adversarial M12, from our side: 10,000 wishes in ten seconds.
#[test]
fn keyframes_are_asked_for_three_times_a_second_at_most() {
    let mut pair = Pair::new(6, Link::default());
    let video = add(&mut pair, 0, MediaKind::Video, Direction::SendOnly);
    let audio = add(&mut pair, 0, MediaKind::Audio, Direction::SendOnly);
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    send(&mut pair, 0, video, &packet(VP8, 1, 10)).unwrap();
    send(&mut pair, 0, audio, &packet(OPUS, 1, 10)).unwrap();
    pair.run_until(MINUTE, |pair| pair.side(1).packets.len() == 2);
    let theirs: Vec<TransceiverId> = pair.side(1).packets.iter().map(|(id, _)| *id).collect();
    for _ in 0..1_000 {
        for _ in 0..5 {
            for id in &theirs {
                pair.with(1, |peer, now| peer.request_keyframe(now, *id)).unwrap();
            }
        }
        pair.run_for(Duration::from_millis(10));
    }
    let requests = |pair: &mut Pair, wanted| {
        let events = pair.side(0).events.iter();
        events
            .filter(|event| matches!(event, Event::KeyframeRequested(id) if *id == wanted))
            .count()
    };
    let count = requests(&mut pair, video);
    assert!((25..=35).contains(&count), "{count}");
    // rfc4585 §4.2: of audio nobody agreed to be asked.
    assert_eq!(requests(&mut pair, audio), 0);
}

// adversarial R11
#[test]
fn no_two_streams_have_one_ssrc() {
    let mut pair = Pair::new(7, Link::default());
    let mut ids = Vec::new();
    for _ in 0..50 {
        ids.push(add(&mut pair, 0, MediaKind::Audio, Direction::SendOnly));
    }
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    for id in &ids {
        send(&mut pair, 0, *id, &packet(OPUS, 1, 10)).unwrap();
    }
    pair.run_until(MINUTE, |pair| pair.side(1).packets.len() == ids.len());
    // The same sequence number under the same key fifty times: each stream counts by itself, and
    // each packet arrived at a transceiver of its own.
    let of: std::collections::BTreeSet<_> =
        pair.side(1).packets.iter().map(|(id, _)| *id).collect();
    assert_eq!(of.len(), ids.len());
    let ssrcs: std::collections::BTreeSet<_> =
        pair.peer(0).stats().streams.iter().map(|stream| stream.ssrc).collect();
    assert_eq!(ssrcs.len(), ids.len());
}

#[test]
fn packets_that_are_not_sent_are_bounded_and_the_newest_are_kept() {
    let mut pair = Pair::new(8, Link::default());
    let audio = add(&mut pair, 0, MediaKind::Audio, Direction::SendOnly);
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    let count = u16::try_from(limits::MAX_QUEUED_PACKETS).unwrap() + 10;
    pair.with(0, |peer, now| {
        for number in 0..count {
            peer.send_rtp(now, audio, &packet(OPUS, number, 10)).unwrap();
        }
    });
    pair.run_for(Duration::from_millis(200));
    assert_eq!(dropped(&pair, 0, "packets are not sent"), 10);
    let last = pair.side(1).packets.last().map(|(_, packet)| packet.sequence_number);
    assert_eq!(last, Some(count - 1));
}
