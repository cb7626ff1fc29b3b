//! Servers outside ICE: what a client must show before anything is kept of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use allocation_counter::measure;
use common::wire::{
    ALERT, CLIENT_HELLO, Fragment, HANDSHAKE, Hello, Record, SERVER_HELLO, records, rewrite,
};
use common::{Fate, Net, SECOND, VERSIONS, config_of, expect};
use lariat_base::{Instant, Seed};
use lariat_crypto::NamedGroup;
use lariat_dtls::{
    AlertDescription, Config, Connection, CookieGate, FailureReason, Refusal, Role, Verdict,
    Version, limits,
};

const ADDRESS: &[u8] = b"192.0.2.1:4433";
const HELLO_VERIFY_REQUEST: u8 = 3;
const COOKIE: u16 = 44;
const SUPPORTED_VERSIONS: u16 = 43;
const NOW: Instant = Instant::from_millis(1_000_000);

fn gate(config: &Config) -> CookieGate {
    CookieGate::new(config.clone(), &Seed::new([9; 32]))
}

/// A client, started, and its first datagram.
fn start(config: &Config, server: &Config) -> (Connection, Vec<u8>) {
    let mut client = Connection::new(config.clone(), Role::Client, expect(server));
    client.start(NOW);
    let datagram = next(&mut client);
    (client, datagram)
}

fn next(connection: &mut Connection) -> Vec<u8> {
    let mut datagram = Vec::new();
    connection.poll_transmit(&mut datagram).expect("something is to be sent");
    datagram
}

fn answer(gate: &mut CookieGate, now: Instant, address: &[u8], datagram: &[u8]) -> Vec<u8> {
    let mut out = vec![7];
    let verdict = gate.handle_datagram(now, address, datagram, &mut out);
    assert_eq!((verdict, out[0]), (Verdict::Reply, 7));
    // T14, rfc6347 §4.2.1: nobody is sent more than came in the name of its address.
    assert!(out.len() - 1 <= datagram.len(), "{} for {}", out.len() - 1, datagram.len());
    out.split_off(1)
}

fn verdict(gate: &mut CookieGate, now: Instant, address: &[u8], datagram: &[u8]) -> Verdict {
    gate.handle_datagram(now, address, datagram, &mut Vec::new())
}

fn refusal(gate: &mut CookieGate, datagram: &[u8]) -> Refusal {
    let mut out = Vec::new();
    match gate.handle_datagram(NOW, ADDRESS, datagram, &mut out) {
        Verdict::Dropped(reason) => {
            assert!(out.is_empty());
            reason
        }
        other => panic!("{other:?}"),
    }
}

/// A client's second hello, which has the cookie of a gate.
fn second_hello(version: Version, gate: &mut CookieGate) -> (Connection, Vec<u8>) {
    let (mut client, first) = start(&config_of(version, 1), &config_of(version, 2));
    client.handle_datagram(NOW, &answer(gate, NOW, ADDRESS, &first));
    let second = next(&mut client);
    (client, second)
}

/// Goes through the gate and connects.
fn connect(client: &Config, server: &Config) -> Net {
    let mut gate = gate(server);
    let (mut connection, first) = start(client, server);
    connection.handle_datagram(NOW, &answer(&mut gate, NOW, ADDRESS, &first));
    let second = next(&mut connection);
    let admitted = verdict(&mut gate, NOW, ADDRESS, &second);
    let Verdict::Admit(admission) = admitted else { panic!("{admitted:?}") };
    let mut admitted = admission.connection(server.clone(), expect(client));
    admitted.handle_datagram(NOW, &second);
    let mut net = Net::of(connection, admitted, |_, _| Fate::Arrives);
    net.now = NOW;
    net
}

// rfc6347 §4.2.1, rfc9147 §5.1: a server exchanges a cookie with each client
#[test]
fn a_client_connects_through_the_gate() {
    for version in VERSIONS {
        let mut net = connect(&config_of(version, 1), &config_of(version, 2));
        let info = net.connect();
        assert_eq!((info.version, info.group), (version, "x25519"));
        assert_eq!(net.export(Role::Client), net.export(Role::Server));
    }
}

