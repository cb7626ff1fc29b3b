//! A path that carries less than it did, and peers that never answer.

mod common;

use std::time::Duration;

use common::by_hand::{ByHand, take};
use common::wire::{Init, chunk, kinds, packet, sack};
use common::{Link, Pair};
use lariat_base::Instant;
use lariat_sctp::{ChannelConfig, ChannelId, CloseReason, Config, Event, Parity, limits};

const SMALL: usize = 548;
const MESSAGE: usize = 16_384;

/// A transfer whose path shrinks in the middle.
fn shrinking(config: Config) -> (Pair, [ChannelId; 2]) {
    let mut pair = Pair::with(3, Link::PERFECT, config, Config::default());
    pair.connect();
    let ids = pair.channel(ChannelConfig::new(""));
    for number in 0..100 {
        assert_eq!(pair.send(0, ids[0], vec![number; MESSAGE]), Ok(()));
    }
    pair.run_until("some of it", |pair| pair.messages(1, ids[1]).len() == 10);
    (pair, ids)
}

// C29
#[test]
fn a_transfer_goes_on_when_the_path_shrinks_and_ip_fragments_what_is_under_way() {
    let (mut pair, ids) = shrinking(Config::default());
    // For half a second nobody knows, and what is longer is lost.
    pair.lose(|_, packet| packet.len() > SMALL);
    pair.run_for(Duration::from_millis(500));
    pair.lose_none();
    pair.ends[0].set_max_packet_size(SMALL);
    assert_eq!(pair.ends[0].max_packet_size(), SMALL);
    let window = pair.ends[0].stats().congestion_window;
    pair.log.clear();
    pair.run_until("all of it", |pair| pair.messages(1, ids[1]).len() == 100);
    for (number, message) in pair.messages(1, ids[1]).iter().enumerate() {
        assert_eq!(message[..], vec![number as u8; MESSAGE]);
    }
    // Longer packets repeat what was under way, once each, and are alone in their packets.
    let long: Vec<_> = pair.log.iter().filter(|(_, packet)| packet.len() > SMALL).collect();
    assert!(!long.is_empty() && long.len() <= 300, "{} {window}", long.len());
    assert!(long.iter().all(|(_, packet)| kinds(packet) == [0]));
    assert!(pair.now <= Instant::from_millis(5_000), "{:?}", pair.now);
}

// C29
#[test]
fn a_transfer_ends_with_a_reason_when_what_is_under_way_cannot_arrive() {
    let config = Config { max_retransmits: u32::MAX, ..Config::default() };
    let (mut pair, ids) = shrinking(config);
    pair.lose(|_, packet| packet.len() > SMALL);
    pair.run_for(Duration::from_millis(500));
    pair.ends[0].set_max_packet_size(SMALL);
    pair.log.clear();
    let start = pair.now;
    pair.run_until("the end", |pair| pair.was_closed(0));
    assert!(pair.events[0].contains(&Event::Closed(CloseReason::PathTooSmall)));
    assert!(pair.now - start <= Duration::from_secs(125), "{:?}", pair.now - start);
    assert!(pair.messages(1, ids[1]).len() < 100);
    // The first chunk was repeated as often as the limit says, perhaps once before the log began.
    let long = pair.log.iter().filter(|(_, packet)| packet.len() > SMALL).count();
    let most = limits::MAX_LONG_CHUNK_TIMEOUTS as usize;
    assert!((most - 1..=most + 1).contains(&long), "{long}");
}

#[test]
fn everything_works_in_the_smallest_packets_and_none_is_longer() {
    let config = Config { mtu: 0, ..Config::default() };
    let mut pair = Pair::with(3, Link::PERFECT, config.clone(), config);
    pair.connect();
    let ids: Vec<_> = (0..200).map(|_| pair.channel(ChannelConfig::new("label"))).collect();
    for number in 0..20 {
        assert_eq!(pair.send(0, ids[0][0], vec![number; MESSAGE]), Ok(()));
        assert_eq!(pair.send(1, ids[0][1], vec![number; MESSAGE]), Ok(()));
    }
    pair.run_until("messages", |pair| {
        (0..2).all(|end| pair.messages(end, ids[0][end]).len() == 20)
    });
    // More streams than one request of this size can name.
    for id in &ids {
        pair.ends[0].close(pair.now, id[0]);
    }
    pair.run_until("closed", |pair| pair.ends.iter().all(|end| end.channel_count() == 0));
    let longest = pair.log.iter().map(|(_, packet)| packet.len()).max();
    assert_eq!(longest, Some(limits::MIN_MTU));
}

#[test]
fn a_request_that_was_made_for_longer_packets_is_repeated_in_one() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids: Vec<_> = (0..200).map(|_| pair.channel(ChannelConfig::new(""))).collect();
    pair.lose(|_, packet| kinds(packet).contains(&130));
    for id in &ids {
        pair.ends[0].close(pair.now, id[0]);
    }
    pair.run_for(Duration::from_millis(10));
    pair.ends[0].set_max_packet_size(0);
    pair.lose_none();
    pair.run_until("closed", |pair| pair.ends.iter().all(|end| end.channel_count() == 0));
}

