//! Records of DTLS 1.3 that nobody should send, and some that come at the wrong time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::wire::{
    ACK, ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, Fragment, HANDSHAKE, Hello, Record,
    ciphertexts, records,
};
use common::{BOTH, Fate, Net, SECOND, config_of, fake_config};
use lariat_base::Seed;
use lariat_dtls::{Dropped, Event, FailureReason, Role, Version, limits};

fn new() -> Net {
    Net::of_version(Version::Dtls13)
}

fn with_rule(rule: impl FnMut(Role, usize) -> Fate + 'static) -> Net {
    let (client, server) = (config_of(Version::Dtls13, 1), config_of(Version::Dtls13, 2));
    Net::with(client, server, rule)
}

fn connected() -> Net {
    let mut net = new();
    net.connect();
    net
}

#[test]
fn a_hundred_thousand_forged_records_change_nothing() {
    // adversarial D11
    let mut net = connected();
    let before = net.sent.len();
    let mut forged = net.sealed(Role::Client, b"data");
    for sequence in 0..100_000_u32 {
        forged[1..3].copy_from_slice(&sequence.to_be_bytes()[2..]);
        let at = 5 + usize::try_from(sequence % 20).unwrap();
        forged[at] ^= 0x55;
        let now = net.now;
        net.server.handle_datagram(now, &forged);
        forged[at] ^= 0x55;
    }
    assert_eq!(net.server.dropped().get(Dropped::NotAuthentic), 100_000);
    assert_eq!(net.sent.len(), before, "no alert");
    net.assert_lives();
}

#[test]
fn a_replayed_record_is_delivered_once_and_one_left_of_the_window_never() {
    // adversarial D12
    let mut net = connected();
    let record = net.sealed(Role::Client, b"once");
    for _ in 0..3 {
        net.inject(Role::Server, &record);
    }
    assert_eq!(net.data(Role::Server), [b"once"]);
    assert_eq!(net.server.dropped().get(Dropped::Replayed), 2);
    let mut net = connected();
    let all: Vec<_> = (0..100_u8).map(|n| net.sealed(Role::Client, &[n])).collect();
    for record in all.iter().rev() {
        net.inject(Role::Server, record);
    }
    let delivered: Vec<u8> = net.data(Role::Server).iter().map(|data| data[0]).collect();
    assert_eq!(delivered, (36..100).rev().collect::<Vec<u8>>());
}

#[test]
fn numbers_are_followed_past_what_the_header_holds() {
    let (client, server) = (fake_config(Version::Dtls13, 1), fake_config(Version::Dtls13, 2));
    let mut net = Net::with(client, server, |_, _| Fate::Arrives);
    net.connect();
    // Each hundredth of 200,000 arrives.
    for n in 0..200_000_u32 {
        let record = net.sealed(Role::Client, &n.to_be_bytes());
        if n % 100 == 0 {
            net.inject(Role::Server, &record);
        }
    }
    assert_eq!(net.data(Role::Server).len(), 2_000);
    assert_eq!(net.server.dropped().get(Dropped::NotAuthentic), 0);
}

#[test]
fn each_record_of_a_datagram_stands_for_itself() {
    // adversarial D14
    let plain = |content_type, content: &[u8]| Record::plain(content_type, 99, content).bytes();
    let of_12 = |version: u16| {
        Record { version, epoch: 1, ..Record::plain(APPLICATION_DATA, 1, &[0; 40]) }.bytes()
    };
    let ciphertext =
        |first: u8, length: u8| [&[first, 0, 9, 0, length][..], &vec![7; length.into()]].concat();
    let bad = [
        (of_12(0xfefd), Dropped::Epoch),
        (plain(0, b"x"), Dropped::ContentType),
        (plain(25, b"x"), Dropped::ConnectionId),
        (plain(APPLICATION_DATA, b"x"), Dropped::PlaintextData),
        (plain(HANDSHAKE, b""), Dropped::Fragment),
        (Hello::minimal().message().datagram(9), Dropped::LateHandshake),
        (Fragment::whole(24, 9, &[0]).datagram(9), Dropped::LateHandshake),
        (plain(ALERT, &[2, 40]), Dropped::PlaintextAlert),
        (plain(ACK, &[0, 0]), Dropped::Ack),
        (plain(CHANGE_CIPHER_SPEC, &[2]), Dropped::ChangeCipherSpec),
        // Of epochs 4 and 5, which there are not; too short for a sample, and not authentic.
        (ciphertext(0x2c, 40), Dropped::Epoch),
        (ciphertext(0x2d, 40), Dropped::Epoch),
        (ciphertext(0x2f, 15), Dropped::Length),
        (ciphertext(0x2f, 16), Dropped::NotAuthentic),
        (ciphertext(0x2f, 40), Dropped::NotAuthentic),
    ];
    for (record, reason) in bad {
        let mut net = connected();
        let mut datagram = record.clone();
        datagram.extend(net.sealed(Role::Client, b"good"));
        net.inject(Role::Server, &datagram);
        assert_eq!(net.data(Role::Server), [b"good"], "{record:?}");
        assert_eq!(net.server.dropped().get(reason), 1, "{record:?} {:?}", net.server.dropped());
        net.assert_lives();
    }
}

