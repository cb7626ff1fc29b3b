//! What an attacker may send, row by row of the adversarial cases (P1 and so on).

use lariat_sdp::{
    Attribute, BuildReason, Extmap, Field, Limit, Media, MediaKind, Msid, Origin, PROTOCOL_RTP,
    ParseError, Reason, Session, Setup, Ssrc,
};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
const VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n";

/// A description with these lines after a head and an `m=` line: the first one is line 6.
fn with(lines: &str) -> Result<Session, ParseError> {
    Session::parse(&format!("{HEAD}{VIDEO}{lines}\r\n"))
}

fn reason_of(lines: &str) -> Option<Reason> {
    with(lines).err().map(|error| error.reason)
}

/// What became of an attribute line that is the only one.
fn attribute(line: &str) -> Option<Attribute> {
    with(line).ok()?.media.pop()?.attributes.pop()
}

fn is_kept(line: &str) -> bool {
    let kept = matches!(attribute(line), Some(Attribute::Other { .. }));
    kept && with(line).is_ok_and(|session| session.to_string().ends_with(&format!("{line}\r\n")))
}

// adversarial P1
#[test]
fn a_description_beyond_a_limit_is_refused() {
    let line = format!("a=x:{}", "x".repeat(900_000));
    assert_eq!(reason_of(&line), Some(Reason::Limit(Limit::Line)));
    let body = "a=x\r\n".repeat((64 << 20) / 5);
    assert_eq!(reason_of(&body), Some(Reason::Limit(Limit::Body)));
    assert_eq!(reason_of(&VIDEO.repeat(20_000)), Some(Reason::Limit(Limit::Media)));
    assert_eq!(reason_of(&"a=\r\n".repeat(100_000)), Some(Reason::Limit(Limit::Attributes)));
}

// adversarial P2
#[test]
fn a_payload_type_is_a_number_of_seven_bits() {
    for bad in ["128", "255", "256", "999", "-1", "+96", "٩٦", "96abc", "096", "1e1", "0x60"] {
        let error = Session::parse(&format!("{HEAD}m=video 9 RTP/SAVPF {bad}\r\n")).unwrap_err();
        assert_eq!((error.line, error.column), (5, 21), "{bad}");
        let error = with(&format!("a=rtpmap:{bad} VP8/90000")).unwrap_err();
        assert_eq!((error.line, error.column), (6, 10), "{bad}");
        // Only where a payload type is declared does it matter; what refers to a payload type that
        // cannot exist refers to nothing.
        assert!(is_kept(&format!("a=fmtp:{bad} apt=96")), "{bad}");
        assert!(is_kept(&format!("a=rtcp-fb:{bad} nack")), "{bad}");
        assert!(is_kept(&format!("a=rid:1 send pt={bad}")), "{bad}");
    }
    for good in ["0", "96", "127"] {
        assert!(with(&format!("a=rtpmap:{good} VP8/90000")).is_ok(), "{good}");
    }
    assert_eq!(reason_of("a=rtpmap:128 VP8/90000"), Some(Reason::OutOfRange(Field::PayloadType)));
}

// adversarial P3
#[test]
fn the_id_of_a_header_extension_is_one_that_rfc8285_has() {
    for bad in ["0", "256", "4095", "4352", "65535"] {
        let reason = reason_of(&format!("a=extmap:{bad} urn:x"));
        assert_eq!(reason, Some(Reason::OutOfRange(Field::ExtensionId)), "{bad}");
    }
    for bad in ["2147483648", "-1", "x", "", "01"] {
        assert!(reason_of(&format!("a=extmap:{bad} urn:x")).is_some(), "{bad}");
    }
    for (id, one_byte, usable) in [
        (1, true, true),
        (14, true, true),
        (15, false, true),
        (255, false, true),
        (4096, false, false),
    ] {
        let Some(Attribute::Extmap(extmap)) = attribute(&format!("a=extmap:{id} urn:x")) else {
            panic!("{id} is read");
        };
        assert_eq!((extmap.fits_one_byte(), extmap.is_usable()), (one_byte, usable), "{id}");
    }
    for bad in ["1/", "1/both", "1/sendonly/recvonly"] {
        let reason = reason_of(&format!("a=extmap:{bad} urn:x"));
        assert!(matches!(reason, Some(Reason::Malformed(_) | Reason::Missing(_))), "{bad}");
    }
    assert_eq!(reason_of("a=extmap:1"), Some(Reason::Missing(Field::ExtensionUri)));
}

