//! Acknowledgements in both directions: as many as promised, and none that gains anything.

mod common;

use common::by_hand::ByHand;
use common::wire::{Init, chunk, data, sack, u32_at};
use common::{Link, Pair};
use lariat_sctp::{ChannelConfig, Config, limits};

const FIRST: u32 = Init::PLAIN.tsn;

/// An end with a channel, to which `count` packets of data were given before anything was polled.
fn after_a_batch(count: u32) -> ByHand {
    let mut end = ByHand::established();
    end.negotiated(1);
    end.give(&[data(3, FIRST, 1, 0, 51, b"the first is acknowledged at once")]);
    assert_eq!(end.sent_kinds(), [3]);
    for number in 1..=count {
        end.give(&[data(3, FIRST + number, 1, number as u16, 51, b"x")]);
    }
    end
}

/// The cumulative points of the acknowledgements in these chunks.
fn points(sent: &[(u8, u8, Vec<u8>)]) -> Vec<u32> {
    let sacks = sent.iter().filter(|chunk| chunk.0 == 3);
    sacks.map(|(_, _, value)| u32_at(value, 0) - FIRST).collect()
}

// rfc9260 §6.2, C32
#[test]
fn every_second_packet_of_a_batch_is_acknowledged_by_itself() {
    let mut end = after_a_batch(64);
    let expected: Vec<u32> = (1..=32).map(|number| 2 * number).collect();
    assert_eq!(points(&end.sent()), expected);
    assert_eq!(end.sent_kinds(), [], "and no more than that");
}

#[test]
fn packets_that_report_a_gap_are_acknowledged_one_by_one() {
    let mut end = after_a_batch(0);
    for number in 2..=6 {
        end.give(&[data(3, FIRST + number, 1, number as u16, 51, b"x")]);
    }
    let sent = end.sent();
    assert_eq!(points(&sent), [0; 5]);
    let ends: Vec<u8> = sent.iter().map(|(_, _, value)| value[15]).collect();
    assert_eq!(ends, [2, 3, 4, 5, 6], "each as it was when its packet came");
}

#[test]
fn one_acknowledgement_over_the_limit_is_merged() {
    let most = limits::MAX_QUEUED_SACKS as u32;
    // Besides those that wait there is the one that is due.
    let mut end = after_a_batch(2 * (most + 1));
    assert_eq!(points(&end.sent()).len() as u32, most + 1);
    let mut end = after_a_batch(2 * (most + 2));
    let points = points(&end.sent());
    assert_eq!(points.len() as u32, most + 1);
    assert_eq!(points.last(), Some(&(2 * (most + 2))));
    assert!(points.is_sorted());
}

#[test]
fn acknowledgements_that_wait_travel_with_data_in_their_order() {
    let mut end = after_a_batch(8);
    let id = lariat_sctp::Event::clone(&end.events()[0]);
    let lariat_sctp::Event::Message { channel, .. } = id else { panic!("{id:?}") };
    for _ in 0..3 {
        end.pair.send(0, channel, vec![1; 1_100]).unwrap();
    }
    let sent = end.sent();
    let kinds: Vec<u8> = sent.iter().map(|chunk| chunk.0).collect();
    assert_eq!(kinds, [3, 0, 3, 0, 3, 0, 3]);
    assert_eq!(points(&sent), [2, 4, 6, 8]);
}

/// An end with much to send, of which the first flight is under way. Gives its last TSN.
fn sending() -> (ByHand, u32) {
    let init = Init { window: 8 << 20, ..Init::PLAIN };
    let mut end = ByHand::with(Config::default(), init);
    let id = end.negotiated(1);
    for _ in 0..100 {
        end.pair.send(0, id, vec![1; 60_000]).unwrap();
    }
    let last = last_tsn(&end.sent()).unwrap();
    (end, last)
}

fn last_tsn(sent: &[(u8, u8, Vec<u8>)]) -> Option<u32> {
    sent.iter().rev().find(|chunk| chunk.0 == 0).map(|chunk| u32_at(&chunk.2, 0))
}

fn window(end: &ByHand) -> usize {
    end.pair.ends[0].stats().congestion_window
}

#[test]
fn one_acknowledgement_for_a_burst_grows_the_window_like_many() {
    let (mut whole, last) = sending();
    let before = window(&whole);
    whole.give(&[sack(last, 8 << 20, &[])]);
    let (mut each, _) = sending();
    for tsn in each.tsn..=last {
        each.give(&[sack(tsn, 8 << 20, &[])]);
    }
    assert!(window(&whole) >= before * 19 / 10, "{before} became {}", window(&whole));
    assert_eq!(window(&whole), window(&each));
    // What may follow is the same as well, though nothing was polled in between.
    assert_eq!(whole.sent().len(), each.sent().len());
}

// adversarial C10
#[test]
fn acknowledgements_in_pieces_repeated_or_beyond_what_was_sent_gain_nothing() {
    let (mut honest, last) = sending();
    honest.give(&[sack(last, 8 << 20, &[])]);
    let (mut end, last) = sending();
    for _ in 0..50 {
        end.give(&[sack(last + 1, 8 << 20, &[])]);
        end.give(&[sack(end.tsn - 1, 8 << 20, &[(1, 1)])]);
        end.give(&[sack(end.tsn - 1, 8 << 20, &[])]);
        end.give(&[sack(end.tsn, 8 << 20, &[])]);
    }
    for _ in 0..50 {
        end.give(&[sack(last, 8 << 20, &[])]);
        // Duplicates are reported as often as the peer likes.
        let mut value = last.to_be_bytes().to_vec();
        value.extend([0, 0x80, 0, 0, 0, 0, 0, 2]);
        value.extend([last, last].map(u32::to_be_bytes).concat());
        end.give(&[chunk(3, 0, &value)]);
    }
    assert!(window(&end) <= window(&honest), "{} {}", window(&end), window(&honest));
    assert!(end.sent().len() <= honest.sent().len());
}

/// A peer that acknowledges what it has not got can hurry us, and gets at most twice the last
/// flight for each lie: never more than what it offered room for.
#[test]
fn an_optimistic_peer_gets_at_most_twice_as_much_each_time() {
    let (mut end, mut last) = sending();
    let mut flight = 12;
    for _ in 0..12 {
        end.give(&[sack(last, 1 << 20, &[])]);
        let sent = end.sent();
        let packets = sent.iter().filter(|chunk| chunk.0 == 0).count();
        assert!(packets <= flight * 2 + 2, "{packets} after {flight}");
        assert!(packets * 1_100 <= (1 << 20) + 1_200, "more than the peer has room for");
        let Some(newest) = last_tsn(&sent) else { break };
        (flight, last) = (packets, newest);
    }
}

#[test]
fn a_message_now_and_then_leaves_the_window_alone() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids = pair.channel(ChannelConfig::new(""));
    let before = pair.ends[0].stats().congestion_window;
    for _ in 0..100 {
        pair.send(0, ids[0], vec![1; 500]).unwrap();
        pair.run_for(std::time::Duration::from_millis(700));
    }
    assert_eq!(pair.ends[0].stats().congestion_window, before);
}
