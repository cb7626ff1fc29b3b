//! What a second, third and thousandth description does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;
use std::collections::BTreeSet;

use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::Certificate;
use lariat_peer::{
    ChannelConfig, Config, Direction, Error, Event, MediaKind, NegotiationError, Peer,
    SessionDescription, SignalingState,
};
use lariat_sdp::{Attribute, Session};

const NOW: Instant = Instant::ZERO;
const CHROMIUM: &str = include_str!("../../sdp/tests/data/chromium-offer.sdp");

fn peer(number: u8) -> Peer {
    let provider = ring::provider();
    let seed = Seed::new([number; 32]);
    let now_unix = Duration::from_secs(1_800_000_000);
    let certificate =
        Certificate::generate(&*provider, &mut seed.split("certificate").rng(), now_unix).unwrap();
    Peer::new(Config::new(provider, seed, certificate, now_unix))
}

/// Two peers that have agreed on audio, asked for by the first, and data.
fn agreed() -> (Peer, Peer) {
    let (mut one, mut other) = (peer(1), peer(2));
    one.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    one.create_data_channel(NOW, ChannelConfig::new("test")).unwrap();
    negotiate(&mut one, &mut other);
    (one, other)
}

/// Offer and answer; returns both.
fn negotiate(offerer: &mut Peer, answerer: &mut Peer) -> [Session; 2] {
    let offer = put_offer(offerer);
    let answer = answer(answerer, &offer).unwrap();
    offerer.set_remote_description(NOW, &answer).unwrap();
    [offer, answer].map(|description| Session::parse(&description.sdp).unwrap())
}

fn put_offer(peer: &mut Peer) -> SessionDescription {
    let offer = peer.create_offer().unwrap();
    peer.set_local_description(NOW, &offer).unwrap();
    offer
}

fn answer(peer: &mut Peer, offer: &SessionDescription) -> Result<SessionDescription, Error> {
    peer.set_remote_description(NOW, offer)?;
    let answer = peer.create_answer()?;
    peer.set_local_description(NOW, &answer)?;
    Ok(answer)
}

fn mids(session: &Session) -> Vec<&str> {
    session.media.iter().filter_map(|media| media.mid()).collect()
}

#[test]
fn a_second_offer_that_is_refused_leaves_the_first_and_its_answer_in_force() {
    let (mut one, mut other) = agreed();
    let good = put_offer(&mut other);
    one.set_remote_description(NOW, &good).unwrap();
    let answer = one.create_answer().unwrap();
    let cut = good.sdp.rfind("m=").unwrap();
    let short = SessionDescription::offer(good.sdp[..cut].to_string());
    assert_eq!(
        one.set_remote_description(NOW, &short),
        Err(Error::Negotiation(NegotiationError::SectionsDiffer))
    );
    assert_eq!(one.signaling_state(), SignalingState::HaveRemoteOffer);
    one.set_local_description(NOW, &answer).unwrap();
    other.set_remote_description(NOW, &answer).unwrap();
}

#[test]
fn an_offer_that_was_only_created_does_not_disturb_the_one_that_waits_for_its_answer() {
    let (mut one, mut other) = agreed();
    let offer = put_offer(&mut one);
    one.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
    one.create_offer().unwrap();
    let answer = answer(&mut other, &offer).unwrap();
    one.set_remote_description(NOW, &answer).unwrap();
    // What was added in between comes with the next one.
    let [offer, _] = negotiate(&mut one, &mut other);
    assert_eq!(mids(&offer), ["0", "1", "2"]);
}

#[test]
fn an_offer_cannot_be_created_while_theirs_waits_for_an_answer() {
    let (mut one, mut other) = agreed();
    let offer = put_offer(&mut other);
    one.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
    one.set_remote_description(NOW, &offer).unwrap();
    assert!(matches!(one.create_offer(), Err(Error::SignalingState { .. })));
    let answer = one.create_answer().unwrap();
    one.set_local_description(NOW, &answer).unwrap();
    other.set_remote_description(NOW, &answer).unwrap();
    negotiate(&mut other, &mut one);
    negotiate(&mut one, &mut other);
}

