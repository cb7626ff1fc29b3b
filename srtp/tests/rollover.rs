//! Rollover counters: guessed, told, and asked for (RFC 3711 §3.3.1).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{PROFILES, opened, opened_rtcp, pair, protected_rtcp, protected_rtp, rtcp, rtp};
use lariat_srtp::limits::RTCP_INDEX_END;
use lariat_srtp::{Dropped, ProtectError};

const SSRC: u32 = 0xcafe_babe;

/// Told to late joiners: the first, the next, some, and the last.
const COUNTERS: [u32; 4] = [0, 1, 7, u32::MAX];

// rfc3711 §3.3.1: who joins late is given the current counter.
#[test]
fn a_receiver_that_joins_late_goes_on_with_the_counter_that_it_is_told() {
    for profile in PROFILES {
        for counter in COUNTERS {
            for first in [0, 1, 100, 32_767, 32_768, 65_534, 65_535] {
                let (mut outbound, mut inbound) = pair(profile);
                outbound.set_rollover_counter(SSRC, counter).unwrap();
                inbound.set_rollover_counter(SSRC, counter).unwrap();
                assert_eq!(inbound.rollover_counter(SSRC), Some(counter));
                let packet = protected_rtp(&mut outbound, SSRC, first);
                assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, first)), "{counter}");
                let next = (u64::from(counter) << 16) + u64::from(first) + 1;
                assert_eq!(inbound.next_rtp_index(SSRC), Some(next));
                assert_eq!(outbound.next_rtp_index(SSRC), Some(next));
                assert_eq!(inbound.rollover_counter(SSRC), Some(counter));
                assert_eq!(opened(&mut inbound, &packet), Err(Dropped::Replayed));
            }
        }
    }
}

#[test]
fn a_receiver_that_was_told_nothing_cannot_join_late() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        outbound.set_rollover_counter(SSRC, 7).unwrap();
        let packet = protected_rtp(&mut outbound, SSRC, 40_000);
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::NotAuthentic));
        assert_eq!(inbound.rollover_counter(SSRC), None);
        // It may be told afterwards.
        inbound.set_rollover_counter(SSRC, 7).unwrap();
        assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 40_000)));
    }
}

#[test]
fn a_counter_may_grow_between_the_telling_and_the_first_packet() {
    for profile in PROFILES {
        for counter in [0_u32, 1, 7, u32::MAX - 1] {
            let (mut outbound, mut inbound) = pair(profile);
            inbound.set_rollover_counter(SSRC, counter).unwrap();
            outbound.set_rollover_counter(SSRC, counter + 1).unwrap();
            let packet = protected_rtp(&mut outbound, SSRC, 3);
            assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 3)));
            assert_eq!(inbound.rollover_counter(SSRC), Some(counter + 1));
            // The last one before the wrap was only late.
            let (mut earlier, _) = pair(profile);
            earlier.set_rollover_counter(SSRC, counter).unwrap();
            let late = protected_rtp(&mut earlier, SSRC, 65_535);
            assert_eq!(opened(&mut inbound, &late), Ok(rtp(SSRC, 65_535)));
        }
    }
}

// The counter that a stream has may be told to it again, shortly before a wrap.
#[test]
fn a_counter_told_anew_does_not_stop_the_next_wrap() {
    for profile in PROFILES {
        for counter in [0, 1, 7] {
            let (mut outbound, mut inbound) = pair(profile);
            outbound.set_rollover_counter(SSRC, counter).unwrap();
            inbound.set_rollover_counter(SSRC, counter).unwrap();
            for sequence_number in [65_500, 65_501] {
                let packet = protected_rtp(&mut outbound, SSRC, sequence_number);
                opened(&mut inbound, &packet).unwrap();
            }
            inbound.set_rollover_counter(SSRC, counter).unwrap();
            let packet = protected_rtp(&mut outbound, SSRC, 3);
            assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 3)), "{counter}");
            assert_eq!(inbound.rollover_counter(SSRC), Some(counter + 1));
        }
    }
}

#[test]
fn a_counter_told_anew_leaves_the_window_as_it_is() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let old = protected_rtp(&mut outbound, SSRC, 500);
        let packet = protected_rtp(&mut outbound, SSRC, 1_000);
        opened(&mut inbound, &packet).unwrap();
        let missing = protected_rtp(&mut outbound, SSRC, 999);
        inbound.set_rollover_counter(SSRC, 0).unwrap();
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::Replayed));
        assert_eq!(opened(&mut inbound, &old), Err(Dropped::Stale));
        assert_eq!(opened(&mut inbound, &missing), Ok(rtp(SSRC, 999)));
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::Replayed));
        assert_eq!(opened(&mut inbound, &old), Err(Dropped::Stale));
    }
}

#[test]
fn a_counter_never_goes_back() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        outbound.set_rollover_counter(SSRC, 7).unwrap();
        inbound.set_rollover_counter(SSRC, 7).unwrap();
        let packet = protected_rtp(&mut outbound, SSRC, 10);
        opened(&mut inbound, &packet).unwrap();
        for earlier in [0, 1, 6] {
            let refused = outbound.set_rollover_counter(SSRC, earlier);
            assert_eq!(refused, Err(ProtectError::Stale));
            assert_eq!(inbound.set_rollover_counter(SSRC, earlier), Err(Dropped::Stale));
        }
        // The same counter opens no index again.
        outbound.set_rollover_counter(SSRC, 7).unwrap();
        let mut again = rtp(SSRC, 10);
        assert_eq!(outbound.protect_rtp(&mut again), Err(ProtectError::Replayed));
        assert_eq!(again, rtp(SSRC, 10));
        protected_rtp(&mut outbound, SSRC, 11);
        outbound.set_rollover_counter(SSRC, 9).unwrap();
        assert_eq!(inbound.dropped().total(), 0);
    }
}

