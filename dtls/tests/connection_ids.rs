//! Connection identifiers: what is agreed on, what records bear, and what changes after the
//! handshake.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::ids::{id, id_of, net, split, with_rule};
use common::{BELIEVED, BOTH, Fate, Net, SECOND, VERSIONS, config_of};
use lariat_base::Seed;
use lariat_crypto::NamedGroup;
use lariat_dtls::{
    Authenticity, Connection, ConnectionId, ConnectionIdError, ConnectionIdUsage, CookieGate,
    Event, FailureReason, RECORD_OVERHEAD, Role, SendError, Verdict, Version, limits,
};

/// That data arrives in both directions, in records that bear this.
fn assert_lives(net: &mut Net) {
    for from in BOTH {
        let record = net.sealed(from, b"alive");
        let expected = net.connection(from).peer_connection_id().clone();
        let overhead = net.connection(from).record_overhead();
        assert_eq!(record.len(), 5 + overhead, "{from:?}");
        let found = ConnectionId::of_datagram(&record, expected.len());
        assert_eq!(found.unwrap_or_default(), expected, "{from:?}");
        net.inject(from.peer(), &record);
        assert_eq!(net.data(from.peer()).last().map(Vec::as_slice), Some(&b"alive"[..]));
        assert!(net.failure(from).is_none());
    }
}

/// That every record under keys bears what its receiver wants, and no other record bears anything.
fn assert_every_record_is_named(net: &Net, wanted: impl Fn(Role) -> ConnectionId) {
    for (from, datagram) in &net.sent {
        let wanted = wanted(from.peer());
        for record in split(datagram, wanted.len()) {
            let expected = if record.is_protected { wanted.as_ref() } else { &[] };
            assert_eq!(record.cid, expected, "{from:?} {:#x}", record.first);
            let is_12 = record.is_protected && record.first < 0x20;
            assert_eq!(record.first == 25, is_12 && !wanted.is_empty(), "{:#x}", record.first);
        }
    }
}

#[test]
fn every_combination_of_identifiers_connects() {
    // rfc9146 §3, rfc9147 §9: what one side wants, the other one sends, if both know of it.
    let lengths = [None, Some(0), Some(1), Some(8), Some(20), Some(255)];
    for version in VERSIONS {
        for (client, server) in lengths.iter().flat_map(|one| lengths.map(|other| (*one, other))) {
            let [client_id, server_id] = [(Role::Client, client), (Role::Server, server)]
                .map(|(role, length)| length.map(|length| id_of(role, length)));
            let mut net = net(version, client_id.clone(), server_id.clone());
            net.connect();
            let agreed = client_id.zip(server_id).unwrap_or_default();
            let wanted = |role| if role == Role::Client { &agreed.0 } else { &agreed.1 };
            for role in BOTH {
                let connection = net.connection(role);
                let ours: &[ConnectionId] = connection.connection_ids();
                assert_eq!(ours.first().cloned().unwrap_or_default(), *wanted(role));
                assert_eq!(connection.peer_connection_id(), wanted(role.peer()));
            }
            assert_lives(&mut net);
            net.client.close();
            net.run(SECOND);
            assert_eq!(net.server_events.last(), Some(&Event::Closed));
            assert_every_record_is_named(&net, |role| wanted(role).clone());
        }
    }
}

#[test]
fn the_overhead_is_known() {
    for (version, base, least) in [(Version::Dtls12, 37, 38), (Version::Dtls13, 22, 22)] {
        let mut net = net(version, Some(id(&[])), Some(id_of(Role::Server, 20)));
        net.connect();
        assert_eq!(net.server.record_overhead(), base);
        assert!(base <= RECORD_OVERHEAD);
        assert_eq!(net.client.record_overhead(), least + 20);
    }
}

#[test]
fn a_record_of_1_2_with_an_identifier_has_room_for_one_byte_less() {
    // rfc9146 §5: the type of the content counts.
    let mut net = net(Version::Dtls12, Some(id(&[])), Some(id(&[7])));
    net.connect();
    let data = vec![7; limits::MAX_PLAINTEXT];
    let refused = net.client.send(&data, &mut Vec::new());
    assert_eq!(refused, Err(SendError::TooLong { max: limits::MAX_PLAINTEXT - 1 }));
    let longest = net.sealed(Role::Client, &data[1..]);
    net.inject(Role::Server, &longest);
    assert_eq!(net.data(Role::Server), [&data[1..]]);
    let longest = net.sealed(Role::Server, &data);
    net.inject(Role::Client, &longest);
    assert_eq!(net.data(Role::Client), [data]);
}