#[test]
fn of_both_versions_the_newer_one_is_taken() {
    let both = |seed| {
        let mut config = config_of(Version::Dtls13, seed);
        config.versions = vec![Version::Dtls12, Version::Dtls13];
        config
    };
    let old = |seed| config_of(Version::Dtls12, seed);
    assert_eq!(connect(&both(1), &both(2)).connect().version, Version::Dtls13);
    assert_eq!(connect(&old(1), &both(2)).connect().version, Version::Dtls12);
    assert_eq!(connect(&both(1), &old(2)).connect().version, Version::Dtls12);
}

#[test]
fn the_longer_hash_goes_through_the_gate() {
    let with = |seed| {
        let mut config = config_of(Version::Dtls13, seed);
        config.cipher_suites = vec![0x1302];
        config
    };
    let mut net = connect(&with(1), &with(2));
    assert_eq!(net.connect().cipher_suite, "TLS_AES_256_GCM_SHA384");
}

// A hello without a key is asked for one together with the cookie.
#[test]
fn a_second_hello_may_take_several_datagrams() {
    let with = |seed| {
        let mut config = config_of(Version::Dtls13, seed);
        config.groups = vec![NamedGroup::X25519MlKem768, NamedGroup::X25519];
        config.key_shares.clear();
        config
    };
    let mut net = connect(&with(1), &with(2));
    assert_eq!(net.connect().group, "X25519MLKEM768");
    assert!(net.sent.iter().any(|(from, datagram)| {
        *from == Role::Client && Fragment::parse(&records(datagram)[0].content).offset > 0
    }));
}

// rfc6347 §4.2.1: the answer has the record's number of the hello.
#[test]
fn an_answer_has_the_numbers_of_its_hello() {
    for (version, typ) in [(Version::Dtls12, HELLO_VERIFY_REQUEST), (Version::Dtls13, SERVER_HELLO)]
    {
        let mut gate = gate(&config_of(version, 2));
        let (mut client, first) = start(&config_of(version, 1), &config_of(version, 2));
        client.handle_timeout(NOW + SECOND);
        let repeated = next(&mut client);
        for (sequence, datagram) in [first, repeated].iter().enumerate() {
            let reply = records(&answer(&mut gate, NOW, ADDRESS, datagram));
            assert_eq!(reply[0].sequence, sequence as u64);
            let message = Fragment::parse(&reply[0].content);
            assert_eq!((message.typ, message.seq), (typ, 0));
        }
        let (_, second) = second_hello(version, &mut gate);
        let Verdict::Admit(admission) = verdict(&mut gate, NOW, ADDRESS, &second) else { panic!() };
        let client = expect(&config_of(version, 1));
        let mut server = admission.connection(config_of(version, 2), client);
        server.handle_datagram(NOW, &second);
        let reply = records(&next(&mut server));
        let message = Fragment::parse(&reply[0].content);
        assert_eq!((reply[0].sequence, message.typ, message.seq), (1, SERVER_HELLO, 1));
    }
}

#[test]
fn a_cookie_is_of_one_address() {
    let mut gate_12 = gate(&config_of(Version::Dtls12, 2));
    let (_, second) = second_hello(Version::Dtls12, &mut gate_12);
    // rfc6347 §4.2.1: as if there were none
    let reply = answer(&mut gate_12, NOW, b"192.0.2.1:4434", &second);
    assert_eq!(Fragment::parse(&records(&reply)[0].content).typ, HELLO_VERIFY_REQUEST);

    let mut gate_13 = gate(&config_of(Version::Dtls13, 2));
    let (mut client, second) = second_hello(Version::Dtls13, &mut gate_13);
    // rfc9147 §5.1: the handshake ends with illegal_parameter
    let reply = answer(&mut gate_13, NOW, b"192.0.2.1:4434", &second);
    assert_eq!(records(&reply)[0].content_type, ALERT);
    assert_eq!(gate_13.dropped().get(Refusal::Cookie), 1);
    client.handle_datagram(NOW, &reply);
    client.handle_timeout(NOW + limits::DOUBT);
    let failed = std::iter::from_fn(|| client.poll_event()).last();
    let reason = FailureReason::PeerAlert(AlertDescription::ILLEGAL_PARAMETER);
    assert_eq!(failed, Some(lariat_dtls::Event::Failed(reason)));
}

