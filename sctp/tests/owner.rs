//! What the owner decides: which channels are read, and how many there may be.

mod common;

use std::time::Duration;

use common::by_hand::ByHand;
use common::wire::{Init, data};
use common::{Link, Pair};
use lariat_sctp::{ChannelConfig, ChannelId, Config, Dropped, Event, SendError};

const FIRST: u32 = Init::PLAIN.tsn;
const DCEP: u32 = 50;
const OPEN: [u8; 12] = [3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// The first bytes of the messages among events, with their channels.
fn firsts(events: &[Event]) -> Vec<(ChannelId, u8)> {
    let messages = events.iter().filter_map(|event| match event {
        Event::Message { channel, payload, .. } => Some((*channel, *payload.first()?)),
        _ => None,
    });
    messages.collect()
}

/// How often an event is among these.
fn told(events: &[Event], event: &Event) -> usize {
    events.iter().filter(|other| *other == event).count()
}

#[test]
fn a_paused_channel_keeps_its_messages_and_others_go_on() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let a = pair.channel(ChannelConfig::new("a"));
    let b = pair.channel(ChannelConfig::new("b"));
    pair.take_events(1);
    pair.ends[1].pause(a[1]);
    for number in 0..3 {
        pair.send(0, a[0], vec![number]).unwrap();
        pair.send(0, b[0], vec![100 + number]).unwrap();
    }
    pair.run_for(Duration::from_secs(1));
    let events = pair.take_events(1);
    assert_eq!(firsts(&events), [(b[1], 100), (b[1], 101), (b[1], 102)]);
    // One message for each time that it is resumed, the oldest first.
    for number in 0..2 {
        pair.ends[1].resume(a[1]);
        let event = pair.ends[1].poll_event().unwrap();
        assert_eq!(firsts(&[event]), [(a[1], number)]);
        pair.ends[1].pause(a[1]);
        assert_eq!(pair.ends[1].poll_event(), None);
    }
    pair.send(0, a[0], vec![3]).unwrap();
    pair.ends[0].close(pair.now, a[0]);
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.take_events(1), [], "the end comes after the messages");
    pair.ends[1].resume(a[1]);
    let events = pair.take_events(1);
    assert_eq!(firsts(&events), [(a[1], 2), (a[1], 3)]);
    assert_eq!(events[2..], [Event::ChannelClosed(a[1])]);
}

#[test]
fn a_paused_channel_with_nothing_kept_is_told_closed() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let a = pair.channel(ChannelConfig::new("a"));
    pair.take_events(1);
    pair.ends[1].pause(a[1]);
    pair.ends[0].close(pair.now, a[0]);
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.take_events(1), [Event::ChannelClosed(a[1])]);
}

#[test]
fn what_a_paused_channel_keeps_is_still_there_when_the_association_has_ended() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let a = pair.channel(ChannelConfig::new("a"));
    pair.take_events(1);
    pair.ends[1].pause(a[1]);
    pair.send(0, a[0], vec![7]).unwrap();
    pair.run_for(Duration::from_secs(1));
    pair.ends[1].abort(pair.now);
    assert!(matches!(pair.take_events(1)[..], [Event::Closed(_)]));
    pair.ends[1].resume(a[1]);
    let events = pair.take_events(1);
    assert_eq!(firsts(&events), [(a[1], 7)]);
    assert_eq!(events[1..], [Event::ChannelClosed(a[1])]);
}

#[test]
fn one_channel_over_the_limit_is_reset_counted_and_told_once() {
    let config = Config { max_incoming_channels: 3, ..Config::default() };
    let mut end = ByHand::with(config, Init::PLAIN);
    let mut tsn = FIRST;
    let mut open = |end: &mut ByHand, stream: u16| {
        end.give(&[data(3, tsn, stream, 0, DCEP, &OPEN)]);
        tsn += 1;
    };
    for stream in [1, 3, 5, 7, 9] {
        open(&mut end, stream);
    }
    assert_eq!(end.pair.ends[0].channel_count(), 3);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::ChannelLimit), 2);
    let refused = Event::IncomingRefused { limit: 3 };
    let events = end.events();
    assert_eq!((events.len(), told(&events, &refused)), (4, 1));
    // Channels of ours do not count, and those of the peer still do.
    end.negotiated(100);
    open(&mut end, 11);
    assert_eq!(told(&end.events(), &refused), 1, "once more, since the owner has read the first");
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::ChannelLimit), 3);
}

