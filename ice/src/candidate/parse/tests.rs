use alloc::format;

use proptest::prelude::*;

use super::*;

/// rfc8839 §5.1: the example of a server-reflexive candidate.
const SERVER_REFLEXIVE: &str =
    "2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998";

/// What a browser trickles.
const BROWSER: &str = "candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host \
     generation 0 ufrag 5I2W network-id 1 network-cost 10";

#[test]
fn the_rfc_example_is_read() {
    let candidate = Candidate::parse(SERVER_REFLEXIVE).unwrap();
    assert_eq!(candidate.foundation, "2");
    assert_eq!(candidate.component, 1);
    assert_eq!(candidate.transport, Transport::Udp);
    assert_eq!(candidate.priority, 1_694_498_815);
    assert_eq!(candidate.address, "192.0.2.3:45664".parse().unwrap());
    assert_eq!(candidate.kind, CandidateKind::ServerReflexive);
    assert_eq!(candidate.related, Some("203.0.113.141:8998".parse().unwrap()));
}

#[test]
fn a_browsers_extensions_are_kept_in_order() {
    let candidate = Candidate::parse(BROWSER).unwrap();
    assert_eq!(candidate.to_string(), BROWSER);
    assert_eq!(candidate.ufrag(), Some("5I2W"));
    assert_eq!(candidate.extension("network-cost"), Some("10"));
    assert_eq!(candidate.extension("tcptype"), None);
}

#[test]
fn prefixes_and_line_ends_make_no_difference() {
    let plain = Candidate::parse(SERVER_REFLEXIVE).unwrap();
    for line in [
        format!("candidate:{SERVER_REFLEXIVE}"),
        format!("a=candidate:{SERVER_REFLEXIVE}"),
        format!("a=candidate:{SERVER_REFLEXIVE}\r\n"),
    ] {
        assert_eq!(Candidate::parse(&line).unwrap(), plain);
    }
    assert!(!format!("{plain:#}").starts_with("candidate:"));
}

#[test]
fn ipv6_addresses_are_read_and_written() {
    let line = "candidate:1 1 udp 2130706431 2001:db8::1 5000 typ host";
    let candidate = Candidate::parse(line).unwrap();
    assert_eq!(candidate.address, "[2001:db8::1]:5000".parse().unwrap());
    assert_eq!(candidate.to_string(), line);
}

#[test]
fn what_is_well_formed_but_of_no_use_is_told_apart() {
    // rfc8839 §5.1: candidates with names or unknown kinds are to be ignored, not to be errors.
    let unsupported = |line: &str| match Candidate::parse(line) {
        Err(ParseError::Unsupported(why)) => why,
        other => panic!("{line}: {other:?}"),
    };
    let mdns = "1 1 udp 1 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 5000 typ host";
    assert_eq!(unsupported(mdns), Unsupported::Mdns);
    assert_eq!(unsupported("1 1 udp 1 host.LOCAL. 5000 typ host"), Unsupported::Mdns);
    assert_eq!(unsupported("1 1 udp 1 example.com 5000 typ host"), Unsupported::HostName);
    let tcp = "1 1 tcp 1 192.0.2.1 9 typ host tcptype active";
    assert_eq!(unsupported(tcp), Unsupported::Transport);
    assert_eq!(unsupported("1 1 udp 1 192.0.2.1 9 typ satellite"), Unsupported::Kind);
}