#[test]
fn a_cookie_is_good_for_its_time_only() {
    for version in VERSIONS {
        let mut gate = gate(&config_of(version, 2));
        let (_, second) = second_hello(version, &mut gate);
        let is_good = |gate: &mut CookieGate, now| {
            matches!(verdict(gate, now, ADDRESS, &second), Verdict::Admit(_))
        };
        let end = NOW + limits::COOKIE_LIFETIME;
        assert!(is_good(&mut gate, end));
        assert!(!is_good(&mut gate, end + SECOND));
        assert!(!is_good(&mut gate, Instant::ZERO), "one from the future");
        // rfc9147 §5.1: a secret stays good until the next but one.
        gate.rotate(&Seed::new([10; 32]));
        assert!(is_good(&mut gate, NOW));
        gate.rotate(&Seed::new([11; 32]));
        assert!(!is_good(&mut gate, NOW));
    }
}

#[test]
fn a_changed_cookie_is_not_good() {
    let mut gate = gate(&config_of(Version::Dtls13, 2));
    let (_, second) = second_hello(Version::Dtls13, &mut gate);
    let cookie = |change: &dyn Fn(&mut Vec<u8>)| {
        change_hello(&second, |hello| {
            let place = hello.extensions.iter_mut().find(|(code, _)| *code == COOKIE).unwrap();
            change(&mut place.1);
        })
    };
    let same = cookie(&|_| ());
    assert!(matches!(verdict(&mut gate, NOW, ADDRESS, &same), Verdict::Admit(_)));
    let length = 2 + 4 + 5 + 32 + 16;
    for at in 2..length {
        let changed = cookie(&|cookie| {
            assert_eq!(cookie.len(), length);
            cookie[at] ^= 1;
        });
        assert_eq!(verdict(&mut gate, NOW, ADDRESS, &changed), Verdict::Reply, "{at}");
    }
    for shorter in 1..length - 2 {
        let changed = cookie(&|cookie| {
            cookie.truncate(2 + shorter);
            cookie[1] = u8::try_from(shorter).unwrap();
        });
        assert_eq!(verdict(&mut gate, NOW, ADDRESS, &changed), Verdict::Reply, "{shorter}");
    }
    assert_eq!(gate.dropped().total(), (length - 2 + length - 3) as u64);
}

// rfc6347 §4.2.1: the values of the first hello are in the cookie.
#[test]
fn a_cookie_of_12_is_for_the_same_hello() {
    let mut gate = gate(&config_of(Version::Dtls12, 2));
    let (_, second) = second_hello(Version::Dtls12, &mut gate);
    assert!(matches!(verdict(&mut gate, NOW, ADDRESS, &second), Verdict::Admit(_)));
    let another = change_hello(&second, |hello| hello.head[10] ^= 1);
    assert_eq!(verdict(&mut gate, NOW, ADDRESS, &another), Verdict::Reply);
}

// rfc8446 §4.1.4: the first hello is gone, and still it must not become one of other parameters.
#[test]
fn a_second_hello_with_another_suite_is_refused() {
    let mut server = config_of(Version::Dtls13, 2);
    server.cipher_suites = vec![0x1302, 0x1301];
    let mut gate = gate(&server);
    let (mut client, first) = start(&config_of(Version::Dtls13, 1), &server);
    client.handle_datagram(NOW, &answer(&mut gate, NOW, ADDRESS, &first));
    let second = next(&mut client);
    let Verdict::Admit(admission) = verdict(&mut gate, NOW, ADDRESS, &second) else { panic!() };
    server.cipher_suites.reverse();
    let mut server = admission.connection(server, expect(&config_of(Version::Dtls13, 1)));
    server.handle_datagram(NOW, &second);
    server.handle_datagram(NOW + SECOND, &second);
    server.handle_timeout(NOW + SECOND + limits::DOUBT);
    let reason = FailureReason::IllegalParameter("cipher_suites");
    assert_eq!(server.poll_event(), Some(lariat_dtls::Event::Failed(reason)));
}

