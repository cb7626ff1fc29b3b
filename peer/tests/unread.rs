//! Whoever does not read data channels still gets media and states.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_peer::{
    ChannelId, ConnectionState, Direction, Event, MediaKind, MessageKind, RtpPacket, SendError,
    TransceiverId,
};
use lariat_sim::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);
const PACKETS: u16 = 300;

fn packet(number: u16) -> RtpPacket {
    RtpPacket {
        payload_type: 96,
        marker: false,
        sequence_number: number,
        timestamp: 0,
        payload: Bytes::from(vec![1; 100]),
    }
}

/// Two peers with a channel that 0 opened and video that 0 sends.
fn connected(seed: u64) -> (Pair, ChannelId, ChannelId, TransceiverId) {
    let mut pair = Pair::new(seed, Link { delay: Duration::from_millis(5), ..Link::default() });
    let ours = pair.open_channel(0, "test");
    let video = pair
        .with(0, |peer, _| peer.add_transceiver(MediaKind::Video, Direction::SendOnly))
        .unwrap();
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_open(0, ours) && !pair.side(1).open.is_empty());
    let theirs = pair.side(1).open[0];
    (pair, ours, theirs, video)
}

/// Sends until the other side's window is closed and our buffer full.
fn fill(pair: &mut Pair, channel: ChannelId) {
    let payload = Bytes::from(vec![7; 60_000]);
    loop {
        let payload = payload.clone();
        let sent = pair
            .simulation()
            .with(0, |peer, now| peer.send(now, channel, MessageKind::Binary, payload));
        match sent {
            Ok(()) => {}
            Err(SendError::WouldBlock { .. }) => break,
            Err(error) => panic!("{error}"),
        }
    }
    let end = pair.simulation().now() + Duration::from_secs(20);
    while pair.simulation().step_until(end) {}
}

#[test]
fn an_owner_that_polls_late_finds_media_and_states_before_messages() {
    let (mut pair, ours, _, video) = connected(1);
    fill(&mut pair, ours);
    pair.simulation().with(0, |peer, now| {
        for number in 0..PACKETS {
            peer.send_rtp(now, video, &packet(number)).unwrap();
        }
    });
    pair.simulation().run(Duration::from_secs(1), |_| false);
    let seen = pair.simulation().with(1, |peer, _| {
        core::iter::from_fn(|| peer.poll_event()).take(usize::from(PACKETS)).collect::<Vec<_>>()
    });
    let media = seen.iter().filter(|event| matches!(event, Event::Rtp { .. })).count();
    assert_eq!(media, usize::from(PACKETS));
}

#[test]
fn a_paused_channel_stops_nothing_else_and_loses_nothing() {
    let (mut pair, ours, theirs, video) = connected(2);
    pair.with(1, |peer, _| peer.pause_channel(theirs));
    for _ in 0..40 {
        pair.send(0, ours, Bytes::from(vec![7; 60_000])).unwrap();
    }
    pair.run_for(Duration::from_secs(20));
    assert_eq!(pair.side(1).messages.len(), 0);
    // Another channel opens and delivers, and media flows.
    let other = pair.open_channel(0, "other");
    pair.run_until(MINUTE, |pair| pair.is_open(0, other));
    pair.with(0, |peer, now| {
        for number in 0..PACKETS {
            peer.send_rtp(now, video, &packet(number)).unwrap();
        }
    });
    pair.run_until(MINUTE, |pair| pair.side(1).packets.len() == usize::from(PACKETS));
    pair.with(1, |peer, _| peer.resume_channel(theirs));
    pair.run_for(Duration::from_secs(30));
    assert_eq!(pair.side(1).messages.len(), 40);
}

#[test]
fn what_a_paused_channel_got_is_there_after_the_other_side_has_closed() {
    let (mut pair, ours, theirs, _) = connected(3);
    pair.with(1, |peer, _| peer.pause_channel(theirs));
    for _ in 0..10 {
        pair.send(0, ours, Bytes::from(vec![7; 60_000])).unwrap();
    }
    pair.with(0, |peer, now| peer.close(now));
    pair.run_until(MINUTE, |pair| (0..2).all(|side| pair.peer(side).is_closed()));
    assert_eq!(pair.peer(1).connection_state(), ConnectionState::Closed);
    assert_eq!(pair.side(1).messages.len(), 0);
    pair.with(1, |peer, _| peer.resume_channel(theirs));
    assert_eq!(pair.side(1).messages.len(), 10);
    assert_eq!(pair.side(1).closed, [theirs]);
}