#[test]
fn the_direction_that_counts_is_the_one_that_was_offered() {
    let (mut one, mut other) = (peer(1), peer(2));
    let audio = one.add_transceiver(MediaKind::Audio, Direction::SendOnly).unwrap();
    let offer = put_offer(&mut one);
    one.set_direction(audio, Direction::SendRecv).unwrap();
    let answer = answer(&mut other, &offer).unwrap();
    let greedy = SessionDescription::answer(answer.sdp.replace("a=recvonly", "a=sendrecv"));
    assert_eq!(
        one.set_remote_description(NOW, &greedy),
        Err(Error::Negotiation(NegotiationError::Direction))
    );
    one.set_remote_description(NOW, &answer).unwrap();
    let is_track = |event: &Event| matches!(event, Event::Track { .. });
    assert!(!core::iter::from_fn(|| one.poll_event()).any(|event| is_track(&event)));
    let next = Session::parse(&one.create_offer().unwrap().sdp).unwrap();
    assert_eq!(next.direction(&next.media[0]), Direction::SendRecv);
}

#[test]
fn the_direction_that_counts_is_the_one_that_was_answered() {
    let (mut one, mut other) = (peer(1), peer(2));
    one.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    let audio = other.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    let offer = put_offer(&mut one);
    other.set_remote_description(NOW, &offer).unwrap();
    let answer = other.create_answer().unwrap();
    other.set_direction(audio, Direction::Inactive).unwrap();
    other.set_local_description(NOW, &answer).unwrap();
    // The answer said sendrecv, so the other side may send, and we are told.
    let is_track = |event: &Event| matches!(event, Event::Track { .. });
    assert!(core::iter::from_fn(|| other.poll_event()).any(|event| is_track(&event)));
}

// adversarial P7
#[test]
fn a_section_that_was_dropped_is_used_again_under_another_mid() {
    let (mut one, mut other) = (peer(1), peer(2));
    let audio = one.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    let video = one.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
    negotiate(&mut one, &mut other);
    one.stop_transceiver(audio).unwrap();
    let [offer, answer] = negotiate(&mut one, &mut other);
    assert!(offer.media[0].is_rejected() && answer.media[0].is_rejected());
    assert_eq!(offer.bundle().collect::<Vec<_>>(), ["1"]);
    assert_eq!(one.stop_transceiver(audio), Err(Error::NoSuchTransceiver));

    // Either side may take the free place, and nothing else moves.
    for (by_one, mid) in [(false, "2"), (true, "3")] {
        let (offerer, answerer) =
            if by_one { (&mut one, &mut other) } else { (&mut other, &mut one) };
        let id = offerer.add_transceiver(MediaKind::Audio, Direction::SendOnly).unwrap();
        let [offer, answer] = negotiate(offerer, answerer);
        assert_eq!(mids(&offer), [mid, "1"]);
        assert!(!answer.media[0].is_rejected());
        offerer.stop_transceiver(id).unwrap();
        negotiate(offerer, answerer);
    }
    one.set_direction(video, Direction::SendOnly).unwrap();
    let [offer, _] = negotiate(&mut one, &mut other);
    assert_eq!(offer.direction(&offer.media[1]), Direction::SendOnly);
}

// adversarial P7
#[test]
fn everything_may_be_rejected_and_a_rejected_section_may_have_no_formats() {
    let (mut one, mut other) = agreed();
    let offer = put_offer(&mut other);
    let all =
        offer.sdp.replace("m=audio 9", "m=audio 0").replace("m=application 9", "m=application 0");
    let answered = answer(&mut one, &SessionDescription::offer(all)).unwrap();
    let parsed = Session::parse(&answered.sdp).unwrap();
    assert!(parsed.media.iter().all(lariat_sdp::Media::is_rejected));

    let bare = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE\r\n\
                m=audio 0 UDP/TLS/RTP/SAVPF\r\na=mid:0\r\n";
    let refused = peer(3).set_remote_description(NOW, &SessionDescription::offer(bare.into()));
    assert!(
        matches!(
            refused,
            Err(Error::Sdp(_) | Error::Negotiation(NegotiationError::NothingAcceptable))
        ),
        "{refused:?}"
    );
}

