//! Hellos that nobody should send, and some that look like it but are fine.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::wire::{
    CLIENT_HELLO, CLIENT_KEY_EXCHANGE, Fragment, HANDSHAKE, Hello, Record, SERVER_HELLO, records,
};
use common::{BELIEVED, Fate, LATENCY, Net, SECOND, VERSIONS, config, config_of};
use lariat_dtls::{
    AlertDescription, Connection, Dropped, Event, FailureReason, ParseError, Role, Version, limits,
};

const HELLO_VERIFY_REQUEST: u8 = 3;

/// What a server makes of this hello alone: its failure, if it fails, or how much it answers.
fn offer(hello: &Hello) -> Result<usize, FailureReason> {
    offer_message(&hello.message())
}

fn offer_message(hello: &Fragment) -> Result<usize, FailureReason> {
    let mut net = Net::new();
    net.inject(Role::Server, &hello.datagram(0));
    let answered = net.sent.iter().filter(|(from, _)| *from == Role::Server).count();
    // A client that gets no answer says it again, which somebody who was there once does not.
    net.run(SECOND);
    assert_eq!(net.failure(Role::Server), None);
    net.inject(Role::Server, &hello.datagram(1));
    net.run(BELIEVED);
    net.failure(Role::Server).map_or(Ok(answered), Err)
}

fn offer_with(change: impl FnOnce(&mut Hello)) -> Result<usize, FailureReason> {
    let mut hello = Hello::minimal();
    change(&mut hello);
    offer(&hello)
}

/// What a client makes of a ServerHello changed like this.
fn answer_with(change: impl Fn(&mut Hello) + 'static) -> Option<FailureReason> {
    let net = Net::new().connect_lying(Role::Server, move |message| {
        if message.typ == SERVER_HELLO {
            let mut hello = Hello::parse(SERVER_HELLO, &message.body);
            change(&mut hello);
            message.body = hello.body();
        }
    });
    net.failure(Role::Client)
}

#[test]
fn the_version_is_decided_by_supported_versions_where_there_is_one() {
    // adversarial D21
    assert_eq!(offer_with(|_| ()), Ok(1));
    let versions = |list: &[u16]| {
        let bytes: Vec<u8> = list.iter().flat_map(|version| version.to_be_bytes()).collect();
        [vec![u8::try_from(bytes.len()).unwrap()], bytes].concat()
    };
    for list in [&[0xfefd][..], &[0xfefc, 0xfefd], &[0x0a0a, 0xfefc, 0xfefd, 0x0303]] {
        assert_eq!(offer_with(|hello| hello.set(43, &versions(list))), Ok(1), "{list:x?}");
    }
    for list in [&[0xfefc][..], &[0x0a0a], &[0xfeff], &[0x0303]] {
        let refused = offer_with(|hello| hello.set(43, &versions(list)));
        assert_eq!(refused, Err(FailureReason::NoCommonVersion), "{list:x?}");
    }
    for (version, accepted) in [(0xfefd, true), (0xfefc, true), (0xfeff, false), (0x0303, false)] {
        let result = offer_with(|hello| hello.head = Hello::head(version, &[0xc02b]));
        assert_eq!(result.is_ok(), accepted, "{version:x}");
    }
}

/// As long as a browser's, with everything that it may hold that we do not know.
fn browser_hello() -> Hello {
    let suites = [0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xcca9, 0xc009, 0x009c, 0x002f];
    Hello {
        head: Hello::head(0xfefd, &suites),
        extensions: vec![
            (0x0a0a, vec![]),
            // Two key shares: one of a group that we do not know, of 1,216 bytes.
            (51, {
                let mut shares = vec![0x04, 0xe8, 0x11, 0xec, 0x04, 0xc0];
                shares.extend([7; 1_216]);
                shares.extend([0, 29, 0, 32]);
                shares.extend([9; 32]);
                shares
            }),
            (23, vec![]),
            (0xff01, vec![0]),
            (10, vec![0, 10, 0x2a, 0x2a, 0x11, 0xec, 0, 29, 0, 23, 0, 24]),
            (11, vec![1, 0]),
            (13, vec![0, 18, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1, 2, 1]),
            (14, vec![0, 6, 0, 1, 0, 8, 0, 7, 0]),
            (45, vec![1, 1]),
            (43, vec![6, 0x3a, 0x3a, 0xfe, 0xfc, 0xfe, 0xfd]),
        ],
    }
}