#[test]
fn a_record_with_a_connection_identifier_ends_its_datagram() {
    let mut net = connected();
    let good = net.sealed(Role::Client, b"good");
    net.inject(Role::Server, &[&[0x3f, 0, 0, 0, 40], &good[..]].concat());
    assert_eq!(net.server.dropped().get(Dropped::Header), 1);
    net.inject(Role::Server, &good);
    assert_eq!(net.data(Role::Server), [b"good"]);
}

#[test]
fn the_version_of_a_plaintext_record_means_nothing_once_1_3_is_agreed_on() {
    // rfc9147 §4
    let mut net = connected();
    let alert = Record { version: 0x0303, ..Record::plain(ALERT, 99, &[2, 40]) };
    net.inject(Role::Server, &alert.bytes());
    assert_eq!(net.server.dropped().get(Dropped::PlaintextAlert), 1);
}

#[test]
fn a_plaintext_alert_ends_neither_a_connection_nor_a_handshake() {
    // adversarial D10
    let mut net = connected();
    for description in 0..=255 {
        for role in BOTH {
            net.inject(role, &Record::plain(ALERT, 9, &[2, description]).bytes());
        }
    }
    net.assert_lives();
    let mut net = new();
    net.start();
    net.inject(Role::Client, &Record::plain(ALERT, 1, &[2, 40]).bytes());
    net.run(SECOND);
    net.assert_lives();
}

#[test]
fn acknowledgements_in_plaintext_are_ignored() {
    // rfc9147 §7, adversarial D25: of our own hello among them.
    let mut net = new();
    net.start();
    let number = [[0; 8], [0; 8]].concat();
    let ack = Record::plain(ACK, 5, &[&[0, 16][..], &number].concat()).bytes();
    for role in BOTH {
        net.inject(role, &ack);
        assert_eq!(net.connection(role).dropped().get(Dropped::Ack), 1);
    }
    net.run(SECOND);
    net.assert_lives();
}

#[test]
fn data_that_overtakes_the_finished_is_delivered_after_it() {
    // adversarial D27: the client's flight is lost once, its data is not.
    let mut net =
        with_rule(
            |from, number| {
                if (from, number) == (Role::Client, 1) { Fate::Lost } else { Fate::Arrives }
            },
        );
    net.start();
    net.run(Duration::from_millis(45));
    assert!(net.connected(Role::Client).is_some() && net.connected(Role::Server).is_none());
    for n in 0..u8::try_from(limits::EARLY_RECORDS).unwrap() + 1 {
        net.send(Role::Client, &[n]);
    }
    net.run(Duration::from_millis(100));
    assert_eq!(net.data(Role::Server).len(), 0, "nobody has shown who he is");
    net.run(SECOND);
    assert!(matches!(net.server_events[..2], [Event::Connected(_), Event::Data(_)]));
    assert_eq!(net.data(Role::Server).len(), limits::EARLY_RECORDS);
    assert_eq!(net.server.dropped().get(Dropped::EarlyRecord), 1);
}

