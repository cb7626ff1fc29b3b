//! What becomes of accepted messages when a connection is closed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_peer::{ChannelId, ConnectionState, Event, MessageKind, SendError, limits};
use lariat_peer_testing::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);
const MESSAGE: usize = 128 << 10;
const MESSAGES: usize = 8;

fn lossy() -> Link {
    Link { delay: Duration::from_millis(30), loss: 0.01, reordering: 0.02, ..Link::default() }
}

/// Two peers with a channel that is open at both.
fn connected(seed: u64, link: Link) -> (Pair, [ChannelId; 2]) {
    let mut pair = Pair::new(seed, link);
    let ours = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_open(0, ours) && !pair.side(1).open.is_empty());
    let theirs = pair.side(1).open[0];
    (pair, [ours, theirs])
}

/// Sends a mebibyte.
fn send_much(pair: &mut Pair, side: usize, channel: ChannelId) {
    for number in 0..MESSAGES {
        pair.send(side, channel, Bytes::from(vec![number as u8; MESSAGE])).unwrap();
    }
}

fn close(pair: &mut Pair, side: usize) {
    pair.with(side, |peer, now| peer.close(now));
}

/// Runs until both are closed, and says how long that took.
fn run_to_the_end(pair: &mut Pair) -> Duration {
    let start = pair.simulation().now();
    pair.run_until(MINUTE, |pair| (0..2).all(|side| pair.peer(side).is_closed()));
    pair.simulation().now() - start
}

#[test]
fn what_was_accepted_arrives_before_the_end() {
    for seed in 0..20 {
        let link = if seed == 0 { Link::default() } else { lossy() };
        let (mut pair, [ours, _]) = connected(seed, link);
        send_much(&mut pair, 0, ours);
        close(&mut pair, 0);
        assert!(pair.peer(0).is_closing() && !pair.peer(0).is_closed());
        run_to_the_end(&mut pair);
        let messages = &pair.side(1).messages;
        assert_eq!(messages.len(), MESSAGES, "seed {seed}");
        assert!(messages.iter().all(|(_, _, payload)| payload.len() == MESSAGE));
        for side in 0..2 {
            assert_eq!(pair.peer(side).connection_state(), ConnectionState::Closed);
        }
    }
}

#[test]
fn it_arrives_while_the_other_side_sends_and_its_messages_are_not_read() {
    for seed in 20..30 {
        let (mut pair, [ours, theirs]) = connected(seed, lossy());
        for _ in 0..8 {
            send_much(&mut pair, 1, theirs);
        }
        send_much(&mut pair, 0, ours);
        // Nothing of theirs is taken out of the association before the close.
        pair.simulation().with(0, |peer, now| {
            peer.pause_channel(ours);
            peer.close(now);
        });
        pair.run_until(MINUTE, |pair| pair.side(1).messages.len() == MESSAGES);
    }
}

#[test]
fn a_side_that_never_answers_holds_a_close_up_until_the_deadline() {
    let (mut pair, [ours, _]) = connected(40, Link::default());
    send_much(&mut pair, 0, ours);
    pair.simulation().set_link(Link { loss: 1.0, ..Link::default() });
    let start = pair.simulation().now();
    close(&mut pair, 0);
    let almost = limits::CLOSE_TIMEOUT - Duration::from_millis(1);
    pair.run_for(almost / 2);
    // Closing again neither hastens nor delays it.
    close(&mut pair, 0);
    pair.run_for(almost / 2);
    assert!(!pair.peer(0).is_closed());
    pair.run_until(MINUTE, |pair| pair.peer(0).is_closed());
    assert_eq!(pair.simulation().now() - start, limits::CLOSE_TIMEOUT);
    assert_eq!(pair.peer(0).connection_state(), ConnectionState::Closed);
}

#[test]
fn the_deadline_can_be_set() {
    let limit = Duration::from_millis(300);
    let mut pair =
        Pair::with_configs(41, Link::default(), |_, config| config.close_timeout = limit);
    let channel = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_open(0, channel));
    pair.simulation().set_link(Link { loss: 1.0, ..Link::default() });
    let start = pair.simulation().now();
    close(&mut pair, 0);
    pair.run_until(MINUTE, |pair| pair.peer(0).is_closed());
    assert_eq!(pair.simulation().now() - start, limit);
}

#[test]
fn both_sides_may_close_at_the_same_time() {
    for seed in 50..70 {
        let (mut pair, channels) = connected(seed, lossy());
        for (side, channel) in channels.into_iter().enumerate() {
            send_much(&mut pair, side, channel);
        }
        close(&mut pair, 0);
        pair.run_for(Duration::from_millis(seed - 50) * 10);
        close(&mut pair, 1);
        let time = run_to_the_end(&mut pair);
        assert!(time < limits::CLOSE_TIMEOUT + Duration::from_secs(1), "seed {seed}: {time:?}");
        for side in 0..2 {
            let state = pair.peer(side).connection_state();
            assert_eq!(state, ConnectionState::Closed, "seed {seed}");
            // Everybody who had a channel was told of its end.
            let told = pair.side(side).clone();
            assert_eq!(told.closed, told.open, "seed {seed}");
        }
    }
}

#[test]
fn nothing_is_accepted_while_a_connection_closes() {
    let (mut pair, [ours, _]) = connected(80, Link::default());
    send_much(&mut pair, 0, ours);
    close(&mut pair, 0);
    let late = pair.send(0, ours, Bytes::from_static(b"late"));
    assert_eq!(late, Err(SendError::Closed));
    assert!(pair.with(0, |peer, _| peer.create_offer()).is_err());
    run_to_the_end(&mut pair);
    assert_eq!(pair.side(1).messages.len(), MESSAGES);
}

#[test]
fn an_abort_delivers_nothing_and_tells_the_other_side() {
    let (mut pair, [ours, _]) = connected(81, Link::default());
    send_much(&mut pair, 0, ours);
    pair.with(0, |peer, now| peer.abort(now));
    assert!(pair.peer(0).is_closed());
    run_to_the_end(&mut pair);
    assert!(pair.side(1).messages.len() < MESSAGES);
    let told = pair.side(1).events.clone();
    let closed = |event: &Event| matches!(event, Event::ConnectionState(ConnectionState::Closed));
    assert!(told.iter().any(closed), "{told:?}");
}

#[test]
fn a_connection_without_data_channels_closes_at_once() {
    let mut pair = Pair::new(82, Link::default());
    pair.with(0, |peer, now| {
        peer.close(now);
        assert!(peer.is_closed());
        assert_eq!(peer.poll_timeout(), None);
    });
}

#[test]
fn a_closed_channel_is_delivered_too() {
    let (mut pair, [ours, _]) = connected(83, lossy());
    send_much(&mut pair, 0, ours);
    pair.with(0, |peer, now| {
        peer.send(now, ours, MessageKind::Text, Bytes::from_static(b"last")).unwrap();
        peer.close_channel(now, ours);
        peer.close(now);
    });
    run_to_the_end(&mut pair);
    assert_eq!(pair.side(1).messages.len(), MESSAGES + 1);
}
