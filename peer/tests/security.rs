//! Identity, early and late handshakes, and what follows when they go wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::net::SocketAddr;
use core::time::Duration;

use lariat_base::Datagram;
use lariat_peer::{
    ConnectionState, Direction, Event, FailureReason, MediaKind, Peer, SessionDescription,
};
use lariat_peer_testing::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);

/// A ClientHello's record and handshake headers, with nothing sensible behind.
fn client_hello() -> Vec<u8> {
    let mut hello = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 60];
    hello.extend([1, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 48, 0xfe, 0xfd]);
    hello.resize(13 + 60, 7);
    hello
}

fn addresses() -> [SocketAddr; 2] {
    [0u8, 1].map(|index| SocketAddr::from(([192, 0, 2, index + 1], 5_000 + u16::from(index))))
}

fn dropped(peer: &Peer, layer: &str, reason: &str) -> u64 {
    let stats = peer.stats();
    let counts = stats.dropped.iter();
    counts
        .filter(|drop| drop.layer == layer && drop.reason.contains(reason))
        .map(|drop| drop.count)
        .sum()
}

fn put_offer(pair: &mut Pair, side: usize) -> SessionDescription {
    pair.with(side, |peer, now| {
        let offer = peer.create_offer().unwrap();
        peer.set_local_description(now, &offer).unwrap();
        offer
    })
}

fn answer(pair: &mut Pair, side: usize, offer: &SessionDescription) -> SessionDescription {
    pair.with(side, |peer, now| {
        peer.set_remote_description(now, offer).unwrap();
        let answer = peer.create_answer().unwrap();
        peer.set_local_description(now, &answer).unwrap();
        answer
    })
}

fn take(pair: &mut Pair, side: usize, description: &SessionDescription) {
    pair.with(side, |peer, now| peer.set_remote_description(now, description)).unwrap();
}

/// The description with another first byte in its fingerprints.
fn of_somebody_else(description: SessionDescription) -> SessionDescription {
    let sdp = &description.sdp;
    let at = sdp.find("sha-256 ").unwrap() + "sha-256 ".len();
    let byte = &sdp[at..at + 3];
    let other = if byte == "00:" { "01:" } else { "00:" };
    let sdp = sdp.replace(&format!("sha-256 {byte}"), &format!("sha-256 {other}"));
    SessionDescription { kind: description.kind, sdp }
}

fn failure(pair: &mut Pair, side: usize) -> Option<FailureReason> {
    let events = pair.side(side).events.iter();
    let mut failures = events.filter_map(|event| match event {
        Event::Failed(reason) => Some(reason.clone()),
        _ => None,
    });
    failures.next()
}

// adversarial D15; rfc8842 §5.1
#[test]
fn a_certificate_that_was_not_announced_ends_the_connection_before_there_are_keys() {
    for deceived in 0..2 {
        let mut pair = Pair::new(1, Link::default());
        pair.open_channel(0, "test");
        pair.with(0, |peer, _| peer.add_transceiver(MediaKind::Audio, Direction::SendRecv))
            .unwrap();
        let offer = put_offer(&mut pair, 0);
        let offer = if deceived == 1 { of_somebody_else(offer) } else { offer };
        let answered = answer(&mut pair, 1, &offer);
        let answered = if deceived == 0 { of_somebody_else(answered) } else { answered };
        take(&mut pair, 0, &answered);
        // The side that saw the wrong certificate says so at once, and the other does not wait.
        pair.run_until(Duration::from_secs(2), |pair| {
            (0..2).all(|side| pair.peer(side).is_closed())
        });
        assert!(
            matches!(
                failure(&mut pair, deceived),
                Some(FailureReason::Dtls(lariat_dtls::FailureReason::Fingerprint))
            ),
            "{:?}",
            failure(&mut pair, deceived)
        );
        assert!(matches!(
            failure(&mut pair, 1 - deceived),
            Some(FailureReason::Dtls(lariat_dtls::FailureReason::PeerAlert(_)))
        ));
        for side in 0..2 {
            assert_eq!(pair.peer(side).connection_state(), ConnectionState::Failed);
            assert_eq!(pair.peer(side).stats().srtp_profile, None);
            assert!(pair.side(side).open.is_empty());
        }
        // The other side may have thought so: a client of DTLS 1.3 is done before the server has
        // seen its certificate.
        let connected =
            |event: &Event| matches!(event, Event::ConnectionState(ConnectionState::Connected));
        assert!(!pair.side(deceived).events.iter().any(connected));
    }
}

// adversarial D2
#[test]
fn a_hello_that_comes_before_the_answer_waits_for_it() {
    let mut pair = Pair::new(2, Link::default());
    pair.open_channel(0, "test");
    let offer = put_offer(&mut pair, 0);
    let answered = answer(&mut pair, 1, &offer);
    // The answer is slow. The other side has checked the path and said hello.
    pair.run_for(Duration::from_secs(1));
    let before = pair.simulation().now();
    take(&mut pair, 0, &answered);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    // Nobody had to wait for a retransmission, of which the next was seconds away.
    let took = pair.simulation().now() - before;
    assert!(took < Duration::from_millis(500), "{took:?}");
}

