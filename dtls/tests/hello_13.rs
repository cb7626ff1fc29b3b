//! Hellos and retry requests of DTLS 1.3, honest ones and others, and what happens between the
//! versions.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::wire::{CLIENT_HELLO, Fragment, Hello, SERVER_HELLO, ciphertexts, records};
use common::{Fate, Net, SECOND, VERSIONS, config_of};
use lariat_crypto::NamedGroup::{Secp256r1, Secp384r1, X25519, X25519MlKem768};
use lariat_dtls::FailureReason::{
    Downgrade, IllegalParameter, KeyShare, MissingExtension, NoCommonCipherSuite, NoCommonGroup,
    NoCommonSignatureScheme, NoCommonVersion, NotOffered, UnexpectedMessage, UnsolicitedExtension,
};
use lariat_dtls::{Config, Event, FailureReason, ParseError, Role, Version, limits};

const SUPPORTED_GROUPS: u16 = 10;
const SIGNATURE_ALGORITHMS: u16 = 13;
const RECORD_SIZE_LIMIT: u16 = 28;
const SUPPORTED_VERSIONS: u16 = 43;
const COOKIE: u16 = 44;
const KEY_SHARE: u16 = 51;

fn config_13(seed: u8) -> Config {
    config_of(Version::Dtls13, seed)
}

fn both(seed: u8) -> Config {
    let mut config = config_13(seed);
    config.versions = VERSIONS.to_vec();
    config
}

fn net(client: Config, server: Config) -> Net {
    Net::with(client, server, |_, _| Fate::Arrives)
}

/// How the other side fails if `liar`'s hellos are changed like this, each with its number.
fn refusal_in(
    mut net: Net,
    liar: Role,
    change: impl Fn(&mut Hello, usize) + 'static,
) -> Option<FailureReason> {
    let typ = if liar == Role::Client { CLIENT_HELLO } else { SERVER_HELLO };
    let mut number = 0;
    net = net.connect_lying(liar, move |message| {
        if message.typ == typ {
            let mut hello = Hello::parse(typ, &message.body);
            change(&mut hello, number);
            message.body = hello.body();
            number += 1;
        }
    });
    assert_eq!(net.connected(liar.peer()), None);
    if let Some(alert) = net.failure(liar.peer()).and_then(FailureReason::alert) {
        assert_eq!(net.failure(liar), Some(FailureReason::PeerAlert(alert)));
    }
    net.failure(liar.peer())
}

fn client_refusal(change: impl Fn(&mut Hello) + 'static) -> Option<FailureReason> {
    refusal_in(net(config_13(1), config_13(2)), Role::Server, move |hello, _| change(hello))
}

fn server_refusal(change: impl Fn(&mut Hello) + 'static) -> Option<FailureReason> {
    refusal_in(net(config_13(1), config_13(2)), Role::Client, move |hello, _| change(hello))
}

/// A client and a server that have to try twice.
fn retrying() -> Net {
    let (mut client, mut server) = (config_13(1), config_13(2));
    client.groups = vec![X25519, Secp256r1];
    server.groups = vec![Secp256r1];
    net(client, server)
}

fn set_suite(hello: &mut Hello, suite: u16) {
    let at = hello.head.len() - 3;
    hello.head[at..at + 2].copy_from_slice(&suite.to_be_bytes());
}

#[test]
fn the_newest_version_in_common_is_taken() {
    use Version::{Dtls12, Dtls13};
    for (client, server, expected) in [
        (vec![Dtls12, Dtls13], vec![Dtls13, Dtls12], Some(Dtls13)),
        (vec![Dtls13], vec![Dtls12, Dtls13], Some(Dtls13)),
        (vec![Dtls12, Dtls13], vec![Dtls13], Some(Dtls13)),
        (vec![Dtls12, Dtls13], vec![Dtls12], Some(Dtls12)),
        (vec![Dtls12], vec![Dtls12, Dtls13], Some(Dtls12)),
        (vec![Dtls12], vec![Dtls13], None),
        (vec![Dtls13], vec![Dtls12], None),
    ] {
        let (mut ours, mut theirs) = (config_13(1), config_13(2));
        (ours.versions, theirs.versions) = (client.clone(), server.clone());
        let mut net = net(ours, theirs);
        net.start();
        net.run(31 * SECOND);
        for role in [Role::Client, Role::Server] {
            let version = net.connected(role).map(|info| info.version);
            assert_eq!(version, expected, "{client:?} {server:?} {role:?}");
        }
        if expected.is_none() {
            assert_eq!(net.failure(Role::Server), Some(NoCommonVersion));
        }
    }
}

