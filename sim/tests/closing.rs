//! The end, at every moment and for every reason.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_base::Instant;
use lariat_peer::{
    ChannelConfig, ChannelId, ConnectionState, Direction, Error, Event, MediaKind, MessageKind,
    Peer, RtpPacket, SendError, SignalingState, TransceiverId,
};
use lariat_sim::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);

fn packet(number: u16) -> RtpPacket {
    RtpPacket {
        payload_type: 96,
        marker: true,
        sequence_number: number,
        timestamp: 0,
        payload: Bytes::from(vec![1; 900]),
    }
}

/// The kinds of event, by name.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::ConnectionState(ConnectionState::Connecting) => "connecting",
        Event::ConnectionState(ConnectionState::Connected) => "connected",
        Event::SignalingState(_) => "signaling state",
        Event::ChannelOpened(_) => "channel opened",
        Event::ChannelIncoming(..) => "channel incoming",
        Event::ChannelMessage { .. } => "message",
        Event::BufferedAmountLow(_) => "buffered amount low",
        Event::ChannelClosed(_) => "channel closed",
        Event::Track { .. } => "track",
        Event::Rtp { .. } => "rtp",
        Event::KeyframeRequested(_) => "keyframe requested",
        _ => "other",
    }
}

/// An owner that does what there is to do upon every event, until one of a kind at which it closes.
struct Owner {
    channel: Option<ChannelId>,
    video: Option<TransceiverId>,
    closes_at: Option<&'static str>,
    seen: Vec<&'static str>,
}

impl Owner {
    fn on_event(&mut self, peer: &mut Peer, now: Instant, event: &Event) {
        self.seen.push(kind(event));
        if self.closes_at == Some(kind(event)) {
            peer.close(now);
            peer.close(now);
        }
        let closed = peer.is_closed() || peer.is_closing();
        match event {
            Event::ChannelOpened(id) => {
                self.channel = Some(*id);
                peer.set_buffered_amount_low_threshold(*id, 1_000);
                let sent = peer.send(now, *id, MessageKind::Binary, Bytes::from(vec![0; 50_000]));
                assert_eq!(sent.is_ok(), !closed);
            }
            Event::ChannelIncoming(id, _) => {
                let sent = peer.send(now, *id, MessageKind::Text, Bytes::from_static(b"hello"));
                assert_eq!(sent.is_ok(), !closed);
            }
            // The offerer closes the channel when it is answered.
            Event::ChannelMessage { channel, .. } if self.channel == Some(*channel) => {
                peer.close_channel(now, *channel);
            }
            Event::ConnectionState(ConnectionState::Connected) => {
                if let Some(video) = self.video {
                    let sent = peer.send_rtp(now, video, &packet(1));
                    assert_eq!(sent, if closed { Err(Error::Closed) } else { Ok(()) });
                }
            }
            Event::Rtp { transceiver, .. } => {
                let asked = peer.request_keyframe(now, *transceiver);
                assert_eq!(asked, if closed { Err(Error::Closed) } else { Ok(()) });
            }
            _ => {}
        }
        if closed {
            let sent =
                peer.send(now, self.channel.unwrap_or_else(any_id), MessageKind::Text, "".into());
            assert_eq!(sent, Err(SendError::Closed));
            assert_eq!(peer.poll_timeout().is_none(), peer.is_closed());
        }
    }
}

/// The id of a channel of another peer; on a closed peer it does not matter which.
fn any_id() -> ChannelId {
    let mut pair = Pair::new(99, Link::default());
    pair.open_channel(0, "any")
}

/// Runs a whole life; `closer` closes at the first event of the kind.
fn live(closer: usize, closes_at: Option<&'static str>) -> (Pair, [Owner; 2]) {
    let mut pair = Pair::new(1, Link::default());
    let mut owners = [0, 1].map(|side| Owner {
        channel: None,
        video: None,
        closes_at: closes_at.filter(|_| side == closer),
        seen: Vec::new(),
    });
    pair.simulation().with(0, |peer, now| {
        peer.create_data_channel(now, ChannelConfig::new("test")).unwrap();
        owners[0].video =
            Some(peer.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap());
    });
    pair.simulation().with(1, |peer, _| {
        owners[1].video =
            Some(peer.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap());
    });
    let offer = pair.simulation().with(0, |peer, now| {
        let offer = peer.create_offer().unwrap();
        peer.set_local_description(now, &offer).unwrap();
        offer
    });
    let answer = pair.simulation().with(1, |peer, now| {
        peer.set_remote_description(now, &offer).unwrap();
        let answer = peer.create_answer().unwrap();
        peer.set_local_description(now, &answer).unwrap();
        answer
    });
    pair.simulation().with(0, |peer, now| peer.set_remote_description(now, &answer)).unwrap();
    let end =
        pair.simulation().now() + Duration::from_secs(if closes_at.is_some() { 90 } else { 5 });
    loop {
        for (side, owner) in owners.iter_mut().enumerate() {
            pair.simulation().with(side, |peer, now| {
                while let Some(event) = peer.poll_event() {
                    owner.on_event(peer, now, &event);
                }
            });
        }
        if !pair.simulation().step_until(end) {
            return (pair, owners);
        }
    }
}

