//! Records that nobody should send.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::wire::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Hello, Record, records,
};
use common::{BELIEVED, BOTH, Fate, Net, SECOND};
use lariat_base::{Instant, Seed};
use lariat_dtls::{AlertDescription, Dropped, Event, FailureReason, Role, limits};

fn connected() -> Net {
    let mut net = Net::new();
    net.connect();
    net
}

#[test]
fn a_hundred_thousand_forged_records_change_nothing() {
    // adversarial D11
    let mut net = connected();
    let before = net.sent.len();
    let mut forged = records(&net.sealed(Role::Client, b"data"))[0].clone();
    for sequence in 0..100_000 {
        forged.sequence = sequence;
        let now = net.now;
        net.server.handle_datagram(now, &forged.bytes());
    }
    // The first numbers are taken, one of them by the record that the forgery was made from.
    let dropped = net.server.dropped();
    let refused = dropped.get(Dropped::NotAuthentic) + dropped.get(Dropped::Replayed);
    assert!((99_999..=100_000).contains(&refused), "{dropped:?}");
    assert_eq!(net.sent.len(), before, "no alert");
    net.assert_lives();
}

#[test]
fn a_replayed_record_is_delivered_once() {
    // adversarial D12
    let mut net = connected();
    let record = net.sealed(Role::Client, b"once");
    for _ in 0..3 {
        net.inject(Role::Server, &record);
    }
    assert_eq!(net.data(Role::Server), [b"once"]);
    assert_eq!(net.server.dropped().get(Dropped::Replayed), 2);
}

#[test]
fn records_left_of_the_window_are_dropped_and_inside_it_delivered() {
    // adversarial D12
    let mut net = connected();
    let all: Vec<_> = (0..100_u8).map(|n| net.sealed(Role::Client, &[n])).collect();
    for record in all.iter().rev() {
        net.inject(Role::Server, record);
    }
    let delivered: Vec<u8> = net.data(Role::Server).iter().map(|data| data[0]).collect();
    assert_eq!(delivered, (36..100).rev().collect::<Vec<u8>>());
    assert_eq!(net.server.dropped().get(Dropped::Replayed), 36);
}

#[test]
fn a_forged_number_far_ahead_does_not_shut_out_the_genuine_records() {
    // adversarial D12
    let mut net = connected();
    let mut forged = records(&net.sealed(Role::Client, b"data"))[0].clone();
    forged.sequence = (1 << 48) - 1;
    net.inject(Role::Server, &forged.bytes());
    assert_eq!(net.server.dropped().get(Dropped::NotAuthentic), 1);
    net.assert_lives();
}

#[test]
fn each_record_of_a_datagram_stands_for_itself() {
    // adversarial D14
    let plain = |content_type, content: &[u8]| Record::plain(content_type, 99, content);
    let bad = [
        (Record { epoch: 65_535, ..plain(APPLICATION_DATA, b"x") }, Dropped::Epoch),
        (Record { epoch: 2, ..plain(APPLICATION_DATA, b"x") }, Dropped::Epoch),
        (plain(0, b"x"), Dropped::ContentType),
        (plain(255, b"x"), Dropped::ContentType),
        // tls12_cid, which nobody negotiated.
        (plain(25, b"x"), Dropped::ConnectionId),
        (Record { epoch: 1, ..plain(25, &[0; 40]) }, Dropped::ConnectionId),
        (plain(APPLICATION_DATA, b"x"), Dropped::PlaintextData),
        (plain(HANDSHAKE, b""), Dropped::Fragment),
        (plain(HANDSHAKE, &[1, 0, 0, 0]), Dropped::Fragment),
        (Hello::minimal().message().datagram(9).into_record(), Dropped::LateHandshake),
        (plain(ALERT, b""), Dropped::Alert),
        (plain(ALERT, &[2, 40]), Dropped::PlaintextAlert),
        (plain(CHANGE_CIPHER_SPEC, b""), Dropped::ChangeCipherSpec),
        (plain(CHANGE_CIPHER_SPEC, &[2]), Dropped::ChangeCipherSpec),
        (Record { version: 0x0303, ..plain(ALERT, &[2, 40]) }, Dropped::Version),
        (Record { epoch: 1, ..plain(APPLICATION_DATA, b"") }, Dropped::Length),
        (Record { epoch: 1, ..plain(APPLICATION_DATA, &[0; 23]) }, Dropped::Length),
        (Record { epoch: 1, ..plain(APPLICATION_DATA, &[0; 24]) }, Dropped::NotAuthentic),
        (Record { epoch: 1, ..plain(APPLICATION_DATA, &[0; 16_409]) }, Dropped::Length),
        (Record { version: 0xfeff, epoch: 1, ..plain(ALERT, &[0; 26]) }, Dropped::Version),
        (plain(ALERT, &[0; 16_385]), Dropped::Length),
    ];
    for (record, reason) in bad {
        let mut net = connected();
        let mut datagram = record.bytes();
        datagram.extend(net.sealed(Role::Client, b"good"));
        net.inject(Role::Server, &datagram);
        assert_eq!(net.data(Role::Server), [b"good"], "{record:?}");
        assert_eq!(net.server.dropped().get(reason), 1, "{record:?} {:?}", net.server.dropped());
        net.assert_lives();
    }
}

