//! Packets of known streams cost no allocation, and forged ones leave nothing behind.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use allocation_counter::measure;
use common::{PROFILES, Setup, other_key, pair, rich_rtp, rtcp, rtp};
use lariat_base::Seed;
use lariat_srtp::{Dropped, Inbound, Outbound, Slot};

const SSRC: u32 = 0xcafe_babe;
const PACKETS: u16 = 100;

fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

/// The setups in which keys are derived once.
fn setups() -> impl Iterator<Item = Setup> {
    Setup::all().into_iter().filter(|setup| setup.config.key_derivation_rate == 0)
}

/// Both directions after a packet of each kind.
fn warm(setup: &Setup) -> (Outbound, Inbound) {
    let (mut outbound, mut inbound) = setup.pair();
    let mut packet = rich_rtp(SSRC, 0);
    outbound.protect_rtp(&mut packet).unwrap();
    inbound.unprotect_rtp(&mut packet).unwrap();
    let mut packet = rtcp(SSRC);
    outbound.protect_rtcp(&mut packet).unwrap();
    inbound.unprotect_rtcp(&mut packet).unwrap();
    (outbound, inbound)
}

/// Packets with room for what protection adds.
fn with_room(packet: impl Fn(u16) -> Vec<u8>) -> Vec<(Vec<u8>, usize)> {
    let with_room = |number| {
        let mut packet = packet(number);
        let length = packet.len();
        packet.resize(length + 64, 0);
        (packet, length)
    };
    (1..=PACKETS).map(with_room).collect()
}

#[test]
fn allocations_are_counted() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1_u8; 10]))), 1);
    let mut on_the_stack = [1_u8; 10];
    assert_eq!(allocations(|| std::hint::black_box(&mut on_the_stack).reverse()), 0);
}

#[test]
fn packets_in_slices_cost_no_allocation() {
    for setup in setups() {
        let (mut outbound, mut inbound) = warm(&setup);
        let mut packets = with_room(|number| rich_rtp(SSRC, number));
        let mut rtcp_packets = with_room(|_| rtcp(SSRC));
        let count = allocations(|| {
            for (buffer, length) in &mut packets {
                *length = outbound.protect_rtp_in(buffer, *length).unwrap();
            }
            for (buffer, length) in &mut rtcp_packets {
                *length = outbound.protect_rtcp_in(buffer, *length).unwrap();
            }
        });
        assert_eq!(count, 0, "{setup:?}");
        let count = allocations(|| {
            for (buffer, length) in &mut packets {
                inbound.unprotect_rtp(&mut buffer[..*length]).unwrap();
            }
            for (buffer, length) in &mut rtcp_packets {
                inbound.unprotect_rtcp(&mut buffer[..*length]).unwrap();
            }
        });
        assert_eq!(count, 0, "{setup:?}");
    }
}

#[test]
fn packets_in_vectors_with_room_cost_no_allocation() {
    for setup in setups() {
        let (mut outbound, mut inbound) = warm(&setup);
        let shortened = |(mut packet, length): (Vec<u8>, usize)| {
            packet.truncate(length);
            packet
        };
        let packets = with_room(|number| rich_rtp(SSRC, number));
        let mut packets: Vec<_> = packets.into_iter().map(shortened).collect();
        let rtcp_packets = with_room(|_| rtcp(SSRC));
        let mut rtcp_packets: Vec<_> = rtcp_packets.into_iter().map(shortened).collect();
        let count = allocations(|| {
            for packet in &mut packets {
                outbound.protect_rtp(packet).unwrap();
                inbound.unprotect_rtp(packet).unwrap();
            }
            for packet in &mut rtcp_packets {
                outbound.protect_rtcp(packet).unwrap();
                inbound.unprotect_rtcp(packet).unwrap();
            }
        });
        assert_eq!(count, 0, "{setup:?}");
    }
}

#[test]
fn runs_of_packets_cost_no_allocation() {
    for setup in setups() {
        let (mut outbound, mut inbound) = warm(&setup);
        let mut packets = with_room(|number| rich_rtp(SSRC, number));
        let mut run: Vec<_> =
            packets.iter_mut().map(|(buffer, length)| Slot::new(buffer, *length)).collect();
        assert_eq!(allocations(|| outbound.protect_rtp_run(&mut run)), 0, "{setup:?}");
        let lengths: Vec<_> = run.iter().map(|slot| slot.result().unwrap().len()).collect();
        let mut run: Vec<_> = packets
            .iter_mut()
            .zip(lengths)
            .map(|((buffer, _), length)| Slot::new(buffer, length))
            .collect();
        assert_eq!(allocations(|| inbound.unprotect_rtp_run(&mut run)), 0, "{setup:?}");
        assert!(run.iter().all(|slot| slot.result().is_ok()));
    }
}