#[test]
fn the_hello_of_a_browser_in_two_datagrams_is_answered_with_1_2() {
    // adversarial D21: supported_versions is in the second one.
    let message = browser_hello().message();
    let length = message.body.len();
    assert!(length > 1_300);
    for order in [[0, 1], [1, 0]] {
        let mut net = Net::new();
        let halves = [message.part(0, 1_175), message.part(1_175, length - 1_175)];
        for half in order {
            assert!(net.sent.is_empty());
            net.inject(Role::Server, &halves[half].datagram(half as u64));
        }
        let answer = &records(&net.sent[0].1)[0];
        let hello = Fragment::parse(&answer.content);
        assert_eq!((hello.typ, &hello.body[..2]), (SERVER_HELLO, &[0xfe, 0xfd][..]));
    }
}

#[test]
fn a_hello_in_fragments_of_one_byte_is_put_together() {
    // adversarial D5
    let mut net = Net::new();
    let message = browser_hello().message();
    let count = message.body.len();
    // In an order that is neither first to last nor the reverse; 997 shares no factor with it.
    for index in 0..count {
        assert!(net.sent.is_empty());
        let fragment = message.part(index * 997 % count, 1);
        net.inject(Role::Server, &fragment.datagram(index as u64));
    }
    assert!(!net.sent.is_empty());
}

#[test]
fn a_retransmission_may_have_other_boundaries() {
    // adversarial D5: overlapping, several fragments in a record, whole and cut.
    let message = browser_hello().message();
    let length = message.body.len();
    let mut net = Net::new();
    net.inject(Role::Server, &message.part(0, 600).datagram(0));
    net.inject(Role::Server, &message.part(1_000, length - 1_000).datagram(1));
    let two = [message.part(300, 500).bytes(), message.part(700, 400).bytes()].concat();
    net.inject(Role::Server, &Record::plain(HANDSHAKE, 2, &two).bytes());
    assert_eq!(net.sent.len(), 1);
    assert_eq!(net.server.dropped().total(), 0);
}

#[test]
fn fragments_that_lie_are_dropped_and_the_handshake_completes() {
    // adversarial D3
    let mut net = Net::new();
    let lie = |length, offset, body: &[u8]| Fragment {
        typ: CLIENT_HELLO,
        length,
        seq: 0,
        offset,
        body: body.to_vec(),
    };
    for fragment in [
        lie(10, 5, &[0; 6]),
        lie(10, 0, &[]),
        lie(0, 0, &[1]),
        lie((1 << 24) - 1, 0, &[0; 10]),
        lie((1 << 24) - 1, (1 << 24) - 2, &[0]),
    ] {
        net.inject(Role::Server, &fragment.datagram(0));
    }
    let dropped = net.server.dropped();
    assert_eq!(dropped.get(Dropped::Fragment), 3);
    assert_eq!(dropped.get(Dropped::ReassemblyFull), 2);
    net.connect();
}

