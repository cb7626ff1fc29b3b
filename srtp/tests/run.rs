//! A run of packets is the packets one after another.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Setup;
use lariat_srtp::{Dropped, Inbound, Outbound, ProtectError, Slot};
use proptest::prelude::*;

/// A packet to protect, and what the network does to it.
#[derive(Clone, Debug)]
struct Step {
    ssrc: u32,
    sequence_number: u16,
    payload_len: usize,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    ArrivesTwice,
    IsLost,
    IsChanged(usize),
    IsCut(usize),
}

/// Few streams and places that meet, and jumps that move the rollover counter.
fn step() -> impl Strategy<Value = Step> {
    let sequence_number = prop_oneof![
        4 => 0_u16..40,
        2 => 65_500_u16..=65_535,
        1 => 32_760_u16..32_776,
        1 => any::<u16>(),
    ];
    let fate = prop_oneof![
        10 => Just(Fate::Arrives),
        2 => Just(Fate::ArrivesTwice),
        1 => Just(Fate::IsLost),
        1 => (0_usize..1_000).prop_map(Fate::IsChanged),
        1 => (0_usize..60).prop_map(Fate::IsCut),
    ];
    (0_u32..3, sequence_number, 0_usize..200, fate).prop_map(
        |(ssrc, sequence_number, payload_len, fate)| Step {
            ssrc,
            sequence_number,
            payload_len,
            fate,
        },
    )
}

fn packet(step: &Step) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend(step.sequence_number.to_be_bytes());
    packet.extend([0, 0, 0, 1]);
    packet.extend(step.ssrc.to_be_bytes());
    packet.extend((0..step.payload_len).map(|at| at as u8));
    packet
}

fn protected_alone(
    outbound: &mut Outbound,
    packets: &[Vec<u8>],
) -> Vec<Result<Vec<u8>, ProtectError>> {
    let one = |packet: &Vec<u8>| {
        let mut packet = packet.clone();
        outbound.protect_rtp(&mut packet).map(|()| packet)
    };
    packets.iter().map(one).collect()
}

fn protected_in_runs(
    outbound: &mut Outbound,
    packets: &[Vec<u8>],
    length: usize,
) -> Vec<Result<Vec<u8>, ProtectError>> {
    let overhead = outbound.rtp_overhead();
    let mut buffers: Vec<_> =
        packets.iter().map(|packet| [packet.as_slice(), &vec![0; overhead]].concat()).collect();
    let mut results = Vec::new();
    for buffers in buffers.chunks_mut(length) {
        let slot = |buffer| {
            let buffer: &mut Vec<u8> = buffer;
            let length = buffer.len() - overhead;
            Slot::new(buffer, length)
        };
        let mut run: Vec<_> = buffers.iter_mut().map(slot).collect();
        outbound.protect_rtp_run(&mut run);
        results.extend(run.iter().map(|slot| slot.result().map(<[u8]>::to_vec)));
    }
    results
}

fn opened_alone(inbound: &mut Inbound, packets: &[Vec<u8>]) -> Vec<Result<Vec<u8>, Dropped>> {
    packets.iter().map(|packet| common::opened(inbound, packet)).collect()
}

fn opened_in_runs(
    inbound: &mut Inbound,
    packets: &[Vec<u8>],
    length: usize,
) -> Vec<Result<Vec<u8>, Dropped>> {
    let mut buffers = packets.to_vec();
    let mut results = Vec::new();
    for buffers in buffers.chunks_mut(length) {
        let whole = |buffer| Slot::new(buffer, usize::MAX);
        let mut run: Vec<_> = buffers.iter_mut().map(Vec::as_mut_slice).map(whole).collect();
        inbound.unprotect_rtp_run(&mut run);
        results.extend(run.iter().map(|slot| slot.result().map(<[u8]>::to_vec)));
    }
    results
}

proptest! {
    #[test]
    fn a_run_is_its_packets_one_after_another(
        mut setup in prop::sample::select(Setup::all()),
        has_two_keys: bool,
        max_streams in 1_usize..5,
        told in prop::option::of(0_u32..3),
        length in 1_usize..80,
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let packets: Vec<_> = steps.iter().map(packet).collect();
        let (mut alone, mut in_runs) = (setup.outbound(), setup.outbound());
        setup.config.max_streams = max_streams;
        let (mut inbound_alone, mut inbound_in_runs) = (setup.inbound(), setup.inbound());
        if let Some(counter) = told {
            for outbound in [&mut alone, &mut in_runs] {
                outbound.set_rollover_counter(0, counter).unwrap();
            }
            for inbound in [&mut inbound_alone, &mut inbound_in_runs] {
                inbound.set_rollover_counter(0, counter).unwrap();
            }
        }
        if has_two_keys && setup.mki.is_empty() {
            let next = common::other_key(setup.profile, 0x33);
            inbound_alone.add_key(&next).unwrap();
            inbound_in_runs.add_key(&next).unwrap();
        }
        let protected = protected_alone(&mut alone, &packets);
        prop_assert_eq!(&protected_in_runs(&mut in_runs, &packets, length), &protected);

        let mut network = Vec::new();
        for (step, packet) in steps.iter().zip(protected) {
            let Ok(mut packet) = packet else { continue };
            match step.fate {
                Fate::Arrives => network.push(packet),
                Fate::ArrivesTwice => network.extend([packet.clone(), packet]),
                Fate::IsLost => {}
                Fate::IsChanged(bit) => {
                    let bit = bit % (8 * packet.len());
                    packet[bit / 8] ^= 1 << (bit % 8);
                    network.push(packet);
                }
                Fate::IsCut(length) => {
                    packet.truncate(length);
                    network.push(packet);
                }
            }
        }
        let opened = opened_alone(&mut inbound_alone, &network);
        prop_assert_eq!(&opened_in_runs(&mut inbound_in_runs, &network, length), &opened);
        for ssrc in 0..3 {
            prop_assert_eq!(
                inbound_alone.next_rtp_index(ssrc), inbound_in_runs.next_rtp_index(ssrc)
            );
        }
        let counts = |inbound: &Inbound| inbound.dropped().iter().collect::<Vec<_>>();
        prop_assert_eq!(counts(&inbound_alone), counts(&inbound_in_runs));
        prop_assert_eq!(inbound_alone.poll_event(), inbound_in_runs.poll_event());
    }
}
