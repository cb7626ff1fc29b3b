//! Packets and chunks that an attacker could send (adversarial C1 to C6, C16, C17, C21).

mod common;

use std::time::Duration;

use common::by_hand::{ByHand, take};
use common::wire::{Init, chunk, data, kinds, packet, parameter, sealed, tag_of, u32_at};
use common::{Link, Pair};
use lariat_sctp::{CloseReason, Config, Dropped, Event};

const HEARTBEAT: u8 = 4;

fn heartbeat(info: &[u8]) -> Vec<u8> {
    chunk(HEARTBEAT, 0, &parameter(1, info))
}

// adversarial C1
#[test]
fn the_rest_of_a_packet_behind_an_impossible_length_is_dropped() {
    for length in [0_u16, 1, 2, 3, 100, 65_535] {
        let mut end = ByHand::established();
        let mut bad = chunk(HEARTBEAT, 0, &[]);
        bad[2..4].copy_from_slice(&length.to_be_bytes());
        end.give(&[heartbeat(b"first"), bad, heartbeat(b"second")]);
        assert_eq!(end.sent_kinds(), [5], "{length}");
        assert_eq!(end.pair.ends[0].dropped().get(Dropped::ChunkLength), 1);
        assert!(end.is_alive());
    }
}

// adversarial C1
#[test]
fn a_packet_of_many_chunks_is_read_up_to_a_limit() {
    let mut end = ByHand::established();
    // A SHUTDOWN COMPLETE means nothing here and is skipped; the HEARTBEAT lies beyond the limit.
    let mut chunks = vec![chunk(0xbf, 0, &[]); 400];
    chunks.push(heartbeat(b"too late"));
    end.give(&chunks);
    assert_eq!(end.sent_kinds(), [0_u8; 0]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::ChunkLength), 1);
    assert!(end.is_alive());
}

// adversarial C1
#[test]
fn chunks_that_must_be_alone_are_refused_in_company() {
    let mut end = ByHand::established();
    let init = chunk(1, 0, &Init::PLAIN.value(&[]));
    end.pair.inject(0, packet(0, &[init.clone(), heartbeat(b"")]));
    end.give(&[chunk(2, 0, &Init::PLAIN.value(&[])), heartbeat(b"")]);
    end.give(&[chunk(14, 0, &[]), heartbeat(b"")]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Bundled), 3);
    end.give(&[heartbeat(b""), init]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Bundled), 4);
    assert_eq!(end.sent_kinds(), [5]);
}

// adversarial C2
#[test]
fn a_wrong_checksum_is_dropped_before_anything_else() {
    let mut end = ByHand::established();
    let mut wrong = packet(end.tag, &[chunk(6, 0, &[])]);
    for checksum in [[0; 4], [0xff; 4]] {
        wrong[8..12].copy_from_slice(&checksum);
        end.pair.inject(0, wrong.clone());
    }
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Checksum), 2);
    assert!(end.is_alive());
}

#[test]
fn packets_for_other_ports_are_dropped() {
    let mut end = ByHand::established();
    for at in [1, 3] {
        let mut other = packet(end.tag, &[chunk(6, 0, &[])]);
        other[at] ^= 1;
        end.pair.inject(0, sealed(other));
    }
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Port), 2);
    assert!(end.is_alive());
}

// adversarial C3
#[test]
fn tags_that_do_not_match_are_dropped() {
    let mut end = ByHand::established();
    let tag = end.tag;
    for wrong in [0, tag ^ 1, Init::PLAIN.tag] {
        end.pair.inject(0, packet(wrong, &[data(3, 1_000, 0, 0, 53, b"x")]));
    }
    // An INIT with a tag is not one.
    end.pair.inject(0, packet(tag, &[chunk(1, 0, &Init::PLAIN.value(&[]))]));
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Tag), 4);
    assert_eq!(end.sent_kinds(), [0_u8; 0]);
}

// adversarial C3
#[test]
fn inits_with_forbidden_values_change_nothing() {
    for (init, answered) in [
        (Init { tag: 0, ..Init::PLAIN }, false),
        (Init { outbound: 0, ..Init::PLAIN }, true),
        (Init { inbound: 0, ..Init::PLAIN }, true),
        (Init { window: 1_499, ..Init::PLAIN }, true),
    ] {
        let mut end = ByHand::established();
        end.pair.inject(0, init.packet(&[]));
        let sent = take(&mut end.pair, 0);
        assert_eq!(sent.len(), usize::from(answered));
        if let Some(abort) = sent.first() {
            assert_eq!((kinds(abort), tag_of(abort)), (vec![6], init.tag));
        }
        assert!(end.is_alive());
    }
    let mut end = ByHand::established();
    end.pair.inject(0, Init::PLAIN.packet(&parameter(11, b"host.example\0")));
    assert_eq!(end.sent_kinds(), [6], "a host name is answered with an ABORT");
    assert!(end.is_alive());
}

// adversarial C5
#[test]
fn cookies_that_are_not_ours_change_nothing() {
    let fresh = || ByHand::cookie(Config::default(), Init::PLAIN);
    let cookie = fresh().cookie;
    let mut forged: Vec<Vec<u8>> = (0..cookie.len() * 8)
        .map(|bit| {
            let mut forged = cookie.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            forged
        })
        .collect();
    forged.extend((0..cookie.len()).map(|length| cookie[..length].to_vec()));
    forged.push(vec![0; 1_000]);
    let mut end = fresh();
    for forged in &forged {
        end.give(&[chunk(10, 0, forged), data(3, 1_000, 0, 0, 53, b"x")]);
    }
    // The right cookie in a packet with another tag.
    end.pair.inject(0, packet(end.tag ^ 1, &[chunk(10, 0, &cookie)]));
    assert_eq!(end.events(), []);
    assert_eq!(end.sent_kinds(), [0_u8; 0]);
    let dropped = end.pair.ends[0].dropped().get(Dropped::Cookie);
    assert_eq!(dropped, forged.len() as u64 + 1);
    end.give(&[chunk(10, 0, &cookie)]);
    assert_eq!(end.events(), [Event::Connected]);
}

