//! More streams than there are places for: those that are idle make room, and lose nothing by it
//! that keeps replays out and IVs apart.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use allocation_counter::measure;
use common::{
    PROFILES, Setup, key, opened, opened_rtcp, pair, pair_with, protected_rtcp, protected_rtp,
    rtcp, rtp,
};
use lariat_crypto::ring;
use lariat_srtp::limits::MAX_RETIRED_STREAMS;
use lariat_srtp::{
    Config, Dropped, Event, Inbound, KeyLifetime, Kind, Outbound, Profile, ProtectError, Slot,
};
use proptest::prelude::*;

const GCM: Profile = Profile::AeadAes128Gcm;
const GENUINE: u32 = 0xcafe_babe;

/// As many streams as fit have to share this number of places.
fn with_places(max_streams: usize, max_retired_streams: usize) -> Config {
    Config { max_streams, max_retired_streams, ..Config::default() }
}

/// How many streams were retired, by kind, and whether some were refused.
fn told(mut poll: impl FnMut() -> Option<Event>) -> (usize, usize, bool) {
    let (mut rtp, mut rtcp, mut refused) = (0, 0, false);
    while let Some(event) = poll() {
        match event {
            Event::StreamsRetired { kind: Kind::Rtp, count } => rtp += count,
            Event::StreamsRetired { kind: Kind::Rtcp, count } => rtcp += count,
            Event::TooManyStreams { .. } => refused = true,
            _ => {}
        }
    }
    (rtp, rtcp, refused)
}

/// Whether a packet is accepted as the only one of a run.
fn opened_in_run(inbound: &mut Inbound, packet: &[u8]) -> Result<(), Dropped> {
    let mut packet = packet.to_vec();
    let mut run = [Slot::new(&mut packet, usize::MAX)];
    inbound.unprotect_rtp_run(&mut run);
    run[0].result().map(|_| ())
}

#[test]
fn ten_thousand_streams_leave_room_for_the_next() {
    for profile in [GCM, Profile::Aes128CmHmacSha1_80] {
        let (mut outbound, mut inbound) = pair(profile);
        for ssrc in 0..10_000_u32 {
            opened(&mut inbound, &protected_rtp(&mut outbound, ssrc, 1)).unwrap();
            opened_rtcp(&mut inbound, &protected_rtcp(&mut outbound, ssrc)).unwrap();
            // One that is in use all the time is never among the idle.
            if ssrc % 100 == 0 {
                let number = (ssrc / 100) as u16;
                let late = protected_rtp(&mut outbound, GENUINE, number * 2);
                opened(&mut inbound, &protected_rtp(&mut outbound, GENUINE, number * 2 + 1))
                    .unwrap();
                opened(&mut inbound, &late).unwrap();
            }
        }
        let packet = protected_rtp(&mut outbound, 10_000, 1);
        assert_eq!(opened(&mut inbound, &packet), Ok(rtp(10_000, 1)));
        let (rtp, rtcp, refused) = told(|| inbound.poll_event());
        assert!((8_977..=10_000 - 1_024 + 128).contains(&rtp), "{rtp}");
        assert!((8_976..=10_000 - 1_024 + 128).contains(&rtcp), "{rtcp}");
        assert!(!refused);
        assert_eq!(told(|| outbound.poll_event()), (rtp, rtcp, false));
        assert_eq!(inbound.dropped().total(), 0);
    }
}