#[test]
fn messages_far_ahead_and_a_flood_of_tiny_fragments_are_bounded() {
    // adversarial D4
    let mut net = Net::new();
    let tiny = |seq, offset| Fragment {
        typ: CLIENT_KEY_EXCHANGE,
        length: 60_000,
        seq,
        offset,
        body: vec![0],
    };
    for count in 0..100_000_u32 {
        let seq = 1 + u16::try_from(count % 1_000).unwrap();
        let now = net.now;
        net.server.handle_datagram(now, &tiny(seq, 2 * (count / 1_000)).datagram(count.into()));
    }
    let dropped = net.server.dropped();
    assert_eq!(dropped.get(Dropped::MessageWindow), 100 * 985);
    // One message of 60,000 bytes fits at a time.
    assert_eq!(dropped.get(Dropped::ReassemblyFull), 100 * 14);
    // What was flooded is in the way of nothing but itself: the hello still gets through.
    net.inject(Role::Server, &Hello::minimal().message().datagram(0));
    assert_eq!(net.sent.len(), 1);
}

#[test]
fn a_spray_of_hellos_is_answered_a_bounded_number_of_times() {
    // adversarial D1
    let mut net = Net::new();
    let hello = Hello::minimal().message();
    for sequence in 0..1_000 {
        net.inject(Role::Server, &hello.datagram(sequence));
        net.run(Duration::from_millis(1));
    }
    // In one second: by the timer after 0.25 and 0.75 s, otherwise not oftener than in 125 ms.
    assert!(net.sent.len() <= 1 + 2 + 8, "{}", net.sent.len());
}

#[test]
fn a_spray_of_hellos_delays_no_genuine_handshake() {
    // adversarial D1
    for version in VERSIONS {
        let mut undisturbed = Net::of_version(version);
        undisturbed.connect();
        let mut net = Net::of_version(version);
        net.start();
        net.run(LATENCY);
        for sequence in 0..1_000 {
            net.inject(Role::Server, &Hello::minimal().message().datagram(100 + sequence));
        }
        net.run(Duration::from_secs(1));
        assert_eq!(net.connected_at.len(), 2);
        assert_eq!(net.connected_at, undisturbed.connected_at);
    }
}

#[test]
fn a_hello_with_much_that_is_unknown_is_answered() {
    // adversarial D22
    let many = offer_with(|hello| {
        for code_point in 0..200 {
            hello.set(0x4000 + code_point, &[0; 8]);
        }
        let mut suites: Vec<u16> = (0..1_000).map(|suite| 0x4000 + suite).collect();
        suites.push(0xc02b);
        hello.head = Hello::head(0xfefd, &suites);
    });
    assert_eq!(many, Ok(1));
    assert_eq!(offer(&browser_hello()), Ok(1));
}

#[test]
fn a_hello_without_something_in_common_is_refused() {
    use FailureReason::{NoCommonCipherSuite, NoCommonGroup, NoCommonSignatureScheme};
    let suites =
        |suites: &'static [u16]| move |hello: &mut Hello| hello.head = Hello::head(0xfefd, suites);
    assert_eq!(offer_with(suites(&[0xc02b])), Ok(1));
    // RSA is for servers with such a certificate, and ours is not.
    assert_eq!(offer_with(suites(&[0xc02f, 0x1301])), Err(NoCommonCipherSuite));
    assert_eq!(offer_with(|hello| hello.set(10, &[0, 2, 0, 25])), Err(NoCommonGroup));
    assert_eq!(offer_with(|hello| hello.set(13, &[0, 2, 4, 1])), Err(NoCommonSignatureScheme));
    assert_eq!(offer_with(|hello| hello.remove(13)), Err(NoCommonSignatureScheme));
    // rfc8422 §4: who names no group can do all of them.
    assert_eq!(offer_with(|hello| hello.remove(10)), Ok(1));
    let compressed = offer_with(|hello| hello.set(11, &[1, 1]));
    assert_eq!(compressed, Err(FailureReason::IllegalParameter("ec_point_formats")));
}

#[test]
fn a_hello_without_extended_master_secret_is_refused() {
    // adversarial D24
    let refused = offer_with(|hello| hello.remove(23));
    assert_eq!(refused, Err(FailureReason::NoExtendedMasterSecret));
    let refused = answer_with(|hello| hello.remove(23));
    assert_eq!(refused, Some(FailureReason::NoExtendedMasterSecret));
}

