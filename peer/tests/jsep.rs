//! Offers and answers against what browsers really send.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::Certificate;
use lariat_peer::{
    ChannelConfig, Config, Direction, Error, Event, IceCandidate, MediaKind, NegotiationError,
    Peer, SdpType, SessionDescription, SignalingState,
};
use lariat_sdp::{Attribute, Media, Session, Setup};

const NOW: Instant = Instant::ZERO;
const CHROMIUM: &str = include_str!("../../sdp/tests/data/chromium-offer.sdp");
const FIREFOX: &str = include_str!("../../sdp/tests/data/firefox-offer.sdp");

fn peer(number: u8) -> Peer {
    let provider = ring::provider();
    let seed = Seed::new([number; 32]);
    let now_unix = Duration::from_secs(1_800_000_000);
    let certificate =
        Certificate::generate(&*provider, &mut seed.split("certificate").rng(), now_unix).unwrap();
    let mut peer = Peer::new(Config::new(provider, seed, certificate, now_unix));
    let address = ([127, 0, 0, number], 5_000).into();
    peer.add_local_candidate(NOW, lariat_ice::Candidate::host(address)).unwrap();
    peer
}

fn offer(sdp: &str) -> SessionDescription {
    SessionDescription::offer(sdp.to_string())
}

/// Answers an offer and returns the answer as it is read back.
fn answer(peer: &mut Peer, sdp: &str) -> Session {
    peer.set_remote_description(NOW, &offer(sdp)).unwrap();
    let answer = peer.create_answer().unwrap();
    assert_eq!(answer.kind, SdpType::Answer);
    peer.set_local_description(NOW, &answer).unwrap();
    Session::parse(&answer.sdp).unwrap()
}

fn encodings(media: &Media) -> Vec<String> {
    media.rtpmaps().map(|map| map.encoding.to_lowercase()).collect()
}

fn refused(sdp: &str) -> Error {
    let mut peer = peer(1);
    let error = peer.set_remote_description(NOW, &offer(sdp)).unwrap_err();
    // Nothing has changed: a good offer is still taken.
    assert_eq!(peer.signaling_state(), SignalingState::Stable);
    answer(&mut peer, CHROMIUM);
    error
}

#[test]
fn browsers_offers_are_answered_section_by_section() {
    for (sdp, direction) in [(CHROMIUM, Direction::SendRecv), (FIREFOX, Direction::RecvOnly)] {
        let mut peer = peer(1);
        if direction == Direction::SendRecv {
            peer.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
            peer.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
        }
        let offered = Session::parse(sdp).unwrap();
        let answered = answer(&mut peer, sdp);
        assert_eq!(answered.media.len(), offered.media.len());
        assert_eq!(answered.bundle().collect::<Vec<_>>(), offered.bundle().collect::<Vec<_>>());
        for (theirs, ours) in offered.media.iter().zip(&answered.media) {
            assert_eq!(ours.mid(), theirs.mid());
            assert_eq!(ours.kind, theirs.kind);
            assert_eq!(ours.protocol, theirs.protocol);
            assert_eq!(answered.setup(ours), Some(Setup::Active));
            assert!(answered.ice_credentials(ours).is_some());
            assert_eq!(answered.fingerprints(ours).count(), 1);
            if ours.is_rtp() {
                assert_eq!(answered.direction(ours), direction);
                assert!(ours.has(&Attribute::RtcpMux));
                // Only what was offered, with the offer's numbers.
                for map in ours.rtpmaps() {
                    assert_eq!(theirs.rtpmap(map.payload_type), Some(map));
                }
            } else {
                assert_eq!(ours.sctp_port(), Some(5_000));
                assert_eq!(ours.max_message_size(), 262_144);
            }
        }
        assert_eq!(encodings(&answered.media[0])[0], "opus");
        assert_eq!(encodings(&answered.media[1])[0], "vp8");
        assert!(!encodings(&answered.media[1]).contains(&"rtx".to_string()));
        assert_eq!(answered.media[0].candidates().count(), 1);
    }
}

#[test]
fn the_owner_is_told_of_tracks_once_both_sides_agree() {
    let mut peer = peer(1);
    answer(&mut peer, CHROMIUM);
    let mut kinds = Vec::new();
    while let Some(event) = peer.poll_event() {
        if let Event::Track { kind, .. } = event {
            kinds.push(kind);
        }
    }
    assert_eq!(kinds, [MediaKind::Audio, MediaKind::Video]);
}

