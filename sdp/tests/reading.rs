//! The lines of a description, their order, and how errors name them.

use lariat_sdp::{
    Attribute, BuildReason, Connection, Direction, Field, Line, Media, MediaKind, Origin, Reason,
    RidDirection, Rtcp, Session, Simulcast,
};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

fn error_of(text: &str) -> (usize, usize, Reason) {
    let error = Session::parse(text).expect_err("this is to be refused");
    (error.line, error.column, error.reason)
}

#[test]
fn malformed_lines_are_refused_where_they_are_wrong() {
    use Reason::{Expected, Malformed, Missing, NotALine, OutOfRange, Trailing, UnknownLetter};
    let table = [
        ("v=1\n", (1, 3, OutOfRange(Field::Version))),
        ("v=\n", (1, 3, Missing(Field::Version))),
        ("v=zero\n", (1, 3, Malformed(Field::Version))),
        ("v=00\nx", (2, 1, NotALine)),
        ("V=0\n", (1, 1, Expected('v'))),
        ("o=- 1 1 IN IP4 0.0.0.0\n", (1, 1, Expected('v'))),
        ("v=0\ns=-\n", (2, 1, Expected('o'))),
        ("v=0\n", (2, 1, Expected('o'))),
        ("v=0\no=\n", (2, 3, Missing(Field::Username))),
        ("v=0\no=- -1 1 IN IP4 0\n", (2, 5, Malformed(Field::SessionId))),
        ("v=0\no=- 1 18446744073709551616 IN IP4 0\n", (2, 7, OutOfRange(Field::SessionVersion))),
        ("v=0\no=- 1 1\n", (2, 8, Missing(Field::NetworkType))),
        ("v=0\no=- 1 1 IN IP4\n", (2, 15, Missing(Field::Address))),
        ("v=0\no=- 1 1 IN IP4 0 0\n", (2, 18, Trailing)),
        ("v=0\no=- 1 1 IN IP4 0\nt=0 0\n", (3, 1, Expected('s'))),
        ("v=0\no=- 1 1 IN IP4 0\ns=-\n", (4, 1, Expected('t'))),
        ("v=0\no=- 1 1 IN IP4 0\ns=-\nm=audio 9 X y\n", (4, 1, Expected('t'))),
        ("v=0\no=- 1 1 IN IP4 0\ns=-\nt=0\n", (4, 4, Missing(Field::StopTime))),
        ("v=0\no=- 1 1 IN IP4 0\ns=-\nt=0 0 0\n", (4, 5, Malformed(Field::StopTime))),
    ];
    for (text, error) in table {
        assert_eq!(error_of(text), error, "{text:?}");
    }
    let table = [
        ("y=x", (5, 1, UnknownLetter)),
        ("A=x", (5, 1, UnknownLetter)),
        ("é=x", (5, 1, NotALine)),
        ("a", (5, 1, NotALine)),
        ("a:x", (5, 1, NotALine)),
        (" a=x", (5, 1, NotALine)),
        ("c=IN IP4", (5, 9, Missing(Field::Address))),
        ("c=IN  0", (5, 6, Missing(Field::AddressType))),
        ("b=AS", (5, 5, Missing(Field::Bandwidth))),
        ("b=:1", (5, 3, Missing(Field::BandwidthType))),
        ("b=A S:1", (5, 3, Malformed(Field::BandwidthType))),
        ("m=", (5, 3, Missing(Field::MediaKind))),
        ("m=vidéo 9 X y", (5, 3, Malformed(Field::MediaKind))),
        ("m=video", (5, 8, Missing(Field::Port))),
        ("m=video 9/0x X y", (5, 11, Malformed(Field::PortCount))),
        ("m=video 9/ X y", (5, 11, Missing(Field::PortCount))),
        ("m=video 9", (5, 10, Missing(Field::Protocol))),
        ("m=video 9 X//Y y", (5, 13, Missing(Field::Protocol))),
        ("m=video 9 X", (5, 12, Missing(Field::Format))),
        ("m=video 9 X é", (5, 13, Malformed(Field::Format))),
        ("a=group:", (5, 9, Missing(Field::Semantics))),
        ("a=group:BUNDLE 0 é", (5, 18, Malformed(Field::Mid))),
        ("a=mid", (5, 6, Missing(Field::AttributeValue))),
        ("a=mid:", (5, 7, Missing(Field::Mid))),
    ];
    for (line, error) in table {
        assert_eq!(error_of(&format!("{HEAD}{line}\r\n")), error, "{line:?}");
    }
}

#[test]
fn an_error_names_line_column_and_reason_in_words() {
    let error = Session::parse(&format!("{HEAD}m=video 9 RTP/AVP 96 é\r\n")).unwrap_err();
    assert_eq!(error.to_string(), "line 5, column 22: the payload type is malformed");
}