// adversarial Q10
#[test]
fn a_thousand_tracks_come_and_go_and_leave_nothing() {
    let (mut one, mut other) = agreed();
    let mut ids = BTreeSet::new();
    let mut longest = 0;
    for round in 0..1_000u32 {
        let by_one = round % 3 == 0;
        let (offerer, answerer) =
            if by_one { (&mut one, &mut other) } else { (&mut other, &mut one) };
        let id = offerer.add_transceiver(MediaKind::Video, Direction::SendOnly).unwrap();
        assert!(ids.insert((by_one, id)), "{id} was used before");
        let [offer, _] = negotiate(offerer, answerer);
        assert_eq!(offer.media.len(), 3);
        offerer.stop_transceiver(id).unwrap();
        let [offer, _] = negotiate(answerer, offerer);
        longest = longest.max(offer.to_string().len());
        while one.poll_event().or_else(|| other.poll_event()).is_some() {}
    }
    assert!(longest < 4_000, "descriptions have grown to {longest} bytes");
    assert!(one.stats().streams.is_empty());
}

#[test]
fn a_section_changes_neither_its_kind_nor_its_name() {
    let (mut one, mut other) = agreed();
    let offer = put_offer(&mut other).sdp;
    for wrong in [
        offer.replace("m=audio", "m=video"),
        offer.replace("a=mid:0", "a=mid:7").replace("BUNDLE 0", "BUNDLE 7"),
    ] {
        assert_eq!(
            one.set_remote_description(NOW, &SessionDescription::offer(wrong)),
            Err(Error::Negotiation(NegotiationError::SectionsDiffer))
        );
    }
    answer(&mut one, &SessionDescription::offer(offer)).unwrap();
}

#[test]
fn a_second_section_of_data_is_rejected() {
    let (_, mut other) = agreed();
    let offer = put_offer(&mut other).sdp;
    let data = offer[offer.find("m=application").unwrap()..].replace("a=mid:1", "a=mid:2");
    let twice = offer.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + &data;
    let mut fresh = peer(4);
    let answered = answer(&mut fresh, &SessionDescription::offer(twice)).unwrap();
    let parsed = Session::parse(&answered.sdp).unwrap();
    assert!(!parsed.media[1].is_rejected() && parsed.media[2].is_rejected());
}

#[test]
fn numbers_mean_one_thing_in_all_sections() {
    let mut one = peer(1);
    let (mut donor, mut taker) = (peer(5), peer(6));
    donor.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
    // VP8 has opus' number, and the mid extension is not where we would put it.
    let foreign = put_offer(&mut donor).sdp;
    let foreign = foreign
        .replace("rtpmap:96", "rtpmap:111")
        .replace("rtcp-fb:96", "rtcp-fb:111")
        .replace("SAVPF 96", "SAVPF 111");
    let foreign = foreign.replace("a=extmap:4 ", "a=extmap:9 ");
    answer(&mut taker, &SessionDescription::offer(foreign.clone())).unwrap();
    answer(&mut one, &SessionDescription::offer(foreign)).unwrap();
    one.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    one.add_transceiver(MediaKind::Video, Direction::SendRecv).unwrap();
    let offer = Session::parse(&one.create_offer().unwrap().sdp).unwrap();
    let mut meanings = std::collections::BTreeMap::new();
    for media in &offer.media {
        for map in media.rtpmaps() {
            let known = meanings.insert(map.payload_type, map.encoding.clone());
            assert!(known.is_none_or(|known| known == map.encoding), "{map:?}");
        }
        assert!(offer.extmaps(media).all(|extmap| extmap.id == 9));
    }
    assert_eq!(meanings.get(&111).map(String::as_str), Some("VP8"));
}

#[test]
fn only_what_is_passed_on_is_accepted() {
    let mut one = peer(1);
    let answered = answer(&mut one, &SessionDescription::offer(CHROMIUM.into())).unwrap();
    let parsed = Session::parse(&answered.sdp).unwrap();
    let known = ["opus", "g722", "pcmu", "pcma", "vp8", "vp9", "h264", "av1"];
    for media in &parsed.media {
        for map in media.rtpmaps() {
            let encoding = map.encoding.to_lowercase();
            assert!(known.contains(&encoding.as_str()), "{encoding} was accepted");
        }
        assert_eq!(parsed.extmaps(media).count(), usize::from(media.is_rtp()));
    }
}

