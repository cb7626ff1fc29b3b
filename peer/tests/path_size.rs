//! Media on paths of every size.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_peer::{Direction, MediaKind, RtpPacket, SessionDescription, TransceiverId, limits};
use lariat_peer_testing::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);
const VP8: u8 = 96;

fn packet(sequence_number: u16, size: usize) -> RtpPacket {
    RtpPacket {
        payload_type: VP8,
        marker: false,
        sequence_number,
        timestamp: u32::from(sequence_number) * 3_000,
        payload: Bytes::from(vec![1; size]),
    }
}

/// Two peers that both know how long a datagram of the path is, with a stream from 0 to 1.
fn pair_on(max_datagram_size: usize, mtu: usize) -> (Pair, TransceiverId) {
    let link = Link { mtu, ..Link::default() };
    let mut pair = Pair::with_configs(5, link, |_, config| {
        config.max_datagram_size = max_datagram_size;
    });
    let video = pair.with(0, |peer, _| peer.add_transceiver(MediaKind::Video, Direction::SendOnly));
    let video = video.unwrap();
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    (pair, video)
}

fn dropped(pair: &Pair, side: usize, reason: &str) -> u64 {
    let stats = pair.peer(side).stats();
    let counts = stats.dropped.iter().filter(|drop| drop.reason.contains(reason));
    counts.map(|drop| drop.count).sum()
}

// GStreamer fills 1,400 bytes: 1,388 of them are payload.
#[test]
fn what_arrives_over_a_path_of_1500_bytes_can_be_sent_on() {
    let (mut incoming, theirs) = pair_on(1_472, 1_472);
    let (mut outgoing, ours) = pair_on(1_472, 1_472);
    for (number, size) in (0..).zip([1_388, 1_400, 1_444]) {
        let sent = incoming.with(0, |peer, now| peer.send_rtp(now, theirs, &packet(number, size)));
        sent.unwrap();
    }
    incoming.run_for(Duration::from_millis(100));
    let arrived = core::mem::take(&mut incoming.side(1).packets);
    assert_eq!(arrived.len(), 3);
    for (_, packet) in &arrived {
        outgoing.with(0, |peer, now| peer.send_rtp(now, ours, packet)).unwrap();
    }
    outgoing.run_for(Duration::from_millis(100));
    let forwarded = &outgoing.side(1).packets;
    assert!(forwarded.iter().map(|(_, packet)| packet).eq(arrived.iter().map(|(_, one)| one)));
}

#[test]
fn the_longest_payload_fits_the_path_with_and_without_a_report_on_the_stream() {
    // Over 1,280 bytes, IPv4 leaves 1,252 and IPv6 1,232.
    for size in [limits::MIN_DATAGRAM_SIZE, 548, 1_232, 1_252, 1_472] {
        // Handshakes do not know the size, and so the path is larger at first.
        let (mut pair, video) = pair_on(size, 1_472);
        pair.simulation().set_link(Link { mtu: size, ..Link::default() });
        let longest = pair.peer(0).max_rtp_payload();
        assert_eq!(longest, size - 12 - 16);
        for number in 0..200 {
            // One short of the longest: the mid would not fit, and does not go.
            for (step, payload) in [longest, longest - 1, longest - 8].into_iter().enumerate() {
                let packet = packet(number * 3 + step as u16, payload);
                pair.with(0, |peer, now| peer.send_rtp(now, video, &packet)).unwrap();
            }
            pair.run_for(Duration::from_millis(20));
        }
        pair.run_for(Duration::from_millis(100));
        assert_eq!(pair.side(1).packets.len(), 600, "{size}");
        assert_eq!(dropped(&pair, 0, "longer than the path"), 0);
    }
}

