//! One past each limit that has no better place for its test.

mod common;

use common::by_hand::{ByHand, take};
use common::wire::{Init, chunk, data, kinds, last_sack, parameter, sack, u32_at};
use common::{Link, Pair};
use lariat_sctp::{Config, Dropped, limits};

const FIRST: u32 = Init::PLAIN.tsn;

#[test]
fn one_reply_over_the_limit_is_not_queued() {
    let mut pair = Pair::new(1, Link::PERFECT);
    for _ in 0..=limits::MAX_QUEUED_REPLIES {
        pair.inject(0, Init::PLAIN.packet(&[]));
    }
    assert_eq!(pair.ends[0].dropped().get(Dropped::ReplyLimit), 1);
    assert_eq!(take(&mut pair, 0).len(), limits::MAX_QUEUED_REPLIES);
}

#[test]
fn one_control_chunk_over_the_limit_is_not_queued() {
    let mut end = ByHand::established();
    let probe = chunk(4, 0, &parameter(1, &[7; 1_016]));
    assert_eq!(limits::MAX_QUEUED_CONTROL, 4 * probe.len());
    for _ in 0..5 {
        end.give(std::slice::from_ref(&probe));
    }
    assert_eq!(end.sent_kinds(), [5; 4]);
    // There is room again.
    end.give(&[probe]);
    assert_eq!(end.sent_kinds(), [5]);
}

#[test]
fn one_duplicate_over_the_limit_is_not_reported() {
    let mut end = ByHand::established();
    end.negotiated(1);
    let original = data(3, FIRST, 1, 0, 53, b"x");
    end.give(std::slice::from_ref(&original));
    end.sent();
    end.give(&vec![original; limits::MAX_DUPLICATES + 1]);
    let (.., duplicates) = last_sack(&end.sent()).unwrap();
    assert_eq!(usize::from(duplicates), limits::MAX_DUPLICATES);
}

#[test]
fn one_chunk_over_the_limit_waits_for_the_cumulative_point() {
    let init = Init { window: 1 << 30, ..Init::PLAIN };
    let mut end = ByHand::with(Config::default(), init);
    let id = end.negotiated(1);
    for _ in 0..limits::MAX_OUTSTANDING + 100 {
        end.pair.send(0, id, vec![1]).unwrap();
    }
    let before = end.tsn.wrapping_sub(1);
    let mut highest = 0;
    // Everything arrives but the first chunk, so that the window opens and the point does not move.
    for _ in 0..10_000 {
        let sent = end.sent();
        let numbers = sent.iter().filter(|chunk| chunk.0 == 0);
        let newest = numbers.map(|chunk| u32_at(&chunk.2, 0).wrapping_sub(before)).max();
        let Some(newest) = newest else { break };
        highest = highest.max(newest);
        let last = u16::try_from(highest).unwrap_or(u16::MAX);
        end.give(&[sack(before, 1 << 30, &[(2, last.max(2))])]);
    }
    assert_eq!(highest as usize, limits::MAX_OUTSTANDING);
    end.give(&[sack(before.wrapping_add(1), 1 << 30, &[(1, (highest - 1) as u16)])]);
    let newest = end.sent().iter().filter(|chunk| chunk.0 == 0).count();
    assert_eq!(newest, 1, "one more for the one that is done");
}

#[test]
fn one_event_over_the_limit_keeps_the_peer_s_data_out() {
    let config = Config { receive_window: 64 << 20, ..Config::default() };
    let mut end = ByHand::with(config, Init::PLAIN);
    end.negotiated(1);
    let mut tsn = FIRST;
    let mut give = |end: &mut ByHand, count: u32| {
        let message = |number: u32| data(7, tsn + number, 1, 0, 53, b"x");
        end.give(&(0..count).map(message).collect::<Vec<_>>());
        tsn += count;
        end.sent();
    };
    for _ in 0..limits::MAX_EVENTS / 256 {
        give(&mut end, 256);
    }
    assert_eq!(end.pair.ends[0].dropped().total(), 0);
    give(&mut end, 1);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Window), 1);
    // One that is polled makes room for one, kept ones included.
    assert!(end.pair.ends[0].poll_event().is_some());
    tsn -= 1;
    end.give(&[data(7, tsn, 1, 0, 53, b"x")]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Window), 1);
    assert_eq!(end.events().len(), limits::MAX_EVENTS);
}

#[test]
fn kept_events_of_paused_channels_count_against_the_limit() {
    let config = Config { receive_window: 64 << 20, ..Config::default() };
    let mut end = ByHand::with(config, Init::PLAIN);
    let id = end.negotiated(1);
    end.pair.ends[0].pause(id);
    for packet in 0..limits::MAX_EVENTS as u32 / 256 {
        let message = |number: u32| data(7, FIRST + packet * 256 + number, 1, 0, 53, b"x");
        end.give(&(0..256).map(message).collect::<Vec<_>>());
        assert_eq!(end.events(), []);
        assert!(end.sent_kinds().iter().all(|kind| *kind == 3));
    }
    end.give(&[data(7, FIRST + limits::MAX_EVENTS as u32, 1, 0, 53, b"x")]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Window), 1);
    assert_eq!(kinds(&take(&mut end.pair, 0)[0]), [3]);
    end.pair.ends[0].resume(id);
    assert_eq!(end.events().len(), limits::MAX_EVENTS);
}
