//! What somebody says in the peer's place, from its own address, before there are keys.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::wire::{
    ACK, ALERT, APPLICATION_DATA, CERTIFICATE, CERTIFICATE_REQUEST, CERTIFICATE_VERIFY,
    CLIENT_HELLO, CLIENT_KEY_EXCHANGE, Fragment, HANDSHAKE, Hello, Record, SERVER_HELLO,
    SERVER_KEY_EXCHANGE, ciphertexts, records,
};
use common::{BOTH, Fate, LATENCY, Net, SECOND, VERSIONS, config_of, expect, fake_config};
use lariat_crypto::NamedGroup;
use lariat_dtls::{Config, Connection, Event, FailureReason, Role, Version, limits};

const HELLO_REQUEST: u8 = 0;
const HELLO_VERIFY_REQUEST: u8 = 3;
const ENCRYPTED_EXTENSIONS: u8 = 8;
const SERVER_HELLO_DONE: u8 = 14;
const FINISHED: u8 = 20;

/// One with cryptography that is quick, and a hello in one datagram.
fn quick(version: Version, seed: u8) -> Config {
    let mut config = fake_config(version, seed);
    common::without_ml_kem(&mut config);
    config
}

fn net(version: Version) -> Net {
    Net::with(quick(version, 1), quick(version, 2), |_, _| Fate::Arrives)
}

/// Every datagram of a handshake between the two, which is another one than that which is tested:
/// the seeds of the provider's keys differ each time.
fn genuine(client: Config, server: Config) -> Vec<(Role, Vec<u8>)> {
    let mut net = Net::with(client, server, |_, _| Fate::Arrives);
    net.connect();
    net.sent
}

/// The plaintext messages of one side in such a handshake.
fn messages(version: Version, from: Role) -> Vec<Fragment> {
    // Another random, and another signer with the same certificate.
    let (mut client, mut server) = (quick(version, 1), quick(version, 2));
    client.seed = lariat_base::Seed::new([77; 32]);
    server.seed = lariat_base::Seed::new([78; 32]);
    let sent = genuine(client, server).into_iter().filter(|(by, _)| *by == from);
    let records = sent.flat_map(|(_, bytes)| records(&bytes));
    let plain = records.filter(|record| record.content_type == HANDSHAKE && record.epoch == 0);
    plain.map(|record| Fragment::parse(&record.content)).collect()
}

/// Everything that may be said in plaintext and is not what is due, to this side.
fn forgeries(version: Version, to: Role) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| all.push((name, bytes));
    for (level, description) in [(2, 40), (2, 0), (1, 0), (2, 47), (2, 70), (1, 90), (2, 255)] {
        let alert = Record::plain(ALERT, 900, &[level, description]);
        add(format!("alert {level} {description}"), alert.bytes());
    }
    for (content_type, epoch) in [(ALERT, 1), (HANDSHAKE, 1), (APPLICATION_DATA, 2), (HANDSHAKE, 7)]
    {
        let record = Record { epoch, ..Record::plain(content_type, 900, &[2; 60]) };
        add(format!("record {content_type} of epoch {epoch}"), record.bytes());
    }
    for bits in 0..4_u8 {
        add(format!("ciphertext {bits}"), [&[0x2c | bits, 0, 9, 0, 40][..], &[7; 40]].concat());
    }
    let number = [[0; 8], [0; 8]].concat();
    add("ack".into(), Record::plain(ACK, 900, &[&[0, 16][..], &number].concat()).bytes());
    add("data".into(), Record::plain(APPLICATION_DATA, 900, b"data").bytes());
    let types = [
        HELLO_REQUEST,
        CLIENT_HELLO,
        SERVER_HELLO,
        HELLO_VERIFY_REQUEST,
        ENCRYPTED_EXTENSIONS,
        CERTIFICATE,
        SERVER_KEY_EXCHANGE,
        CERTIFICATE_REQUEST,
        SERVER_HELLO_DONE,
        CERTIFICATE_VERIFY,
        CLIENT_KEY_EXCHANGE,
        FINISHED,
        24,
        77,
    ];
    for typ in types {
        for seq in 0..6 {
            for body in [&[][..], &[0], &[0xff; 40]] {
                let message = Fragment::whole(typ, seq, body);
                add(format!("junk {typ} {seq} {}", body.len()), message.datagram(900));
            }
        }
    }
    for seq in 0..3 {
        for cookie in [0, 20] {
            let body = [&[0xfe, 0xff, cookie][..], &vec![9; cookie.into()]].concat();
            let request = Fragment::whole(HELLO_VERIFY_REQUEST, seq, &body);
            add(format!("cookie {seq} {cookie}"), request.datagram(900));
        }
    }
    // What is genuine in another handshake, of either version, and each of its messages alone.
    for other in [version, Version::Dtls12, Version::Dtls13] {
        for message in messages(other, to.peer()) {
            let name = format!("{other:?} {} {}", message.typ, message.seq);
            add(name.clone(), message.datagram(900));
            for (at, what) in [(0, "first"), (message.body.len() / 2, "middle")] {
                if let Some(byte) = message.body.get(at).copied() {
                    let mut changed = message.clone();
                    changed.body[at] = byte ^ 1;
                    add(format!("{name} {what}"), changed.datagram(900));
                }
            }
        }
    }
    all
}