// rfc9143 §15: the mid goes with the first packets of a stream, unless one fills the path.
#[test]
fn without_announced_ssrcs_a_stream_is_known_by_the_mid_of_a_packet_that_has_room_for_it() {
    let mut pair = Pair::new(7, Link { mtu: 1_472, ..Link::default() });
    let ids = [(); 2].map(|()| {
        pair.with(0, |peer, _| peer.add_transceiver(MediaKind::Video, Direction::SendOnly)).unwrap()
    });
    let offer = pair.with(0, |peer, now| {
        let offer = peer.create_offer().unwrap();
        peer.set_local_description(now, &offer).unwrap();
        offer
    });
    let is_kept = |line: &&str| !line.starts_with("a=ssrc");
    let silent: Vec<&str> = offer.sdp.lines().filter(is_kept).collect();
    let silent = SessionDescription::offer(silent.join("\r\n") + "\r\n");
    let answer = pair.with(1, |peer, now| {
        peer.set_remote_description(now, &silent).unwrap();
        let answer = peer.create_answer().unwrap();
        peer.set_local_description(now, &answer).unwrap();
        answer
    });
    pair.with(0, |peer, now| peer.set_remote_description(now, &answer)).unwrap();
    pair.run_until(MINUTE, |pair| pair.is_connected());
    let longest = pair.peer(0).max_rtp_payload();
    for (number, size) in (0..).zip([longest, longest - 7, longest - 8, longest]) {
        for id in &ids {
            pair.with(0, |peer, now| peer.send_rtp(now, *id, &packet(number, size))).unwrap();
        }
    }
    pair.run_for(Duration::from_millis(100));
    assert_eq!(dropped(&pair, 1, "unknown stream"), 4);
    let arrived = &pair.side(1).packets;
    let numbers = |id: TransceiverId| -> Vec<u16> {
        let of = arrived.iter().filter(|(of, _)| *of == id);
        of.map(|(_, packet)| packet.sequence_number).collect()
    };
    let [first, second] = [arrived[0].0, arrived[1].0];
    assert_ne!(first, second);
    assert_eq!([numbers(first), numbers(second)], [[2, 3], [2, 3]]);
}

// A path below the least that is assumed does not make media any smaller.
#[test]
fn the_size_of_a_path_has_a_floor() {
    let (pair, _) = pair_on(0, 1_472);
    assert_eq!(pair.peer(0).max_rtp_payload(), limits::MIN_DATAGRAM_SIZE - 12 - 16);
}

// Reports on sixty streams, feedback and goodbyes, on the smallest path and larger ones.
#[test]
fn no_rtcp_packet_is_longer_than_the_path() {
    for size in [limits::MIN_DATAGRAM_SIZE, 300, 548, 1_472] {
        let mut pair = Pair::with_configs(6, Link::default(), |_, config| {
            config.max_datagram_size = size;
        });
        let mut ids = [Vec::new(), Vec::new()];
        for _ in 0..60 {
            for (side, ids) in ids.iter_mut().enumerate() {
                let added = pair
                    .with(side, |peer, _| {
                        peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
                    })
                    .unwrap();
                ids.push(added);
            }
        }
        pair.negotiate(0);
        pair.run_until(MINUTE, |pair| pair.is_connected());
        // Whatever is longer than the path is lost, and the path says so by what is missing.
        pair.simulation().set_link(Link { mtu: size, ..Link::default() });
        let mut number = 0;
        while number < 300 {
            for (side, ids) in ids.iter().enumerate() {
                for id in ids {
                    pair.with(side, |peer, now| peer.send_rtp(now, *id, &packet(number, 20)))
                        .unwrap();
                    pair.with(side, |peer, now| peer.request_keyframe(now, *id)).unwrap();
                }
            }
            pair.run_for(Duration::from_millis(100));
            number += 1;
        }
        for side in 0..2 {
            assert_eq!(dropped(&pair, side, "longer than the path"), 0, "{size}");
            let streams = pair.peer(side).stats().streams;
            let measured = streams.iter().filter(|stream| stream.rtt.is_some()).count();
            assert_eq!(measured, 60, "of {size} bytes: all are reported on, in turns");
        }
        // The goodbyes of all streams arrive, and end them.
        pair.with(0, |peer, now| peer.close(now));
        let inbound = |pair: &Pair| {
            pair.peer(1).stats().streams.iter().filter(|stream| stream.is_inbound).count()
        };
        pair.run_until(MINUTE, |pair| inbound(pair) == 0);
    }
}
