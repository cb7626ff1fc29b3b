//! What holds for every description, and for every text.

use lariat_sdp::{
    Attribute, Connection, Direction, Extmap, Fingerprint, Fmtp, Group, Line, Media, MediaKind,
    Msid, Origin, Rid, RidDirection, Rtcp, RtcpFb, Rtpmap, Session, Setup, Simulcast,
    SimulcastList, SimulcastRid, Ssrc, SsrcGroup,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

const RECORDING: &str = include_str!("data/chromium-simulcast-offer.sdp");

fn token() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`{|}~0-9A-Za-z-]{1,12}"
}

fn word() -> impl Strategy<Value = String> {
    "[^ \r\n\0]{1,12}"
}

fn text() -> impl Strategy<Value = String> {
    "[^\r\n\0]{1,24}"
}

fn payload_type() -> impl Strategy<Value = u8> {
    0..=127_u8
}

fn direction() -> impl Strategy<Value = Direction> {
    (any::<bool>(), any::<bool>()).prop_map(|(sends, receives)| Direction::new(sends, receives))
}

fn rid_direction() -> impl Strategy<Value = RidDirection> {
    prop_oneof![Just(RidDirection::Send), Just(RidDirection::Recv)]
}

fn connection() -> impl Strategy<Value = Connection> {
    (token(), token(), word()).prop_map(|(network_type, address_type, address)| Connection {
        network_type,
        address_type,
        address,
    })
}

fn codec() -> impl Strategy<Value = Attribute> {
    let rtpmap = (payload_type(), token(), 1_u32.., option::of(1_u8..)).prop_map(
        |(payload_type, encoding, clock_rate, channels)| {
            Rtpmap { payload_type, encoding, clock_rate, channels }.into()
        },
    );
    let fmtp = (payload_type(), text()).prop_map(|(pt, text)| Fmtp::new(pt, text).into());
    let feedback = (option::of(payload_type()), text())
        .prop_map(|(payload_type, value)| RtcpFb { payload_type, value }.into());
    prop_oneof![rtpmap, fmtp, feedback]
}

fn extmap() -> impl Strategy<Value = Attribute> {
    let id = prop_oneof![1..=255_u16, 4096..=4351_u16];
    (id, option::of(direction()), word(), option::of(text())).prop_map(
        |(id, direction, uri, attributes)| Extmap { id, direction, uri, attributes }.into(),
    )
}

fn rid() -> impl Strategy<Value = Attribute> {
    let restriction = ("[a-z]{1,5}", option::of("[a-z0-9,.]{0,8}"));
    let list = vec(restriction, 0..3);
    ("[A-Za-z0-9_-]{1,8}", rid_direction(), vec(payload_type(), 0..3), list)
        .prop_filter("pt= is no restriction", |(_, _, _, list)| {
            list.first().is_none_or(|(name, _)| name != "pt")
        })
        .prop_map(|(id, direction, payload_types, restrictions)| {
            Rid { id, direction, payload_types, restrictions }.into()
        })
}

fn simulcast() -> impl Strategy<Value = Attribute> {
    let alternative = ("[A-Za-z0-9_-]{1,8}", any::<bool>())
        .prop_map(|(rid, paused)| SimulcastRid { rid, paused });
    let streams = vec(vec(alternative, 1..3), 1..4);
    (rid_direction(), streams.clone(), option::of(streams)).prop_map(
        |(direction, first, second)| {
            let list = |direction, streams| SimulcastList { direction, streams };
            let mut lists = vec![list(direction, first)];
            lists.extend(second.map(|streams| list(direction.reversed(), streams)));
            Simulcast { lists }.into()
        },
    )
}

fn ice() -> impl Strategy<Value = Attribute> {
    prop_oneof![
        text().prop_map(Attribute::Candidate),
        "[A-Za-z0-9+/]{4,256}".prop_map(Attribute::IceUfrag),
        "[A-Za-z0-9+/]{22,256}".prop_map(Attribute::IcePwd),
        vec(word(), 1..4).prop_map(Attribute::IceOptions),
    ]
}

fn flag() -> impl Strategy<Value = Attribute> {
    prop::sample::select(vec![
        Attribute::BundleOnly,
        Attribute::EndOfCandidates,
        Attribute::ExtmapAllowMixed,
        Attribute::IceLite,
        Attribute::RtcpMux,
        Attribute::RtcpMuxOnly,
        Attribute::RtcpRsize,
        Setup::ActPass.into(),
        Setup::Active.into(),
        Setup::Passive.into(),
        Setup::HoldConn.into(),
    ])
}

fn source() -> impl Strategy<Value = Attribute> {
    let ssrc = (any::<u32>(), token(), option::of(text()))
        .prop_map(|(ssrc, attribute, value)| Ssrc { ssrc, attribute, value }.into());
    let group = (token(), vec(any::<u32>(), 0..4))
        .prop_map(|(semantics, ssrcs)| SsrcGroup { semantics, ssrcs }.into());
    let msid =
        (word(), option::of(word())).prop_map(|(stream, track)| Msid { stream, track }.into());
    prop_oneof![ssrc, group, msid]
}

fn security() -> impl Strategy<Value = Attribute> {
    let known = any::<[u8; 32]>().prop_map(|hash| Fingerprint::new("sha-256", hash.into()).into());
    let unknown = ("x-[a-z0-9]{1,8}", vec(any::<u8>(), 1..40))
        .prop_map(|(hash, bytes)| Fingerprint::new(hash, bytes).into());
    prop_oneof![known, unknown, token().prop_map(Attribute::TlsId)]
}

fn attribute() -> impl Strategy<Value = Attribute> {
    let group = (token(), vec(token(), 0..4))
        .prop_map(|(semantics, mids)| Group { semantics, mids }.into());
    let rtcp = (any::<u16>(), option::of(connection()))
        .prop_map(|(port, connection)| Rtcp { port, connection }.into());
    let other = ("x-[a-z]{0,8}", option::of("[^\r\n\0]{0,24}"))
        .prop_map(|(name, value)| Attribute::Other { name, value });
    prop_oneof![
        flag(),
        codec(),
        extmap(),
        rid(),
        simulcast(),
        ice(),
        source(),
        security(),
        group,
        rtcp,
        other,
        direction().prop_map(Attribute::from),
        token().prop_map(Attribute::Mid),
        any::<u16>().prop_map(Attribute::SctpPort),
        any::<u64>().prop_map(Attribute::MaxMessageSize),
    ]
}

fn lines(letters: &'static str) -> impl Strategy<Value = Vec<Line>> {
    let other = (prop::sample::select(letters.chars().collect::<Vec<_>>()), "[^\r\n\0]{0,24}")
        .prop_map(|(letter, value)| Line::Other { letter, value });
    let bandwidth =
        (token(), any::<u64>()).prop_map(|(kind, value)| Line::Bandwidth { kind, value });
    vec(prop_oneof![other, bandwidth, connection().prop_map(Line::Connection)], 0..4)
}

fn media() -> impl Strategy<Value = Media> {
    let kind = prop_oneof![
        Just(MediaKind::Audio),
        Just(MediaKind::Video),
        Just(MediaKind::Application),
        "x[a-z]{1,5}".prop_map(MediaKind::Other),
    ];
    let rtp = vec(payload_type().prop_map(|it| it.to_string()), 1..5)
        .prop_map(|formats| ("UDP/TLS/RTP/SAVPF".to_owned(), formats));
    let other = ("[A-Z]{1,5}(/[A-Z]{1,5}){0,2}", vec(token(), 1..3))
        .prop_filter("not RTP", |(protocol, _)| !protocol.contains("RTP"));
    let protocol = prop_oneof![rtp, other];
    let count = option::of(1_u16..);
    (kind, any::<u16>(), count, protocol, lines("i"), vec(attribute(), 0..12)).prop_map(
        |(kind, port, port_count, (protocol, formats), lines, attributes)| {
            let mut media = Media::new(kind, port, protocol, formats);
            media.port_count = port_count;
            media.lines = lines;
            media.attributes = attributes;
            media
        },
    )
}

fn session() -> impl Strategy<Value = Session> {
    let origin = (word(), any::<u64>(), any::<u64>(), connection()).prop_map(
        |(username, session_id, session_version, address)| Origin {
            username,
            session_id,
            session_version,
            address,
        },
    );
    let name = "[^\r\n\0]{0,24}";
    (origin, name, lines("iueprz"), vec(attribute(), 0..6), vec(media(), 0..4)).prop_map(
        |(origin, name, lines, attributes, media)| {
            let mut session = Session::new(origin);
            session.name = name;
            session.lines.extend(lines);
            session.attributes = attributes;
            session.media = media;
            session
        },
    )
}

/// Everything that can be asked of a description.
fn ask(session: &Session) -> usize {
    let mut answers = session.bundle().count() + session.groups().count();
    for media in &session.media {
        answers += session.fingerprints(media).count() + session.extmaps(media).count();
        answers += session.ice_options(media).count() + media.candidates().count();
        answers += usize::from(session.ice_credentials(media).is_some());
        answers += usize::from(session.setup(media).is_some()) + media.payload_types().count();
        answers += usize::from(session.direction(media).sends()) + media.ssrcs().count();
        for payload_type in media.payload_types() {
            answers += media.feedback(payload_type).count();
            answers += usize::from(media.rtpmap(payload_type).is_some());
            answers += usize::from(
                media.fmtp(payload_type).and_then(|fmtp| fmtp.parameter("apt")).is_some(),
            );
        }
    }
    answers
}

/// What was read is written as something that is read as the same.
fn check_stable(text: &str) -> Result<(), TestCaseError> {
    if let Ok(session) = Session::parse(text) {
        ask(&session);
        let written = session.write();
        prop_assert!(written.is_ok(), "{written:?}");
        let written = written.unwrap_or_default();
        prop_assert_eq!(&session.to_string(), &written);
        prop_assert_eq!(Session::parse(&written), Ok(session));
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_the_same(session in session()) {
        let text = session.write();
        prop_assert!(text.is_ok(), "{:?}", text);
        let text = text.unwrap_or_default();
        ask(&session);
        prop_assert_eq!(&session.to_string(), &text);
        prop_assert_eq!(Session::parse(&text), Ok(session.clone()));
        prop_assert_eq!(Session::parse(&text.replace("\r\n", "\n")), Ok(session));
    }

    #[test]
    fn no_text_makes_reading_panic(text in any::<String>()) {
        let _ = Session::parse(&text);
        let _ = Attribute::parse(&text);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in vec(any::<u8>(), 0..200)) {
        let mut text = b"v=0\no=- 1 1 IN IP4 0\ns=-\nt=0 0\na=".to_vec();
        prop_assert!(Session::parse_bytes(&text).is_ok());
        text.extend(&bytes);
        let _ = Session::parse_bytes(&text);
        let _ = Session::parse_bytes(&bytes);
    }

    #[test]
    fn any_attribute_line_is_refused_or_stable(name in attribute(), value in "[ -~é]{0,20}") {
        for line in [format!("{}:{value}", name.name()), format!("{name}{value}")] {
            if let Ok(attribute) = Attribute::parse(&line) {
                prop_assert_eq!(attribute.check(), Ok(()));
                prop_assert_eq!(Attribute::parse(&attribute.to_string()), Ok(attribute));
            }
        }
    }

    #[test]
    fn a_damaged_recording_is_refused_or_stable(
        damage in vec((0..RECORDING.len(), 0..4_usize, "[ -~\r\n]{0,3}"), 1..6)
    ) {
        let mut text = RECORDING.to_owned();
        for (at, length, insert) in damage {
            let start = at.min(text.len());
            let end = start.saturating_add(length).min(text.len());
            text.replace_range(start..end, &insert);
        }
        check_stable(&text)?;
    }

    #[test]
    fn a_value_with_anything_in_it_stays_in_its_line(value in any::<String>()) {
        let mut session = Session::new(Origin::new(1, 1));
        session.push(Attribute::other("label", Some(&value)));
        prop_assert_eq!(session.to_string().split("\r\n").count(), 6);
        let forbidden = value.contains(['\r', '\n', '\0']);
        prop_assert_eq!(session.write().is_err(), forbidden);
    }
}