#[test]
fn a_hello_says_all_that_it_offers() {
    let offered = |versions: &[Version]| {
        let mut client = config_13(1);
        client.versions = versions.to_vec();
        let mut net = net(client, both(2));
        net.start();
        let message = Fragment::parse(&records(&net.sent[0].1)[0].content);
        Hello::parse(CLIENT_HELLO, &message.body)
    };
    let code_points = |hello: &Hello| hello.extensions.iter().map(|(typ, _)| *typ).collect();
    let both = offered(&VERSIONS);
    let all: Vec<u16> = code_points(&both);
    assert_eq!(all, [0xff01, 23, 10, 11, 13, 14, 28, 43, 51]);
    assert_eq!(both.extensions[6].1, [0x40, 1]);
    assert_eq!(both.extensions[7].1, [4, 0xfe, 0xfc, 0xfe, 0xfd]);
    assert_eq!(both.extensions[8].1[..6], [0, 36, 0, 29, 0, 32]);
    let suites: Vec<u8> =
        [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8_u16]
            .iter()
            .flat_map(|suite| suite.to_be_bytes())
            .collect();
    assert_eq!(both.head[36..], [&[0, 18][..], &suites, &[1, 0]].concat());
    let only = offered(&[Version::Dtls13]);
    let all: Vec<u16> = code_points(&only);
    assert_eq!(all, [10, 13, 14, 28, 43, 51]);
    assert_eq!(only.head[36..], [&[0, 6][..], &suites[..6], &[1, 0]].concat());
}

