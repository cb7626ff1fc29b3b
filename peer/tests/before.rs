//! What a peer says and sends before it is connected.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use lariat_base::{Datagram, Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::Certificate;
use lariat_peer::{
    ChannelConfig, Config, Direction, Error, MediaKind, Peer, RtpPacket, SessionDescription,
};
use lariat_sdp::{Attribute, Session};

const NOW: Instant = Instant::ZERO;

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 5_000))
}

fn peer(number: u8) -> Peer {
    let provider = ring::provider();
    let seed = Seed::new([number; 32]);
    let now_unix = Duration::from_secs(1_800_000_000);
    let certificate =
        Certificate::generate(&*provider, &mut seed.split("certificate").rng(), now_unix).unwrap();
    let mut peer = Peer::new(Config::new(provider, seed, certificate, now_unix));
    peer.add_local_candidate(NOW, lariat_ice::Candidate::host(address(number))).unwrap();
    peer
}

fn with_everything(number: u8) -> Peer {
    let mut peer = peer(number);
    peer.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    peer.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
    peer.create_data_channel(NOW, ChannelConfig::new("test")).unwrap();
    peer
}

/// Offer and answer; `alter` changes the offer on its way.
fn negotiate(one: &mut Peer, other: &mut Peer, alter: impl FnOnce(String) -> String) {
    let offer = one.create_offer().unwrap();
    one.set_local_description(NOW, &offer).unwrap();
    other.set_remote_description(NOW, &SessionDescription::offer(alter(offer.sdp))).unwrap();
    let answer = other.create_answer().unwrap();
    other.set_local_description(NOW, &answer).unwrap();
    one.set_remote_description(NOW, &answer).unwrap();
}

/// Everything that a peer sends while nobody answers.
fn sent(peer: &mut Peer) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    let mut now = NOW;
    for _ in 0..100 {
        let mut out = Vec::new();
        while peer.poll_transmit(now, 1, &mut out).is_some() {
            sent.push(core::mem::take(&mut out));
        }
        let Some(deadline) = peer.poll_timeout() else { break };
        now = deadline.at.max(now);
        peer.handle_timeout(now);
    }
    sent
}

#[test]
fn every_section_of_an_offer_is_keyed_by_dtls_under_one_identity() {
    let mut peer = with_everything(1);
    let offer = Session::parse(&peer.create_offer().unwrap().sdp).unwrap();
    assert_eq!(offer.media.len(), 3);
    let identity: Vec<_> = offer.fingerprints(&offer.media[0]).collect();
    assert_eq!(identity.len(), 1);
    for media in &offer.media {
        let protocol = if media.is_rtp() { "UDP/TLS/RTP/SAVPF" } else { "UDP/DTLS/SCTP" };
        assert_eq!(media.protocol, protocol);
        assert_eq!(offer.fingerprints(media).collect::<Vec<_>>(), identity);
        let is_foreign = |attribute: &Attribute| attribute.to_string().contains("crypto");
        assert!(!media.attributes.iter().any(is_foreign), "SDP security descriptions");
    }
}

#[test]
fn the_version_rises_by_one_with_each_description() {
    let mut peer = with_everything(1);
    let origins: Vec<_> =
        (0..4).map(|_| Session::parse(&peer.create_offer().unwrap().sdp).unwrap().origin).collect();
    for (index, pair) in origins.windows(2).enumerate() {
        assert_eq!(pair[1].session_id, pair[0].session_id);
        assert_eq!(pair[1].session_version, pair[0].session_version + 1, "offer {index}");
    }
    assert!(origins[0].session_id < i64::MAX as u64);
}

#[test]
fn all_streams_of_a_peer_share_a_name_that_is_no_other_peers() {
    let names = |number| {
        let sdp = with_everything(number).create_offer().unwrap().sdp;
        let session = Session::parse(&sdp).unwrap();
        let sources = session.media.iter().flat_map(|media| media.ssrcs());
        sources.filter_map(|source| source.value.clone()).collect::<Vec<_>>()
    };
    let (ours, theirs) = (names(1), names(2));
    assert_eq!(ours.len(), 2);
    assert_eq!(ours[0], ours[1]);
    assert_eq!(theirs[0], theirs[1]);
    assert_ne!(ours[0], theirs[0]);
}

#[test]
fn nothing_but_checks_is_sent_before_a_path_is_validated() {
    let (mut one, mut other) = (with_everything(1), with_everything(2));
    negotiate(&mut one, &mut other, |offer| offer);
    // A hello from an address that nobody has checked: it must not be answered either.
    let mut hello = vec![22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60];
    hello.resize(13 + 60, 1);
    let payload = hello.as_slice();
    let datagram = Datagram { local: address(1), remote: address(2), ecn: None, payload };
    one.handle_datagram(NOW, datagram);
    for peer in [&mut one, &mut other] {
        let sent = sent(peer);
        assert!(!sent.is_empty());
        assert!(sent.iter().all(|datagram| datagram[0] <= 3), "not a check");
    }
}

// rfc8445 §6.1.1: the lite side is controlled, though it offers.
#[test]
fn against_a_lite_peer_the_answerer_controls() {
    let controls = |alter: fn(String) -> String| {
        let (mut one, mut other) = (with_everything(1), with_everything(2));
        negotiate(&mut one, &mut other, alter);
        let controlling = [0x80, 0x2a, 0, 8];
        let sent = sent(&mut other);
        assert!(!sent.is_empty());
        sent.iter().any(|check| check.windows(4).any(|bytes| bytes == controlling))
    };
    assert!(!controls(|offer| offer));
    assert!(controls(|offer| offer.replacen("a=group", "a=ice-lite\r\na=group", 1)));
}

#[test]
fn media_that_was_not_negotiated_is_refused() {
    let packet = |payload_type| RtpPacket {
        payload_type,
        marker: false,
        sequence_number: 1,
        timestamp: 1,
        payload: Bytes::from_static(b"sound"),
    };
    let (mut one, mut other) = (peer(1), peer(2));
    let audio = one.add_transceiver(MediaKind::Audio, Direction::SendOnly).unwrap();
    assert_eq!(one.send_rtp(NOW, audio, &packet(111)), Err(Error::NotSending));
    negotiate(&mut one, &mut other, |offer| offer);
    assert_eq!(one.send_rtp(NOW, audio, &packet(96)), Err(Error::PayloadType(96)));
    assert_eq!(one.send_rtp(NOW, audio, &packet(111)), Ok(()));
}