// R1
// rfc3711 §3.3.2: what was received is not received again, however long ago.
#[test]
fn packets_of_retired_streams_are_not_accepted_again() {
    for setup in Setup::all() {
        let mut wide = setup.outbound();
        let setup = Setup { config: Config { max_streams: 4, ..setup.config }, ..setup };
        let mut inbound = setup.inbound();
        let mut recorded = Vec::new();
        for ssrc in 0..40 {
            for number in [65_534, 65_535, 0, 1] {
                recorded.push(protected_rtp(&mut wide, ssrc, number));
                opened(&mut inbound, recorded.last().unwrap()).unwrap();
            }
        }
        let controls: Vec<_> = (0..40).map(|ssrc| protected_rtcp(&mut wide, ssrc)).collect();
        controls.iter().for_each(|packet| drop(opened_rtcp(&mut inbound, packet).unwrap()));
        for packet in &recorded {
            let refused = opened(&mut inbound, packet).unwrap_err();
            assert!(matches!(refused, Dropped::Stale | Dropped::Replayed), "{refused:?}");
            let refused = opened_in_run(&mut inbound, packet).unwrap_err();
            assert!(matches!(refused, Dropped::Stale | Dropped::Replayed), "{refused:?}");
        }
        for packet in &controls {
            let refused = opened_rtcp(&mut inbound, packet).unwrap_err();
            assert!(matches!(refused, Dropped::Stale | Dropped::Replayed), "{refused:?}");
        }
        // Each goes on where it was, in the wrap that it was in.
        for ssrc in 0..40 {
            assert_eq!(inbound.next_rtp_index(ssrc), Some(65_536 + 2));
            let packet = protected_rtp(&mut wide, ssrc, 2);
            assert_eq!(opened(&mut inbound, &packet), Ok(rtp(ssrc, 2)));
            assert_eq!(inbound.rollover_counter(ssrc), Some(1));
            let packet = protected_rtcp(&mut wide, ssrc);
            assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(rtcp(ssrc)));
            assert_eq!(inbound.next_rtcp_index(ssrc), Some(2));
            // What was received before is behind it, now that it has a place again.
            for packet in recorded.iter().skip(ssrc as usize * 4).take(4) {
                assert!(opened(&mut inbound, packet).is_err());
                assert!(opened_in_run(&mut inbound, packet).is_err());
            }
            assert!(opened_rtcp(&mut inbound, &controls[ssrc as usize]).is_err());
        }
    }
}

#[test]
fn a_run_brings_back_streams_that_were_retired() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair_with(&ring::provider(), profile, with_places(2, 9));
        for number in 0..30_u16 {
            let mut packets: Vec<_> = (0..6)
                .map(|ssrc| [rtp(ssrc, number), vec![0; profile.rtp_overhead()]].concat())
                .collect();
            let length = rtp(0, number).len();
            let mut run: Vec<_> =
                packets.iter_mut().map(|packet| Slot::new(packet, length)).collect();
            outbound.protect_rtp_run(&mut run);
            assert!(run.iter().all(|slot| slot.result().is_ok()));
            let mut run: Vec<_> =
                packets.iter_mut().map(|packet| Slot::new(packet, usize::MAX)).collect();
            inbound.unprotect_rtp_run(&mut run);
            for (ssrc, slot) in (0..).zip(&run) {
                assert_eq!(slot.result(), Ok(rtp(ssrc, number).as_slice()));
            }
        }
        for ssrc in 0..6 {
            assert_eq!(outbound.next_rtp_index(ssrc), Some(30));
            assert_eq!(inbound.next_rtp_index(ssrc), Some(30));
        }
    }
}

// rfc3711 §3.2.1: the index of a stream goes on as long as its key.
#[test]
fn a_stream_of_ours_that_was_retired_goes_on_above_its_indices() {
    for profile in PROFILES {
        let config = with_places(1, 4);
        let (mut outbound, _) = pair_with(&ring::provider(), profile, config);
        for number in [65_533, 65_535] {
            protected_rtp(&mut outbound, 1, number);
        }
        protected_rtcp(&mut outbound, 1);
        protected_rtp(&mut outbound, 2, 7);
        protected_rtcp(&mut outbound, 2);
        assert_eq!(told(|| outbound.poll_event()), (1, 1, false));
        assert_eq!(outbound.next_rtp_index(1), Some(65_536));
        assert_eq!(outbound.rollover_counter(1), Some(0));
        assert_eq!(outbound.next_rtcp_index(1), Some(1));
        // Not even an index that was passed over is used now.
        for number in [65_535, 65_534, 65_533] {
            let refused = outbound.protect_rtp(&mut rtp(1, number));
            assert!(matches!(refused, Err(ProtectError::Stale | ProtectError::Replayed)));
        }
        protected_rtp(&mut outbound, 1, 0);
        protected_rtcp(&mut outbound, 1);
        assert_eq!(outbound.next_rtp_index(1), Some(65_537));
        assert_eq!(outbound.next_rtcp_index(1), Some(2));
    }
}