#[test]
fn what_was_accepted_is_drained_by_a_shutdown_under_loss() {
    for seed in 0..10 {
        let mut pair = Pair::connected(seed, Link::lossy(10));
        let ids: Vec<_> = (0..3).map(|_| pair.channel(ChannelConfig::new(""))).collect();
        for number in 0..20 {
            for id in &ids {
                pair.send(0, id[0], vec![number; 20_000]).unwrap();
            }
        }
        assert!(!pair.ends[0].is_drained());
        pair.ends[0].shutdown(pair.now);
        assert!(pair.send(0, ids[0][0], vec![1]).is_err());
        pair.run_until("both over", |pair| pair.was_closed(0) && pair.was_closed(1));
        assert!(pair.ends[0].is_drained());
        for id in &ids {
            assert_eq!(pair.messages(1, id[1]).len(), 20, "seed {seed}");
        }
    }
}

#[test]
fn each_channel_that_was_refused_is_told_once_of_room() {
    let config = Config { send_buffer: 100_000, ..Config::default() };
    let mut pair = Pair::with(1, Link::PERFECT, config, Config::default());
    pair.connect();
    let ids: Vec<_> = (0..3).map(|_| pair.channel(ChannelConfig::new("")).map(|id| id)).collect();
    while pair.send(0, ids[0][0], vec![0; 10_000]).is_ok() {}
    for id in [ids[1][0], ids[2][0], ids[1][0]] {
        let sent = pair.send(0, id, vec![0; 50_000]);
        assert!(matches!(sent, Err(SendError::WouldBlock { .. })));
    }
    pair.ends[0].close(pair.now, ids[2][0]);
    pair.take_events(0);
    pair.run_for(Duration::from_secs(5));
    let events = pair.take_events(0);
    let writable: Vec<_> = ids.iter().map(|id| told(&events, &Event::Writable(id[0]))).collect();
    assert_eq!(writable, [1, 1, 0], "and nothing of one that has closed");
    assert_eq!(pair.send(0, ids[1][0], vec![0; 50_000]), Ok(()));
    // A message that is longer than the buffer has to wait until that is empty.
    assert!(pair.send(0, ids[0][0], vec![0; 65_000]).is_err());
    pair.run_for(Duration::from_secs(5));
    assert_eq!(told(&pair.take_events(0), &Event::Writable(ids[0][0])), 1);
    pair.run_for(Duration::from_secs(5));
    assert_eq!(told(&pair.take_events(0), &Event::Writable(ids[0][0])), 0);
}

#[test]
fn who_waits_for_an_acknowledgement_does_not_wait_for_the_peers_delay() {
    // The link is 10 ms long each way; the peer may put an acknowledgement off for 200 ms.
    let round_trip = Duration::from_millis(20);
    for was_sent_before in [true, false] {
        let mut pair = Pair::connected(1, Link::PERFECT);
        let channel = pair.channel(ChannelConfig::new("a"));
        pair.run_for(Duration::from_secs(1));
        pair.send(0, channel[0], vec![1]).unwrap();
        if was_sent_before {
            pair.settle();
        }
        let start = pair.now;
        pair.ends[0].request_acknowledgement();
        pair.run_until("acknowledged", |pair| pair.ends[0].is_drained());
        assert_eq!(pair.now.saturating_since(start), round_trip);
        // Nor does the end of an association.
        pair.send(0, channel[0], vec![2]).unwrap();
        pair.settle();
        let start = pair.now;
        pair.ends[0].shutdown(pair.now);
        pair.run_until("closed", |pair| pair.was_closed(0) && pair.was_closed(1));
        let took = pair.now.saturating_since(start);
        assert!(took <= round_trip * 5 / 2, "{took:?}");
    }
}