/// Connects although this comes at that time, and a datagram of it, if that is said, is lost.
fn survives(version: Version, to: Role, after: Duration, forged: &[&[u8]], name: &str) {
    let mut net = net(version);
    net.start();
    net.run(after);
    for bytes in forged {
        net.inject(to, bytes);
    }
    net.run(Duration::from_secs(31));
    for role in BOTH {
        let told = (net.connected(role).is_some(), net.failure(role));
        assert_eq!(
            told,
            (true, None),
            "{name} to the {to:?} of {version:?} after {after:?}: {net:?}"
        );
    }
    net.assert_lives();
    assert_eq!(net.export(Role::Client), net.export(Role::Server));
}

/// Just before and just after each flight arrives.
fn moments() -> impl Iterator<Item = Duration> {
    (0..5).flat_map(|flight| {
        let arrives = flight * LATENCY;
        [arrives.saturating_sub(Duration::from_millis(1)), arrives + Duration::from_millis(1)]
    })
}

// D32
#[test]
fn one_forged_datagram_of_any_kind_at_any_time_ends_no_handshake() {
    for version in VERSIONS {
        for to in BOTH {
            for (name, bytes) in forgeries(version, to) {
                for after in moments() {
                    survives(version, to, after, &[&bytes], &name);
                }
            }
        }
    }
}

// D32
#[test]
fn as_many_at_once_as_are_kept_in_one_place_end_no_handshake() {
    for version in VERSIONS {
        for to in BOTH {
            let mut places = BTreeMap::<u8, usize>::new();
            let mut forgeries = forgeries(version, to);
            // More whole hellos than there are ways to be kept are another test's.
            forgeries.retain(|(name, _)| !name.starts_with("Dtls"));
            forgeries.reverse();
            forgeries.retain(|(_, bytes)| {
                // The low byte of the message's number, if it is one.
                let place = bytes.get(18).filter(|_| bytes[0] == HANDSHAKE && bytes[4] == 0);
                let count = place.map(|place| places.entry(*place).or_default());
                count.is_none_or(|count| {
                    *count += 1;
                    *count < limits::ALTERNATIVES
                })
            });
            let all: Vec<&[u8]> = forgeries.iter().map(|(_, bytes)| &bytes[..]).collect();
            assert!(all.len() > 30);
            for after in moments() {
                survives(version, to, after, &all, "everything");
            }
        }
    }
}

/// A server of somebody who has our address and not our key.
fn impostor(version: Version) -> Connection {
    let mut config = quick(version, 2);
    config.seed = lariat_base::Seed::new([99; 32]);
    Connection::new(config, Role::Server, expect(&quick(version, 1)))
}

