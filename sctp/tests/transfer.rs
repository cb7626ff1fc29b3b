//! Messages over links that lose, duplicate, delay and reorder.

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{Link, Pair};
use lariat_sctp::{ChannelConfig, Event, MessageKind, SendError};

const MESSAGE: usize = 16 * 1_024;

/// Sends a mebibyte each way and checks that all of it arrives, in order.
fn move_a_mebibyte(seed: u64, link: Link) {
    let mut pair = Pair::connected(seed, link);
    let ids = pair.channel(ChannelConfig::new("bulk"));
    let count = (1 << 20) / MESSAGE;
    let message = |end: usize, number: usize| vec![(end * 100 + number) as u8; MESSAGE - number];
    for number in 0..count {
        for (end, id) in ids.into_iter().enumerate() {
            assert_eq!(pair.send(end, id, message(end, number)), Ok(()));
        }
    }
    pair.run_until("a mebibyte each way", |pair| {
        ids.iter().enumerate().all(|(end, id)| pair.messages(end, *id).len() == count)
    });
    for (end, id) in ids.into_iter().enumerate() {
        let expected: Vec<_> = (0..count).map(|number| message(1 - end, number)).collect();
        assert_eq!(pair.messages(end, id), expected, "seed {seed}, end {end}");
    }
    assert!(!pair.was_closed(0) && !pair.was_closed(1));
    pair.run_until("all acknowledged", |pair| {
        pair.ends.iter().all(|end| end.stats().buffered == 0)
    });
}

#[test]
fn a_mebibyte_each_way_without_loss() {
    (0..50).for_each(|seed| move_a_mebibyte(seed, Link::lossy(0)));
}

// adversarial C19
#[test]
fn a_mebibyte_each_way_with_one_percent_loss() {
    (0..50).for_each(|seed| move_a_mebibyte(seed, Link::lossy(1)));
}

// adversarial C19
#[test]
fn a_mebibyte_each_way_with_five_percent_loss() {
    (0..50).for_each(|seed| move_a_mebibyte(seed, Link::lossy(5)));
}

// adversarial C19
#[test]
fn a_mebibyte_each_way_with_twenty_percent_loss() {
    (0..50).for_each(|seed| move_a_mebibyte(seed, Link::lossy(20)));
}

#[test]
fn messages_of_every_kind_arrive_as_they_are() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let ids = pair.channel(ChannelConfig::new("kinds"));
    let sent = [
        (MessageKind::Text, &b"text"[..]),
        (MessageKind::Text, b""),
        (MessageKind::Binary, b"\xff\x00"),
        (MessageKind::Binary, b""),
    ];
    for (kind, payload) in sent {
        pair.ends[0].send(pair.now, ids[0], kind, Bytes::from_static(payload)).unwrap();
    }
    pair.run_for(Duration::from_secs(1));
    let received: Vec<_> = pair.events[1]
        .iter()
        .filter_map(|event| match event {
            Event::Message { kind, payload, .. } => Some((*kind, payload.to_vec())),
            _ => None,
        })
        .collect();
    assert_eq!(received, sent.map(|(kind, payload)| (kind, payload.to_vec())));
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let mut pair = Pair::connected(1, Link::PERFECT);
    let [id, _] = pair.channel(ChannelConfig::new(""));
    let sent = pair.ends[0].send(pair.now, id, MessageKind::Text, Bytes::from_static(b"\xff"));
    assert_eq!(sent, Err(SendError::NotText));
}