#[test]
fn a_hello_that_thinks_it_renegotiates_is_refused() {
    // adversarial D24
    let renegotiation = offer_with(|hello| hello.set(0xff01, &[1, 0]));
    assert_eq!(renegotiation, Err(FailureReason::Renegotiation));
    let renegotiation = answer_with(|hello| hello.set(0xff01, &[1, 0]));
    assert_eq!(renegotiation, Some(FailureReason::Renegotiation));
    // rfc5746 §3.6: the signalling suite, or in an old client nothing at all.
    let scsv = offer_with(|hello| {
        hello.remove(0xff01);
        hello.head = Hello::head(0xfefd, &[0xc02b, 0x00ff]);
    });
    assert_eq!(scsv, Ok(1));
    assert_eq!(offer_with(|hello| hello.remove(0xff01)), Ok(1));
}

#[test]
fn hellos_with_broken_extensions_are_refused() {
    // adversarial D22
    let twice = offer_with(|hello| hello.extensions.push((23, vec![])));
    let expected = FailureReason::Malformed(ParseError::DuplicateExtension(23));
    assert_eq!(twice, Err(expected));
    let body = Hello::minimal().body();
    let head = Hello::minimal().head.len();
    for length in head + 1..body.len() {
        let refused = offer_message(&Fragment::whole(CLIENT_HELLO, 0, &body[..length]));
        assert!(matches!(refused, Err(FailureReason::Malformed(_))), "{length}: {refused:?}");
    }
}

#[test]
fn an_answer_to_what_was_not_offered_is_refused() {
    // adversarial D22
    let unsolicited = answer_with(|hello| hello.set(43, &[0xfe, 0xfc]));
    assert_eq!(unsolicited, Some(FailureReason::UnsolicitedExtension(43)));
    let suite = |suite: [u8; 2]| {
        answer_with(move |hello| {
            let at = hello.head.len() - 3;
            hello.head[at..at + 2].copy_from_slice(&suite);
        })
    };
    assert_eq!(suite([0xc0, 0x09]), Some(FailureReason::NotOffered("cipher suite")));
    let version = answer_with(|hello| hello.head[1] = 0xff);
    assert_eq!(version, Some(FailureReason::NoCommonVersion));
    let compression = answer_with(|hello| *hello.head.last_mut().unwrap() = 1);
    assert_eq!(compression, Some(FailureReason::NotOffered("compression method")));
}

#[test]
fn a_use_srtp_answer_that_breaks_the_rules_is_refused() {
    // adversarial D23
    let not_offered = answer_with(|hello| hello.set(14, &[0, 2, 0, 8, 0]));
    assert_eq!(not_offered, Some(FailureReason::NotOffered("SRTP protection profile")));
    let two = answer_with(|hello| hello.set(14, &[0, 4, 0, 7, 0, 1, 0]));
    assert_eq!(two, Some(FailureReason::IllegalParameter("SRTP protection profile")));
    let mki = answer_with(|hello| hello.set(14, &[0, 2, 0, 7, 1, 9]));
    assert_eq!(mki, Some(FailureReason::IllegalParameter("srtp_mki")));
    let (mut silent, server) = (config(1), config(2));
    silent.srtp_profiles.clear();
    let net =
        Net::with(silent, server, |_, _| Fate::Arrives).connect_lying(Role::Server, |message| {
            if message.typ == SERVER_HELLO {
                let mut hello = Hello::parse(SERVER_HELLO, &message.body);
                hello.set(14, &[0, 2, 0, 7, 0]);
                message.body = hello.body();
            }
        });
    assert_eq!(net.failure(Role::Client), Some(FailureReason::UnsolicitedExtension(14)));
}

