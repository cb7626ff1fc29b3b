//! What Chromium and Firefox sent, read and written back.

use lariat_sdp::{Attribute, Direction, MediaKind, RidDirection, Session, Setup};

const CHROMIUM_OFFER: &str = include_str!("data/chromium-offer.sdp");
const CHROMIUM_SIMULCAST: &str = include_str!("data/chromium-simulcast-offer.sdp");
const FIREFOX_OFFER: &str = include_str!("data/firefox-offer.sdp");
const FIREFOX_ANSWER: &str = include_str!("data/firefox-answer.sdp");

fn unknown(session: &Session) -> Vec<&str> {
    let media = session.media.iter().flat_map(|media| &media.attributes);
    let mut names: Vec<_> = session
        .attributes
        .iter()
        .chain(media)
        .filter(|attribute| matches!(attribute, Attribute::Other { .. }))
        .map(Attribute::name)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn a_recording_is_written_back_byte_for_byte() {
    for text in [CHROMIUM_OFFER, CHROMIUM_SIMULCAST, FIREFOX_OFFER, FIREFOX_ANSWER] {
        let session = Session::parse(text).unwrap();
        assert_eq!(session.to_string(), text);
        assert_eq!(session.write().as_deref(), Ok(text));
        assert_eq!(Session::parse_bytes(text.as_bytes()), Ok(session));
    }
}

#[test]
fn a_recording_with_bare_line_feeds_says_the_same() {
    for text in [CHROMIUM_OFFER, FIREFOX_ANSWER] {
        let session = Session::parse(&text.replace('\r', "")).unwrap();
        assert_eq!(session.to_string(), text);
    }
}

#[test]
fn an_offer_of_chromium_is_understood() {
    let offer = Session::parse(CHROMIUM_OFFER).unwrap();
    assert_eq!(offer.origin.session_id, 2_681_452_551_406_542_536);
    assert_eq!(offer.origin.session_version, 2);
    assert!(offer.bundle().eq(["0", "1", "2"]));
    assert_eq!(unknown(&offer), ["msid-semantic", "rtcp-xr"]);
    let [audio, video, data] = offer.media.as_slice() else { panic!("three media descriptions") };
    assert_eq!((&audio.kind, &video.kind), (&MediaKind::Audio, &MediaKind::Video));
    for media in &offer.media {
        let credentials = offer.ice_credentials(media).unwrap();
        assert_eq!(credentials.ufrag, "T2kl");
        assert_eq!(credentials.pwd, "MhNWr3Bqij6Xtjb3ZOr8HsmF");
        assert!(offer.ice_options(media).eq(["trickle"]));
        assert_eq!(offer.setup(media), Some(Setup::ActPass));
        let fingerprints: Vec<_> = offer.fingerprints(media).collect();
        assert_eq!(fingerprints.len(), 1);
        assert_eq!(fingerprints[0].hash, "sha-256");
        assert_eq!(fingerprints[0].bytes[..4], [0x0f, 0x5a, 0x5b, 0xed]);
        assert_eq!(media.direction(), Direction::SendRecv);
        assert!(offer.extmap_allow_mixed(media));
        assert!(!media.is_rejected());
    }
    assert!(audio.payload_types().eq([111, 63, 9, 0, 8, 13, 110, 126]));
    assert_eq!(audio.rtpmap(111).and_then(|opus| opus.channels), Some(2));
    assert_eq!(audio.rtpmap(9).map(|g722| (g722.clock_rate, g722.channels)), Some((8000, None)));
    assert_eq!(audio.fmtp(63).map(|red| red.parameters.as_str()), Some("111/111"));
    assert!(video.feedback(96).eq(["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]));
    assert_eq!(video.fmtp(97).and_then(|rtx| rtx.parameter("apt")), Some("96"));
    let mid = video.extmaps().find(|it| it.uri == "urn:ietf:params:rtp-hdrext:sdes:mid").unwrap();
    assert_eq!((mid.id, mid.direction), (4, None));
    assert_eq!(video.ssrc_groups().next().unwrap().ssrcs, [838_471_047, 1_251_084_617]);
    assert_eq!(video.ssrcs().next().unwrap().value.as_deref(), Some("iUz8s1ZHItRvhjAI"));
    assert_eq!(data.kind, MediaKind::Application);
    assert_eq!(data.formats, ["webrtc-datachannel"]);
    assert_eq!(data.payload_types().count(), 0);
    assert_eq!((data.sctp_port(), data.max_message_size()), (Some(5000), 262_144));
    assert_eq!(offer.media_by_mid("2"), Some(data));
}

#[test]
fn simulcast_of_chromium_is_understood() {
    let offer = Session::parse(CHROMIUM_SIMULCAST).unwrap();
    let video = offer.media_by_mid("1").unwrap();
    assert!(video.rids().map(|rid| rid.id.as_str()).eq(["h", "m", "l"]));
    assert!(video.rids().all(|rid| rid.direction == RidDirection::Send));
    let streams = video.simulcast().unwrap().streams(RidDirection::Send);
    assert!(streams.iter().flatten().map(|it| it.rid.as_str()).eq(["h", "m", "l"]));
    assert!(streams.iter().flatten().all(|it| !it.paused));
}

#[test]
fn firefox_says_at_the_session_what_chromium_says_at_the_media() {
    let offer = Session::parse(FIREFOX_OFFER).unwrap();
    assert_eq!(unknown(&offer), ["msid-semantic"]);
    for media in &offer.media {
        assert!(!media.attributes.iter().any(|it| it.name() == "fingerprint"));
        assert_eq!(offer.fingerprints(media).count(), 1);
        assert!(offer.ice_options(media).eq(["trickle"]));
    }
    let audio = offer.media.first().unwrap();
    let csrc = audio.extmaps().find(|extmap| extmap.id == 2).unwrap();
    assert_eq!(csrc.direction, Some(Direction::RecvOnly));
    assert_eq!(audio.rtpmap(9).and_then(|g722| g722.channels), Some(1));
    assert_eq!(offer.media_by_mid("2").unwrap().max_message_size(), 1_073_741_823);
}

#[test]
fn an_answer_of_firefox_chooses_its_role() {
    let answer = Session::parse(FIREFOX_ANSWER).unwrap();
    for media in &answer.media {
        assert_eq!(answer.setup(media), Some(Setup::Active));
    }
}
