//! What goes wrong between layers that are right by themselves. Each of these is a bug that
//! somebody shipped.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_base::{Datagram, Instant};
use lariat_peer::{
    ChannelConfig, ConnectionState, Direction, Error, Event, MediaKind, MessageKind, RtpPacket,
    SendError,
};
use lariat_sim::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);

fn connected(seed: u64, link: Link) -> Pair {
    let mut pair = Pair::new(seed, link);
    let channel = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| {
        pair.is_connected() && pair.is_open(0, channel) && !pair.side(1).open.is_empty()
    });
    pair
}

#[test]
fn a_peer_that_is_woken_at_its_deadlines_only_connects_either_way() {
    for offerer in 0..2 {
        let mut pair = Pair::new(1, Link::default());
        pair.open_channel(offerer, "test");
        pair.negotiate(offerer);
        pair.run_until(MINUTE, |pair| pair.is_connected());
        // Checks, handshake and association: well under a second at 40 ms a round trip.
        assert!(pair.simulation().now() < Instant::from_millis(1_000));
    }
}

#[test]
fn a_childs_retransmission_surfaces_in_the_same_turn() {
    let mut pair = Pair::new(2, Link::default());
    pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.peer(0).selected_pair().is_some());
    // From here on nothing arrives: whatever a peer wakes up for, it has to send or to give up.
    let now = pair.simulation().now();
    let mut flights = 0;
    pair.with(1, |peer, _| {
        let mut now = now;
        let mut out = Vec::new();
        while peer.poll_transmit(now, 1, &mut out).is_some() {}
        for _ in 0..40 {
            let Some(deadline) = peer.poll_timeout() else { break };
            assert!(deadline.at >= now, "{} lies in the past", deadline.reason);
            now = deadline.at;
            peer.handle_timeout(now);
            out.clear();
            let mut records = 0;
            while peer.poll_transmit(now, 1, &mut out).is_some() {
                records += usize::from(out.first() == Some(&22));
                out.clear();
            }
            if deadline.reason == "DTLS flight" {
                assert!(records > 0, "a flight was due at {now:?} and was not sent");
                flights += 1;
            }
        }
    });
    assert!(flights >= 3, "only {flights} retransmissions were due");
}

#[test]
fn it_does_not_matter_when_the_owner_drains() {
    // One owner takes transmits and events after every call, one after every tenth, one after all.
    for batch in [1i32, 10, 100] {
        let mut pair = connected(3, Link::default());
        let channel = pair.side(0).open[0];
        for round in 0..100 / batch {
            pair.with(0, |peer, now| {
                for number in round * batch..(round + 1) * batch {
                    let payload = Bytes::from(number.to_be_bytes().to_vec());
                    peer.send(now, channel, MessageKind::Binary, payload).unwrap();
                    // Polls between commands change nothing either.
                    let deadline = peer.poll_timeout();
                    assert_eq!(peer.poll_timeout(), deadline);
                }
            });
        }
        pair.run_until(MINUTE, |pair| pair.side(1).messages.len() == 100);
        let numbers = pair.side(1).messages.iter();
        let numbers =
            numbers.map(|(_, _, payload)| i32::from_be_bytes(payload[..].try_into().unwrap()));
        assert!(numbers.eq(0..100));
        let took = pair.simulation().now();
        assert!(took < Instant::from_millis(1_000), "{took:?} in batches of {batch}");
    }
}