// The gate has seen no more than the beginning of it.
#[test]
fn a_second_hello_that_ends_without_the_version_is_refused() {
    let server = config_of(Version::Dtls13, 2);
    let mut gate = gate(&server);
    let (_, second) = second_hello(Version::Dtls13, &mut gate);
    let another = change_hello(&second, |hello| hello.remove(SUPPORTED_VERSIONS));
    let hello = Fragment::parse(&records(&another)[0].content);
    let beginning = hello.part(0, 120).datagram(1);
    let end = hello.part(120, hello.body.len() - 120).datagram(2);
    let admitted = verdict(&mut gate, NOW, ADDRESS, &beginning);
    let Verdict::Admit(admission) = admitted else { panic!("{admitted:?}") };
    let mut server = admission.connection(server, Vec::new());
    server.handle_datagram(NOW, &beginning);
    assert_eq!(server.poll_event(), None);
    for again in 0..2 {
        assert_eq!(server.poll_event(), None);
        server.handle_datagram(NOW + again * SECOND, &end);
    }
    server.handle_timeout(NOW + SECOND + limits::DOUBT);
    let failed = lariat_dtls::Event::Failed(FailureReason::NoCommonVersion);
    assert_eq!(server.poll_event(), Some(failed));
}

#[test]
fn an_admitted_client_that_says_no_more_is_given_up() {
    let config = config_of(Version::Dtls13, 2);
    let mut gate = gate(&config);
    let (_, second) = second_hello(Version::Dtls13, &mut gate);
    let Verdict::Admit(admission) = verdict(&mut gate, NOW, ADDRESS, &second) else { panic!() };
    let timeout = config.handshake_timeout;
    let server = admission.connection(config, Vec::new());
    assert_eq!(server.poll_timeout().unwrap().at, NOW + timeout);
}

#[test]
fn what_is_no_hello_is_dropped() {
    let mut gate = gate(&config_of(Version::Dtls13, 2));
    let (_, first) = start(&config_of(Version::Dtls13, 1), &config_of(Version::Dtls13, 2));
    for length in 0..first.len() {
        assert_eq!(refusal(&mut gate, &first[..length]), Refusal::NotHandshake);
    }
    let record = records(&first).remove(0);
    let with = |content_type, change: &dyn Fn(&mut Vec<u8>)| {
        let mut content = record.content.clone();
        change(&mut content);
        Record::plain(content_type, 0, &content).bytes()
    };
    let mut is = |reason, datagram: Vec<u8>| assert_eq!(refusal(&mut gate, &datagram), reason);
    is(Refusal::NotHandshake, with(ALERT, &|_| ()));
    is(Refusal::NotClientHello, with(HANDSHAKE, &|content| content[0] = SERVER_HELLO));
    is(Refusal::Malformed, with(HANDSHAKE, &|content| content.truncate(20)));
    // A session identifier that is too long.
    is(Refusal::Malformed, with(HANDSHAKE, &|content| content[12 + 34] = 200));
    let unusable = change_hello(&first, |hello| hello.set(10, &[0, 2, 0x42, 0x42]));
    is(Refusal::Unusable, unusable);
    let (_, old) = start(&config_of(Version::Dtls12, 1), &config_of(Version::Dtls12, 2));
    is(Refusal::Unusable, old);
}