// R10: what a stream is handed over with never lies before an index that was used.
#[test]
fn the_next_index_is_past_all_that_were_used_whatever_counter_was_told() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        for sequence_number in [69, 70] {
            let packet = protected_rtp(&mut outbound, SSRC, sequence_number);
            opened(&mut inbound, &packet).unwrap();
        }
        outbound.set_rollover_counter(SSRC, 0).unwrap();
        inbound.set_rollover_counter(SSRC, 0).unwrap();
        assert_eq!(outbound.next_rtp_index(SSRC), Some(71));
        assert_eq!(inbound.next_rtp_index(SSRC), Some(71));
        outbound.set_rollover_counter(SSRC, 1).unwrap();
        inbound.set_rollover_counter(SSRC, 1).unwrap();
        assert_eq!(outbound.next_rtp_index(SSRC), Some(1 << 16));
        assert_eq!(inbound.next_rtp_index(SSRC), Some(1 << 16));
    }
}

#[test]
fn a_stream_handed_over_goes_on_elsewhere_without_a_gap() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let packets = [65_534, 65_535, 0, 1].map(|sequence_number| {
            let packet = protected_rtp(&mut outbound, SSRC, sequence_number);
            opened(&mut inbound, &packet).unwrap();
            packet
        });
        let (mut outbound_there, mut inbound_there) = pair(profile);
        let next = outbound.next_rtp_index(SSRC).unwrap();
        outbound_there.resume_rtp(SSRC, next).unwrap();
        inbound_there.resume_rtp(SSRC, inbound.next_rtp_index(SSRC).unwrap()).unwrap();
        for packet in &packets {
            assert_eq!(opened(&mut inbound_there, packet), Err(Dropped::Replayed));
        }
        let refused = outbound_there.protect_rtp(&mut rtp(SSRC, 1));
        assert_eq!(refused, Err(ProtectError::Replayed));
        let packet = protected_rtp(&mut outbound_there, SSRC, 2);
        assert_eq!(opened(&mut inbound_there, &packet), Ok(rtp(SSRC, 2)));
        assert_eq!(inbound_there.rollover_counter(SSRC), Some(1));
    }
}

// R5
#[test]
fn loss_and_disorder_around_a_wrap_keep_the_counter_right() {
    for profile in PROFILES {
        for counter in [0, 7, u32::MAX - 1] {
            let (mut outbound, mut inbound) = pair(profile);
            outbound.set_rollover_counter(SSRC, counter).unwrap();
            inbound.set_rollover_counter(SSRC, counter).unwrap();
            let packets: Vec<_> = (0..16_u16)
                .map(|step| {
                    let sequence_number = 65_528_u16.wrapping_add(step);
                    (sequence_number, protected_rtp(&mut outbound, SSRC, sequence_number))
                })
                .collect();
            // Two steps ahead, one back; every fifth is lost.
            let mut order: Vec<usize> = (0..packets.len()).collect();
            order.chunks_mut(3).for_each(<[usize]>::reverse);
            for at in order.iter().filter(|at| *at % 5 != 4) {
                let (sequence_number, packet) = &packets[*at];
                assert_eq!(opened(&mut inbound, packet), Ok(rtp(SSRC, *sequence_number)));
            }
            assert_eq!(inbound.rollover_counter(SSRC), Some(counter + 1));
            for (at, (_, packet)) in packets.iter().enumerate() {
                let is_lost = at % 5 == 4;
                assert_eq!(opened(&mut inbound, packet).is_ok(), is_lost, "{at}");
            }
        }
    }
}

#[test]
fn a_stream_that_stops_and_starts_is_received_with_its_counter() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let exchange = |outbound: &mut _, inbound: &mut _, ssrc, sequence_number| {
            let packet = protected_rtp(outbound, ssrc, sequence_number);
            assert_eq!(opened(inbound, &packet), Ok(rtp(ssrc, sequence_number)));
        };
        for sequence_number in [65_535, 0] {
            exchange(&mut outbound, &mut inbound, SSRC, sequence_number);
        }
        for ssrc in 0..200 {
            exchange(&mut outbound, &mut inbound, ssrc, 1);
        }
        for sequence_number in [1, 20_000] {
            exchange(&mut outbound, &mut inbound, SSRC, sequence_number);
        }
        assert_eq!(inbound.rollover_counter(SSRC), Some(1));
    }
}

// R7
#[test]
fn control_that_was_received_before_a_hand_over_is_not_received_again() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let (_, mut after) = pair(profile);
        assert_eq!(inbound.next_rtcp_index(SSRC), None);
        let packets = [(); 3].map(|()| protected_rtcp(&mut outbound, SSRC));
        opened_rtcp(&mut inbound, &packets[0]).unwrap();
        opened_rtcp(&mut inbound, &packets[1]).unwrap();
        let next = inbound.next_rtcp_index(SSRC).unwrap();
        assert_eq!(next, 2);
        after.resume_rtcp(SSRC, next).unwrap();
        assert_eq!(opened_rtcp(&mut after, &packets[1]), Err(Dropped::Replayed));
        assert_eq!(opened_rtcp(&mut after, &packets[2]), Ok(rtcp(SSRC)));
        assert_eq!(after.resume_rtcp(SSRC, 2), Err(Dropped::Stale));
        assert_eq!(after.resume_rtcp(SSRC, RTCP_INDEX_END + 1), Err(Dropped::KeyExhausted));
        after.resume_rtcp(SSRC, RTCP_INDEX_END).unwrap();
        assert_eq!(after.dropped().total(), 1);
    }
}