// With a derivation rate, a stream keeps the keys of its latest packet, from the first one on.
#[test]
fn packets_under_the_same_derived_keys_cost_no_allocation() {
    for mut setup in Setup::all() {
        const RATE: u32 = 1 << 16;
        setup.config.key_derivation_rate = RATE;
        let (mut outbound, mut inbound) = setup.pair();
        outbound.set_rollover_counter(SSRC, 1).unwrap();
        outbound.resume_rtcp(SSRC, RATE).unwrap();
        let mut packets = with_room(|number| rich_rtp(SSRC, number));
        let mut rtcp_packets = with_room(|_| rtcp(SSRC));
        let mut exchange = |at: usize| {
            let (buffer, length) = &mut packets[at];
            *length = outbound.protect_rtp_in(buffer, *length).unwrap();
            inbound.unprotect_rtp(&mut buffer[..*length]).unwrap();
            let (buffer, length) = &mut rtcp_packets[at];
            *length = outbound.protect_rtcp_in(buffer, *length).unwrap();
            inbound.unprotect_rtcp(&mut buffer[..*length]).unwrap();
        };
        exchange(0);
        let count = allocations(|| (1..usize::from(PACKETS)).for_each(&mut exchange));
        assert_eq!(count, 0, "{setup:?}");
    }
}

// Also where a packet is tried with several keys.
#[test]
fn refused_packets_cost_no_allocation() {
    for setup in setups() {
        let (mut outbound, mut inbound) = warm(&setup);
        if setup.mki.is_empty() {
            inbound.add_key(&other_key(setup.profile, 0x44)).unwrap();
        }
        let mut packets = with_room(|number| rich_rtp(SSRC, number));
        let mut rtcp_packets = with_room(|_| rtcp(SSRC));
        for ((buffer, length), (rtcp_buffer, rtcp_length)) in
            packets.iter_mut().zip(&mut rtcp_packets)
        {
            *length = outbound.protect_rtp_in(buffer, *length).unwrap();
            *rtcp_length = outbound.protect_rtcp_in(rtcp_buffer, *rtcp_length).unwrap();
            buffer[*length - 1] ^= 1;
            rtcp_buffer[*rtcp_length - 1] ^= 1;
        }
        let mut refuse = || {
            for (buffer, length) in &mut packets {
                inbound.unprotect_rtp(&mut buffer[..*length]).unwrap_err();
            }
            for (buffer, length) in &mut rtcp_packets {
                inbound.unprotect_rtcp(&mut buffer[..*length]).unwrap_err();
            }
        };
        // The first that is tried twice makes room for a copy.
        refuse();
        assert_eq!(allocations(refuse), 0, "{setup:?}");
    }
}

// R9
#[test]
fn a_million_forged_streams_leave_nothing_behind() {
    for profile in [PROFILES[0], PROFILES[4]] {
        let (_, mut inbound) = pair(profile);
        let mut rng = Seed::new([9; 32]).rng();
        let mut forged = [rtp(0, 0), vec![0; 16]].concat();
        let mut forged_rtcp = [rtcp(0), vec![0xff; 20]].concat();
        // One that is tried with two indices makes room for a copy.
        inbound.unprotect_rtp(&mut forged).unwrap_err();
        let count = allocations(|| {
            for _ in 0..1_000_000 {
                forged[..2].copy_from_slice(&[0x80, 96]);
                forged[2..4].copy_from_slice(&rng.array::<2>());
                forged[8..12].copy_from_slice(&rng.array::<4>());
                assert_eq!(inbound.unprotect_rtp(&mut forged), Err(Dropped::NotAuthentic));
                forged_rtcp[4..8].copy_from_slice(&rng.array::<4>());
                let refused = inbound.unprotect_rtcp(&mut forged_rtcp);
                assert_eq!(refused, Err(Dropped::NotAuthentic));
            }
        });
        assert_eq!(count, 0, "{profile}");
        assert_eq!(inbound.dropped().total(), 2_000_001);
    }
}