#[test]
fn malformed_lines_are_refused_by_the_field_at_fault() {
    // adversarial I8, I18: ports, foundations, components, priorities out of range.
    let long_name = format!("1 1 udp 1 {}.local 5 typ host", "a".repeat(300));
    let many = format!("1 1 udp 1 192.0.2.1 5 typ host{}", " a b".repeat(17));
    let long = "x".repeat(MAX_CANDIDATE_LINE + 1);
    let foundation = format!("{} 1 udp 1 192.0.2.1 5 typ host", "f".repeat(33));
    for (line, error) in [
        ("", ParseError::Truncated),
        ("candidate:", ParseError::Truncated),
        ("1 1 udp 1 192.0.2.1 5 typ", ParseError::Truncated),
        ("1 1 udp 1 192.0.2.1 5 typ host generation", ParseError::Truncated),
        (&foundation, ParseError::Foundation),
        ("f:1 1 udp 1 192.0.2.1 5 typ host", ParseError::Foundation),
        ("1 0 udp 1 192.0.2.1 5 typ host", ParseError::Component),
        ("1 257 udp 1 192.0.2.1 5 typ host", ParseError::Component),
        ("1 -1 udp 1 192.0.2.1 5 typ host", ParseError::Component),
        ("1 1 udp 0 192.0.2.1 5 typ host", ParseError::Priority),
        ("1 1 udp 2147483648 192.0.2.1 5 typ host", ParseError::Priority),
        ("1 1 udp 4294967295 192.0.2.1 5 typ host", ParseError::Priority),
        ("1 1 udp +1 192.0.2.1 5 typ host", ParseError::Priority),
        ("1 1 udp 1 192.0.2.1 0 typ host", ParseError::Port),
        ("1 1 udp 1 192.0.2.1 65536 typ host", ParseError::Port),
        ("1 1 udp 1 192.0.2.256 5 typ host", ParseError::Address),
        ("1 1 udp 1 2001:db8::1%eth0 5 typ host", ParseError::Address),
        ("1 1 udp 1 h\u{f6}st.local 5 typ host", ParseError::Address),
        (&long_name, ParseError::Address),
        ("1 1 udp 1 192.0.2.1 5 type host", ParseError::Kind),
        ("1 1 udp 1 192.0.2.1 5 typ srflx raddr 10.0.0.1 rport x", ParseError::Related),
        (&many, ParseError::TooLong),
        (&long, ParseError::TooLong),
    ] {
        assert_eq!(Candidate::parse(line), Err(error), "{line}");
    }
}

#[test]
fn as_many_extensions_as_may_be_are_read() {
    let line = format!("1 1 udp 1 192.0.2.1 5 typ host{}", " a b".repeat(16));
    assert_eq!(Candidate::parse(&line).unwrap().extensions.len(), MAX_CANDIDATE_EXTENSIONS);
}

#[test]
fn a_hidden_related_address_is_written_as_the_rfc_says() {
    // rfc8839 §5.1: 0.0.0.0 and port 9 in place of what is not to be revealed.
    let address = "192.0.2.1:5000".parse().unwrap();
    let mut candidate = Candidate::relayed(address, address);
    candidate.related = None;
    assert!(candidate.to_string().ends_with("typ relay raddr 0.0.0.0 rport 9"));
}

#[test]
fn foundations_tell_kinds_and_bases_apart_and_ports_not() {
    // rfc8445 §5.1.1.3.
    let address = |text: &str| text.parse::<SocketAddr>().unwrap();
    let host = Candidate::host(address("10.0.0.1:1")).foundation;
    assert_eq!(host, Candidate::host(address("10.0.0.1:2")).foundation);
    assert_ne!(host, Candidate::host(address("10.0.0.2:1")).foundation);
    let reflexive = Candidate::server_reflexive(address("192.0.2.1:1"), address("10.0.0.1:1"));
    assert_ne!(host, reflexive.foundation);
}

fn addresses() -> impl Strategy<Value = SocketAddr> {
    (any::<IpAddr>(), 1..=u16::MAX).prop_map(|(ip, port)| SocketAddr::new(ip, port))
}

fn candidates() -> impl Strategy<Value = Candidate> {
    let kind = prop_oneof![
        Just(CandidateKind::Host),
        Just(CandidateKind::ServerReflexive),
        Just(CandidateKind::PeerReflexive),
        Just(CandidateKind::Relayed),
    ];
    let word = "[a-z][a-z-]{0,9}";
    let extensions = proptest::collection::vec((word, "[!-~]{1,12}"), 0..4);
    let fields = (kind, "[A-Za-z0-9+/]{1,32}", 1..=256_u16, 1..=MAX_PRIORITY);
    (fields, addresses(), addresses(), extensions).prop_map(
        |((kind, foundation, component, priority), address, related, extensions)| Candidate {
            foundation,
            component,
            transport: Transport::Udp,
            priority,
            address,
            kind,
            related: (kind != CandidateKind::Host).then_some(related),
            extensions: extensions
                .into_iter()
                .filter(|(name, _)| name != "raddr" && name != "rport")
                .collect(),
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(candidate in candidates()) {
        prop_assert_eq!(Candidate::parse(&candidate.to_string()), Ok(candidate));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        let _ = Candidate::parse(&text);
    }

    #[test]
    fn no_change_to_a_line_makes_the_parser_panic(at in 0..120_usize, byte in any::<char>()) {
        let mut line: Vec<char> = BROWSER.chars().collect();
        let at = at.min(line.len() - 1);
        line[at] = byte;
        let _ = Candidate::parse(&line.into_iter().collect::<String>());
    }
}