#[test]
fn a_clients_mki_is_answered_with_an_empty_one() {
    // adversarial D23
    let mut net = Net::new();
    let mut hello = Hello::minimal();
    hello.set(14, &[0, 2, 0, 1, 2, 8, 8]);
    net.inject(Role::Server, &hello.message().datagram(0));
    let answer = Fragment::parse(&records(&net.sent[0].1)[0].content);
    let answer = Hello::parse(SERVER_HELLO, &answer.body);
    assert!(answer.extensions.contains(&(14, vec![0, 2, 0, 1, 0])), "{answer:?}");
}

// rfc9147 §5.2: a server that asks like this does not speak 1.3.
#[test]
fn a_client_of_1_3_alone_tells_a_server_of_1_2_by_its_request_for_a_cookie() {
    let [client, server] = [1, 2].map(|seed| config_of(Version::Dtls13, seed));
    let mut net = Net::with(client, server, |_, _| Fate::Lost);
    net.client.start(net.now);
    let request = Fragment::whole(HELLO_VERIFY_REQUEST, 0, &[0xfe, 0xff, 2, 7, 7]);
    net.inject(Role::Client, &request.datagram(0));
    net.run(BELIEVED);
    let reason = net.failure(Role::Client);
    assert_eq!(reason, Some(FailureReason::NoCommonVersion));
    assert_eq!(reason.unwrap().alert(), Some(AlertDescription::PROTOCOL_VERSION));
}

#[test]
fn a_client_answers_a_few_cookies_and_then_gives_up() {
    // adversarial D20
    let mut net = Net::new();
    net.client.start(net.now);
    let first = sent_hello(&mut net.client);
    let request = |seq, cookie: &[u8]| {
        let body = [&[0xfe, 0xff, u8::try_from(cookie.len()).unwrap()], cookie].concat();
        Fragment::whole(HELLO_VERIFY_REQUEST, seq, &body).datagram(seq.into())
    };
    net.client.handle_datagram(net.now, &request(0, &[7; 255]));
    let second = sent_hello(&mut net.client);
    // rfc6347 §4.2.1: the same but for the cookie.
    assert_eq!((first.seq, second.seq), (0, 1));
    let (before, after) = second.body.split_at(35);
    assert_eq!((before, after[0], &after[1..256]), (&first.body[..35], 255, &[7; 255][..]));
    assert_eq!(after[256..], first.body[36..]);
    // A copy of a request is none.
    net.client.handle_datagram(net.now, &request(0, &[7; 255]));
    assert_eq!(net.client.poll_transmit(&mut Vec::new()), None);
    // rfc6347 §4.2.1: the server may have replaced its secret, and asks again.
    for seq in 1..u16::from(limits::COOKIES) {
        let cookie = [8 + u8::try_from(seq).unwrap(); 20];
        net.client.handle_datagram(net.now, &request(seq, &cookie));
        let hello = sent_hello(&mut net.client);
        assert_eq!((hello.seq, &hello.body[36..56]), (seq + 1, &cookie[..]));
    }
    for seq in limits::COOKIES..10 {
        net.client.handle_datagram(net.now, &request(seq.into(), &[0; 20]));
    }
    assert_eq!(net.client.poll_transmit(&mut Vec::new()), None);
    net.client.handle_timeout(net.now + limits::DOUBT);
    let failed = Event::Failed(FailureReason::UnexpectedMessage);
    assert_eq!(net.client.poll_event(), Some(failed));
    assert_eq!(net.client.poll_event(), None);
}

fn sent_hello(client: &mut Connection) -> Fragment {
    let mut out = Vec::new();
    client.poll_transmit(&mut out).unwrap();
    Fragment::parse(&records(&out)[0].content)
}

#[test]
fn a_hello_request_during_the_handshake_is_ignored() {
    // adversarial D8
    let mut net = Net::new();
    net.start();
    for seq in 0..4 {
        net.inject(Role::Client, &Fragment::whole(0, seq, &[]).datagram(seq.into()));
    }
    assert_eq!(net.client.dropped().get(Dropped::Renegotiation), 4);
    net.connect();
}
