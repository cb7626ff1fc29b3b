//! How associations come up, stay up, and end.

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::by_hand::{ByHand, take};
use common::wire::{self, Init, chunk, kinds, packet, parameter, tag_of, u32_at};
use common::{Link, Pair};
use lariat_base::Instant;
use lariat_sctp::{
    ChannelConfig, CloseReason, Config, Dropped, Event, MessageKind, OpenError, Parity, SendError,
};

const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const COOKIE_ECHO: u8 = 10;
const COOKIE_ACK: u8 = 11;

/// Delivers what the two ends send in the order in which `choose` picks.
fn deliver_all(pair: &mut Pair, mut choose: impl FnMut(usize) -> usize) {
    let mut under_way: Vec<(usize, Vec<u8>)> = Vec::new();
    loop {
        for end in 0..2 {
            under_way.extend(take(pair, end).into_iter().map(|packet| (1 - end, packet)));
        }
        if under_way.is_empty() {
            return;
        }
        let (to, packet) = under_way.remove(choose(under_way.len()));
        pair.inject(to, packet);
    }
}

fn connected_events(pair: &mut Pair) -> [usize; 2] {
    pair.settle();
    let count = |events: &Vec<Event>| events.iter().filter(|e| **e == Event::Connected).count();
    pair.events.each_ref().map(count)
}

// adversarial C8
#[test]
fn a_simultaneous_open_in_any_order_gives_one_association() {
    // The choices of the first packets are the digits of a number, so all orders are tried.
    for order in 0..4_096_usize {
        let mut pair = Pair::new(order as u64, Link::PERFECT);
        pair.ends[0].connect(pair.now, Parity::Even);
        pair.ends[1].connect(pair.now, Parity::Odd);
        let mut digits = order;
        deliver_all(&mut pair, |count| {
            let choice = digits % 4;
            digits /= 4;
            choice % count
        });
        assert_eq!(connected_events(&mut pair), [1, 1], "order {order}");
        let ids = pair.channel(ChannelConfig::new("after"));
        let payload = Bytes::from_static(b"x");
        pair.ends[1].send(pair.now, ids[1], MessageKind::Binary, payload).unwrap();
        pair.run_until("a message", |pair| !pair.messages(0, ids[0]).is_empty());
    }
}

#[test]
fn one_side_alone_can_connect() {
    let mut pair = Pair::new(1, Link::PERFECT);
    pair.ends[0].connect(pair.now, Parity::Even);
    pair.run_for(Duration::from_secs(1));
    assert_eq!(connected_events(&mut pair), [1, 1]);
    pair.ends[1].connect(pair.now, Parity::Odd);
    pair.run_for(Duration::from_secs(1));
    assert_eq!(connected_events(&mut pair), [1, 1]);
}

#[test]
fn a_lost_setup_packet_is_repeated() {
    for lost in 0..6 {
        let mut pair = Pair::new(lost, Link::PERFECT);
        pair.ends[0].connect(pair.now, Parity::Even);
        pair.ends[1].connect(pair.now, Parity::Odd);
        // The n-th packet of the whole setup is taken away.
        let mut seen = 0;
        let mut packets = Vec::new();
        for _ in 0..3 {
            for end in 0..2 {
                for packet in take(&mut pair, end) {
                    if seen != lost {
                        packets.push((1 - end, packet));
                    }
                    seen += 1;
                }
            }
            for (to, packet) in packets.drain(..) {
                pair.inject(to, packet);
            }
        }
        pair.run_until("connected", |pair| {
            pair.events.iter().all(|events| events.contains(&Event::Connected))
        });
    }
}

#[test]
fn a_silent_peer_ends_the_attempt() {
    let mut pair = Pair::new(1, Link::lossy(100));
    pair.ends[0].connect(pair.now, Parity::Even);
    let id = pair.ends[0].open(pair.now, ChannelConfig::new("never")).unwrap();
    pair.run_until("given up", |pair| pair.was_closed(0));
    assert_eq!(
        pair.events[0],
        [Event::ChannelClosed(id), Event::Closed(CloseReason::ConnectTimeout)]
    );
    let inits = pair.log.iter().filter(|(_, packet)| kinds(packet) == [INIT]).count();
    assert_eq!(inits, 9, "one, and eight repetitions");
    assert!(pair.now < Instant::ZERO + Duration::from_secs(120));
    assert_eq!(pair.ends[0].poll_timeout(), None);
    assert_eq!(pair.ends[0].open(pair.now, ChannelConfig::new("")), Err(OpenError::Closed));
}

