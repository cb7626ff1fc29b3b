//! Records with connection identifiers that nobody should send.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::ids::{id, net};
use common::{Net, SECOND, VERSIONS};
use lariat_dtls::{Authenticity, ConnectionIdUsage, Dropped, Role, Version};
use proptest::prelude::*;

/// What the server wants.
const ID: [u8; 3] = [8, 9, 10];

fn connected(version: Version) -> Net {
    let mut net = net(version, Some(id(&[])), Some(id(&ID)));
    net.connect();
    net
}

/// Where the identifier stands in a record.
const fn place(version: Version) -> usize {
    if matches!(version, Version::Dtls12) { 11 } else { 1 }
}

/// The same record without its identifier, as somebody would write it who knows of none.
fn without_id(version: Version, record: &[u8]) -> Vec<u8> {
    let at = place(version);
    let mut out = [&record[..at], &record[at + ID.len()..]].concat();
    out[0] = if version == Version::Dtls12 { 23 } else { out[0] & !0x10 };
    out
}

#[test]
fn a_record_with_a_wrong_identifier_is_dropped_and_one_without_any_too() {
    // adversarial D14
    for version in VERSIONS {
        let mut net = connected(version);
        let good = net.sealed(Role::Client, b"good");
        let mut wrong = net.sealed(Role::Client, b"wrong");
        wrong[place(version) + 2] ^= 1;
        net.inject(Role::Server, &wrong);
        assert_eq!(net.server.dropped().get(Dropped::ConnectionId), 1, "{version:?}");
        // rfc9146 §3
        let nameless = without_id(version, &good);
        net.inject(Role::Server, &nameless);
        assert_eq!(net.server.dropped().get(Dropped::ConnectionId), 2, "{version:?}");
        assert_eq!(net.data(Role::Server), Vec::<Vec<u8>>::new());
        // rfc9147 §4: in 1.3, all that is behind a record of another connection is of that one.
        net.inject(Role::Server, &[&wrong[..], &good].concat());
        let is_12 = version == Version::Dtls12;
        assert_eq!(net.data(Role::Server).len(), usize::from(is_12), "{version:?}");
        assert_eq!(net.server.dropped().get(Dropped::ConnectionId), 3, "{version:?}");
        if !is_12 {
            let second = net.sealed(Role::Client, b"second");
            net.inject(Role::Server, &[&good[..], &wrong, &second].concat());
            assert_eq!(net.data(Role::Server), [b"good"]);
            net.inject(Role::Server, &second);
            assert_eq!(net.data(Role::Server), [&b"good"[..], b"second"]);
        }
        net.assert_lives();
    }
}

#[test]
fn a_good_record_behind_a_bad_one_counts() {
    // adversarial D14
    for version in VERSIONS {
        let mut net = connected(version);
        let good = net.sealed(Role::Client, b"good");
        let mut forged = net.sealed(Role::Client, b"forged");
        *forged.last_mut().unwrap() ^= 1;
        let nameless = without_id(version, &net.sealed(Role::Client, b"nameless"));
        // tls12_cid in plaintext.
        let mut plain = vec![25, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9];
        plain.extend([&ID[..], &[0, 2, 1, 0]].concat());
        let all = [&plain[..], &nameless, &forged, &good].concat();
        let now = net.now;
        assert_eq!(net.server.handle_datagram(now, &all), Authenticity::Newest);
        net.run(SECOND);
        assert_eq!(net.data(Role::Server), [b"good"]);
        assert_eq!(net.server.dropped().get(Dropped::ConnectionId), 2);
        assert_eq!(net.server.dropped().get(Dropped::NotAuthentic), 1);
        net.assert_lives();
    }
}

#[test]
fn an_identifier_for_somebody_who_wants_none_is_dropped() {
    // rfc9147 §9.1, rfc9146 §3
    for version in VERSIONS {
        // The client has an empty one, or neither side has any.
        for mut net in [connected(version), net(version, None, None)] {
            if !net.client.is_connected() {
                net.connect();
            }
            let record = net.sealed(Role::Server, b"data");
            let at = place(version);
            let mut named = [&record[..at], &ID, &record[at..]].concat();
            named[0] = if version == Version::Dtls12 { 25 } else { named[0] | 0x10 };
            let now = net.now;
            assert_eq!(net.client.handle_datagram(now, &named), Authenticity::Unproven);
            // With nobody knowing how long it is, the record of 1.2 seems to be as long as two
            // bytes of it say, and that of 1.3 cannot be read.
            assert_eq!(net.client.dropped().get(Dropped::Header), 1, "{version:?}");
            // One that is well-formed.
            if version == Version::Dtls12 {
                let mut typed = record.clone();
                typed[0] = 25;
                net.inject(Role::Client, &[&typed[..], &record].concat());
                assert_eq!(net.client.dropped().get(Dropped::ConnectionId), 1);
                assert_eq!(net.data(Role::Client), [b"data"]);
            }
            net.assert_lives();
        }
    }
}

#[test]
fn records_of_the_other_version_are_dropped_with_their_identifiers() {
    for [version, other] in [VERSIONS, [VERSIONS[1], VERSIONS[0]]] {
        let foreign = connected(other).sealed(Role::Client, b"data");
        let mut net = connected(version);
        net.inject(Role::Server, &foreign);
        let dropped = net.server.dropped();
        let refused = dropped.get(Dropped::Epoch);
        assert_eq!(refused, 1, "{version:?}: {dropped:?}");
        net.assert_lives();
    }
}

#[test]
fn a_replay_with_another_identifier_is_noticed() {
    // adversarial D12
    let mut net = connected(Version::Dtls13);
    let now = net.now;
    let second = [8, 9, 11];
    net.server.issue_connection_ids(now, &[id(&second)], ConnectionIdUsage::Spare).unwrap();
    net.run(SECOND);
    let record = net.sealed(Role::Client, b"once");
    net.inject(Role::Server, &record);
    let mut changed = record.clone();
    changed[1..4].copy_from_slice(&second);
    net.inject(Role::Server, &changed);
    net.inject(Role::Server, &record);
    assert_eq!(net.data(Role::Server), [b"once"]);
    assert_eq!(net.server.dropped().get(Dropped::NotAuthentic), 1, "it is in the header");
    assert_eq!(net.server.dropped().get(Dropped::Replayed), 1);
    // Nor does a forgery make the server believe that the client has moved on.
    assert_eq!(net.server_events.len(), 2, "{:?}", net.server_events);
    net.assert_lives();
}

#[test]
fn every_shortening_of_a_record_is_dropped() {
    for version in VERSIONS {
        let mut net = connected(version);
        let record = net.sealed(Role::Client, b"data");
        for length in 0..record.len() {
            net.inject(Role::Server, &record[..length]);
        }
        assert_eq!(net.server.dropped().get(Dropped::Header), record.len() as u64);
        net.inject(Role::Server, &record);
        assert_eq!(net.data(Role::Server), [b"data"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_record_is_taken(is_13: bool, at in 0..200_usize, change in 1..=255_u8) {
        let version = VERSIONS[usize::from(is_13)];
        let mut net = connected(version);
        let mut record = net.sealed(Role::Client, &[7; 100]);
        let at = at % record.len();
        record[at] ^= change;
        let now = net.now;
        prop_assert_eq!(net.server.handle_datagram(now, &record), Authenticity::Unproven);
        net.run(SECOND);
        prop_assert!(net.data(Role::Server).is_empty());
        net.assert_lives();
    }
}