/// A ServerHello that answers the very hello that was said, with keys of an impostor, is the worst:
/// nothing is wrong with it.
#[test]
fn a_server_hello_that_fits_and_is_not_the_servers_is_gone_back_from() {
    for version in VERSIONS {
        for with_records in [false, true] {
            let mut net = net(version);
            net.start();
            let hello = net.sent[0].1.clone();
            let mut impostor = impostor(version);
            impostor.handle_datagram(net.now, &hello);
            let mut answer = Vec::new();
            impostor.poll_transmit(&mut answer).unwrap();
            let first = records(&answer)[0].bytes();
            assert_eq!(Fragment::parse(&records(&answer)[0].content).typ, SERVER_HELLO);
            let mut forged = first;
            if with_records {
                // And junk under keys that nobody has.
                ciphertexts(&answer).iter().for_each(|record| {
                    let mut record = record.clone();
                    *record.last_mut().unwrap() ^= 1;
                    forged.extend(record);
                });
            }
            net.inject(Role::Client, &forged);
            net.run(Duration::from_secs(10));
            for role in BOTH {
                assert!(net.connected(role).is_some(), "{version:?} {role:?} {net:?}");
            }
            net.assert_lives();
        }
    }
}

/// The same to a client whose server was asked for another key, and behind a cookie.
#[test]
fn a_forged_request_for_another_key_or_a_cookie_is_gone_back_from() {
    let retry = |extensions: Vec<(u16, Vec<u8>)>| {
        let mut head = vec![0xfe, 0xfd];
        head.extend(common::known_key::hex(
            "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c",
        ));
        head.extend([0, 0x13, 0x01, 0]);
        let mut extensions = extensions;
        extensions.push((43, vec![0xfe, 0xfc]));
        Fragment::whole(SERVER_HELLO, 0, &Hello { head, extensions }.body()).datagram(900)
    };
    for forged in [
        retry(vec![(51, vec![0, 23])]),
        retry(vec![(44, vec![0, 3, 1, 2, 3])]),
        retry(vec![(51, vec![0, 24]), (44, vec![0, 3, 1, 2, 3])]),
    ] {
        survives(Version::Dtls13, Role::Client, Duration::ZERO, &[&forged], "retry");
        // Where the server asks, too.
        let (mut client, mut server) =
            (config_of(Version::Dtls13, 1), config_of(Version::Dtls13, 2));
        client.key_shares = vec![NamedGroup::X25519];
        server.groups = vec![NamedGroup::Secp384r1];
        let mut net = Net::with(client, server, |_, _| Fate::Arrives);
        net.start();
        net.inject(Role::Client, &forged);
        net.run(Duration::from_secs(20));
        assert!(net.connected(Role::Client).is_some(), "{net:?}");
        net.assert_lives();
    }
}

/// A hello from the client's address that is as good as its own, before and after it.
#[test]
fn a_hello_of_somebody_else_does_not_take_the_clients_place() {
    for version in VERSIONS {
        let other = messages(version, Role::Client).remove(0);
        for (after, copies) in [(0, 1), (0, 5), (19, 1), (21, 1), (21, 5), (60, 5)] {
            let datagrams: Vec<_> = (0..copies).map(|copy| other.datagram(900 + copy)).collect();
            let forged: Vec<&[u8]> = datagrams.iter().map(Vec::as_slice).collect();
            let after = Duration::from_millis(after);
            survives(version, Role::Server, after, &forged, "another hello");
        }
        let mut undisturbed = net(version);
        undisturbed.connect();
        // Once the client's has come first, nothing is lost at all.
        let mut net = net(version);
        net.start();
        net.run(LATENCY);
        net.inject(Role::Server, &other.datagram(900));
        net.connect();
        assert_eq!(net.connected_at, undisturbed.connected_at);
    }
}

/// Each message of a flight of 1.2, changed so that it reads well.
#[test]
fn a_message_of_1_2_that_reads_well_and_is_forged_is_gone_back_from() {
    for (to, typ) in [
        (Role::Client, SERVER_HELLO),
        (Role::Client, CERTIFICATE),
        (Role::Client, SERVER_KEY_EXCHANGE),
        (Role::Client, CERTIFICATE_REQUEST),
        (Role::Client, SERVER_HELLO_DONE),
        (Role::Server, CERTIFICATE),
        (Role::Server, CLIENT_KEY_EXCHANGE),
        (Role::Server, CERTIFICATE_VERIFY),
    ] {
        let mut net = net(Version::Dtls12);
        let mut is_done = false;
        let (mut seen, mut earlier) = (Vec::new(), messages(Version::Dtls12, to.peer()));
        earlier.retain(|message| message.typ == typ);
        net.tamper_with(move |from, datagram| {
            if from == to || is_done {
                return datagram;
            }
            // The forged one comes before the genuine one, in the same datagram.
            let mut out = Vec::new();
            for record in records(&datagram) {
                if record.content_type == HANDSHAKE && record.epoch == 0 {
                    let message = Fragment::parse(&record.content);
                    if message.typ == typ {
                        is_done = true;
                        let body = forged_body(typ, &message.body, &earlier[0].body);
                        let forged = Fragment::whole(typ, message.seq, &body);
                        let forged = if typ == SERVER_HELLO_DONE {
                            // In the place of the CertificateRequest.
                            Fragment::whole(typ, message.seq - 1, &body)
                        } else {
                            forged
                        };
                        out.splice(0..0, forged.datagram(700));
                    }
                    seen.push(message.typ);
                }
                out.extend(record.bytes());
            }
            out
        });
        net.start();
        net.run(Duration::from_secs(31));
        for role in BOTH {
            let told = (net.connected(role).is_some(), net.failure(role));
            assert_eq!(told, (true, None), "{typ} to the {to:?}: {net:?}");
        }
        net.assert_lives();
    }
}

