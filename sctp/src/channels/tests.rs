//! What channels cost: state while they are used, and work when something happens to them.

use alloc::vec::Vec;

use lariat_crypto::ring;

use super::registry::Channel;
use super::*;

const NOW: Instant = Instant::ZERO;

/// Two ends that take as many channels as there can be, connected.
fn pair() -> [DataChannels; 2] {
    let config =
        || Config { max_incoming_channels: usize::MAX, send_buffer: 64 << 20, ..Config::default() };
    let end = |number| DataChannels::new(config(), ring::provider(), Seed::new([number; 32]));
    let mut ends = [end(1), end(2)];
    ends[0].connect(NOW, Parity::Even);
    ends[1].connect(NOW, Parity::Odd);
    exchange(&mut ends, NOW);
    ends
}

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1_000)
}

/// Lets packets travel until nobody has any left.
fn exchange(ends: &mut [DataChannels; 2], now: Instant) {
    let mut quiet = false;
    while !core::mem::replace(&mut quiet, true) {
        for end in 0..2 {
            let mut out = Vec::new();
            while ends[end].poll_transmit(now, &mut out).is_some() {
                ends[1 - end].handle_datagram(now, Bytes::from(core::mem::take(&mut out)));
                quiet = false;
            }
            if ends[end].poll_timeout().is_some_and(|deadline| deadline.at <= now) {
                ends[end].handle_timeout(now);
            }
        }
    }
}

fn events(end: &mut DataChannels) -> Vec<Event> {
    core::iter::from_fn(|| end.poll_event()).collect()
}

fn open(ends: &mut [DataChannels; 2], count: usize) -> Vec<ChannelId> {
    let ids = (0..count).map(|_| ends[0].open(NOW, ChannelConfig::new("")).unwrap()).collect();
    for second in 0..3 {
        exchange(ends, at(second));
    }
    assert_eq!(ends[1].channel_count(), count);
    ends.iter_mut().for_each(|end| drop(events(end)));
    ids
}

/// How many entries there are for streams: to be sent on, received on, and of channels.
fn state(end: &DataChannels) -> (usize, usize, usize) {
    let (sending, receiving) = end.association.stream_counts();
    (sending, receiving, end.registry.entries())
}

#[test]
fn channels_that_are_gone_leave_nothing() {
    let mut ends = pair();
    let before = ends.each_ref().map(state);
    for round in 0..3 {
        let ids = open(&mut ends, 1_000);
        for id in ids {
            ends[0].send(NOW, id, MessageKind::Binary, Bytes::from_static(b"x")).unwrap();
            ends[0].close(NOW, id);
        }
        for second in 0..10 {
            exchange(&mut ends, at(10 + second));
        }
        ends.iter_mut().for_each(|end| drop(events(end)));
        assert_eq!(ends.each_ref().map(state), before, "{round}");
    }
}

/// The documentation of the crate says how much.
#[test]
fn an_idle_channel_takes_less_than_a_kibibyte() {
    let mut ends = pair();
    let before = ends.each_ref().map(state);
    open(&mut ends, 100);
    for (end, before) in ends.iter().zip(before) {
        let after = state(end);
        // One entry of each kind, and none that grows with what was sent.
        assert!(after.0 - before.0 <= 100 && after.1 - before.1 <= 100);
        assert!(after.2 - before.2 <= 200, "by identifier, and by stream");
    }
    let (sending, receiving) = Association::stream_sizes();
    let entries = size_of::<(ChannelId, Channel)>() + size_of::<(u16, ChannelId)>();
    // Nodes of a tree are at least about half full.
    let most = 2 * (sending + receiving + entries);
    assert!(most <= 1_024, "{most}");
}

/// How many streams were looked at.
fn visits(end: &DataChannels) -> u64 {
    end.association.visits()
}

#[test]
fn a_turn_costs_what_changed_and_not_what_there_is() {
    for count in [1, 1_000, 32_767] {
        let mut ends = pair();
        let ids = open(&mut ends, count);
        // A message waits on each, more than the windows take.
        for id in &ids {
            let message = Bytes::from(alloc::vec![1; 1_100]);
            ends[0].send(NOW, *id, MessageKind::Binary, message).unwrap();
        }
        let now = at(10);
        let mut out = Vec::new();
        let mut packets: u64 = 0;
        while ends[0].poll_transmit(now, &mut out).is_some() {
            packets += 1;
        }
        let before = visits(&ends[0]);
        // A packet sends one of these, and asks once more than it takes.
        assert!(before <= 4 * (count as u64 + packets), "{before} for {count}");
        for turn in 0..100 {
            let now = Instant::from_nanos(10_000_000_000 + turn);
            ends[0].handle_datagram(now, Bytes::from_static(b"junk"));
            ends[0].handle_timeout(now);
            while ends[0].poll_event().is_some() {}
            ends[0].poll_timeout();
            ends[0].poll_transmit(now, &mut out);
        }
        let cost = visits(&ends[0]) - before;
        assert!(cost <= 200, "{cost} visits in 100 turns with {count} channels");
    }
}

// C31
#[test]
fn a_reset_of_all_streams_visits_each_a_few_times() {
    let count = 32_767;
    let mut ends = pair();
    let ids = open(&mut ends, count);
    for id in &ids {
        ends[0].send(NOW, *id, MessageKind::Binary, Bytes::from_static(b"waits")).unwrap();
    }
    let before = visits(&ends[0]);
    close::incoming_reset(&mut ends[0], &[]);
    for second in 0..60 {
        exchange(&mut ends, at(100 + second));
    }
    let cost = visits(&ends[0]) - before;
    assert!(cost <= 10 * count as u64, "{cost}");
    assert!(ends.iter().all(|end| end.channel_count() == 0));
}