#[test]
fn every_beginning_of_a_second_hello_is_judged() {
    let mut gate = gate(&config_of(Version::Dtls13, 2));
    let (_, second) = second_hello(Version::Dtls13, &mut gate);
    let content = &records(&second)[0].content;
    let body = &content[12..];
    let mut incomplete = 0;
    let admitted = (1..body.len()).filter(|length| {
        let piece = Fragment { body: body[..*length].to_vec(), ..Fragment::parse(content) };
        let datagram = Record::plain(HANDSHAKE, 1, &piece.bytes()).bytes();
        let verdict = verdict(&mut gate, NOW, ADDRESS, &datagram);
        incomplete += usize::from(verdict == Verdict::Incomplete);
        matches!(verdict, Verdict::Admit(_))
    });
    let admitted: Vec<_> = admitted.collect();
    // The whole hello is longer than where the cookie ends.
    assert!(admitted.len() > 50);
    assert!(admitted.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    assert!(incomplete > 50);
}

// T14
#[test]
fn a_hello_shorter_than_its_answer_is_dropped() {
    let mut gate = gate(&config_of(Version::Dtls13, 2));
    let mut hello = Hello {
        head: Hello::head(0xfefd, &[0x1301]),
        extensions: vec![
            (10, vec![0, 2, 0, 29]),
            (43, vec![2, 0xfe, 0xfc]),
            (51, vec![0, 0]),
            (21, Vec::new()),
        ],
    };
    let mut padded = |padding| {
        hello.set(21, &vec![0; padding]);
        let datagram = Fragment::whole(CLIENT_HELLO, 0, &hello.body()).datagram(0);
        let mut out = Vec::new();
        let verdict = gate.handle_datagram(NOW, ADDRESS, &datagram, &mut out);
        (verdict, datagram.len(), out.len())
    };
    let (verdict, length, answer) = padded(100);
    assert_eq!(verdict, Verdict::Reply);
    let enough = 100 - (length - answer);
    assert_eq!(padded(enough), (Verdict::Reply, answer, answer));
    assert_eq!(padded(enough - 1), (Verdict::Dropped(Refusal::TooShort), answer - 1, 0));
}

// T14
#[test]
fn a_hundred_thousand_spoofed_hellos_leave_nothing_behind() {
    for version in VERSIONS {
        let mut gate = gate(&config_of(version, 2));
        let (_, first) = start(&config_of(version, 1), &config_of(version, 2));
        let (_, second) = second_hello(version, &mut gate);
        let mut out = Vec::with_capacity(1_000);
        let mut flood = |count: u32| {
            for number in 0..count {
                let address = number.to_be_bytes();
                for hello in [&first, &second] {
                    out.clear();
                    let verdict = gate.handle_datagram(NOW, &address, hello, &mut out);
                    assert_eq!(verdict, Verdict::Reply);
                    assert!(out.len() <= hello.len());
                }
            }
        };
        // The first reason that is counted makes room for its count.
        flood(1);
        let held = measure(|| flood(100_000));
        assert!(held.count_total > 0, "allocations are counted");
        assert_eq!((held.count_current, held.bytes_current), (0, 0), "{version:?}");
    }
}

// A client that hears nothing says the same again, with another record number.
#[test]
fn a_second_hello_may_be_lost_first() {
    for version in VERSIONS {
        let (of_client, of_server) = (config_of(version, 1), config_of(version, 2));
        let mut gate = gate(&of_server);
        let (mut client, first) = start(&of_client, &of_server);
        client.handle_datagram(NOW, &answer(&mut gate, NOW, ADDRESS, &first));
        let lost = next(&mut client);
        client.handle_timeout(NOW + SECOND);
        let again = next(&mut client);
        assert_ne!(again, lost);
        let Verdict::Admit(admission) = verdict(&mut gate, NOW + SECOND, ADDRESS, &again) else {
            panic!("it is the same hello")
        };
        let mut admitted = admission.connection(of_server, expect(&of_client));
        admitted.handle_datagram(NOW + SECOND, &again);
        let mut net = Net::of(client, admitted, |_, _| Fate::Arrives);
        net.now = NOW + SECOND;
        assert_eq!(net.connect().version, version);
    }
}

// Whatever is changed in either hello, there is one verdict and no answer longer than it.
#[test]
fn changed_hellos_are_judged_and_not_amplified() {
    let mut rng = Seed::new([5; 32]).rng();
    for version in VERSIONS {
        let mut gate = gate(&config_of(version, 2));
        let (_, first) = start(&config_of(version, 1), &config_of(version, 2));
        let (_, second) = second_hello(version, &mut gate);
        for hello in [first, second] {
            for at in 0..hello.len() {
                let mut changed = hello.clone();
                changed[at] ^= rng.array::<1>()[0];
                let mut out = Vec::new();
                let verdict = gate.handle_datagram(NOW, ADDRESS, &changed, &mut out);
                assert_eq!(verdict == Verdict::Reply, !out.is_empty(), "{at}");
                assert!(out.len() <= changed.len(), "{at}");
            }
        }
    }
}

fn change_hello(datagram: &[u8], change: impl Fn(&mut Hello)) -> Vec<u8> {
    rewrite(datagram, |message| {
        let mut hello = Hello::parse(CLIENT_HELLO, &message.body);
        change(&mut hello);
        message.body = hello.body();
        true
    })
}
