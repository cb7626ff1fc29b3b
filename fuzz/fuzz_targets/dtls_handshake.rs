//! A DTLS client and a server of either version, with a network between them that does what the
//! input says. Its first byte says what the two speak and when they renew their keys, and its
//! second one which connection identifiers they give out.
#![no_main]

use std::time::Duration;

use lariat_base::{Instant, Reader};
use lariat_dtls::{Connection, ConnectionId, ConnectionIdUsage, Role};
use lariat_fuzz::{Fate, dtls};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut reader = Reader::new(input);
    let choice = usize::from(reader.u8().unwrap_or_default());
    let cids = usize::from(reader.u8().unwrap_or_default());
    let versions = |number: usize| dtls::VERSIONS[number % dtls::VERSIONS.len()];
    let (ours, theirs) = (versions(choice), versions(choice / 3));
    let mut sides = [
        dtls::connection(Role::Client, ours, first_cid(cids)),
        dtls::connection(Role::Server, theirs, first_cid(cids / 4)),
    ];
    let mut now = Instant::ZERO;
    sides.iter_mut().for_each(|side| side.start(now));
    for round in 0..40 {
        if round == choice / 9 {
            sides.iter_mut().for_each(|side| side.update_keys(now, true));
        }
        if round == cids / 16 * 2 {
            sides.iter_mut().for_each(|side| change_cids(side, now));
        }
        for from in [0, 1] {
            let mut out = Vec::new();
            dtls::drain(&mut sides[from], &mut out);
            for datagram in out {
                for copy in Fate::read(&mut reader).apply(datagram) {
                    sides[1 - from].handle_datagram(now, &copy);
                }
            }
        }
        now = now + Duration::from_millis(50);
        for side in &mut sides {
            if side.poll_timeout().is_some_and(|deadline| deadline.at <= now) {
                side.handle_timeout(now);
            }
        }
    }
    let mut keys = [[0; 60]; 2];
    let exported = sides.iter().zip(&mut keys).all(|(side, key)| {
        side.is_connected() && side.export_keying_material("EXTRACTOR-dtls_srtp", None, key).is_ok()
    });
    assert!(!exported || keys[0] == keys[1], "two keys for one connection");
    let [client, server] = &sides;
    assert!(!exported || expects(client, server) && expects(server, client), "another identifier");
    let undisturbed = input.iter().skip(2).all(|byte| *byte == 0)
        && ours.iter().any(|version| theirs.contains(version));
    assert!(!undisturbed || exported, "a good network, and no connection");
});

/// What a side gives out at first, if anything.
fn first_cid(choice: usize) -> Option<ConnectionId> {
    let length = [None, Some(0), Some(3), Some(200)][choice % 4];
    length.map(|length| cid(1, length))
}

fn cid(number: u8, length: usize) -> ConnectionId {
    ConnectionId::new(vec![number; length]).expect("at most 255 bytes")
}

/// Gives the other side two identifiers to use at once, and asks it for some, if that is possible.
fn change_cids(side: &mut Connection, now: Instant) {
    let length = side.connection_ids().first().map_or(0, ConnectionId::len);
    let cids = [cid(2, length), cid(3, length)];
    let _ = side.issue_connection_ids(now, &cids, ConnectionIdUsage::Immediate);
    let _ = side.request_connection_ids(now, 2);
}

/// Whether the records of `other` bear what `side` has given it.
fn expects(side: &Connection, other: &Connection) -> bool {
    let (given, cid) = (side.connection_ids(), other.peer_connection_id());
    if cid.is_empty() { given.is_empty() } else { given.contains(cid) }
}