// adversarial P3
#[test]
fn header_extensions_that_share_an_id_are_all_shown() {
    // Which of them counts is for the negotiation to say.
    let session = with("a=extmap:1 urn:x\r\na=extmap:1 urn:y").unwrap();
    let uris = session.media[0].extmaps().map(|extmap| extmap.uri.as_str());
    assert!(uris.eq(["urn:x", "urn:y"]));
}

// adversarial P4
#[test]
fn numbers_that_somebody_divides_by_are_not_zero() {
    for (line, field) in [
        ("a=rtpmap:96 opus/0/2", Field::ClockRate),
        ("a=rtpmap:96 opus/4294967296/2", Field::ClockRate),
        ("a=rtpmap:96 opus/48000/0", Field::Channels),
        ("a=rtpmap:96 opus/48000/256", Field::Channels),
    ] {
        assert_eq!(reason_of(line), Some(Reason::OutOfRange(field)), "{line}");
    }
    assert_eq!(reason_of("a=rtpmap:96 opus"), Some(Reason::Missing(Field::ClockRate)));
    assert_eq!(reason_of("a=rtpmap:96 opus/"), Some(Reason::Missing(Field::ClockRate)));
    assert_eq!(reason_of("a=rtpmap:96 opus/48000/"), Some(Reason::Missing(Field::Channels)));
    assert!(with("a=rtpmap:96 opus/4294967295/255").is_ok());
}

// adversarial P4
#[test]
fn numbers_beyond_their_type_are_refused_or_ignored() {
    let error = Session::parse(&format!("{HEAD}m=video 99999 RTP/SAVPF 96\r\n")).unwrap_err();
    assert_eq!(error.reason, Reason::OutOfRange(Field::Port));
    let bandwidth = with("b=AS:18446744073709551616").unwrap_err();
    assert_eq!(bandwidth.reason, Reason::OutOfRange(Field::Bandwidth));
    assert!(with("b=AS:18446744073709551615").is_ok());
    assert!(is_kept("a=ssrc:4294967296 cname:x"));
    assert!(is_kept("a=ssrc-group:FID 1 4294967296"));
    assert!(matches!(attribute("a=ssrc:4294967295 cname:x"), Some(Attribute::Ssrc(_))));
}

// adversarial P5
#[test]
fn a_payload_type_that_repairs_itself_is_read_and_no_more() {
    let session =
        with("a=rtpmap:96 rtx/90000\r\na=fmtp:96 apt=96\r\na=fmtp:97 apt=98\r\na=fmtp:98 apt=97")
            .unwrap();
    let apt =
        |payload_type| session.media[0].fmtp(payload_type).and_then(|fmtp| fmtp.parameter("apt"));
    assert_eq!((apt(96), apt(97), apt(98), apt(99)), (Some("96"), Some("98"), Some("97"), None));
}

// adversarial P8
#[test]
fn a_fingerprint_has_the_length_of_its_hash() {
    let hex = |length: usize| vec!["AB"; length].join(":");
    for (hash, length) in
        [("sha-1", 20), ("sha-224", 28), ("sha-256", 32), ("sha-384", 48), ("sha-512", 64)]
    {
        let good = attribute(&format!("a=fingerprint:{hash} {}", hex(length)));
        let Some(Attribute::Fingerprint(good)) = good else { panic!("{hash} is read") };
        assert_eq!((good.hash.as_str(), good.bytes), (hash, vec![0xab; length]));
        for bad in [length - 1, length + 1] {
            let reason = reason_of(&format!("a=fingerprint:{hash} {}", hex(bad)));
            assert_eq!(reason, Some(Reason::OutOfRange(Field::FingerprintBytes)), "{hash} {bad}");
        }
    }
    let upper = attribute(&format!("a=fingerprint:SHA-256 {}", hex(32)));
    let lower = attribute(&format!("a=fingerprint:sha-256 {}", hex(32).to_lowercase()));
    assert!(upper.is_some());
    assert_eq!(upper, lower);
}