#[test]
fn datagrams_come_in_runs_of_one_size_to_one_place() {
    let mut pair = connected(13, Link::default());
    let channel = pair.side(0).open[0];
    // Its first flight is ten packets; of what the run is made does not matter to the other side.
    for most in [0, 1, 2, 64, usize::MAX] {
        pair.simulation().with(0, |peer, now| {
            peer.send(now, channel, MessageKind::Binary, Bytes::from(vec![3; 8_000])).unwrap();
            let mut out = b"kept".to_vec();
            while let Some(transmit) = peer.poll_transmit(now, most, &mut out) {
                assert_eq!(transmit.size, out.len() - 4);
                assert!(transmit.size <= 65_000);
                assert!(transmit.datagrams() <= most.max(1));
                let segment = transmit.segment_size.unwrap_or(transmit.size);
                assert!(transmit.size > segment * (transmit.datagrams() - 1));
                assert_eq!(&out[..4], b"kept");
                out.truncate(4);
            }
        });
        pair.run_for(Duration::from_secs(5));
    }
    // What was polled above is lost to the network, and comes again.
    pair.run_until(MINUTE, |pair| pair.side(1).messages.len() == 5);
}

// adversarial Q2
#[test]
fn a_turn_of_the_loop_comes_to_an_end_and_the_next_is_later() {
    let mut pair = connected(14, Link { loss: 0.05, ..Link::default() });
    let channel = pair.side(0).open[0];
    pair.send(0, channel, Bytes::from(vec![0; 200_000])).unwrap();
    let end = pair.simulation().now() + Duration::from_secs(40);
    while pair.simulation().step_until(end) {
        for side in 0..2 {
            pair.simulation().with(side, |peer, now| {
                let mut out = Vec::new();
                assert_eq!(peer.poll_transmit(now, 8, &mut out), None, "all of it was taken");
                peer.handle_timeout(now);
                while peer.poll_transmit(now, 8, &mut out).is_some() {}
                while peer.poll_event().is_some() {}
                peer.handle_timeout(now);
                while peer.poll_transmit(now, 8, &mut out).is_some() {}
                let deadline = peer.poll_timeout().expect("consent is checked for ever");
                assert!(deadline.at > now, "{} is due again at {now:?}", deadline.reason);
            });
        }
    }
    assert!(pair.is_connected());
}

// A counting allocator would need `unsafe`, so this counts what there is to see.
#[test]
fn polling_a_thousand_idle_peers_does_nothing() {
    let mut pair = connected(15, Link::default());
    pair.run_for(Duration::from_secs(1));
    pair.simulation().with(0, |peer, now| {
        let before = peer.stats();
        let deadline = peer.poll_timeout();
        let mut out = Vec::new();
        for _ in 0..1_000_000 {
            assert!(peer.poll_transmit(now, 16, &mut out).is_none());
            assert!(peer.poll_event().is_none());
            assert_eq!(peer.poll_timeout(), deadline);
        }
        assert_eq!(out.capacity(), 0);
        assert_eq!(peer.stats().datagrams_sent, before.datagrams_sent);
    });
}

#[test]
fn no_channel_starves_another() {
    let mut pair = connected(4, Link::default());
    let bulk = pair.side(0).open[0];
    let chat = pair.open_channel(0, "chat");
    pair.run_until(MINUTE, |pair| pair.is_open(0, chat));
    let megabyte = Bytes::from(vec![0; 1 << 16]);
    for _ in 0..64 {
        pair.send(0, bulk, megabyte.clone()).unwrap();
    }
    pair.send(0, chat, Bytes::from_static(b"hello")).unwrap();
    pair.run_until(MINUTE, |pair| !pair.side(1).messages.is_empty());
    pair.run_until(MINUTE, |pair| {
        pair.side(1).messages.iter().any(|(_, _, payload)| payload.len() == 5)
    });
    let before = pair.side(1).messages.len() - 1;
    assert!(before <= 4, "{before} bulk messages went before one of chat");
}