#[test]
fn flights_keep_to_the_mtu_and_an_identifier_that_does_not_fit_is_not_taken_up() {
    // adversarial D30
    let longest = 256 - limits::CONNECTION_ID_ROOM;
    for version in VERSIONS {
        for (client, server) in [(20, 20), (longest, longest), (longest + 1, 20), (20, longest + 1)]
        {
            let configs = [(Role::Client, client), (Role::Server, server)].map(|(role, length)| {
                let mut config = config_of(version, if role == Role::Client { 1 } else { 2 });
                config.connection_id = Some(id_of(role, length));
                config.mtu = 256;
                config
            });
            let [of_client, of_server] = configs;
            let mut net = Net::with(of_client, of_server, |_, _| Fate::Arrives);
            if server > longest {
                net.start();
                net.run(BELIEVED);
                let refused = FailureReason::IllegalParameter("connection_id");
                assert_eq!(net.failure(Role::Client), Some(refused));
                continue;
            }
            net.connect();
            assert!(net.sent.iter().all(|(_, bytes)| bytes.len() <= 256), "{version:?} {client}");
            assert!(net.sent.len() < 60, "{version:?} {client}: {}", net.sent.len());
            assert_eq!(net.client.connection_ids().is_empty(), client > longest);
            assert_lives(&mut net);
        }
    }
}

#[test]
fn the_offer_stays_the_same_after_a_retry_and_behind_a_gate() {
    // rfc9147 §9.1, rfc9146 §7
    let mut clients = [config_of(Version::Dtls13, 1), config_of(Version::Dtls12, 1)];
    clients[0].key_shares.clear();
    for mut client in clients {
        let version = client.versions[0];
        client.connection_id = Some(id_of(Role::Client, 9));
        let mut server = config_of(version, 2);
        server.connection_id = Some(id_of(Role::Server, 4));
        // Asked for another key.
        let mut net = Net::with(client.clone(), server.clone(), |_, _| Fate::Arrives);
        net.connect();
        assert_lives(&mut net);
        assert_eq!(net.server.peer_connection_id().len(), 9);
        // Asked for a cookie.
        let mut gate = CookieGate::new(server.clone(), &Seed::new([7; 32]));
        let (of_client, of_server) = (common::expect(&client), common::expect(&server));
        let mut client = Connection::new(client, Role::Client, of_server);
        let now = lariat_base::Instant::ZERO;
        client.start(now);
        let (mut hello, mut answer) = (Vec::new(), Vec::new());
        client.poll_transmit(&mut hello).unwrap();
        assert_eq!(gate.handle_datagram(now, b"address", &hello, &mut answer), Verdict::Reply);
        client.handle_datagram(now, &answer);
        hello.clear();
        client.poll_transmit(&mut hello).unwrap();
        let verdict = gate.handle_datagram(now, b"address", &hello, &mut answer);
        let Verdict::Admit(admission) = verdict else { panic!("{verdict:?}") };
        let mut server = admission.connection(server, of_client);
        server.handle_datagram(now, &hello);
        let mut net = Net::of(client, server, |_, _| Fate::Arrives);
        net.run(SECOND);
        assert!(net.connected(Role::Client).is_some(), "{version:?}: {net:?}");
        assert_lives(&mut net);
        assert_eq!(net.server.peer_connection_id().len(), 9);
    }
}

#[test]
fn a_second_hello_with_another_identifier_is_refused() {
    // rfc8446 §4.1.2
    let mut client = config_of(Version::Dtls13, 1);
    client.key_shares = vec![NamedGroup::Secp256r1];
    client.connection_id = Some(id(&[1]));
    let mut server = config_of(Version::Dtls13, 2);
    server.groups = vec![NamedGroup::X25519];
    server.connection_id = Some(id(&[2]));
    let mut hellos = 0;
    let mut net = Net::with(client, server, |_, _| Fate::Arrives);
    net.tamper_with(move |from, datagram| {
        if from == Role::Server {
            return datagram;
        }
        common::wire::rewrite(&datagram, |message| {
            hellos += 1;
            let mut hello = common::wire::Hello::parse(message.typ, &message.body);
            hello.set(54, &[1, hellos]);
            message.body = hello.body();
            true
        })
    });
    net.start();
    net.run(BELIEVED);
    let refused = FailureReason::IllegalParameter("second ClientHello");
    assert_eq!(net.failure(Role::Server), Some(refused));
}