// adversarial C5
#[test]
fn a_stale_cookie_is_answered_in_microseconds() {
    let mut end = ByHand::cookie(Config::default(), Init::PLAIN);
    end.pair.now = end.pair.now + Duration::from_millis(60_000) + Duration::from_micros(1_234);
    end.give(&[chunk(10, 0, &end.cookie.clone())]);
    let sent = end.sent();
    assert_eq!((sent[0].0, &sent[0].2[..4]), (9, &[0, 3, 0, 8][..]));
    assert_eq!(u32_at(&sent[0].2, 4), 1_234);
    assert_eq!(end.events(), []);
}

// adversarial C6
#[test]
fn a_flood_of_inits_leaves_nothing_and_is_answered_in_moderation() {
    let mut pair = Pair::new(1, Link::PERFECT);
    let mut answers = 0;
    for number in 0..20_000_u32 {
        let init = Init { tag: number + 1, ..Init::PLAIN };
        pair.inject(0, init.packet(&[]));
        answers += take(&mut pair, 0).len();
        pair.now = pair.now + Duration::from_micros(100);
    }
    assert!(answers <= 32 + 2 * 20 + 1, "{answers}");
    assert_eq!(pair.ends[0].poll_timeout(), None, "no timer, no state");
    assert_eq!(pair.ends[0].poll_event(), None);
}

// adversarial C16
#[test]
fn heartbeats_are_echoed_in_moderation_and_within_a_packet() {
    let mut end = ByHand::established();
    end.give(&[heartbeat(&[7; 60_000])]);
    assert_eq!(end.sent_kinds(), [0_u8; 0]);
    end.give(&[heartbeat(&[7; 1_100])]);
    let sent = end.sent();
    assert_eq!((sent[0].0, &sent[0].2[..]), (5, &parameter(1, &[7; 1_100])[..]));
    let mut answers = 0;
    for _ in 0..10_000 {
        end.give(&[heartbeat(b"flood")]);
        answers += end.sent().len();
    }
    assert!(answers <= 32, "{answers}");
}

// adversarial C16
#[test]
fn a_forged_heartbeat_answer_is_ignored() {
    let mut end = ByHand::established();
    end.give(&[chunk(5, 0, &parameter(1, &[0; 8])), chunk(5, 0, &[])]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Heartbeat), 2);
    assert_eq!(end.pair.ends[0].stats().rtt, None);
}

// adversarial C14, C17
#[test]
fn unknown_chunks_follow_their_high_bits() {
    for (kind, goes_on, reported) in [
        (0x3e, false, false),
        (0x7e, false, true),
        // PKTDROP, and AUTH beside it.
        (0x81, true, false),
        (0x0f, false, false),
        // ASCONF, and FORWARD-TSN, which is not negotiated.
        (0xc1, true, true),
        (0xc0, true, true),
        // ECNE and CWR.
        (0x0c, false, false),
        (0x0d, false, false),
    ] {
        let mut end = ByHand::established();
        end.give(&[chunk(kind, 0, &[1, 2, 3, 4]), heartbeat(b"")]);
        let mut expected = Vec::new();
        expected.extend(reported.then_some(9));
        expected.extend(goes_on.then_some(5));
        assert_eq!(end.sent_kinds(), expected, "{kind:#x}");
    }
}

// adversarial C17
#[test]
fn errors_are_not_answered_with_errors() {
    let mut end = ByHand::established();
    end.give(&[chunk(9, 0, &parameter(6, &[0xfe, 0, 0, 4])), chunk(9, 0, &[0, 1, 0, 2])]);
    end.give(&[chunk(9, 0, &parameter(3, &[0; 4]))]);
    assert_eq!(end.sent_kinds(), [0_u8; 0]);
    assert!(end.is_alive());
}

// rfc9260 §8.4
#[test]
fn packets_out_of_the_blue_are_answered_as_the_rfc_says() {
    for (kind, answer) in [(0, Some((6, 1))), (8, Some((14, 1))), (6, None), (14, None), (11, None)]
    {
        let mut pair = Pair::new(1, Link::PERFECT);
        pair.inject(0, packet(77, &[chunk(kind, 0, &[0; 16])]));
        let sent = take(&mut pair, 0);
        let first = sent.first().map(|packet| {
            assert_eq!(tag_of(packet), 77);
            (packet[12], packet[13])
        });
        assert_eq!(first, answer, "{kind}");
    }
}

#[test]
fn after_the_end_nothing_comes_to_life() {
    let mut end = ByHand::established();
    let cookie = end.cookie.clone();
    end.give(&[chunk(6, 0, &[])]);
    assert_eq!(end.events(), [Event::Closed(CloseReason::PeerAborted)]);
    end.give(&[chunk(10, 0, &cookie)]);
    end.give(&[data(3, 1_000, 0, 0, 53, b"x")]);
    end.pair.inject(0, Init::PLAIN.packet(&[]));
    assert_eq!(end.events(), []);
    assert_eq!(end.pair.ends[0].poll_timeout(), None);
}