#[test]
fn a_thousand_channels_opened_and_closed_leave_nothing() {
    let mut pair = connected(5, Link { delay: Duration::from_millis(1), ..Link::default() });
    for round in 0..1_000 {
        let channel = pair.open_channel(0, "short");
        pair.run_until(MINUTE, |pair| pair.is_open(0, channel));
        pair.with(0, |peer, now| peer.close_channel(now, channel));
        pair.run_until(MINUTE, |pair| {
            pair.side(0).closed.len() == round + 1 && pair.side(1).closed.len() == round + 1
        });
        assert!(matches!(
            pair.send(0, channel, Bytes::from_static(b"late")),
            Err(SendError::Closed | SendError::NotOpen)
        ));
    }
    // The first channel of all still works.
    let channel = pair.side(0).open[0];
    pair.send(0, channel, Bytes::from_static(b"still here")).unwrap();
    pair.run_until(MINUTE, |pair| !pair.side(1).messages.is_empty());
}

#[test]
fn closing_at_every_step_ends_both_sides() {
    // How many steps a whole connection takes, and then one run for each of them, closed there.
    for step in 0..120 {
        let mut pair = Pair::new(6, Link::default());
        pair.open_channel(0, "test");
        let transceiver =
            pair.with(0, |peer, _| peer.add_transceiver(MediaKind::Audio, Direction::SendRecv));
        transceiver.unwrap();
        pair.negotiate(0);
        for _ in 0..step {
            pair.simulation().step();
        }
        let was_connected = pair.is_connected();
        pair.with(0, |peer, now| {
            peer.close(now);
            peer.close(now);
            assert!(peer.is_closed() || peer.is_closing());
            assert_eq!(peer.poll_timeout().is_none(), peer.is_closed());
            assert_eq!(peer.create_offer(), Err(Error::Closed));
            let config = ChannelConfig::new("test");
            assert_eq!(peer.create_data_channel(now, config), Err(Error::Closed));
        });
        if was_connected {
            pair.run_until(MINUTE, |pair| {
                pair.peer(1).connection_state() == ConnectionState::Closed
            });
        } else {
            // Nobody told the other side: it notices by itself.
            pair.run_until(MINUTE * 2, |pair| pair.peer(1).is_closed());
        }
    }
}