#[test]
fn what_was_set_by_hand_outlives_retirement() {
    let (mut outbound, mut inbound) = pair_with(&ring::provider(), GCM, with_places(1, 4));
    outbound.set_rollover_counter(1, 7).unwrap();
    inbound.set_rollover_counter(1, 7).unwrap();
    opened(&mut inbound, &protected_rtp(&mut outbound, 2, 5)).unwrap();
    assert_eq!(inbound.rollover_counter(1), Some(7));
    opened(&mut inbound, &protected_rtp(&mut outbound, 1, 60_000)).unwrap();
    opened(&mut inbound, &protected_rtp(&mut outbound, 2, 6)).unwrap();
    // A command that is refused changes nothing.
    assert_eq!(outbound.resume_rtp(1, 4), Err(ProtectError::Stale));
    assert_eq!(inbound.resume_rtp(1, 4), Err(Dropped::Stale));
    assert_eq!(outbound.set_rollover_counter(1, 6), Err(ProtectError::Stale));
    assert_eq!(inbound.set_rollover_counter(1, 6), Err(Dropped::Stale));
    assert_eq!(outbound.resume_rtcp(1, 4), Ok(()));
    assert_eq!(outbound.resume_rtcp(2, 4), Ok(()));
    assert_eq!(outbound.resume_rtcp(1, 3), Err(ProtectError::Stale));
    assert_eq!(outbound.next_rtp_index(1), Some((7 << 16) + 60_001));
    assert_eq!(inbound.next_rtp_index(1), Some((7 << 16) + 60_001));
}

// R12
#[test]
fn a_key_ends_for_a_stream_whether_it_was_retired_or_not() {
    let key_lifetime = KeyLifetime { rtp: 3, rtcp: 3 };
    let config = Config { key_lifetime, ..with_places(1, 4) };
    let mut outbound = Outbound::with_config(&ring::provider(), GCM, &key(GCM), config).unwrap();
    for number in 0..3 {
        for ssrc in 1..=3 {
            protected_rtp(&mut outbound, ssrc, number);
            protected_rtcp(&mut outbound, ssrc);
        }
    }
    for ssrc in 1..=3 {
        let exhausted = Err(ProtectError::KeyExhausted);
        assert_eq!(outbound.protect_rtp(&mut rtp(ssrc, 3)), exhausted);
        assert_eq!(outbound.protect_rtcp(&mut rtcp(ssrc)), exhausted);
    }
}

#[test]
fn one_stream_past_both_limits_is_refused_and_told_and_all_others_go_on() {
    let config = with_places(4, 6);
    let (mut wide, _) = pair(GCM);
    let (mut outbound, mut inbound) = pair_with(&ring::provider(), GCM, config);
    for ssrc in 1..=10 {
        opened(&mut inbound, &protected_rtp(&mut wide, ssrc, 1)).unwrap();
        opened_rtcp(&mut inbound, &protected_rtcp(&mut wide, ssrc)).unwrap();
        protected_rtp(&mut outbound, ssrc, 1);
        protected_rtcp(&mut outbound, ssrc);
    }
    assert_eq!(told(|| inbound.poll_event()), (6, 6, false));
    let packet = protected_rtp(&mut wide, 11, 1);
    assert_eq!(opened(&mut inbound, &packet), Err(Dropped::TooManyStreams));
    assert_eq!(opened_in_run(&mut inbound, &packet), Err(Dropped::TooManyStreams));
    let packet = protected_rtcp(&mut wide, 11);
    assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::TooManyStreams));
    assert_eq!(told(|| inbound.poll_event()), (0, 0, true));
    let refused = Err(ProtectError::TooManyStreams);
    assert_eq!(outbound.protect_rtp(&mut rtp(11, 1)), refused);
    assert_eq!(outbound.protect_rtcp(&mut rtcp(11)), refused);
    for number in 2..5 {
        for ssrc in 1..=10 {
            opened(&mut inbound, &protected_rtp(&mut wide, ssrc, number)).unwrap();
            opened_rtcp(&mut inbound, &protected_rtcp(&mut wide, ssrc)).unwrap();
            protected_rtp(&mut outbound, ssrc, number);
            protected_rtcp(&mut outbound, ssrc);
        }
    }
    // No place means that there is no stream, and the limit has a limit.
    let (mut none, _) = pair_with(&ring::provider(), GCM, with_places(0, 9));
    assert_eq!(none.protect_rtp(&mut rtp(1, 1)), refused);
    let most = with_places(1, usize::MAX);
    let (mut outbound, _) = pair_with(&ring::provider(), GCM, most);
    for ssrc in 0..=MAX_RETIRED_STREAMS as u32 {
        outbound.resume_rtcp(ssrc, 0).unwrap();
    }
    assert_eq!(outbound.resume_rtcp(u32::MAX, 0), refused);
}