// adversarial P8
#[test]
fn a_fingerprint_without_meaning_is_refused() {
    for (value, reason) in [
        ("", Reason::Missing(Field::HashFunction)),
        (" AB", Reason::Missing(Field::HashFunction)),
        ("sha-256", Reason::Missing(Field::FingerprintBytes)),
        ("sha-256 ", Reason::Missing(Field::FingerprintBytes)),
        ("new ABC", Reason::Malformed(Field::FingerprintBytes)),
        ("new A", Reason::Malformed(Field::FingerprintBytes)),
        ("new AB:", Reason::Malformed(Field::FingerprintBytes)),
        ("new +A", Reason::Malformed(Field::FingerprintBytes)),
        ("new AB:XY", Reason::Malformed(Field::FingerprintBytes)),
        ("new AB CD", Reason::Malformed(Field::FingerprintBytes)),
        ("new é", Reason::Malformed(Field::FingerprintBytes)),
    ] {
        assert_eq!(reason_of(&format!("a=fingerprint:{value}")), Some(reason), "{value}");
    }
    assert_eq!(reason_of("a=fingerprint"), Some(Reason::Missing(Field::AttributeValue)));
}

// adversarial P8
#[test]
fn fingerprints_of_unknown_hashes_and_none_at_all_are_left_to_the_caller() {
    let error = with("a=fingerprint:sha-9 AB\r\na=fingerprint:md5 00").unwrap_err();
    assert_eq!(error.line, 7, "of md5 the length is known");
    let session = with("a=fingerprint:sha-9 AB\r\na=fingerprint:sha-9 CD").unwrap();
    assert_eq!(session.fingerprints(&session.media[0]).count(), 2);
    let session = with("a=mid:0").unwrap();
    assert_eq!(session.fingerprints(&session.media[0]).count(), 0);
}

// adversarial P9
#[test]
fn only_four_roles_exist() {
    for (text, setup) in [
        ("active", Setup::Active),
        ("passive", Setup::Passive),
        ("actpass", Setup::ActPass),
        ("holdconn", Setup::HoldConn),
        ("ActPass", Setup::ActPass),
    ] {
        assert_eq!(attribute(&format!("a=setup:{text}")), Some(Attribute::Setup(setup)));
    }
    for bad in ["", " active", "active ", "activepassive", "server"] {
        assert!(reason_of(&format!("a=setup:{bad}")).is_some(), "{bad}");
    }
}

// adversarial P10
#[test]
fn ice_credentials_have_the_lengths_and_characters_of_rfc8839() {
    for (name, field, shortest) in
        [("ice-ufrag", Field::IceUfrag, 4), ("ice-pwd", Field::IcePwd, 22)]
    {
        let line = |length| format!("a={name}:{}", "x".repeat(length));
        for bad in [1, shortest - 1, 257] {
            assert_eq!(reason_of(&line(bad)), Some(Reason::OutOfRange(field)), "{name} {bad}");
        }
        for good in [shortest, 256] {
            assert!(with(&line(good)).is_ok(), "{name} {good}");
        }
        assert_eq!(reason_of(&line(0)), Some(Reason::Missing(field)));
        for bad in ["-", "é", " ", ":", "=", "\t"] {
            let reason = reason_of(&format!("{}{bad}", line(30)));
            assert_eq!(reason, Some(Reason::Malformed(field)), "{name} {bad}");
        }
        assert!(with(&format!("{}+/09azAZ", line(30))).is_ok());
    }
}

// adversarial P11
#[test]
fn a_malformed_candidate_or_an_unknown_attribute_spoils_nothing() {
    for line in
        ["a=", "a=:", "a=::", "a=candidate", "a=candidate:", "a=x", "a=x:", "a= x:y z", "a=é:é"]
    {
        assert!(is_kept(line), "{line}");
    }
    let session =
        with("a=candidate:nonsense\r\na=candidate:1 1 udp 1 10.0.0.1 1 typ host").unwrap();
    assert!(session.media[0].candidates().eq(["nonsense", "1 1 udp 1 10.0.0.1 1 typ host"]));
    let session = Session::parse(&format!("{HEAD}m=video 9 NEW/THING x y\r\na=mid:0\r\n")).unwrap();
    assert_eq!(session.media[0].protocol, "NEW/THING");
    assert_eq!(session.media[0].mid(), Some("0"));
}