#[test]
fn closing_upon_every_kind_of_event_ends_both_sides() {
    let (mut pair, owners) = live(0, None);
    assert!(pair.is_connected());
    let mut closed = 0;
    for (side, owner) in owners.iter().enumerate() {
        let mut kinds = owner.seen.clone();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let (mut pair, owners) = live(side, Some(kind));
            for other in 0..2 {
                let state = pair.peer(other).connection_state();
                assert!(pair.peer(other).is_closed(), "{kind} on {side}: {other} is {state}");
                assert_eq!(pair.peer(other).signaling_state(), SignalingState::Closed);
            }
            let state = pair.peer(side).connection_state();
            assert_eq!(state, ConnectionState::Closed, "{kind} on {side}");
            // Everybody who had a channel was told that it is no more.
            for owner in &owners {
                let count = |of: &str| owner.seen.iter().filter(|kind| **kind == of).count();
                let opened = count("channel opened") + count("channel incoming");
                assert!(count("channel closed") >= opened, "{kind} on {side}: {:?}", owner.seen);
            }
            let quiet = pair.fingerprint();
            pair.run_for(MINUTE);
            assert_eq!(pair.fingerprint(), quiet);
            closed += 1;
        }
    }
    // All kinds were seen by one side or the other, but for the failures.
    let mut all: Vec<_> = owners.iter().flat_map(|owner| owner.seen.clone()).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(
        all,
        [
            "buffered amount low",
            "channel closed",
            "channel incoming",
            "channel opened",
            "connected",
            "connecting",
            "keyframe requested",
            "message",
            "rtp",
            "signaling state",
            "track"
        ]
    );
    assert!(closed >= all.len());
    pair.run_for(Duration::from_secs(1));
}

#[test]
fn whoever_was_told_that_a_channel_is_open_is_told_when_the_path_is_lost() {
    let mut pair = Pair::new(2, Link::default());
    let channel = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_open(0, channel) && !pair.side(1).open.is_empty());
    pair.simulation().set_link(Link { loss: 1.0, ..Link::default() });
    pair.run_until(MINUTE, |pair| (0..2).all(|side| pair.peer(side).is_closed()));
    for side in 0..2 {
        let told = pair.side(side).clone();
        assert_eq!(told.closed, told.open);
    }
}

// rfc7675 §5.1
#[test]
fn what_was_made_before_consent_was_lost_is_not_sent_after() {
    let mut pair = Pair::new(3, Link::default());
    let video = pair
        .with(0, |peer, _| peer.add_transceiver(MediaKind::Video, Direction::SendOnly))
        .unwrap();
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    let mut now = pair.simulation().now();
    let mut alone = take_peer(&mut pair);
    let small = RtpPacket { payload: Bytes::from_static(&[0; 10]), ..packet(1) };
    alone.send_rtp(now, video, &small).unwrap();
    alone.send_rtp(now, video, &packet(2)).unwrap();
    let mut out = Vec::new();
    // The second does not fit the first one's run, and is held.
    let run = alone.poll_transmit(now, 8, &mut out).unwrap();
    assert_eq!(run.datagrams(), 1);
    while !alone.is_closed() {
        let deadline = alone.poll_timeout().unwrap();
        now = now.max(deadline.at);
        alone.handle_timeout(now);
    }
    out.clear();
    assert_eq!(alone.poll_transmit(now, 8, &mut out), None);
    assert!(out.is_empty());
}

/// Takes a peer off the network, so that nobody takes what it has to send.
fn take_peer(pair: &mut Pair) -> Peer {
    pair.simulation().with(0, |peer, _| core::mem::replace(peer, fresh_peer()))
}

fn fresh_peer() -> Peer {
    use lariat_base::Seed;
    use lariat_peer::Config;
    let provider = lariat_crypto::fake::provider(1);
    let seed = Seed::new([7; 32]);
    let now_unix = Duration::from_secs(1_800_000_000);
    let certificate = lariat_dtls::Certificate::generate(
        &*provider,
        &mut seed.split("certificate").rng(),
        now_unix,
    )
    .unwrap();
    Peer::new(Config::new(provider, seed, certificate, now_unix))
}

// adversarial Q4: by bytes, not only by number.
#[test]
fn an_owner_that_reads_nothing_holds_no_more_than_the_limit_says() {
    let mut pair = Pair::new(4, Link { delay: Duration::from_millis(1), ..Link::default() });
    let channel = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_open(0, channel));
    let payload = Bytes::from(vec![7; 200_000]);
    let mut accepted = 0;
    // A virtual minute in which side 1 gets datagrams and reads no event.
    let end = pair.simulation().now() + MINUTE;
    loop {
        let sent = pair
            .simulation()
            .with(0, |peer, now| peer.send(now, channel, MessageKind::Binary, payload.clone()));
        match sent {
            Ok(()) => accepted += payload.len(),
            Err(SendError::WouldBlock { .. }) => {
                if !pair.simulation().step_until(end) {
                    break;
                }
            }
            Err(error) => panic!("{error}"),
        }
    }
    let held = accepted - pair.peer(0).buffered_amount(channel);
    assert!(held <= 10 << 20, "{held} bytes lie unread");
    // And when the owner wakes up, all of it is there.
    let total = accepted / payload.len();
    pair.run_until(MINUTE * 10, |pair| pair.side(1).messages.len() == total);
}