#[test]
fn an_answer_without_an_offer_is_refused() {
    for version in VERSIONS {
        let net = net(version, None, None).connect_lying(Role::Server, |message| {
            if message.typ == common::wire::SERVER_HELLO {
                let mut hello = common::wire::Hello::parse(message.typ, &message.body);
                hello.set(54, &[0]);
                message.body = hello.body();
            }
        });
        let refused = FailureReason::UnsolicitedExtension(54);
        assert_eq!(net.failure(Role::Client), Some(refused), "{version:?}");
    }
}

/// Both sides of 1.3, connected.
fn connected_13() -> Net {
    let mut net = net(Version::Dtls13, Some(id(&[7, 7])), Some(id(&[8, 8, 8])));
    net.connect();
    net
}

#[test]
fn new_identifiers_are_given_asked_for_and_used() {
    // rfc9147 §9
    let mut net = connected_13();
    let now = net.now;
    assert_eq!(net.client.use_spare_connection_id(), Err(ConnectionIdError::NoSpare));
    net.client.request_connection_ids(now, 2).unwrap();
    let outstanding = Err(ConnectionIdError::Outstanding);
    assert_eq!(net.client.request_connection_ids(now, 2), outstanding);
    net.run(SECOND);
    assert_eq!(net.server_events.last(), Some(&Event::ConnectionIdsRequested(2)));
    assert_eq!(net.client.request_connection_ids(net.now, 2), outstanding, "not answered");
    let given = [id(&[8, 8, 1]), id(&[8, 8, 2])];
    let (now, spare) = (net.now, ConnectionIdUsage::Spare);
    net.server.issue_connection_ids(now, &given, spare).unwrap();
    assert_eq!(net.server.issue_connection_ids(now, &[], spare), outstanding);
    net.run(SECOND);
    assert_eq!(net.server.connection_ids().len(), 3);
    assert_eq!(net.client.spare_connection_ids(), 2);
    assert_lives(&mut net);
    assert_eq!(net.client.peer_connection_id(), &id(&[8, 8, 8]), "not before we want to");
    for expected in &given {
        net.client.use_spare_connection_id().unwrap();
        assert_eq!(net.client.peer_connection_id(), expected);
        assert_lives(&mut net);
        let in_use = Event::ConnectionIdInUse(expected.clone());
        assert_eq!(net.server_events.iter().filter(|event| **event == in_use).count(), 1);
    }
    // The request is answered, so another one may go out.
    let now = net.now;
    net.client.request_connection_ids(now, 1).unwrap();
    net.server.issue_connection_ids(now, &[id(&[8, 8, 3])], ConnectionIdUsage::Immediate).unwrap();
    net.run(SECOND);
    assert_eq!(net.client.peer_connection_id(), &id(&[8, 8, 3]));
    assert!(net.server_events.contains(&Event::ConnectionIdInUse(id(&[8, 8, 3]))), "by the ACK");
    assert_eq!(net.client.poll_timeout(), None);
    assert_eq!(net.server.poll_timeout(), None);
    assert_lives(&mut net);
}

#[test]
fn messages_about_identifiers_survive_any_one_loss() {
    for fate in [Fate::Lost, Fate::Twice, Fate::Late] {
        for (sender, lost) in BOTH.into_iter().flat_map(|role| (0..8).map(move |n| (role, n))) {
            let ids = (Some(id(&[7])), Some(id(&[8])));
            let rule = move |from, number| {
                if (from, number) == (sender, lost) { fate } else { Fate::Arrives }
            };
            let mut net = with_rule(Version::Dtls13, ids.0, ids.1, rule);
            net.connect();
            let now = net.now;
            // Both at once, and keys on top.
            for (role, new) in [(Role::Client, id(&[70])), (Role::Server, id(&[80]))] {
                let connection = net.connection(role);
                connection.request_connection_ids(now, 3).unwrap();
                connection.update_keys(now, false);
                let usage = ConnectionIdUsage::Immediate;
                connection.issue_connection_ids(now, &[new], usage).unwrap();
            }
            net.run(5 * SECOND);
            for (role, new) in [(Role::Client, id(&[70])), (Role::Server, id(&[80]))] {
                assert_eq!(net.connection(role.peer()).peer_connection_id(), &new);
                assert!(net.events(role).contains(&Event::ConnectionIdInUse(new)), "{net:?}");
                assert!(net.events(role).contains(&Event::ConnectionIdsRequested(3)), "{net:?}");
                assert_eq!(net.connection(role).poll_timeout(), None);
            }
            assert_lives(&mut net);
        }
    }
}

