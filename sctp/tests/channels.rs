//! Data channels: opening, fairness, back-pressure, closing.

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::wire::{chunks, kinds};
use common::{Link, Pair};
use lariat_base::Instant;
use lariat_sctp::{
    ChannelConfig, ChannelId, Config, Event, MessageKind, OpenError, Parity, Reliability, SendError,
};

fn send(pair: &mut Pair, end: usize, id: ChannelId, length: usize) -> Result<(), SendError> {
    pair.send(end, id, vec![1; length])
}

#[test]
fn a_channel_opened_before_connecting_has_its_open_with_the_cookie() {
    let mut pair = Pair::new(1, Link::PERFECT);
    let id = pair.ends[0].open(pair.now, ChannelConfig::new("early")).unwrap();
    assert_eq!(pair.ends[0].stream_id(id), None);
    assert_eq!(send(&mut pair, 0, id, 1), Err(SendError::NotOpen));
    pair.ends[0].connect(pair.now, Parity::Even);
    assert_eq!(pair.ends[0].stream_id(id), Some(0));
    pair.run_until("opened", |pair| pair.events[0].contains(&Event::ChannelOpened(id)));
    // INIT, INIT ACK, COOKIE ECHO with the OPEN: two round trips of 20 ms.
    assert_eq!(pair.now, Instant::from_millis(40));
    assert!(pair.log.iter().any(|(_, packet)| kinds(packet) == [10, 0]));
}

#[test]
fn both_ends_know_what_a_channel_is_like() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let config = ChannelConfig {
        protocol: "proto".into(),
        ordered: false,
        reliability: Reliability::MaxLifetime(Duration::from_millis(150)),
        ..ChannelConfig::new("größe")
    };
    let [_, theirs] = pair.channel(config.clone());
    assert!(pair.events[1].contains(&Event::ChannelIncoming(theirs, config)));
}

// rfc8832 §6
#[test]
fn identifiers_have_the_parity_of_their_opener() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    for end in 0..2 {
        for number in 0..3 {
            let id = pair.ends[end].open(pair.now, ChannelConfig::new("")).unwrap();
            let expected = 2 * number + end as u16;
            assert_eq!(pair.ends[end].stream_id(id), Some(expected));
        }
    }
}

#[test]
fn negotiated_channels_open_without_a_word() {
    let mut pair = Pair::new(1, Link::PERFECT);
    let config = ChannelConfig { negotiated: Some(7), ..ChannelConfig::new("") };
    let ids = [0, 1].map(|end| pair.ends[end].open(pair.now, config.clone()).unwrap());
    let again = pair.ends[0].open(pair.now, config);
    assert_eq!(again, Err(OpenError::StreamInUse));
    pair.connect();
    pair.run_for(Duration::from_millis(100));
    assert!(pair.events[0].contains(&Event::ChannelOpened(ids[0])));
    send(&mut pair, 0, ids[0], 3).unwrap();
    pair.run_until("a message", |pair| !pair.messages(1, ids[1]).is_empty());
    let beyond = ChannelConfig { negotiated: Some(65_535), ..ChannelConfig::new("") };
    assert_eq!(pair.ends[0].open(pair.now, beyond), Err(OpenError::InvalidStream));
}

#[test]
fn a_label_of_65535_bytes_is_the_longest() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let longest = "x".repeat(65_535);
    let too_long = ChannelConfig::new(format!("{longest}x"));
    assert_eq!(pair.ends[0].open(pair.now, too_long), Err(OpenError::LabelTooLong));
    pair.channel(ChannelConfig::new(longest));
}

#[test]
fn a_message_over_the_peer_s_limit_is_refused() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let [id, _] = pair.channel(ChannelConfig::new(""));
    pair.ends[0].set_remote_max_message_size(10);
    assert_eq!(send(&mut pair, 0, id, 10), Ok(()));
    assert_eq!(send(&mut pair, 0, id, 11), Err(SendError::TooLong { size: 11, max: 10 }));
}

#[test]
fn a_full_send_buffer_blocks_and_tells_when_it_is_low() {
    let config = Config { send_buffer: 100_000, ..Config::default() };
    let mut pair = Pair::with(1, Link::PERFECT, config, Config::default());
    pair.connect();
    let [id, _] = pair.channel(ChannelConfig::new(""));
    pair.ends[0].set_buffered_amount_low_threshold(id, 20_000);
    let mut sent = 0;
    while send(&mut pair, 0, id, 10_000).is_ok() {
        sent += 1;
    }
    assert_eq!(sent, 9);
    assert_eq!(pair.ends[0].buffered_amount(id), 90_000);
    assert!(matches!(send(&mut pair, 0, id, 10_000), Err(SendError::WouldBlock { .. })));
    pair.run_until("low", |pair| pair.events[0].contains(&Event::BufferedAmountLow(id)));
    assert!(pair.ends[0].buffered_amount(id) <= 20_000);
    pair.run_for(Duration::from_secs(5));
    assert_eq!(pair.ends[0].stats().buffered, 0);
    // adversarial C26
    let low = pair.events[0].iter().filter(|e| **e == Event::BufferedAmountLow(id)).count();
    assert_eq!(low, 1, "once per crossing");
}