// adversarial C7
#[test]
fn late_copies_of_the_setup_leave_the_association_alone() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids = pair.channel(ChannelConfig::new("lives"));
    let setup: Vec<_> = pair
        .log
        .iter()
        .filter(|(_, packet)| {
            matches!(kinds(packet)[0], INIT | INIT_ACK | COOKIE_ECHO | COOKIE_ACK)
        })
        .cloned()
        .collect();
    assert!(setup.len() >= 4);
    for round in 0..3 {
        for (from, copy) in &setup {
            pair.inject(1 - from, copy.to_vec());
            pair.run_for(Duration::from_millis(100));
        }
        let payload = Bytes::from(vec![round; 3]);
        pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, payload.clone()).unwrap();
        pair.run_for(Duration::from_secs(1));
        assert_eq!(pair.messages(1, ids[1]).last(), Some(&payload));
    }
    assert_eq!(connected_events(&mut pair), [1, 1]);
    assert!(!pair.was_closed(0) && !pair.was_closed(1));
}

// adversarial C7
#[test]
fn a_peer_that_starts_again_is_an_event() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids = pair.channel(ChannelConfig::new("old"));
    // A new end takes the place of the old one.
    let mut fresh = Pair::new(99, Link::PERFECT);
    std::mem::swap(&mut pair.ends[0], &mut fresh.ends[0]);
    pair.ends[0].connect(pair.now, Parity::Even);
    pair.run_until("restarted", |pair| pair.events[1].contains(&Event::Restarted));
    let end = pair.events[1].len();
    let last = [Event::ChannelClosed(ids[1]), Event::Restarted];
    assert_eq!(pair.events[1][end - 2..], last);
    let id = pair.ends[1].open(pair.now, ChannelConfig::new("new")).unwrap();
    pair.run_until("opened", |pair| pair.events[1].contains(&Event::ChannelOpened(id)));
}

// C30
#[test]
fn what_was_unread_before_a_restart_keeps_its_room_until_it_is_read() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids = pair.channel(ChannelConfig::new("old"));
    // An end that offers the window it has left when it is asked.
    let window = |pair: &mut Pair| {
        pair.log.clear();
        pair.ends[1].pause(ids[1]);
        let id = pair.ends[0].open(pair.now, ChannelConfig::new("probe")).unwrap();
        pair.run_until("open", |pair| pair.events[0].contains(&Event::ChannelOpened(id)));
        pair.run_for(Duration::from_secs(1));
        let sent: Vec<_> = pair.log.iter().filter(|(from, _)| *from == 1).collect();
        let chunks: Vec<_> = sent.iter().flat_map(|(_, packet)| wire::chunks(packet)).collect();
        wire::last_sack(&chunks).unwrap().1
    };
    let empty = window(&mut pair);
    for _ in 0..100 {
        pair.send(0, ids[0], vec![1; 10_000]).unwrap();
    }
    pair.run_for(Duration::from_secs(2));
    let held = 100 * (10_000 + lariat_sctp::limits::FRAGMENT_OVERHEAD as u32);
    assert_eq!(window(&mut pair), empty - held);
    let mut fresh = Pair::new(99, Link::PERFECT);
    std::mem::swap(&mut pair.ends[0], &mut fresh.ends[0]);
    pair.ends[0].connect(pair.now, Parity::Even);
    pair.run_until("restarted", |pair| pair.events[1].contains(&Event::Restarted));
    assert_eq!(window(&mut pair), empty - held, "old messages are still held");
    pair.ends[1].resume(ids[1]);
    pair.run_until("read", |pair| pair.messages(1, ids[1]).len() == 100);
    assert_eq!(window(&mut pair), empty, "and give back what they took");
}

// rfc9260 §3.2.2
#[test]
fn unrecognised_parameters_of_an_init_are_reported() {
    let mut pair = Pair::new(5, Link::PERFECT);
    let unknown = parameter(0xcabc, b"abc");
    pair.inject(0, Init::PLAIN.packet(&unknown));
    let answer = take(&mut pair, 0).remove(0);
    let value = wire::chunks(&answer).remove(0).2;
    let report = parameter(8, &unknown);
    assert!(value.windows(report.len()).any(|window| window == report));
}