#[test]
fn identifiers_change_only_where_there_are_some() {
    let spare = ConnectionIdUsage::Spare;
    let none = Err(ConnectionIdError::NotNegotiated);
    // In 1.2 they never change.
    for (version, client, server) in [
        (Version::Dtls12, Some(id(&[7])), Some(id(&[8]))),
        (Version::Dtls13, Some(id(&[])), Some(id(&[]))),
        (Version::Dtls13, Some(id(&[7])), None),
        (Version::Dtls13, None, None),
    ] {
        let mut net = net(version, client, server);
        let early = net.server.issue_connection_ids(net.now, &[], spare);
        assert_eq!(early, Err(ConnectionIdError::NotConnected));
        net.connect();
        let (now, sent) = (net.now, net.sent.len());
        for role in BOTH {
            let connection = net.connection(role);
            assert_eq!(connection.issue_connection_ids(now, &[id(&[9])], spare), none);
            assert_eq!(connection.request_connection_ids(now, 1), none);
        }
        net.run(SECOND);
        assert_eq!(net.sent.len(), sent, "nothing was sent");
    }
    let mut net = connected_13();
    let now = net.now;
    net.client.close();
    let late = net.client.request_connection_ids(now, 1);
    assert_eq!(late, Err(ConnectionIdError::NotConnected));
}

#[test]
fn a_datagram_says_whether_its_sender_may_have_moved() {
    // rfc9146 §6
    for version in VERSIONS {
        let mut net = net(version, Some(id(&[7])), Some(id(&[8])));
        net.connect();
        let all: Vec<_> = (0..4_u8).map(|n| net.sealed(Role::Client, &[n])).collect();
        let now = net.now;
        let server = &mut net.server;
        assert_eq!(server.handle_datagram(now, &all[1]), Authenticity::Newest);
        assert_eq!(server.handle_datagram(now, &all[0]), Authenticity::Authentic, "it is late");
        for old in &all[..2] {
            assert_eq!(server.handle_datagram(now, old), Authenticity::Unproven, "a replay");
        }
        let both = [&all[0][..], &all[3], &all[2]].concat();
        assert_eq!(server.handle_datagram(now, &both), Authenticity::Newest);
        assert_eq!(server.handle_datagram(now, &both), Authenticity::Unproven);
        let forged = [&all[3][..all[3].len() - 1], &[all[3][all[3].len() - 1] ^ 1]].concat();
        assert_eq!(server.handle_datagram(now, &forged), Authenticity::Unproven);
        assert_eq!(server.handle_datagram(now, &[]), Authenticity::Unproven);
        let plain = common::wire::Record::plain(21, 9, &[1, 0]).bytes();
        assert_eq!(server.handle_datagram(now, &plain), Authenticity::Unproven);
    }
}

#[test]
fn new_keys_make_a_record_newer_than_all_under_the_old_ones() {
    let mut net = connected_13();
    let old: Vec<_> = (0..9_u8).map(|n| net.sealed(Role::Client, &[n])).collect();
    let now = net.now;
    net.client.update_keys(now, false);
    net.run(SECOND);
    let new = net.sealed(Role::Client, b"new");
    assert_eq!(net.server.handle_datagram(net.now, &new), Authenticity::Newest);
    for record in &old {
        assert_eq!(net.server.handle_datagram(net.now, record), Authenticity::Authentic);
    }
}

#[test]
fn what_waited_for_its_keys_says_nothing_about_the_datagram_that_brings_them() {
    // The client's last flight is lost, and data overtakes it: who knows where that came from.
    let rule = |from, number| {
        if from == Role::Client && number > 0 { Fate::Lost } else { Fate::Arrives }
    };
    let mut net = with_rule(Version::Dtls13, Some(id(&[7])), Some(id(&[8])), rule);
    net.start();
    net.run(Duration::from_millis(79));
    let data = net.sealed(Role::Client, b"early");
    let now = net.now;
    assert_eq!(net.server.handle_datagram(now, &data), Authenticity::Unproven);
    let flight = net.sent.iter().rfind(|(from, _)| *from == Role::Client);
    let records = split(&flight.unwrap().1, 1);
    let (finished, rest) = records.split_last().unwrap();
    for record in rest {
        net.server.handle_datagram(now, &record.bytes);
    }
    // What is newer than all before it is the Finished, not the data that it lets out.
    assert_eq!(net.server.handle_datagram(now, &finished.bytes), Authenticity::Newest);
    assert!(net.server.is_connected());
    // The same flight in the hands of somebody who has no newer record.
    assert_eq!(net.server.handle_datagram(now, &finished.bytes), Authenticity::Unproven);
    assert_eq!(net.server.handle_datagram(now, &data), Authenticity::Unproven, "a replay by now");
}