#[test]
fn our_offer_has_what_was_added_and_is_taken_by_ourselves() {
    let (mut one, mut other) = (peer(1), peer(2));
    let audio = one.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    one.add_transceiver(MediaKind::Video, Direction::RecvOnly).unwrap();
    one.create_data_channel(NOW, ChannelConfig::new("test")).unwrap();
    let offer = one.create_offer().unwrap();
    one.set_local_description(NOW, &offer).unwrap();
    let parsed = Session::parse(&offer.sdp).unwrap();
    assert_eq!(parsed.bundle().collect::<Vec<_>>(), ["0", "1", "2"]);
    assert_eq!(parsed.setup(&parsed.media[0]), Some(Setup::ActPass));

    other.set_remote_description(NOW, &offer).unwrap();
    let answer = other.create_answer().unwrap();
    other.set_local_description(NOW, &answer).unwrap();
    one.set_remote_description(NOW, &answer).unwrap();
    assert_eq!(one.signaling_state(), SignalingState::Stable);

    // A second round adds a section and keeps the first ones.
    one.set_direction(audio, Direction::SendOnly).unwrap();
    one.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
    let offer = one.create_offer().unwrap();
    one.set_local_description(NOW, &offer).unwrap();
    let parsed = Session::parse(&offer.sdp).unwrap();
    assert_eq!(parsed.bundle().collect::<Vec<_>>(), ["0", "1", "2", "3"]);
    assert_eq!(parsed.direction(&parsed.media[0]), Direction::SendOnly);
    other.set_remote_description(NOW, &offer).unwrap();
    let answer = other.create_answer().unwrap();
    let parsed = Session::parse(&answer.sdp).unwrap();
    // The transport stays, so the roles do.
    assert_eq!(parsed.setup(&parsed.media[0]), Some(Setup::Active));
    other.set_local_description(NOW, &answer).unwrap();
    one.set_remote_description(NOW, &answer).unwrap();
}

// adversarial P16
#[test]
fn descriptions_out_of_turn_are_refused_and_the_peer_goes_on() {
    let mut peer = peer(1);
    peer.create_data_channel(NOW, ChannelConfig::new("test")).unwrap();
    assert!(matches!(peer.create_answer(), Err(Error::SignalingState { .. })));
    let ours = peer.create_offer().unwrap();
    let altered = SessionDescription::offer(ours.sdp.replace("a=mid:0", "a=mid:x"));
    assert_eq!(peer.set_local_description(NOW, &altered), Err(Error::DescriptionAltered));
    peer.set_local_description(NOW, &ours).unwrap();
    // Glare.
    let glare = peer.set_remote_description(NOW, &offer(CHROMIUM));
    assert!(matches!(glare, Err(Error::SignalingState { .. })));
    peer.set_local_description(NOW, &SessionDescription::rollback()).unwrap();
    let twice = peer.set_local_description(NOW, &SessionDescription::rollback());
    assert!(matches!(twice, Err(Error::SignalingState { .. })));
    // After the rollback the other side's offer is taken, data first or not.
    let answered = answer(&mut peer, CHROMIUM);
    assert_eq!(answered.media.len(), Session::parse(CHROMIUM).unwrap().media.len());
}

#[test]
fn a_remote_offer_taken_back_leaves_no_transceivers() {
    let mut peer = peer(1);
    for _ in 0..1_000 {
        peer.set_remote_description(NOW, &offer(CHROMIUM)).unwrap();
        peer.set_remote_description(NOW, &SessionDescription::rollback()).unwrap();
    }
    peer.create_data_channel(NOW, ChannelConfig::new("test")).unwrap();
    let ours = peer.create_offer().unwrap();
    assert_eq!(Session::parse(&ours.sdp).unwrap().media.len(), 1);
}