// rfc9260 §5.2.2
#[test]
fn an_init_in_established_is_answered_with_another_tag_and_nothing_else() {
    let ByHand { mut pair, tag, .. } = ByHand::established();
    pair.inject(0, Init { tag: 0x2222, ..Init::PLAIN }.packet(&[]));
    let answer = take(&mut pair, 0).remove(0);
    assert_eq!((kinds(&answer), tag_of(&answer)), (vec![INIT_ACK], 0x2222));
    assert_ne!(u32_at(&wire::chunks(&answer)[0].2, 0), tag);
    pair.inject(0, packet(tag, &[chunk(4, 0, &parameter(1, b"alive"))]));
    assert_eq!(kinds(&take(&mut pair, 0)[0]), [5]);
}

// adversarial C21
#[test]
fn an_abort_counts_with_the_right_tag_alone() {
    for (tag_offset, flags, ends) in [(0, 0, true), (1, 0, false), (0, 1, false)] {
        let ByHand { mut pair, tag, .. } = ByHand::established();
        pair.inject(0, packet(tag.wrapping_add(tag_offset), &[chunk(6, flags, &[])]));
        pair.settle();
        assert_eq!(pair.was_closed(0), ends, "{tag_offset} {flags}");
    }
    // With the T bit it carries the sender's own tag.
    let ByHand { mut pair, .. } = ByHand::established();
    pair.inject(0, packet(Init::PLAIN.tag, &[chunk(6, 1, &[])]));
    pair.settle();
    assert_eq!(pair.events[0].last(), Some(&Event::Closed(CloseReason::PeerAborted)));
}

#[test]
fn a_shutdown_delivers_everything_first() {
    for loss in [0, 20] {
        for seed in 0..20 {
            let mut pair = Pair::connected(seed, Link::lossy(loss));
            let ids = pair.channel(ChannelConfig::new("last words"));
            for _ in 0..50 {
                let payload = Bytes::from(vec![1; 5_000]);
                pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, payload).unwrap();
            }
            pair.ends[0].shutdown(pair.now);
            let after = pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, Bytes::new());
            assert_eq!(after, Err(SendError::Closed));
            pair.run_until("closed", |pair| pair.was_closed(0) && pair.was_closed(1));
            assert_eq!(pair.messages(1, ids[1]).len(), 50);
            assert_eq!(pair.events[0].last(), Some(&Event::Closed(CloseReason::Shutdown)));
        }
    }
}

// adversarial C21
#[test]
fn two_shutdowns_at_once_end_together() {
    for loss in [0, 30] {
        for seed in 0..30 {
            let mut pair = Pair::connected(seed, Link::lossy(loss));
            pair.ends[0].shutdown(pair.now);
            pair.ends[1].shutdown(pair.now);
            pair.run_until("closed", |pair| pair.was_closed(0) && pair.was_closed(1));
        }
    }
}

// adversarial C21
#[test]
fn a_shutdown_in_any_state_ends() {
    // How many packets are delivered before the request: none, then some of the setup, then all.
    for delivered in 0..8 {
        let mut pair = Pair::new(delivered, Link::PERFECT);
        pair.ends[0].connect(pair.now, Parity::Even);
        pair.ends[1].connect(pair.now, Parity::Odd);
        let mut left = delivered;
        'setup: loop {
            for end in 0..2 {
                for packet in take(&mut pair, end) {
                    if left == 0 {
                        break 'setup;
                    }
                    left -= 1;
                    pair.inject(1 - end, packet);
                }
            }
            if pair.ends.iter().all(|end| end.stats().packets_sent > 2) {
                break;
            }
        }
        pair.ends[0].shutdown(pair.now);
        pair.run_until("closed", |pair| pair.was_closed(0));
        pair.ends[0].shutdown(pair.now);
        pair.ends[0].abort(pair.now);
        pair.settle();
        let closed = pair.events[0].iter().filter(|e| matches!(e, Event::Closed(_))).count();
        assert_eq!(closed, 1);
    }
}

#[test]
fn an_abort_ends_both_sides_at_once() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids = pair.channel(ChannelConfig::new(""));
    pair.ends[0].abort(pair.now);
    pair.run_until("closed", |pair| pair.was_closed(1));
    for (end, reason) in [(0, CloseReason::Aborted), (1, CloseReason::PeerAborted)] {
        let count = pair.events[end].len();
        let last = [Event::ChannelClosed(ids[end]), Event::Closed(reason)];
        assert_eq!(pair.events[end][count - 2..], last);
    }
}