#[test]
fn every_suite_and_group_connects() {
    for (suite, name) in [
        (0x1301, "TLS_AES_128_GCM_SHA256"),
        (0x1302, "TLS_AES_256_GCM_SHA384"),
        (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    ] {
        for (group, group_name) in
            [(X25519, "x25519"), (Secp256r1, "secp256r1"), (Secp384r1, "secp384r1")]
        {
            for shares in [vec![group], vec![]] {
                let (mut client, mut server) = (config_13(1), config_13(2));
                client.cipher_suites = vec![suite];
                client.key_shares = shares;
                server.groups = vec![group];
                let info = net(client, server).connect();
                assert_eq!((info.version, info.cipher_suite), (Version::Dtls13, name));
                assert_eq!((info.group, info.srtp_profile), (group_name, Some(7)));
            }
        }
    }
}

#[test]
fn no_protected_record_is_longer_than_the_peer_takes() {
    // RFC 8449 §4
    let mut net = net(config_13(1), config_13(2));
    // As if the client had said so; it cannot finish with what it did not say.
    net.tamper_with(|from, datagram| {
        common::wire::rewrite(&datagram, |message| {
            if from == Role::Client && message.typ == CLIENT_HELLO {
                let mut hello = Hello::parse(CLIENT_HELLO, &message.body);
                hello.set(RECORD_SIZE_LIMIT, &[0, 100]);
                message.body = hello.body();
            }
            true
        })
    });
    net.start();
    net.run(Duration::from_millis(25));
    let sent = net.sent.iter().filter(|(from, _)| *from == Role::Server);
    let lengths: Vec<usize> =
        sent.flat_map(|(_, datagram)| ciphertexts(datagram)).map(|record| record.len()).collect();
    // The limit has the content type in it, but neither the header nor the tag.
    assert_eq!(lengths.iter().max(), Some(&(5 + 100 + 16)), "{lengths:?}");
}

#[test]
fn a_record_size_limit_that_is_too_small_is_refused() {
    // RFC 8449 §4
    for version in VERSIONS {
        let net = Net::of_version(version);
        let refused =
            refusal_in(net, Role::Client, |hello, _| hello.set(RECORD_SIZE_LIMIT, &[0, 63]));
        assert_eq!(refused, Some(IllegalParameter("record_size_limit")));
    }
}

#[test]
fn a_key_that_is_there_is_preferred_over_a_better_group() {
    let (mut client, mut server) = (config_13(1), config_13(2));
    client.key_shares = vec![X25519];
    server.groups = vec![Secp384r1, Secp256r1, X25519];
    let mut net = net(client, server);
    assert_eq!(net.connect().group, "x25519");
}

#[test]
fn a_server_without_a_fitting_key_asks_once() {
    let mut net = retrying();
    assert_eq!(net.connect().group, "secp256r1");
    let hellos = net.sent.iter().flat_map(|(from, datagram)| {
        let plain = records(datagram).into_iter();
        plain.map(|record| (*from, record.version, Fragment::parse(&record.content)))
    });
    let hellos: Vec<_> =
        hellos.map(|(from, version, message)| (from, version, message.typ, message.seq)).collect();
    let expected = [
        // rfc9147 §4: only the first may bear another version.
        (Role::Client, 0xfeff, CLIENT_HELLO, 0),
        (Role::Server, 0xfefd, SERVER_HELLO, 0),
        (Role::Client, 0xfefd, CLIENT_HELLO, 1),
        (Role::Server, 0xfefd, SERVER_HELLO, 1),
    ];
    assert_eq!(hellos, expected);
}

#[test]
fn a_downgrade_is_noticed() {
    // adversarial D21: somebody takes the newer version out of the hello.
    let hidden = refusal_in(net(both(1), both(2)), Role::Client, |hello, _| {
        hello.set(SUPPORTED_VERSIONS, &[2, 0xfe, 0xfd]);
    });
    // The server only learns from the alert.
    assert_eq!(hidden, Some(FailureReason::PeerAlert(Downgrade.alert().unwrap())));
    let mut net = net(both(1), both(2)).connect_lying(Role::Client, |message| {
        if message.typ == CLIENT_HELLO {
            let mut hello = Hello::parse(CLIENT_HELLO, &message.body);
            hello.remove(SUPPORTED_VERSIONS);
            message.body = hello.body();
        }
    });
    assert_eq!(net.failure(Role::Client), Some(Downgrade));
    // A client that speaks 1.2 only has nothing to fear from the mark.
    let mut client = both(1);
    client.versions = vec![Version::Dtls12];
    net = Net::with(client, both(2), |_, _| Fate::Arrives);
    assert_eq!(net.connect().version, Version::Dtls12);
}

#[test]
fn a_hello_with_unknown_values_everywhere_is_answered() {
    // adversarial D21, D22: as browsers have it (RFC 8701).
    let mut net = net(config_13(1), config_13(2));
    net.tamper_with(|from, datagram| {
        common::wire::rewrite(&datagram, |message| {
            if from == Role::Client && message.typ == CLIENT_HELLO {
                let mut hello = Hello::parse(CLIENT_HELLO, &message.body);
                hello.set(SUPPORTED_VERSIONS, &[6, 0x7a, 0x7a, 0xfe, 0xfc, 0x03, 0x03]);
                hello.extensions.insert(0, (0x0a0a, vec![]));
                hello.extensions.push((0x1a1a, vec![0]));
                message.body = hello.body();
            }
            true
        })
    });
    net.start();
    net.run(SECOND);
    // The client does not know of the change, so it cannot read the server's flight; but the
    // server has answered.
    assert_eq!(net.failure(Role::Server), None);
    let answer = net.sent.iter().find(|(from, _)| *from == Role::Server).unwrap();
    assert_eq!(Fragment::parse(&records(&answer.1)[0].content).typ, SERVER_HELLO);
}

#[test]
fn a_hello_without_what_it_needs_is_refused() {
    let missing = |code_point: u16| server_refusal(move |hello| hello.remove(code_point));
    assert_eq!(missing(SIGNATURE_ALGORITHMS), Some(MissingExtension("signature_algorithms")));
    assert_eq!(missing(SUPPORTED_GROUPS), Some(MissingExtension("supported_groups")));
    assert_eq!(missing(KEY_SHARE), Some(MissingExtension("key_share")));
    let with =
        |code_point, data: &'static [u8]| server_refusal(move |hello| hello.set(code_point, data));
    assert_eq!(with(SIGNATURE_ALGORITHMS, &[0, 2, 8, 4]), Some(NoCommonSignatureScheme));
    // Keys of a group that is not offered.
    assert_eq!(with(SUPPORTED_GROUPS, &[0, 2, 0, 25]), Some(IllegalParameter("key_share")));
    let no_group = server_refusal(|hello| {
        hello.set(SUPPORTED_GROUPS, &[0, 2, 0, 25]);
        hello.set(KEY_SHARE, &[0, 0]);
    });
    assert_eq!(no_group, Some(NoCommonGroup));
    let suites = server_refusal(|hello| hello.head = Hello::head(0xfefd, &[0x1304, 0xc02b]));
    assert_eq!(suites, Some(NoCommonCipherSuite));
    // rfc9147 §5.3: the cookie of 1.2 is empty.
    let cookie = server_refusal(|hello| {
        hello.head[35] = 1;
        hello.head.insert(36, 7);
    });
    assert_eq!(cookie, Some(IllegalParameter("legacy_cookie")));
    let compression = server_refusal(|hello| {
        let at = hello.head.len() - 2;
        hello.head[at] = 2;
        hello.head.push(1);
    });
    assert_eq!(compression, Some(IllegalParameter("legacy_compression_methods")));
}

#[test]
fn bad_key_shares_are_refused_by_either_side() {
    // adversarial D18
    let share = |group: u16, key: &[u8]| {
        let length = u16::try_from(key.len()).unwrap().to_be_bytes();
        [&group.to_be_bytes()[..], &length, key].concat()
    };
    let shares = |group, key: &[u8]| {
        let share = share(group, key);
        [&u16::try_from(share.len()).unwrap().to_be_bytes()[..], &share].concat()
    };
    let one = [&[1][..], &[0; 31]].concat();
    for (group, key) in [
        (29_u16, vec![0; 32]),
        (29, one),
        (29, vec![9; 31]),
        (29, vec![9; 33]),
        (23, vec![4; 65]),
        (23, vec![0]),
        (23, [&[2][..], &[1; 32]].concat()),
    ] {
        let bytes = shares(group, &key);
        let refused = server_refusal(move |hello| hello.set(KEY_SHARE, &bytes));
        assert_eq!(refused, Some(KeyShare), "{group} {key:?}");
        let bytes = share(group, &key);
        let mut client = config_13(1);
        client.key_shares = vec![X25519, Secp256r1];
        let net = net(client, config_13(2));
        let refused = refusal_in(net, Role::Server, move |hello, _| hello.set(KEY_SHARE, &bytes));
        assert_eq!(refused, Some(KeyShare), "{group} {key:?}");
    }
    let twice = [shares(29, &[9; 32])[2..].to_vec(), share(29, &[9; 32])].concat();
    let twice = [&u16::try_from(twice.len()).unwrap().to_be_bytes()[..], &twice].concat();
    let refused = server_refusal(move |hello| hello.set(KEY_SHARE, &twice));
    assert_eq!(refused, Some(FailureReason::Malformed(ParseError::Invalid("client_shares"))));
}

/// How the other side fails if `liar`'s key of X25519MLKEM768 is changed like this.
fn hybrid_refusal(liar: Role, change: impl Fn(&mut Vec<u8>) + 'static) -> Option<FailureReason> {
    let [client, server] = [1, 2].map(|number| {
        let mut config = config_13(number);
        config.groups = vec![X25519MlKem768];
        config.key_shares = vec![X25519MlKem768];
        // Room for a hello in one piece.
        config.mtu = 1_500;
        config
    });
    refusal_in(net(client, server), liar, move |hello, _| {
        let (_, data) = hello.extensions.iter_mut().find(|(typ, _)| *typ == KEY_SHARE).unwrap();
        let head = if liar == Role::Client { 2 } else { 0 };
        let mut key = data.split_off(head + 4);
        change(&mut key);
        let length = u16::try_from(key.len()).unwrap();
        data.clear();
        if head > 0 {
            data.extend((length + 4).to_be_bytes());
        }
        data.extend([&[0x11, 0xec][..], &length.to_be_bytes(), &key].concat());
    })
}

#[test]
fn bad_hybrid_keys_are_refused_by_either_side() {
    // adversarial D19
    for liar in [Role::Client, Role::Server] {
        let ml_kem = if liar == Role::Client { 1_184 } else { 1_088 };
        assert_eq!(hybrid_refusal(liar, |key| key.push(0)), Some(KeyShare));
        assert_eq!(hybrid_refusal(liar, move |key| key.truncate(ml_kem + 31)), Some(KeyShare));
        assert_eq!(hybrid_refusal(liar, |key| key.truncate(32)), Some(KeyShare));
        // The X25519 part gives the secret away.
        let zeros = hybrid_refusal(liar, move |key| key[ml_kem..].fill(0));
        assert_eq!(zeros, Some(KeyShare));
    }
    // Coefficients that are not below the modulus (FIPS 203 §7.2); the halves in the wrong order
    // have some, too.
    let coefficients = hybrid_refusal(Role::Client, |key| key[..1_184].fill(0xff));
    assert_eq!(coefficients, Some(KeyShare));
    let swapped = hybrid_refusal(Role::Client, |key| key.rotate_right(32));
    assert_eq!(swapped, Some(KeyShare));
}

#[test]
fn a_server_hello_that_breaks_the_rules_is_refused() {
    // adversarial D20, D22
    let with =
        |code_point, data: &'static [u8]| client_refusal(move |hello| hello.set(code_point, data));
    let not_13 = Some(IllegalParameter("selected_version"));
    assert_eq!(with(SUPPORTED_VERSIONS, &[0xfe, 0xfd]), not_13);
    assert_eq!(with(SUPPORTED_VERSIONS, &[0xfe, 0xfb]), not_13);
    let none = client_refusal(|hello| hello.remove(SUPPORTED_VERSIONS));
    assert_eq!(none, Some(NoCommonVersion), "1.2 was not offered");
    let legacy = client_refusal(|hello| hello.head[1] = 0xfc);
    assert_eq!(legacy, Some(IllegalParameter("legacy_version")));
    assert_eq!(with(0x4242, &[]), Some(UnsolicitedExtension(0x4242)));
    // Offered, but not to be answered here.
    assert_eq!(with(14, &[0, 2, 0, 7, 0]), Some(IllegalParameter("extension")));
    assert_eq!(with(COOKIE, &[0, 1, 7]), Some(UnsolicitedExtension(COOKIE)));
    let share = client_refusal(|hello| hello.remove(KEY_SHARE));
    assert_eq!(share, Some(IllegalParameter("key_share")));
    assert_eq!(with(KEY_SHARE, &[0, 24, 0, 1, 4]), Some(NotOffered("group")));
    let suite = |suite| client_refusal(move |hello| set_suite(hello, suite));
    for other in [0x1304, 0xc02b, 0xcca9] {
        assert_eq!(suite(other), Some(NotOffered("cipher suite")), "{other:x}");
    }
    let session = client_refusal(|hello| {
        hello.head[34] = 1;
        hello.head.insert(35, 7);
    });
    assert_eq!(session, Some(IllegalParameter("legacy_session_id_echo")));
    let compression = client_refusal(|hello| *hello.head.last_mut().unwrap() = 1);
    assert_eq!(compression, Some(NotOffered("compression method")));
}

/// How a client fails if the retry request is changed like this.
fn retry_refusal(change: impl Fn(&mut Hello) + 'static) -> Option<FailureReason> {
    refusal_in(retrying(), Role::Server, move |hello, _| {
        // rfc8446 §4.1.3: its random says what it is.
        if hello.head[2..6] == [0xcf, 0x21, 0xad, 0x74] {
            change(hello);
        }
    })
}

#[test]
fn a_retry_request_that_breaks_the_rules_is_refused() {
    // adversarial D20
    let group = |group: [u8; 2]| retry_refusal(move |hello| hello.set(KEY_SHARE, &group));
    assert_eq!(group([0, 29]), Some(IllegalParameter("selected_group")), "there is one already");
    assert_eq!(group([0, 24]), Some(NotOffered("group")));
    let nothing = retry_refusal(|hello| hello.remove(KEY_SHARE));
    assert_eq!(nothing, Some(IllegalParameter("HelloRetryRequest")));
    let unsolicited = retry_refusal(|hello| hello.set(0x4242, &[]));
    assert_eq!(unsolicited, Some(UnsolicitedExtension(0x4242)));
    let misplaced = retry_refusal(|hello| hello.set(14, &[0, 2, 0, 7, 0]));
    assert_eq!(misplaced, Some(IllegalParameter("extension")));
    let suite = retry_refusal(|hello| set_suite(hello, 0x1302));
    assert_eq!(suite, Some(IllegalParameter("cipher suite")), "another one in the ServerHello");
    // A second one: the ServerHello becomes one by its random.
    let mut random = Vec::new();
    let again = retrying().connect_lying(Role::Server, move |message| {
        if message.typ == SERVER_HELLO {
            if random.is_empty() {
                random = message.body[2..34].to_vec();
            } else {
                message.body[2..34].copy_from_slice(&random);
            }
        }
    });
    assert_eq!(again.failure(Role::Client), Some(UnexpectedMessage));
}

#[test]
fn a_cookie_comes_back_in_the_second_hello() {
    let mut net = retrying();
    let mut number = 0;
    net.tamper_with(move |from, datagram| {
        common::wire::rewrite(&datagram, |message| {
            if from == Role::Server && message.typ == SERVER_HELLO && number == 0 {
                let mut hello = Hello::parse(SERVER_HELLO, &message.body);
                hello.set(COOKIE, &[0, 3, 7, 8, 9]);
                message.body = hello.body();
                number += 1;
            }
            true
        })
    });
    net.start();
    net.run(Duration::from_millis(45));
    let (_, second) = net.sent.iter().rfind(|(from, _)| *from == Role::Client).unwrap();
    let second = Fragment::parse(&records(second)[0].content);
    let hello = Hello::parse(CLIENT_HELLO, &second.body);
    assert!(hello.extensions.contains(&(COOKIE, vec![0, 3, 7, 8, 9])), "{hello:?}");
}

#[test]
fn a_second_hello_that_is_another_one_is_refused() {
    // adversarial D20
    let second = |change: fn(&mut Hello)| {
        refusal_in(retrying(), Role::Client, move |hello, number| {
            if number >= 1 {
                change(hello);
            }
        })
    };
    let other = Some(IllegalParameter("second ClientHello"));
    assert_eq!(second(|hello| hello.head[10] ^= 1), other);
    assert_eq!(second(|hello| hello.set(SUPPORTED_GROUPS, &[0, 2, 0, 23])), other);
    assert_eq!(second(|hello| hello.set(0x4242, &[])), other);
    assert_eq!(second(|hello| hello.remove(14)), other);
    let share = Some(IllegalParameter("key_share"));
    assert_eq!(second(|hello| hello.set(KEY_SHARE, &[0, 0])), share);
    let two = |hello: &mut Hello| {
        let mut shares =
            hello.extensions.iter().find(|(typ, _)| *typ == KEY_SHARE).unwrap().1.clone();
        shares.extend([&[0, 29, 0, 32][..], &[9; 32]].concat());
        shares[1] += 36;
        hello.set(KEY_SHARE, &shares);
    };
    assert_eq!(second(two), share);
}

#[test]
fn a_hello_for_one_version_cannot_be_answered_by_the_other_after_a_cookie() {
    let mut net = net(both(1), both(2));
    net.client.start(net.now);
    net.client.poll_transmit(&mut Vec::new()).unwrap();
    let request = Fragment::whole(3, 0, &[0xfe, 0xff, 1, 7]);
    net.client.handle_datagram(net.now, &request.datagram(0));
    let hello = Hello {
        head: {
            let mut head = vec![0xfe, 0xfd];
            head.extend([9; 32]);
            head.extend([0, 0x13, 0x01, 0]);
            head
        },
        extensions: vec![(SUPPORTED_VERSIONS, vec![0xfe, 0xfc])],
    };
    let answer = Fragment::whole(SERVER_HELLO, 1, &hello.body());
    net.client.handle_datagram(net.now, &answer.datagram(1));
    net.client.handle_timeout(net.now + limits::DOUBT);
    let failed = Event::Failed(IllegalParameter("selected_version"));
    assert_eq!(net.client.poll_event(), Some(failed));
}