// Per-channel fairness under a shared budget.
#[test]
fn a_busy_channel_does_not_starve_another() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let bulk = pair.channel(ChannelConfig::new("bulk"));
    let pings = pair.channel(ChannelConfig::new("pings"));
    for _ in 0..200 {
        send(&mut pair, 0, bulk[0], 16_000).unwrap();
    }
    for _ in 0..10 {
        send(&mut pair, 0, pings[0], 8).unwrap();
    }
    pair.run_until("the pings", |pair| pair.messages(1, pings[1]).len() == 10);
    let before = pair.messages(1, bulk[1]).len();
    assert!(before <= 12, "{before} bulk messages before the tenth ping");
}

#[test]
fn closing_delivers_what_is_queued_and_frees_the_stream_on_both_sides() {
    for loss in [0, 10] {
        for closer in 0..2 {
            let mut pair = Pair::connected(closer as u64, Link::lossy(loss));
            let ids = pair.channel(ChannelConfig::new("short"));
            for _ in 0..20 {
                send(&mut pair, closer, ids[closer], 9_000).unwrap();
            }
            pair.ends[closer].close(pair.now, ids[closer]);
            assert_eq!(send(&mut pair, closer, ids[closer], 1), Err(SendError::Closed));
            pair.run_until("closed", |pair| {
                (0..2).all(|end| pair.events[end].contains(&Event::ChannelClosed(ids[end])))
            });
            assert_eq!(pair.messages(1 - closer, ids[1 - closer]).len(), 20);
            assert!(pair.ends.iter().all(|end| end.channel_count() == 0));
            assert_eq!(send(&mut pair, closer, ids[closer], 1), Err(SendError::Closed));
        }
    }
}

#[test]
fn both_ends_may_close_at_once() {
    for loss in [0, 20] {
        for seed in 0..20 {
            let mut pair = Pair::connected(seed, Link::lossy(loss));
            let ids = pair.channel(ChannelConfig::new(""));
            for (end, id) in pair.ends.iter_mut().zip(ids) {
                end.close(pair.now, id);
                end.close(pair.now, id);
            }
            pair.run_until("closed", |pair| {
                (0..2).all(|end| pair.events[end].contains(&Event::ChannelClosed(ids[end])))
            });
        }
    }
}

// adversarial C24
#[test]
fn a_thousand_channels_opened_and_closed_leave_nothing() {
    for loss in [0, 3] {
        let mut pair = Pair::connected(3, Link::lossy(loss));
        for round in 0..250 {
            let mut open: Vec<[ChannelId; 2]> = Vec::new();
            for _ in 0..4 {
                open.push(pair.channel(ChannelConfig::new("brief")));
            }
            for (number, ids) in open.iter().enumerate() {
                send(&mut pair, 0, ids[0], 10).unwrap();
                let end = (number + round) % 2;
                pair.ends[end].close(pair.now, ids[end]);
            }
            pair.run_until("all closed", |pair| {
                pair.ends.iter().all(|end| end.channel_count() == 0)
            });
            pair.events.iter_mut().for_each(Vec::clear);
            pair.log.clear();
        }
        pair.run_for(Duration::from_secs(10));
        assert!(pair.ends.iter().all(|end| end.stats().buffered == 0));
        assert!(!pair.was_closed(0) && !pair.was_closed(1));
    }
}

// adversarial C24
#[test]
fn every_identifier_can_be_open_at_once_and_one_more_is_refused() {
    let mut pair = Pair::new(1, Link::PERFECT);
    pair.ends[0].connect(pair.now, Parity::Even);
    for number in 0..32_768 {
        let id = pair.ends[0].open(pair.now, ChannelConfig::new("")).unwrap();
        assert_eq!(pair.ends[0].stream_id(id), Some(number * 2));
    }
    let more = pair.ends[0].open(pair.now, ChannelConfig::new(""));
    assert_eq!(more, Err(OpenError::NoStream));
}

#[test]
fn a_channel_closed_before_connecting_was_never_there() {
    let mut pair = Pair::new(1, Link::PERFECT);
    let early = pair.ends[0].open(pair.now, ChannelConfig::new("early")).unwrap();
    pair.ends[0].close(pair.now, early);
    pair.connect();
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.events[0], [Event::ChannelClosed(early), Event::Connected]);
    assert_eq!(pair.events[1], [Event::Connected]);
}

#[test]
fn messages_of_an_unordered_channel_pass_a_lost_one() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let config = ChannelConfig { ordered: false, ..ChannelConfig::new("") };
    let ids = pair.channel(config);
    let mut first = true;
    pair.lose(move |_, packet| {
        let data = chunks(packet).iter().any(|chunk| chunk.0 == 0);
        data && std::mem::take(&mut first)
    });
    for number in 0..3 {
        let payload = Bytes::from(vec![number; 1_100]);
        pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, payload).unwrap();
    }
    pair.run_until("all", |pair| pair.messages(1, ids[1]).len() == 3);
    let order: Vec<u8> = pair.messages(1, ids[1]).iter().map(|message| message[0]).collect();
    assert_eq!(order, [1, 2, 0]);
}

// rfc8832 §6
#[test]
fn the_words_of_an_unordered_channel_s_opening_are_ordered() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let config = ChannelConfig { ordered: false, ..ChannelConfig::new("") };
    let ids = pair.channel(config);
    pair.send(0, ids[0], vec![1]).unwrap();
    pair.run_for(Duration::from_millis(100));
    let data: Vec<_> = pair
        .log
        .iter()
        .flat_map(|(_, packet)| chunks(packet))
        .filter(|chunk| chunk.0 == 0)
        .map(|(_, flags, value)| (value[11], flags & 4))
        .collect();
    assert_eq!(data, [(50, 0), (50, 0), (53, 4)], "identifier and U bit");
}