// rfc9260 §8.1, §8.3
#[test]
fn an_idle_path_is_probed_and_a_dead_one_found() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    pair.run_for(Duration::from_secs(120));
    let heartbeats = pair.log.iter().filter(|(from, p)| *from == 0 && kinds(p) == [4]).count();
    assert!((3..=4).contains(&heartbeats), "{heartbeats}");
    assert!(pair.ends[0].stats().rtt.is_some());
    pair.link.loss = 100;
    pair.run_until("unreachable", |pair| pair.was_closed(0) && pair.was_closed(1));
    assert_eq!(pair.events[0].last(), Some(&Event::Closed(CloseReason::Unreachable)));
}

#[test]
fn data_that_is_never_acknowledged_ends_the_association() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids = pair.channel(ChannelConfig::new(""));
    pair.link.loss = 100;
    let payload = Bytes::from_static(b"into the void");
    pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, payload).unwrap();
    let start = pair.now;
    pair.run_until("unreachable", |pair| pair.was_closed(0));
    assert!(pair.now < start + Duration::from_secs(120));
    assert_eq!(pair.ends[0].stats().buffered, 0, "nothing is kept");
}

// adversarial I20, for this crate
#[test]
fn time_that_jumps_or_goes_backwards_is_harmless() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids = pair.channel(ChannelConfig::new(""));
    let now = pair.now;
    for at in [Instant::ZERO, Instant::from_nanos(u64::MAX), now, Instant::ZERO, now] {
        pair.ends[0].handle_timeout(at);
        let payload = Bytes::from_static(b"tick");
        let _ = pair.ends[0].send(at, ids[0], MessageKind::Binary, payload);
        let mut out = Vec::new();
        for _ in 0..10 {
            pair.ends[0].poll_transmit(at, &mut out);
        }
    }
}

#[test]
fn two_runs_with_one_seed_are_the_same_to_the_byte() {
    let run = || {
        let mut pair = Pair::connected(7, Link { duplicate: 5, ..Link::lossy(5) });
        let ids = pair.channel(ChannelConfig::new("twice"));
        for _ in 0..20 {
            let payload = Bytes::from(vec![1; 9_000]);
            pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, payload).unwrap();
        }
        pair.run_for(Duration::from_secs(60));
        pair.log
    };
    assert_eq!(run(), run());
}

#[test]
fn stale_cookies_are_refused_and_asked_for_again() {
    let config = Config { cookie_lifetime: Duration::from_millis(5), ..Config::default() };
    let mut pair = Pair::with(1, Link::PERFECT, Config::default(), config);
    pair.ends[0].connect(pair.now, Parity::Even);
    // The link takes longer than the cookie lives.
    pair.run_until("given up", |pair| pair.was_closed(0));
    assert!(pair.ends[1].dropped().get(Dropped::StaleCookie) > 1);
    assert!(!pair.events[1].contains(&Event::Connected));
}

// rfc9260 §3.3.3
#[test]
fn an_init_ack_with_forbidden_values_ends_the_attempt() {
    let cookie = parameter(7, b"cookie");
    for (init, parameters) in [
        (Init { window: 1_499, ..Init::PLAIN }, &cookie),
        (Init { outbound: 0, ..Init::PLAIN }, &cookie),
        (Init { inbound: 0, ..Init::PLAIN }, &cookie),
        (Init::PLAIN, &Vec::new()),
        (Init::PLAIN, &parameter(7, &[0; 1_025])),
    ] {
        let mut pair = Pair::new(1, Link::PERFECT);
        pair.ends[0].connect(pair.now, Parity::Even);
        let tag = u32_at(&wire::chunks(&take(&mut pair, 0)[0])[0].2, 0);
        pair.inject(0, packet(tag, &[chunk(INIT_ACK, 0, &init.value(parameters))]));
        let abort = take(&mut pair, 0).remove(0);
        assert_eq!((kinds(&abort), tag_of(&abort)), (vec![6], init.tag));
        pair.settle();
        assert_eq!(pair.events[0], [Event::Closed(CloseReason::ProtocolViolation)]);
    }
}

// rfc9260 §5.1.1
#[test]
fn no_more_streams_are_used_than_the_peer_takes() {
    let init = Init { inbound: 4, ..Init::PLAIN };
    let mut end = ByHand::with(Config::default(), init);
    let beyond = ChannelConfig { negotiated: Some(4), ..ChannelConfig::new("") };
    let now = end.pair.now;
    assert_eq!(end.pair.ends[0].open(now, beyond), Err(OpenError::InvalidStream));
    end.negotiated(3);
    for _ in 0..2 {
        end.pair.ends[0].open(now, ChannelConfig::new("")).unwrap();
    }
    let more = end.pair.ends[0].open(now, ChannelConfig::new(""));
    assert_eq!(more, Err(OpenError::NoStream));
}