#[test]
fn reduced_size_feedback_is_agreed_to_only_if_it_was_offered() {
    let without = CHROMIUM.replace("a=rtcp-rsize\r\n", "").replace("a=rtcp-rsize\n", "");
    for (sdp, expected) in [(CHROMIUM, true), (&without, false)] {
        let answered = answer(&mut peer(1), &SessionDescription::offer(sdp.into())).unwrap();
        let parsed = Session::parse(&answered.sdp).unwrap();
        assert_eq!(parsed.media[1].has(&Attribute::RtcpRsize), expected);
    }
}

#[test]
fn what_an_offer_took_up_is_free_again_after_a_rollback() {
    let (mut one, mut other) = (peer(1), peer(2));
    let audio = one.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    other.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    let theirs = put_offer(&mut other);
    for _ in 0..100 {
        one.set_remote_description(NOW, &theirs).unwrap();
        one.set_remote_description(NOW, &SessionDescription::rollback()).unwrap();
    }
    other.set_local_description(NOW, &SessionDescription::rollback()).unwrap();
    let [offer, _] = negotiate(&mut one, &mut other);
    assert_eq!(offer.media.len(), 1);
    assert_eq!(one.set_direction(audio, Direction::Inactive), Ok(()));
}

/// The same offer with another first byte in its fingerprints.
fn other_fingerprint(sdp: &str) -> String {
    let at = sdp.find("sha-256 ").unwrap() + "sha-256 ".len();
    let byte = &sdp[at..at + 3];
    sdp.replace(
        &format!("sha-256 {byte}"),
        if byte == "00:" { "sha-256 01:" } else { "sha-256 00:" },
    )
}

// adversarial P9
#[test]
fn roles_and_identities_of_a_transport_do_not_change() {
    let (mut one, mut other) = agreed();
    let offer = put_offer(&mut other).sdp;
    // The second is the DTLS client, and cannot become the server on the same transport.
    let cases = [
        (offer.replace("a=setup:actpass", "a=setup:passive"), NegotiationError::TransportChanged),
        (offer.replace("a=ice-pwd:", "a=ice-pwd:x"), NegotiationError::IceRestart),
        (other_fingerprint(&offer), NegotiationError::TransportChanged),
    ];
    for (sdp, reason) in cases {
        assert_eq!(
            one.set_remote_description(NOW, &SessionDescription::offer(sdp)),
            Err(Error::Negotiation(reason))
        );
    }
    answer(&mut one, &SessionDescription::offer(offer)).unwrap();
}

// adversarial Q8
#[test]
fn a_closed_peer_says_so_to_every_command() {
    let (mut one, mut other) = agreed();
    let offer = put_offer(&mut other);
    let audio = one.add_transceiver(MediaKind::Audio, Direction::SendRecv).unwrap();
    one.close(NOW);
    one.close(NOW);
    assert_eq!(one.signaling_state(), SignalingState::Closed);
    assert_eq!(one.create_offer(), Err(Error::Closed));
    assert_eq!(one.create_answer(), Err(Error::Closed));
    assert_eq!(one.set_remote_description(NOW, &offer), Err(Error::Closed));
    assert_eq!(one.set_local_description(NOW, &offer), Err(Error::Closed));
    assert_eq!(one.add_transceiver(MediaKind::Audio, Direction::SendRecv), Err(Error::Closed));
    assert_eq!(one.set_direction(audio, Direction::Inactive), Err(Error::Closed));
    assert_eq!(one.stop_transceiver(audio), Err(Error::Closed));
    assert_eq!(one.request_keyframe(NOW, audio), Err(Error::Closed));
    assert_eq!(one.create_data_channel(NOW, ChannelConfig::new("test")), Err(Error::Closed));
    assert_eq!(one.add_remote_candidate(NOW, &Default::default()), Err(Error::Closed));
    let candidate = lariat_ice::Candidate::host(([127, 0, 0, 9], 5_000).into());
    assert_eq!(one.add_local_candidate(NOW, candidate), Err(Error::Closed));
    assert_eq!(one.poll_timeout(), None);
}