#[test]
fn junk_that_comes_before_its_keys_is_kept_up_to_a_limit_and_harms_nobody() {
    // adversarial D27
    let mut net = new();
    net.start();
    let junk = [&[0x2e, 0, 0, 0, 40][..], &[7; 40]].concat();
    for _ in 0..limits::EARLY_RECORDS + 5 {
        net.inject(Role::Client, &junk);
    }
    assert_eq!(net.client.dropped().get(Dropped::EarlyRecord), 5);
    net.run(SECOND);
    let refused = net.client.dropped().get(Dropped::NotAuthentic);
    assert_eq!(refused, limits::EARLY_RECORDS as u64);
    net.assert_lives();
}

#[test]
fn handshake_messages_that_should_be_protected_and_are_not_change_nothing() {
    // adversarial D9, D14: forgeries of all that is to come, before it comes.
    let mut net = new();
    net.start();
    for seq in 1..6 {
        for typ in [8, 11, 13, 15, 20, 24] {
            let forged = Fragment::whole(typ, seq, &[0; 40]).datagram(seq.into());
            net.inject(Role::Client, &forged);
            net.inject(Role::Server, &forged);
        }
    }
    net.run(SECOND);
    net.assert_lives();
}

#[test]
fn a_hello_to_an_established_connection_is_ignored() {
    // adversarial D31
    let mut net = connected();
    let hello = Hello::minimal().message().datagram(0);
    let before = net.sent.len();
    for _ in 0..1_000 {
        net.inject(Role::Server, &hello);
        net.inject(Role::Client, &hello);
    }
    assert_eq!(net.sent.len(), before);
    assert_eq!(net.server.dropped().get(Dropped::LateHandshake), 1_000);
    net.assert_lives();
}

#[test]
fn a_late_copy_of_the_whole_handshake_changes_nothing() {
    let mut net = connected();
    net.run(SECOND);
    let before = net.sent.clone();
    for _ in 0..10 {
        for (from, datagram) in &before {
            net.inject(from.peer(), datagram);
        }
    }
    assert_eq!(net.sent.len(), before.len(), "records were seen before, so nothing is answered");
    net.assert_lives();
}

#[test]
fn closing_in_any_phase_ends_all_polls() {
    // adversarial D28
    for millis in [0, 10, 30, 50, 70, 500] {
        for closer in BOTH {
            let mut net = new();
            net.start();
            net.run(Duration::from_millis(millis));
            net.connection(closer).close();
            net.run(40 * SECOND);
            for role in BOTH {
                let connection = net.connection(role);
                assert_eq!(connection.poll_timeout(), None, "{millis} {closer:?} {role:?}");
                assert_eq!(connection.poll_transmit(&mut Vec::new()), None);
                let last = net.events(role).last();
                assert!(matches!(last, Some(Event::Closed | Event::Failed(_))), "{last:?}");
            }
        }
    }
}

#[test]
fn a_client_whose_last_flight_is_never_acknowledged_gives_up() {
    // adversarial D7
    let mut net =
        with_rule(
            |from, number| {
                if from == Role::Server && number > 0 { Fate::Lost } else { Fate::Arrives }
            },
        );
    net.start();
    net.run(40 * SECOND);
    assert!(net.connected(Role::Client).is_some());
    assert_eq!(net.failure(Role::Client), Some(FailureReason::HandshakeTimeout));
    // Eighteen flights, of which the later ones are in shorter datagrams.
    assert!(net.sent.len() < 100, "{}", net.sent.len());
    assert_eq!(net.client.poll_timeout(), None);
}

#[test]
fn no_record_number_is_used_twice() {
    // adversarial D13. The numbers are encrypted, so records must at least all differ; see
    // unique.rs for the nonces.
    for seed in 0..20 {
        let mut rng = Seed::new([seed; 32]).rng();
        let mut net =
            with_rule(move |_, _| if rng.below(100) < 30 { Fate::Lost } else { Fate::Arrives });
        net.connect();
        let mut seen = std::collections::BTreeSet::new();
        for (from, datagram) in &net.sent {
            for record in records(datagram) {
                assert!(seen.insert((*from, record.sequence.to_be_bytes().to_vec())));
            }
            for record in ciphertexts(datagram) {
                assert!(seen.insert((*from, record)));
            }
        }
    }
}