// adversarial D2, Q7: one past the limit.
#[test]
fn of_hellos_before_the_answer_no_more_are_kept_than_the_limit_says() {
    let mut pair = Pair::new(3, Link::default());
    pair.open_channel(0, "test");
    let offer = put_offer(&mut pair, 0);
    let answered = answer(&mut pair, 1, &offer);
    pair.run_for(Duration::from_millis(500));
    let [ours, theirs] = addresses();
    for _ in 0..100 {
        pair.simulation().inject(theirs, ours, client_hello());
    }
    pair.run_for(Duration::from_millis(100));
    let refused = dropped(pair.peer(0), "peer", "too early");
    let strangers = dropped(pair.peer(0), "peer", "without a validated pair");
    assert!(refused >= 92 && strangers == 0, "{refused} refused, {strangers} unvalidated");
    take(&mut pair, 0, &answered);
    pair.run_until(MINUTE, |pair| pair.is_connected());
}

// adversarial D31
#[test]
fn another_hello_on_a_connection_that_is_up_tears_nothing_down() {
    let mut pair = Pair::new(4, Link::default());
    let channel = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected() && pair.is_open(0, channel));
    let [ours, theirs] = addresses();
    for _ in 0..1_000 {
        pair.simulation().inject(theirs, ours, client_hello());
        pair.simulation().inject(ours, theirs, client_hello());
    }
    pair.run_for(Duration::from_secs(1));
    assert!(pair.is_connected());
    for side in 0..2 {
        assert!(dropped(pair.peer(side), "dtls", "") >= 1_000);
    }
    pair.send(0, channel, bytes::Bytes::from_static(b"alive")).unwrap();
    pair.run_until(MINUTE, |pair| !pair.side(1).messages.is_empty());
}

// adversarial D10: somebody who can write the other side's address, but has no keys.
#[test]
fn a_forged_farewell_ends_nothing() {
    let mut pair = Pair::new(5, Link::default());
    let channel = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected() && pair.is_open(0, channel));
    let [ours, theirs] = addresses();
    for description in [0, 40, 42, 80] {
        let alert = vec![21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, description];
        pair.simulation().inject(theirs, ours, alert);
    }
    pair.run_for(Duration::from_secs(1));
    assert!(pair.is_connected());
}

// adversarial I12: what arrives between authentic datagrams does not move where we send.
#[test]
fn the_path_is_never_chosen_by_what_arrives() {
    let mut pair = Pair::new(6, Link::default());
    let channel = pair.open_channel(0, "test");
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected() && pair.is_open(0, channel));
    let [ours, theirs] = addresses();
    let stranger = SocketAddr::from(([203, 0, 113, 1], 9));
    // A real, authentic datagram of the other side, but from elsewhere.
    let mut real = Vec::new();
    pair.simulation().with(1, |peer, now| {
        let id = peer.create_data_channel(now, lariat_peer::ChannelConfig::new("x")).unwrap();
        assert!(peer.poll_transmit(now, 1, &mut real).is_some());
        peer.close_channel(now, id);
    });
    let selected = pair.peer(0).selected_pair();
    pair.with(0, |peer, now| {
        let datagram = |remote| Datagram { local: ours, remote, ecn: None, payload: &real };
        peer.handle_datagram(now, datagram(stranger));
        assert_eq!(peer.selected_pair(), selected);
        peer.handle_datagram(now, datagram(theirs));
        assert_eq!(peer.selected_pair(), selected);
    });
    assert_eq!(dropped(pair.peer(0), "peer", "without a validated pair"), 1);
}

// adversarial Q9: the other side never says hello.
#[test]
fn a_handshake_that_never_comes_fails_in_time() {
    let mut pair = Pair::new(7, Link::default());
    pair.open_channel(0, "test");
    let offer = put_offer(&mut pair, 0);
    let answered = answer(&mut pair, 1, &offer);
    take(&mut pair, 0, &answered);
    pair.run_until(MINUTE, |pair| pair.peer(1).selected_pair().is_some());
    // From here on nothing passes that is as long as a hello; checks still do.
    pair.simulation().set_link(Link { mtu: 120, ..Link::default() });
    pair.run_until(MINUTE, |pair| pair.peer(1).is_closed());
    assert!(matches!(
        failure(&mut pair, 1),
        Some(FailureReason::Dtls(lariat_dtls::FailureReason::HandshakeTimeout))
    ));
}

// adversarial D23
#[test]
fn media_without_a_common_srtp_profile_fails_and_data_alone_does_not() {
    for has_media in [true, false] {
        let mut pair = Pair::with_configs(40, Link::default(), |side, config| {
            config.srtp_profiles.truncate(1);
            config.srtp_profiles.retain(|_| side == 0);
        });
        let channel = pair.open_channel(0, "test");
        if has_media {
            let video = |peer: &mut Peer, _| {
                peer.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
            };
            pair.with(0, video);
        }
        pair.negotiate(0);
        if has_media {
            pair.run_until(MINUTE, |pair| (0..2).all(|side| pair.peer(side).is_closed()));
            let failed =
                (0..2).any(|side| failure(&mut pair, side) == Some(FailureReason::NoSrtpProfile));
            assert!(failed);
            assert!(pair.simulation().now() < lariat_base::Instant::from_millis(5_000));
        } else {
            pair.run_until(MINUTE, |pair| pair.is_open(0, channel));
        }
    }
}