// adversarial P6, P8, P9, P10, P17
#[test]
fn an_offer_that_cannot_be_agreed_to_says_why() {
    let without = |line: &str| {
        let keep = |text: &&str| !text.starts_with(line);
        CHROMIUM.lines().filter(keep).map(|text| format!("{text}\r\n")).collect::<String>()
    };
    let negotiation = |sdp: &str| match refused(sdp) {
        Error::Negotiation(reason) => reason,
        other => panic!("{other}"),
    };
    assert_eq!(negotiation(&without("a=fingerprint")), NegotiationError::NoFingerprint);
    let sha1 = CHROMIUM.replace("a=fingerprint:sha-256", "a=fingerprint:x-sha");
    assert_eq!(negotiation(&sha1), NegotiationError::NoFingerprint);
    assert_eq!(negotiation(&without("a=ice-ufrag")), NegotiationError::NoIceCredentials);
    assert_eq!(negotiation(&without("a=setup")), NegotiationError::Setup);
    let held = CHROMIUM.replace("a=setup:actpass", "a=setup:holdconn");
    assert_eq!(negotiation(&held), NegotiationError::Setup);
    assert_eq!(negotiation(&without("a=mid")), NegotiationError::NoMid);
    assert_eq!(
        negotiation(&CHROMIUM.replace("a=mid:1", "a=mid:0")),
        NegotiationError::DuplicateMid
    );
    assert_eq!(negotiation(&without("a=rtcp-mux")), NegotiationError::NoRtcpMux);
    assert_eq!(negotiation(&without("a=sctp-port")), NegotiationError::SctpPort);
    let no_media: String = CHROMIUM.split("m=").next().unwrap().to_string();
    assert_eq!(negotiation(&no_media), NegotiationError::NothingAcceptable);
    assert!(matches!(refused("v=0\r\nnonsense"), Error::Sdp(_)));

    // A profile without feedback rejects its section only.
    let plain = CHROMIUM.replace("m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP");
    let answered = answer(&mut peer(1), &plain);
    assert!(answered.media[0].is_rejected() && !answered.media[1].is_rejected());
}

// adversarial P6
#[test]
fn an_answer_that_does_not_fit_the_offer_is_refused() {
    let offered = || {
        let mut peer = peer(1);
        peer.add_transceiver(MediaKind::Audio, Direction::SendOnly).unwrap();
        peer.create_data_channel(NOW, ChannelConfig::new("test")).unwrap();
        let offer = peer.create_offer().unwrap();
        peer.set_local_description(NOW, &offer).unwrap();
        (peer, offer)
    };
    let (_, offer) = offered();
    let good = {
        let mut other = peer(2);
        other.set_remote_description(NOW, &offer).unwrap();
        other.create_answer().unwrap().sdp
    };
    let cases = [
        (good.replace("a=setup:active", "a=setup:actpass"), NegotiationError::Setup),
        (good.replace("a=mid:0", "a=mid:9"), NegotiationError::SectionsDiffer),
        (good.replace("a=recvonly", "a=sendrecv"), NegotiationError::Direction),
        (good.replace("m=audio", "m=video"), NegotiationError::SectionsDiffer),
        (good[..good.find("m=application").unwrap()].to_string(), NegotiationError::SectionsDiffer),
    ];
    for (sdp, reason) in cases {
        let (mut peer, _) = offered();
        let refused = peer.set_remote_description(NOW, &SessionDescription::answer(sdp));
        assert_eq!(refused, Err(Error::Negotiation(reason)));
        peer.set_remote_description(NOW, &SessionDescription::answer(good.clone())).unwrap();
    }
}

// adversarial Q7
#[test]
fn candidates_may_come_early_but_not_without_end() {
    let mut peer = peer(1);
    let candidate = |port: u16| IceCandidate {
        candidate: format!("candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host"),
        ..IceCandidate::default()
    };
    for number in 0..64 {
        peer.add_remote_candidate(NOW, &candidate(1_000 + number)).unwrap();
    }
    assert!(matches!(peer.add_remote_candidate(NOW, &candidate(9)), Err(Error::Candidate(_))));
    answer(&mut peer, CHROMIUM);
    // What is of no use is passed over; what is malformed is an error.
    let name = "candidate:1 1 udp 1 4b07e1c0-0000-4000-8000-00000000abcd.local 9 typ host";
    for candidate in [name, "candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype active", ""] {
        let candidate = IceCandidate { candidate: candidate.into(), ..IceCandidate::default() };
        assert_eq!(peer.add_remote_candidate(NOW, &candidate), Ok(()));
    }
    let nonsense = IceCandidate { candidate: "candidate:?".into(), ..IceCandidate::default() };
    assert!(matches!(peer.add_remote_candidate(NOW, &nonsense), Err(Error::Candidate(_))));
}
