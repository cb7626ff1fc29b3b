//! What a refused packet leaves in the caller's buffer: nothing that was encrypted.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Setup, leaks, other_key, protected_rtcp, rich_rtp, rtcp};
use lariat_crypto::ring;
use lariat_srtp::{Dropped, Inbound, MasterKey, Slot};

const SSRC: u32 = 0xcafe_babe;

/// A receiver that refuses everything, and what for.
struct Refusing {
    name: &'static str,
    inbound: Inbound,
    rtp: Dropped,
    rtcp: Dropped,
}

fn inbound(setup: &Setup, key: &MasterKey) -> Inbound {
    Inbound::with_config(&ring::provider(), setup.profile, key, setup.config).unwrap()
}

/// Whatever is found wrong with a packet once it may be decrypted.
fn refusing(setup: &Setup) -> Vec<Refusing> {
    let other = |byte| other_key(setup.profile, byte).with_mki(setup.mki);
    let full = Setup { config: lariat_srtp::Config { max_streams: 0, ..setup.config }, ..*setup };
    let not_authentic = |name, inbound| Refusing {
        name,
        inbound,
        rtp: Dropped::NotAuthentic,
        rtcp: Dropped::NotAuthentic,
    };
    let too_many = |name, inbound| Refusing {
        name,
        inbound,
        rtp: Dropped::TooManyStreams,
        rtcp: Dropped::TooManyStreams,
    };
    let mut all = vec![
        not_authentic("another key", inbound(setup, &other(0x44))),
        too_many("no room for the stream", inbound(&full, &setup.key())),
    ];
    if setup.mki.is_empty() {
        let mut two_others = inbound(setup, &other(0x44));
        two_others.add_key(&other(0x45)).unwrap();
        all.push(not_authentic("two other keys", two_others));
        let mut old = inbound(&full, &setup.key());
        old.add_key(&other(0x44)).unwrap();
        all.push(too_many("no room, and an old key", old));
        let mut new = inbound(&full, &other(0x44));
        new.add_key(&setup.key()).unwrap();
        all.push(too_many("no room, and a new key", new));
    }
    all
}

#[test]
fn nothing_decrypted_is_left_of_a_refused_packet() {
    for setup in Setup::all() {
        // Of a new stream, the second number is tried with two indices.
        for sequence_number in [40_000, 5] {
            for Refusing { name, mut inbound, rtp: for_rtp, rtcp: for_rtcp } in refusing(&setup) {
                let mut outbound = setup.outbound();
                let plain = rich_rtp(SSRC, sequence_number);
                let mut sent = plain.clone();
                outbound.protect_rtp(&mut sent).unwrap();
                assert!(!leaks(&plain, &sent, &sent) && leaks(&plain, &sent, &plain));

                let mut packet = sent.clone();
                assert_eq!(inbound.unprotect_rtp(&mut packet), Err(for_rtp), "{name}");
                assert!(!leaks(&plain, &sent, &packet), "{name}: {setup:?}");
                let mut packet = sent.clone();
                let mut run = [Slot::new(&mut packet, usize::MAX)];
                inbound.unprotect_rtp_run(&mut run);
                assert_eq!(run[0].result(), Err(for_rtp), "{name}");
                assert!(!leaks(&plain, &sent, &packet), "{name} in a run: {setup:?}");

                let (plain, sent) = (rtcp(SSRC), protected_rtcp(&mut outbound, SSRC));
                let mut packet = sent.clone();
                assert_eq!(inbound.unprotect_rtcp(&mut packet), Err(for_rtcp), "{name}");
                assert!(!leaks(&plain, &sent, &packet), "{name}: {setup:?}");
            }
        }
    }
}

#[test]
fn nothing_decrypted_is_left_of_a_packet_with_another_counter_or_tag() {
    for setup in Setup::all() {
        let mut outbound = setup.outbound();
        outbound.set_rollover_counter(SSRC, 2).unwrap();
        let plain = rich_rtp(SSRC, 5);
        let mut sent = plain.clone();
        outbound.protect_rtp(&mut sent).unwrap();
        let receivers = [None, Some(0), Some(3), Some(u32::MAX)].map(|counter| {
            let mut inbound = setup.inbound();
            if let Some(counter) = counter {
                inbound.set_rollover_counter(SSRC, counter).unwrap();
            }
            inbound
        });
        for mut inbound in receivers {
            let mut packet = sent.clone();
            assert_eq!(inbound.unprotect_rtp(&mut packet), Err(Dropped::NotAuthentic));
            assert!(!leaks(&plain, &sent, &packet), "{setup:?}");
        }
        // A tag of which the last byte is wrong.
        let mut inbound = setup.inbound();
        inbound.set_rollover_counter(SSRC, 2).unwrap();
        let is_aead = setup.profile.name().starts_with("AEAD");
        let behind = if is_aead { setup.mki.len() + 1 } else { 1 };
        let mut packet = sent.clone();
        let at = packet.len() - behind;
        packet[at] ^= 1;
        assert_eq!(inbound.unprotect_rtp(&mut packet), Err(Dropped::NotAuthentic));
        assert!(!leaks(&plain, &sent, &packet), "{setup:?}");
        // Nothing but that was wrong.
        assert!(inbound.unprotect_rtp(&mut sent.clone()).is_ok());
    }
}

// With an AEAD, the packet as it came is kept for another try, but not what was decrypted.
#[test]
fn a_packet_that_only_the_last_try_opens_is_whole() {
    for setup in Setup::all().into_iter().filter(|setup| setup.mki.is_empty()) {
        let mut inbound = setup.inbound();
        inbound.add_key(&other_key(setup.profile, 0x44)).unwrap();
        let mut outbound = setup.outbound();
        outbound.set_rollover_counter(SSRC, 1).unwrap();
        let plain = rich_rtp(SSRC, 5);
        let mut packet = plain.clone();
        outbound.protect_rtp(&mut packet).unwrap();
        let length = inbound.unprotect_rtp(&mut packet).unwrap();
        assert_eq!(packet[..length], plain);
    }
}