// adversarial P12
#[test]
fn line_ends_are_crlf_or_lf_and_nothing_else() {
    let text = format!("{HEAD}{VIDEO}a=mid:0\r\n");
    let session = Session::parse(&text).unwrap();
    for same in [
        text.replace("\r\n", "\n"),
        text.trim_end().into(),
        format!("{text}\r\n\r\n"),
        format!("{text}\n"),
        text.replacen("\r\n", "\n", 3),
    ] {
        assert_eq!(Session::parse(&same), Ok(session.clone()), "{same:?}");
    }
    let error = |text: &str| {
        let error = Session::parse(text).unwrap_err();
        (error.line, error.column, error.reason)
    };
    assert_eq!(error(&text.replace("\r\n", "\r")), (1, 4, Reason::ControlCharacter));
    assert_eq!(error(&format!("{text}\0")), (7, 1, Reason::ControlCharacter));
    assert_eq!(error(&format!("{HEAD}a=x\0y\r\n")), (5, 4, Reason::ControlCharacter));
    assert_eq!(error(&format!("{HEAD}a=x\ry\r\n")), (5, 4, Reason::ControlCharacter));
    assert_eq!(error(&format!("\u{feff}{text}")), (1, 1, Reason::NotALine));
    assert_eq!(error(&format!("{HEAD}\r\na=x\r\n")), (5, 1, Reason::NotALine));
    assert_eq!(error(""), (1, 1, Reason::Expected('v')));
}

// adversarial P12
#[test]
fn bytes_that_are_not_utf8_are_refused_where_they_stand() {
    let mut bytes = format!("{HEAD}a=tool:é").into_bytes();
    assert!(Session::parse_bytes(&bytes).is_ok());
    bytes.extend(*b"\xff\r\n");
    let error = Session::parse_bytes(&bytes).unwrap_err();
    assert_eq!((error.line, error.column, error.reason), (5, 9, Reason::NotUtf8));
}

// adversarial P13
#[test]
fn a_line_break_in_a_value_never_becomes_a_line() {
    let evil = "x\r\na=ice-lite";
    let attributes: [Attribute; 7] = [
        Msid::new(evil, "track").into(),
        Msid::new("stream", evil).into(),
        Ssrc::cname(1, evil).into(),
        Attribute::Mid(evil.into()),
        Attribute::Candidate("1 1 udp\n".into()),
        Attribute::other("label", Some("\0")),
        Attribute::other("label\r", None),
    ];
    for attribute in attributes {
        assert_eq!(attribute.check().map_err(|error| error.reason), Err(BuildReason::LineBreak));
        let mut session = Session::new(Origin::new(1, 1));
        session.media.push(Media::new(MediaKind::Video, 9, PROTOCOL_RTP, ["96"]));
        session.media[0].push(attribute);
        let error = session.write().unwrap_err();
        assert_eq!((error.line, error.reason), (7, BuildReason::LineBreak));
        // Who writes with `Display` instead gets one line, and not the attacker's.
        assert_eq!(session.to_string().lines().count(), 7);
        assert!(!session.to_string().contains("\r\na=ice-lite"));
    }
}

// adversarial P13
#[test]
fn a_line_break_outside_the_attributes_is_refused_too() {
    let good = Session::parse(&format!("{HEAD}i=x\r\n{VIDEO}i=y\r\n")).unwrap();
    type Spoil = fn(&mut Session);
    let refused: [(usize, Spoil); 5] = [
        (2, |session| session.origin.username = "x\n".into()),
        (3, |session| session.name = "x\r".into()),
        (5, |session| session.lines = vec![session.lines[0].clone(), line('i', "x\ny")]),
        (6, |session| session.media[0].protocol = "RTP/AVP 0\r\na=x".into()),
        (7, |session| session.media[0].lines = vec![line('i', "\0")]),
    ];
    for (number, spoil) in refused {
        let mut session = good.clone();
        spoil(&mut session);
        let error = session.write().unwrap_err();
        assert_eq!((error.line, error.reason), (number, BuildReason::LineBreak));
    }
}