#[test]
fn two_runs_of_one_seed_are_byte_identical() {
    let run = |seed| {
        let link = Link { loss: 0.1, duplication: 0.1, reordering: 0.1, ..Link::default() };
        let mut pair = connected(seed, link);
        let channel = pair.side(0).open[0];
        pair.send(0, channel, Bytes::from(vec![1; 100_000])).unwrap();
        pair.run_until(MINUTE * 10, |pair| !pair.side(1).messages.is_empty());
        pair.fingerprint()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn time_that_goes_back_or_stands_still_is_harmless() {
    let mut pair = connected(9, Link::default());
    let channel = pair.side(0).open[0];
    pair.with(0, |peer, now| {
        for time in [Instant::ZERO, now, Instant::ZERO, now] {
            peer.handle_timeout(time);
        }
        peer.send(Instant::ZERO, channel, MessageKind::Text, Bytes::from_static(b"back")).unwrap();
        peer.handle_timeout(now);
    });
    pair.run_until(MINUTE, |pair| !pair.side(1).messages.is_empty());
    assert!(pair.is_connected());
}

#[test]
fn late_handshake_datagrams_do_not_pile_up() {
    let mut pair = Pair::new(10, Link::default());
    pair.open_channel(0, "test");
    pair.negotiate(0);
    // Everything that side 1 hears of the handshake, to be played again.
    pair.run_until(MINUTE, |pair| pair.is_connected());
    let selected = pair.peer(0).selected_pair().unwrap();
    let mut hello = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 1, 0, 1, 0, 0, 0, 0, 0, 0];
    hello.extend([0, 0, 0]);
    for _ in 0..10_000 {
        pair.with(1, |peer, now| {
            let payload = hello.as_slice();
            let (local, remote) = (selected.remote, selected.local);
            peer.handle_datagram(now, Datagram { local, remote, ecn: None, payload });
        });
    }
    let answered = pair.with(1, |peer, now| {
        let mut out = Vec::new();
        std::iter::from_fn(|| peer.poll_transmit(now, 1, &mut out)).count()
    });
    assert!(answered <= 1, "{answered} datagrams wait to be sent");
    assert!(pair.is_connected());
}

#[test]
fn an_owner_that_reads_no_events_closes_the_window() {
    let mut pair = connected(11, Link { delay: Duration::from_millis(1), ..Link::default() });
    let channel = pair.side(0).open[0];
    let payload = Bytes::from(vec![7; 1_000]);
    // Side 1's owner sleeps: datagrams reach its peer, events stay.
    let mut blocked = false;
    for _ in 0..100_000 {
        let sent = pair
            .simulation()
            .with(0, |peer, now| peer.send(now, channel, MessageKind::Binary, payload.clone()));
        match sent {
            Ok(()) => {
                pair.simulation().step();
            }
            Err(SendError::WouldBlock { .. }) => {
                blocked = true;
                break;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(blocked, "100 MB went to somebody who reads nothing");
    // And when it wakes up, all of it is there, in order.
    let before = pair.peer(0).buffered_amount(channel);
    pair.run_until(MINUTE * 10, |pair| pair.peer(0).buffered_amount(channel) == 0);
    assert!(before > 0);
}

#[test]
fn media_goes_both_ways_with_its_numbers_intact() {
    let mut pair = Pair::new(12, Link::default());
    let audio = pair
        .with(0, |peer, _| peer.add_transceiver(MediaKind::Audio, Direction::SendRecv))
        .unwrap();
    let video = pair
        .with(0, |peer, _| peer.add_transceiver(MediaKind::Video, Direction::SendOnly))
        .unwrap();
    let theirs = pair
        .with(1, |peer, _| peer.add_transceiver(MediaKind::Audio, Direction::SendRecv))
        .unwrap();
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    for number in 0..50u16 {
        let packet = |payload_type, fill| RtpPacket {
            payload_type,
            marker: number % 2 == 0,
            sequence_number: number.wrapping_sub(25),
            timestamp: u32::from(number) * 960,
            payload: Bytes::from(vec![fill; 100]),
        };
        pair.with(0, |peer, now| {
            peer.send_rtp(now, audio, &packet(111, 1)).unwrap();
            peer.send_rtp(now, video, &packet(96, 2)).unwrap();
        });
        pair.with(1, |peer, now| peer.send_rtp(now, theirs, &packet(111, 3)).unwrap());
        pair.run_for(Duration::from_millis(20));
    }
    pair.run_for(Duration::from_millis(100));
    assert_eq!(pair.side(1).packets.len(), 100);
    assert_eq!(pair.side(0).packets.len(), 50);
    let first = pair.side(0).packets[0].clone();
    assert_eq!(first.0, audio);
    assert_eq!(first.1.sequence_number, 0u16.wrapping_sub(25));
    assert_eq!(first.1.payload, Bytes::from(vec![3; 100]));

    // A keyframe is asked for once, however often the owner says so.
    let received_video = pair.side(1).packets.iter().find(|(_, packet)| packet.payload[0] == 2);
    let transceiver = received_video.unwrap().0;
    for _ in 0..10 {
        pair.with(1, |peer, now| peer.request_keyframe(now, transceiver)).unwrap();
    }
    pair.run_for(Duration::from_millis(100));
    let requests = pair.side(0).events.iter();
    let requests =
        requests.filter(|event| matches!(event, Event::KeyframeRequested(id) if *id == video));
    assert_eq!(requests.count(), 1);

    // Reports went both ways.
    pair.run_for(Duration::from_secs(3));
    let stats = pair.peer(0).stats();
    let outbound = stats.streams.iter().find(|stream| !stream.is_inbound).unwrap();
    assert_eq!((outbound.packets, outbound.lost), (50, 0));
    assert!(outbound.rtt.is_some_and(|rtt| rtt >= Duration::from_millis(39)), "{outbound:?}");
}