#[test]
fn lines_come_in_the_order_of_rfc8866() {
    // rfc8866 §5
    for misplaced in ["v=0", "o=- 1 1 IN IP4 0", "s=-"] {
        assert_eq!(error_of(&format!("{HEAD}{misplaced}\r\n")), (5, 1, Reason::OutOfOrder));
    }
    for misplaced in ["c=IN IP4 0", "b=AS:1", "t=0 0", "i=x", "k=prompt"] {
        let text = format!("{HEAD}a=x\r\n{misplaced}\r\n");
        assert_eq!(error_of(&text), (6, 1, Reason::OutOfOrder), "{misplaced}");
    }
    for misplaced in ["t=0 0", "u=x", "e=x", "p=x", "r=x", "z=x"] {
        let text = format!("{HEAD}m=audio 9 X y\r\n{misplaced}\r\n");
        assert_eq!(error_of(&text), (6, 1, Reason::OutOfOrder), "{misplaced}");
    }
}

#[test]
fn every_line_is_kept_in_its_place() {
    let text = "v=0\r\no=x 1 1 IN IP6 ::1\r\ns=\r\ni=ü\r\nu=http://x\r\ne=x@y\r\np=+1\r\n\
                c=IN IP4 224.2.36.42/127\r\nb=X-new:5\r\nt=3034423619 0\r\nr=7d 1h 0 25h\r\n\
                z=2882844526 -1h\r\na=tool:x\r\n\
                m=text 9/2 X/Y z\r\ni=z\r\nc=IN IP4 h\r\nc=IN IP4 i\r\nb=AS:1\r\n\
                a=:\r\n";
    let session = Session::parse(text).unwrap();
    assert_eq!(session.to_string(), text);
    assert_eq!(session.write().as_deref(), Ok(text));
    let media = session.media.first().unwrap();
    assert_eq!(media.kind, MediaKind::Other("text".into()));
    assert_eq!((media.port, media.port_count), (9, Some(2)));
    assert_eq!(media.connection().map(|it| it.address.as_str()), Some("h"));
}

#[test]
fn keys_are_dropped_and_never_written() {
    // rfc8866 §5.12
    let text = format!("{HEAD}k=clear:secret\r\nm=audio 9 X y\r\nk=clear:secret\r\n");
    let mut session = Session::parse(&text).unwrap();
    assert_eq!(session.to_string(), format!("{HEAD}m=audio 9 X y\r\n"));
    assert!(session.write().is_ok());
    session.media[0].lines = vec![Line::Other { letter: 'k', value: "clear:secret".into() }];
    let error = session.write().unwrap_err();
    assert_eq!((error.line, error.reason), (6, BuildReason::Unreadable(Reason::OutOfOrder)));
}

#[test]
fn a_rejected_media_description_may_have_lost_its_formats() {
    for line in ["m=video 0 UDP/TLS/RTP/SAVPF", "m=video 0 UDP/TLS/RTP/SAVPF "] {
        let session = Session::parse(&format!("{HEAD}{line}\r\na=mid:0\r\n")).unwrap();
        let media = session.media.first().unwrap();
        assert!(media.formats.is_empty());
        assert!(media.is_rejected());
        assert!(session.to_string().contains("m=video 0 UDP/TLS/RTP/SAVPF\r\n"));
    }
}

#[test]
fn what_stands_at_the_media_goes_before_what_stands_at_the_session() {
    // rfc8839 §5.4, rfc8122 §5, rfc4145 §4
    let session = format!(
        "{HEAD}a=ice-ufrag:aaaa\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa\r\na=ice-lite\r\n\
         a=fingerprint:new 01\r\na=setup:actpass\r\na=extmap:1 urn:x\r\n\
         m=audio 9 X y\r\na=mid:own\r\na=ice-ufrag:bbbb\r\na=ice-pwd:bbbbbbbbbbbbbbbbbbbbbb\r\n\
         a=fingerprint:new 02\r\na=fingerprint:new 03\r\na=setup:passive\r\na=end-of-candidates\r\n\
         m=audio 9 X y\r\na=mid:other\r\n"
    );
    let session = Session::parse(&session).unwrap();
    assert!(session.is_ice_lite());
    let summary = |mid| {
        let media = session.media_by_mid(mid).unwrap();
        let ufrag = session.ice_credentials(media).unwrap().ufrag;
        let prints: Vec<_> = session.fingerprints(media).map(|it| it.bytes[0]).collect();
        (ufrag, prints, session.setup(media).unwrap().to_string())
    };
    assert_eq!(summary("own"), ("bbbb", vec![2, 3], "passive".into()));
    assert_eq!(summary("other"), ("aaaa", vec![1], "actpass".into()));
    assert!(session.extmaps(&session.media[0]).map(|it| it.id).eq([1]));
    assert!(session.end_of_candidates(&session.media[0]));
    assert!(!session.end_of_candidates(&session.media[1]));
    assert!(session.media_by_mid("none").is_none());
}

#[test]
fn feedback_for_all_applies_to_each() {
    let session = Session::parse(&format!(
        "{HEAD}m=video 9 RTP/AVPF 96 97\r\na=rtcp-fb:* nack\r\na=rtcp-fb:97 nack pli\r\n"
    ))
    .unwrap();
    let media = &session.media[0];
    assert!(media.feedback(96).eq(["nack"]));
    assert!(media.feedback(97).eq(["nack", "nack pli"]));
}