fn line(letter: char, value: &str) -> lariat_sdp::Line {
    lariat_sdp::Line::Other { letter, value: value.into() }
}

// adversarial P13
#[test]
fn a_value_that_would_be_read_as_something_else_is_refused() {
    let attributes: [Attribute; 6] = [
        Msid::new("a b", "track").into(),
        Attribute::other("mid", Some("0")),
        Attribute::other("x:y", None),
        Attribute::IceOptions(vec!["trickle ice2".into()]),
        Extmap::new(1, "urn:x y").into(),
        Attribute::Candidate(String::new()),
    ];
    for attribute in attributes {
        let reason = attribute.check().map_err(|error| error.reason);
        assert_eq!(reason, Err(BuildReason::Ambiguous), "{attribute:?}");
    }
    let refused = Attribute::Mid("a b".into()).check().map_err(|error| error.reason);
    assert_eq!(refused, Err(BuildReason::Unreadable(Reason::Malformed(Field::Mid))));
}

// adversarial P14
#[test]
fn rids_are_limited_and_junk_among_them_is_ignored() {
    let rids: String = (0..1000).map(|rid| format!("a=rid:{rid} send\r\n")).collect();
    assert_eq!(reason_of(&rids), Some(Reason::Limit(Limit::Rids)));
    for bad in [
        "a=rid:h",
        "a=rid: send",
        "a=rid:~h send",
        "a=rid:h both",
        "a=rid:h send ;",
        "a=rid:h send pt=",
        "a=rid:h send ",
        "a=rid:h send pt=96,",
        "a=rid:h send pt=96;",
        "a=rid:h send pt=96;;new",
        "a=rid:h send max-fps=30;",
        "a=rid:h send max width=1",
    ] {
        assert!(is_kept(bad), "{bad}");
    }
    for bad in [
        "send",
        "send ",
        "send h;",
        "send h,,l",
        "send ~~h",
        "send h send l",
        "both h",
        "send h recv l send m",
        "send rid=h",
    ] {
        assert!(is_kept(&format!("a=simulcast:{bad}")), "{bad}");
    }
    for good in ["a=rid:h send pt=96,97;max-width=1280;depend=l,m;new", "a=rid:h recv max-fps"] {
        assert!(matches!(attribute(good), Some(Attribute::Rid(_))), "{good}");
        assert_eq!(attribute(good).map(|it| format!("a={it}")).as_deref(), Some(good));
    }
}

// adversarial P15
#[test]
fn the_numbers_of_sctp_have_the_ranges_of_rfc8841() {
    for bad in ["65536", "-1", "", "05000", "5000 "] {
        assert!(reason_of(&format!("a=sctp-port:{bad}")).is_some(), "{bad}");
    }
    for bad in ["18446744073709551616", "-1", "", "00", "1k"] {
        assert!(reason_of(&format!("a=max-message-size:{bad}")).is_some(), "{bad}");
    }
    for (port, size) in [(0, 0), (5000, 1), (65_535, u64::MAX)] {
        let session = with(&format!("a=sctp-port:{port}\r\na=max-message-size:{size}")).unwrap();
        let media = &session.media[0];
        assert_eq!((media.sctp_port(), media.max_message_size()), (Some(port), size));
    }
    let session = with("a=mid:0").unwrap();
    assert_eq!(session.media[0].sctp_port(), None);
    assert_eq!(session.media[0].max_message_size(), 65_536);
}

// adversarial P18
#[test]
fn groups_of_many_sources_cost_no_more_than_their_length() {
    // As many sources in as many groups as fit: anything quadratic in them would not come back.
    let group = format!("a=ssrc-group:FID{}\r\n", " 1".repeat(4000));
    let lines = group.repeat(100);
    let session = with(lines.trim_end()).unwrap();
    let sources: usize = session.media[0].ssrc_groups().map(|group| group.ssrcs.len()).sum();
    assert_eq!(sources, 400_000);
    assert!(session.write().is_ok());
    let ten_thousand = format!("a=ssrc-group:FID{}", " 1".repeat(10_000));
    assert_eq!(reason_of(&ten_thousand), Some(Reason::Limit(Limit::Line)));
}