/// Back from bytes, so that a whole datagram of one record can stand in the table.
trait IntoRecord {
    fn into_record(self) -> Record;
}

impl IntoRecord for Vec<u8> {
    fn into_record(self) -> Record {
        records(&self).remove(0)
    }
}

#[test]
fn a_record_longer_than_its_datagram_ends_the_datagram() {
    // adversarial D14
    let mut net = connected();
    let good = net.sealed(Role::Client, b"good");
    for cut in 1..good.len() {
        net.inject(Role::Server, &good[..cut]);
    }
    net.inject(Role::Server, &[]);
    assert_eq!(net.server.dropped().get(Dropped::Header), good.len() as u64);
    net.inject(Role::Server, &good);
    assert_eq!(net.data(Role::Server), [b"good"]);
}

#[test]
fn a_hundred_records_in_a_datagram_are_all_taken() {
    // adversarial D14
    let mut net = connected();
    let all: Vec<u8> = (0..100_u8).flat_map(|n| net.sealed(Role::Client, &[n])).collect();
    net.inject(Role::Server, &all);
    assert_eq!(net.data(Role::Server).len(), 100);
}

#[test]
fn data_that_nobody_takes_is_dropped_past_the_limit() {
    let mut net = connected();
    for _ in 0..limits::EVENTS + 1 {
        let record = net.sealed(Role::Client, b"data");
        let now = net.now;
        net.server.handle_datagram(now, &record);
    }
    assert_eq!(net.server.dropped().get(Dropped::EventsFull), 1);
}

#[test]
fn a_plaintext_alert_after_the_handshake_is_ignored() {
    // adversarial D10
    let mut net = connected();
    for description in 0..=255 {
        for role in BOTH {
            net.inject(role, &Record::plain(ALERT, 9, &[2, description]).bytes());
        }
    }
    assert_eq!(net.server.dropped().get(Dropped::PlaintextAlert), 256);
    net.assert_lives();
}

#[test]
fn a_fatal_alert_in_plaintext_says_why_a_handshake_goes_no_further() {
    // D10: whoever can write into the path can write it, so by itself it ends nothing.
    let rule = |_, _| Fate::Lost;
    for (alert, reason) in [
        ([1, 90], FailureReason::HandshakeTimeout),
        ([2, 40], FailureReason::PeerAlert(AlertDescription::HANDSHAKE_FAILURE)),
        ([1, 0], FailureReason::PeerAlert(AlertDescription::CLOSE_NOTIFY)),
    ] {
        let mut net = Net::with_rule(rule);
        net.start();
        net.inject(Role::Client, &Record::plain(ALERT, 0, &alert).bytes());
        assert_eq!(net.client.dropped().get(Dropped::PlaintextAlert), 1);
        net.run(limits::DOUBT - Duration::from_millis(1));
        assert_eq!(net.failure(Role::Client), None);
        net.run(Duration::from_millis(1));
        assert_eq!(net.failure(Role::Client).is_some(), reason != FailureReason::HandshakeTimeout);
        net.run(40 * SECOND);
        assert_eq!(net.failure(Role::Client), Some(reason));
        assert_eq!(net.client.poll_timeout(), None);
    }
}

#[test]
fn a_change_cipher_spec_means_nothing_early_twice_or_late() {
    // adversarial D9
    let ccs = Record::plain(CHANGE_CIPHER_SPEC, 50, &[1]).bytes();
    let mut net = Net::new();
    for role in BOTH {
        net.inject(role, &ccs);
    }
    net.start();
    for _ in 0..5 {
        for role in BOTH {
            net.inject(role, &ccs);
        }
        net.run(Duration::from_millis(20));
    }
    net.run(SECOND);
    for role in BOTH {
        net.inject(role, &ccs);
        assert!(net.connected(role).is_some());
    }
    net.assert_lives();
}

#[test]
fn a_handshake_without_any_change_cipher_spec_completes() {
    // adversarial D9
    let mut net = Net::new();
    net.tamper_with(|_, datagram| {
        let mut all = records(&datagram);
        all.retain(|record| record.content_type != CHANGE_CIPHER_SPEC);
        all.iter().flat_map(Record::bytes).collect()
    });
    net.connect();
    net.assert_lives();
}

#[test]
fn a_finished_in_plaintext_is_dropped() {
    // adversarial D9
    let mut net = Net::new();
    net.start();
    for seq in 0..6 {
        let finished = common::wire::Fragment::whole(20, seq, &[0; 12]);
        net.inject(Role::Server, &finished.datagram(seq.into()));
        net.inject(Role::Client, &finished.datagram(seq.into()));
    }
    assert_eq!(net.server.dropped().get(Dropped::HandshakeEpoch), 6);
    net.run(SECOND);
    net.assert_lives();
}