#[test]
fn attributes_are_read_and_written_as_they_are() {
    let lines = [
        "bundle-only",
        "candidate:1 1 udp 1 10.0.0.1 9 typ host",
        "sendrecv",
        "sendonly",
        "recvonly",
        "inactive",
        "end-of-candidates",
        "extmap:1 urn:x",
        "extmap:4096/inactive urn:x a b",
        "extmap-allow-mixed",
        "fingerprint:new 00:FF",
        "fmtp:96 a=b;c",
        "group:LS",
        "group:BUNDLE a b",
        "ice-lite",
        "ice-options:trickle rtp+ecn",
        "ice-pwd:aaaaaaaaaaaaaaaaaaaaaa",
        "ice-ufrag:aaaa",
        "max-message-size:0",
        "mid:~{}",
        "msid:stream",
        "msid:- track",
        "rid:a send",
        "rid:a-_1 recv pt=0,127",
        "rid:a send max-br=1;x",
        "rtcp:9",
        "rtcp:9 IN IP6 ::1",
        "rtcp-fb:* ccm fir",
        "rtcp-fb:127 nack",
        "rtcp-mux",
        "rtcp-mux-only",
        "rtcp-rsize",
        "rtpmap:0 PCMU/8000",
        "rtpmap:127 a/1/255",
        "sctp-port:0",
        "setup:holdconn",
        "simulcast:recv a,~b;~c send d",
        "ssrc:0 x",
        "ssrc:4294967295 cname:a b:c",
        "ssrc-group:FID",
        "ssrc-group:SIM 1 2",
        "tls-id:abc",
    ];
    for line in lines {
        let attribute = Attribute::parse(line).unwrap();
        assert!(!matches!(attribute, Attribute::Other { .. }), "{line} is known");
        assert_eq!(attribute.to_string(), line);
        assert_eq!(attribute.check(), Ok(()), "{line}");
        assert_eq!(line.split(':').next(), Some(attribute.name()));
    }
}

#[test]
fn malformed_attributes_that_do_not_matter_are_kept() {
    for line in [
        "sendrecv:x",
        "rtcp-mux:",
        "bundle-only:1",
        "candidate:",
        "fmtp:96",
        "fmtp:x y",
        "ice-options:",
        "msid:",
        "msid:a b c",
        "rtcp:x",
        "rtcp:9 IN",
        "rtcp-fb:96",
        "rtcp-fb:x nack",
        "ssrc:1",
        "ssrc:x y",
        "ssrc:1 é",
        "ssrc-group:",
        "ssrc-group:FID x",
        "tls-id:",
        "tls-id:a b",
        "Mid:0",
        "",
    ] {
        let attribute = Attribute::parse(line).unwrap();
        assert!(matches!(attribute, Attribute::Other { .. }), "{line} is kept as it is");
        assert_eq!(attribute.to_string(), line);
        assert_eq!(attribute.check(), Ok(()), "{line}");
    }
}

#[test]
fn an_attribute_alone_is_one_line() {
    for text in ["x\r\n", "mid:0\n", "x:\0"] {
        let error = Attribute::parse(text).unwrap_err();
        assert_eq!(error.reason, Reason::ControlCharacter, "{text:?}");
        assert_eq!(error.column, text.trim_end_matches(['\r', '\n', '\0']).len() + 1, "{text:?}");
    }
}

#[test]
fn debug_hides_passwords_and_keys() {
    let text = format!(
        "{HEAD}a=ice-pwd:verysecretverysecret12\r\na=crypto:1 X inline:verysecret\r\na=tool:x\r\n"
    );
    let session = Session::parse(&text).unwrap();
    let debug = format!("{session:?}");
    assert!(!debug.contains("verysecret"), "{debug}");
    assert!(debug.contains("tool:x"), "{debug}");
    assert_eq!(session.to_string(), text);
}

#[test]
fn the_other_side_sees_directions_reversed() {
    for (sends, receives) in [(true, true), (true, false), (false, true), (false, false)] {
        let direction = Direction::new(sends, receives);
        assert_eq!((direction.sends(), direction.receives()), (sends, receives));
        assert_eq!(direction.reversed(), Direction::new(receives, sends));
        assert_eq!(Attribute::parse(&direction.to_string()), Ok(direction.into()));
    }
}

#[test]
fn a_description_can_be_built_from_nothing() {
    let mut session = Session::new(Origin::new(7, 2));
    let mut media = Media::new(MediaKind::Video, 9, "UDP/TLS/RTP/SAVPF", ["96"]);
    media.set_connection(Connection { address: "192.0.2.1".into(), ..Connection::unspecified() });
    media.push(Rtcp { port: 9, connection: Some(Connection::unspecified()) });
    media.push(Simulcast::new(RidDirection::Recv, ["a", "b"]));
    session.media.push(media);
    assert_eq!(
        session.write().unwrap(),
        "v=0\r\no=- 7 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n\
         c=IN IP4 192.0.2.1\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=simulcast:recv a;b\r\n"
    );
    session.lines = vec![Line::Bandwidth { kind: "AS".into(), value: 1 }];
    assert!(session.write().is_err(), "without t=");
}