fn forged_body(typ: u8, genuine: &[u8], of_another: &[u8]) -> Vec<u8> {
    let mut body = genuine.to_vec();
    match typ {
        // The random.
        SERVER_HELLO => body[20] ^= 1,
        // The same certificate first, and something else behind it.
        CERTIFICATE => {
            body.extend([0, 0, 3, 1, 2, 3]);
            let length = u32::try_from(body.len() - 3).unwrap().to_be_bytes();
            body[..3].copy_from_slice(&length[1..]);
        }
        // One more authority.
        CERTIFICATE_REQUEST => {
            let at = body.len() - 2;
            body.truncate(at);
            body.extend([0, 4, 0, 2, 9, 9]);
        }
        SERVER_KEY_EXCHANGE | CLIENT_KEY_EXCHANGE | CERTIFICATE_VERIFY => {
            body = of_another.to_vec()
        }
        _ => {}
    }
    body
}

// D33
#[test]
fn a_first_fragment_with_other_bytes_does_not_stay_in_the_way() {
    for version in VERSIONS {
        for to in BOTH {
            for message in messages(version, to.peer()) {
                for length in [1, message.body.len() / 2, message.body.len()] {
                    if length == 0 || length > message.body.len() {
                        continue;
                    }
                    let mut forged = message.part(0, length);
                    forged.body.iter_mut().for_each(|byte| *byte ^= 0x55);
                    let huge = Fragment { length: 65_536, ..forged.clone() };
                    for forged in [forged, huge] {
                        let forged = forged.datagram(900);
                        survives(version, to, Duration::ZERO, &[&forged], "a first fragment");
                    }
                }
            }
        }
    }
}

#[test]
fn whoever_is_refused_in_earnest_hears_why_in_time() {
    for version in VERSIONS {
        // Somebody else's certificate, at either side.
        for wrong in BOTH {
            let (client, server) = (config_of(version, 1), config_of(version, 2));
            let of = |role| expect(if role == wrong { &client } else { &server });
            let mut net = Net::of(
                Connection::new(client.clone(), Role::Client, of(Role::Client)),
                Connection::new(
                    server.clone(),
                    Role::Server,
                    expect(if wrong == Role::Server { &server } else { &client }),
                ),
                |_, _| Fate::Arrives,
            );
            net.start();
            net.run(2 * limits::DOUBT + SECOND);
            assert_eq!(net.failure(wrong), Some(FailureReason::Fingerprint), "{version:?}");
            let alert = FailureReason::Fingerprint.alert().unwrap();
            let other = net.failure(wrong.peer());
            assert_eq!(other, Some(FailureReason::PeerAlert(alert)), "{version:?} {wrong:?}");
        }
    }
    // Nothing in common.
    let (client, server) = (config_of(Version::Dtls13, 1), config_of(Version::Dtls12, 2));
    let mut net = Net::with(client, server, |_, _| Fate::Arrives);
    net.start();
    net.run(2 * limits::DOUBT + 2 * SECOND);
    assert_eq!(net.server_events, [Event::Failed(FailureReason::NoCommonVersion)]);
    let alert = FailureReason::NoCommonVersion.alert().unwrap();
    assert_eq!(net.client_events, [Event::Failed(FailureReason::PeerAlert(alert))]);
}