/// Nothing is repeated less often than it takes.
fn patient() -> Config {
    Config {
        shutdown_timeout: Duration::from_secs(30),
        max_retransmits: u32::MAX,
        max_init_retransmits: u32::MAX,
        ..Config::default()
    }
}

fn reason(events: &[Event]) -> Option<CloseReason> {
    events.iter().find_map(|event| match event {
        Event::Closed(reason) => Some(*reason),
        _ => None,
    })
}

#[test]
fn connecting_is_given_up_in_time_however_often_it_may_be_repeated() {
    let config = Config { setup_timeout: Duration::from_secs(20), ..patient() };
    let mut pair = Pair::with(1, Link::PERFECT, config, Config::default());
    pair.lose(|_, _| true);
    pair.ends[0].connect(pair.now, Parity::Even);
    pair.run_for(Duration::from_millis(19_999));
    assert!(!pair.was_closed(0));
    pair.run_for(Duration::from_millis(1));
    assert_eq!(reason(&pair.events[0]), Some(CloseReason::ConnectTimeout));
    // The same if the peer answers the INIT and nothing else.
    let config = Config { setup_timeout: Duration::from_secs(20), ..patient() };
    let mut pair = Pair::with(1, Link::PERFECT, config, Config::default());
    pair.lose(|_, packet| kinds(packet).contains(&10));
    pair.ends[0].connect(pair.now, Parity::Even);
    pair.run_for(Duration::from_secs(20));
    assert_eq!(reason(&pair.events[0]), Some(CloseReason::ConnectTimeout));
    assert_eq!(pair.ends[0].poll_timeout(), None);
}

// rfc9260 §9.2
#[test]
fn a_shutdown_is_given_up_in_time_at_every_step() {
    // The peer answers nothing; it answers data, but no SHUTDOWN; it says SHUTDOWN itself and
    // nothing more.
    for step in 0..3 {
        let mut end = ByHand::with(patient(), Init::PLAIN);
        let id = end.negotiated(1);
        if step == 0 {
            assert_eq!(end.pair.send(0, id, vec![1; 100]), Ok(()));
            end.sent();
        }
        if step < 2 {
            end.pair.ends[0].shutdown(end.pair.now);
        } else {
            let tsn = end.tsn.wrapping_sub(1).to_be_bytes();
            end.give(&[chunk(7, 0, &tsn)]);
        }
        let sent = end.wait(Duration::from_millis(29_999));
        assert!(sent.len() > 3, "it is repeated");
        assert_eq!(reason(&end.events()), None, "{step}");
        assert!(end.wait(Duration::from_millis(1)).iter().any(|chunk| chunk.0 == 6), "ABORT");
        assert_eq!(reason(&end.events()), Some(CloseReason::ShutdownTimeout), "{step}");
        assert_eq!(end.pair.ends[0].poll_timeout(), None);
    }
}

#[test]
fn a_shutdown_that_goes_on_slowly_is_not_given_up() {
    let mut end = ByHand::with(patient(), Init { window: 3_000, ..Init::PLAIN });
    let id = end.negotiated(1);
    assert_eq!(end.pair.send(0, id, vec![1; 20_000]), Ok(()));
    end.pair.ends[0].shutdown(end.pair.now);
    let first = end.tsn;
    let mut acked = first.wrapping_sub(1);
    for _ in 0..30 {
        if end.wait(Duration::from_secs(25)).iter().any(|chunk| chunk.0 == 7) {
            return;
        }
        acked = acked.wrapping_add(1);
        end.give(&[sack(acked, 3_000, &[])]);
        assert_eq!(reason(&end.events()), None, "after {} chunks", acked.wrapping_sub(first));
    }
    panic!("it never came to SHUTDOWN");
}

#[test]
fn a_peer_that_only_sends_does_not_keep_a_shutdown_alive() {
    let mut end = ByHand::with(patient(), Init::PLAIN);
    end.negotiated(1);
    end.pair.ends[0].shutdown(end.pair.now);
    for number in 0..40 {
        let tsn = Init::PLAIN.tsn + number;
        end.give(&[common::wire::data(3, tsn, 1, number as u16, 53, b"more")]);
        end.wait(Duration::from_secs(1));
    }
    assert_eq!(reason(&end.events()), Some(CloseReason::ShutdownTimeout));
}

#[test]
fn an_answer_in_time_lifts_the_guard() {
    let mut pair = Pair::with(1, Link::PERFECT, patient(), patient());
    pair.connect();
    pair.run_for(Duration::from_secs(200));
    assert!(!pair.was_closed(0) && !pair.was_closed(1));
    let stray = packet(1, &[chunk(14, 0, &[])]);
    pair.inject(0, stray);
    assert!(take(&mut pair, 0).is_empty());
}