#[test]
fn data_that_overtakes_the_finished_is_delivered_after_it() {
    // adversarial D27: the server's flight of one datagram is lost once, its data is not.
    let mut net = Net::with_rule(|from, number| {
        if (from, number) == (Role::Server, 1) { Fate::Lost } else { Fate::Arrives }
    });
    net.start();
    net.run(Duration::from_millis(70));
    assert!(net.connected(Role::Server).is_some() && net.connected(Role::Client).is_none());
    for n in 0..u8::try_from(limits::EARLY_RECORDS).unwrap() + 1 {
        net.send(Role::Server, &[n]);
    }
    net.run(SECOND);
    assert!(matches!(net.client_events[..2], [Event::Connected(_), Event::Data(_)]));
    assert_eq!(net.data(Role::Client).len(), limits::EARLY_RECORDS);
    assert_eq!(net.client.dropped().get(Dropped::EarlyData), 1);
}

#[test]
fn records_that_come_before_their_keys_are_kept_up_to_a_limit() {
    // adversarial D27: an attacker's are dropped when the keys are there.
    let mut net = Net::new();
    net.start();
    let junk = Record { epoch: 1, ..Record::plain(APPLICATION_DATA, 1, &[0; 40]) };
    for _ in 0..limits::EARLY_RECORDS + 5 {
        net.inject(Role::Client, &junk.bytes());
    }
    assert_eq!(net.client.dropped().get(Dropped::EarlyRecord), 5);
    net.run(SECOND);
    let refused = net.client.dropped().get(Dropped::NotAuthentic);
    assert_eq!(refused, limits::EARLY_RECORDS as u64);
    net.assert_lives();
    let mut net = Net::new();
    net.start();
    let long = Record { epoch: 1, ..Record::plain(APPLICATION_DATA, 1, &[0; 10_000]) };
    net.inject(Role::Client, &long.bytes());
    net.inject(Role::Client, &long.bytes());
    assert_eq!(net.client.dropped().get(Dropped::EarlyRecord), 1, "bytes are limited, too");
}

#[test]
fn a_close_notify_during_the_handshake_ends_it_once_and_only_if_it_is_meant() {
    // D28
    for is_meant in [true, false] {
        let mut net = Net::with_rule(move |_, _| if is_meant { Fate::Lost } else { Fate::Arrives });
        net.start();
        for sequence in 0..5 {
            net.inject(Role::Client, &Record::plain(ALERT, sequence, &[1, 0]).bytes());
        }
        net.run(BELIEVED);
        if !is_meant {
            net.assert_lives();
            continue;
        }
        let expected = FailureReason::PeerAlert(AlertDescription::CLOSE_NOTIFY);
        assert_eq!(net.client_events, [Event::Failed(expected)]);
        assert_eq!(net.client.poll_timeout(), None);
        assert_eq!(net.client.poll_transmit(&mut Vec::new()), None);
    }
}

#[test]
fn closing_in_any_phase_ends_all_polls() {
    // adversarial D28
    for millis in [0, 30, 50, 70, 90, 500] {
        for closer in BOTH {
            let mut net = Net::new();
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
fn a_hello_to_an_established_connection_is_ignored() {
    // adversarial D31: a peer that starts over does so with new ICE credentials, and so with a new
    // connection.
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
    let before = net.sent.clone();
    net.run(SECOND);
    for _ in 0..10 {
        for (from, datagram) in &before {
            net.inject(from.peer(), datagram);
        }
    }
    assert_eq!(net.sent.len(), before.len(), "records were seen before, so nothing is answered");
    net.assert_lives();
}

#[test]
fn datagrams_before_the_start_of_a_client_are_dropped() {
    // adversarial D2: a server takes the hello that comes before its own start.
    let mut net = Net::new();
    net.inject(Role::Client, &Hello::minimal().message().datagram(0));
    assert_eq!(net.client.dropped().get(Dropped::NotStarted), 1);
    net.client.start(Instant::ZERO);
    net.run(SECOND);
    assert!(net.connected(Role::Client).is_some(), "the server was never told to start");
}

#[test]
fn what_comes_after_the_end_is_dropped() {
    let mut net = connected();
    let record = net.sealed(Role::Client, b"late");
    net.server.close();
    net.inject(Role::Server, &record);
    assert_eq!(net.server.dropped().get(Dropped::Over), 1);
    assert_eq!(net.data(Role::Server).len(), 0);
}

#[test]
fn no_nonce_is_used_twice() {
    // adversarial D13
    for seed in 0..20 {
        let mut rng = Seed::new([seed; 32]).rng();
        let mut net = Net::with_rule(
            move |_, _| {
                if rng.below(100) < 30 { Fate::Lost } else { Fate::Arrives }
            },
        );
        net.connect();
        for _ in 0..20 {
            net.send(Role::Client, b"data");
            net.send(Role::Server, b"data");
        }
        let mut seen = BTreeSet::new();
        for (from, datagram) in &net.sent {
            for record in records(datagram) {
                let number = (*from, record.epoch, record.sequence);
                assert!(seen.insert(number), "{number:?}");
                if record.epoch == 1 {
                    let nonce = (1_u64 << 48 | record.sequence).to_be_bytes();
                    assert_eq!(record.content[..8], nonce);
                }
            }
        }
    }
}