// Who has no key neither takes a place nor keeps one.
#[test]
fn forged_packets_retire_nothing_and_keep_nothing() {
    for setup in Setup::all() {
        let mut wide = setup.outbound();
        let config = Config { max_streams: 2, ..setup.config };
        let mut inbound = Setup { config, ..setup.clone() }.inbound();
        for ssrc in 1..=2 {
            opened(&mut inbound, &protected_rtp(&mut wide, ssrc, 10)).unwrap();
        }
        let late = protected_rtp(&mut wide, 2, 9);
        let mut forged: Vec<_> = (3..99).map(|ssrc| protected_rtp(&mut wide, ssrc, 1)).collect();
        forged.extend((11..99).map(|number| protected_rtp(&mut wide, 1, number)));
        for packet in &mut forged {
            packet[20] ^= 1;
            assert_eq!(opened(&mut inbound, packet), Err(Dropped::NotAuthentic));
            assert_eq!(opened_in_run(&mut inbound, packet), Err(Dropped::NotAuthentic));
        }
        assert_eq!(inbound.poll_event(), None);
        // The other one was used last, and so it is this that makes room.
        opened(&mut inbound, &protected_rtp(&mut wide, 100, 1)).unwrap();
        opened(&mut inbound, &late).unwrap();
    }
}

#[test]
fn a_retired_stream_takes_less_memory_than_is_documented() {
    const COUNT: u64 = 16_384;
    let config = with_places(1, COUNT as usize);
    let (mut outbound, mut inbound) = pair_with(&ring::provider(), GCM, config);
    let ssrc = |number: u64| (number as u32).wrapping_mul(0x9e37_79b1);
    let held = |run: &mut dyn FnMut(u64)| {
        let held = measure(|| (0..COUNT).for_each(&mut *run)).bytes_current;
        u64::try_from(held).unwrap() / COUNT
    };
    let rtp_in = held(&mut |number| inbound.resume_rtp(ssrc(number), number).unwrap());
    let rtcp_in = held(&mut |number| inbound.resume_rtcp(ssrc(number), 1).unwrap());
    let rtp_out = held(&mut |number| outbound.resume_rtp(ssrc(number), number).unwrap());
    let rtcp_out = held(&mut |number| outbound.resume_rtcp(ssrc(number), 1).unwrap());
    let per_stream = (rtp_in + rtcp_in, rtp_out + rtcp_out);
    assert!(per_stream.0 <= 64 && per_stream.1 <= 128, "{per_stream:?}");

    let (mut outbound, mut inbound) = pair_with(&ring::provider(), GCM, with_places(65_536, 0));
    let rtp_in = held(&mut |number| inbound.resume_rtp(ssrc(number), number).unwrap());
    let rtcp_in = held(&mut |number| inbound.resume_rtcp(ssrc(number), 1).unwrap());
    let rtp_out = held(&mut |number| outbound.resume_rtp(ssrc(number), number).unwrap());
    let rtcp_out = held(&mut |number| outbound.resume_rtcp(ssrc(number), 1).unwrap());
    let per_stream = (rtp_in + rtcp_in, rtp_out + rtcp_out);
    assert!(per_stream.0 <= 256 && per_stream.1 <= 256, "{per_stream:?}");
}

proptest! {
    // R1
    // Whatever the order in which streams come, go and come back: each packet is accepted once at
    // most, and one that is ahead of all others of its stream always.
    #[test]
    fn places_that_change_hands_let_nothing_in_twice_and_nothing_new_be_lost(
        profile in prop::sample::select([GCM, Profile::Aes128CmHmacSha1_32].as_slice()),
        places in 1_usize..6,
        arrivals in prop::collection::vec((0..6_usize, 0..40_usize, any::<bool>()), 1..200),
    ) {
        let (mut outbound, mut inbound) =
            pair_with(&ring::provider(), profile, with_places(places, 6));
        let sent: Vec<Vec<_>> = (0..6)
            .map(|ssrc| {
                // Across the wrap.
                let numbers = (0..40_u16).map(|number| number.wrapping_sub(20));
                numbers.map(|number| protected_rtp(&mut outbound, ssrc, number)).collect()
            })
            .collect();
        let mut accepted = [const { BTreeSet::new() }; 6];
        for (ssrc, number, is_run) in arrivals {
            // A stream begins before its wrap, or the receiver could not know of it.
            let number = if accepted[ssrc].is_empty() { number % 20 } else { number };
            let packet = &sent[ssrc][number];
            let result = match is_run {
                true => opened_in_run(&mut inbound, packet),
                false => opened(&mut inbound, packet).map(|_| ()),
            };
            let is_ahead = accepted[ssrc].last().is_none_or(|last| number > *last);
            match result {
                Ok(()) => prop_assert!(accepted[ssrc].insert(number), "{ssrc} {number} twice"),
                Err(reason) => {
                    prop_assert!(!is_ahead, "{ssrc} {number} is lost: {reason}");
                    prop_assert!(matches!(reason, Dropped::Stale | Dropped::Replayed));
                }
            }
        }
    }
}
