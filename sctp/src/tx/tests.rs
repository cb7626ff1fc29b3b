//! The sending half by itself, with acknowledgements written by hand.

use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use lariat_base::{Instant, Serial32};

use super::outstanding::Outstanding;
use super::{Acked, Fragment, Outgoing, RtoBounds, SackFault, Transmission};
use crate::Ppid;
use crate::chunk::{DataFlags, Sack};
use crate::packet::PacketWriter;
use crate::types::Tsn;

const MTU: usize = 1_191;

fn transmission() -> Transmission {
    let bounds = RtoBounds {
        initial: Duration::from_secs(1),
        min: Duration::from_millis(400),
        max: Duration::from_secs(10),
    };
    let mut tx = Transmission::new(Tsn::initial(Serial32::new(1)), MTU, bounds);
    tx.start_peer_window(1 << 20);
    tx
}

fn push(tx: &mut Transmission, length: usize) {
    let payload = Bytes::from(alloc::vec![1; length]);
    let message = Outgoing { ppid: Ppid::BINARY, unordered: false, counted: true, payload };
    tx.queue.push(1, message);
}

/// How many packets go out now.
fn drain(tx: &mut Transmission, now: Instant) -> usize {
    let mut count = 0;
    while tx.wants_to_send(now) {
        let mut out = Vec::new();
        let mut packet = PacketWriter::new(&mut out, (1, 1), 1, MTU);
        tx.fill(now, &mut packet, true);
        assert!(packet.finish().is_some_and(|length| length <= MTU), "an empty packet");
        count += 1;
    }
    count
}

fn sack(cumulative: u32) -> Sack {
    Sack {
        cumulative: Serial32::new(cumulative),
        a_rwnd: 1 << 20,
        gaps: Vec::new(),
        duplicates: Vec::new(),
    }
}

#[test]
fn the_first_flight_is_the_initial_window() {
    let mut tx = transmission();
    push(&mut tx, 100_000);
    assert_eq!(drain(&mut tx, Instant::ZERO), 10);
}

// rfc9260 §6.3.1 C5
#[test]
fn a_chunk_that_was_repeated_measures_nothing() {
    let mut tx = transmission();
    push(&mut tx, 10);
    drain(&mut tx, Instant::ZERO);
    assert!(tx.handle_timeout(Instant::from_millis(1_000)));
    assert_eq!(drain(&mut tx, Instant::from_millis(1_000)), 1);
    tx.handle_sack(Instant::from_millis(1_010), &sack(1)).unwrap();
    assert_eq!(tx.rto.smoothed(), None);
    push(&mut tx, 10);
    drain(&mut tx, Instant::from_millis(2_000));
    tx.handle_sack(Instant::from_millis(2_050), &sack(2)).unwrap();
    assert_eq!(tx.rto.smoothed(), Some(Duration::from_millis(50)));
}

// rfc9260 §7.2.3
#[test]
fn after_a_timeout_one_packet_waits_for_its_answer() {
    let mut tx = transmission();
    push(&mut tx, 100_000);
    drain(&mut tx, Instant::ZERO);
    let now = Instant::from_millis(1_000);
    assert!(tx.handle_timeout(now));
    assert_eq!(drain(&mut tx, now), 1);
    tx.handle_sack(now, &sack(1)).unwrap();
    assert!(drain(&mut tx, now) > 0);
}

#[test]
fn small_messages_share_packets() {
    let mut tx = transmission();
    for _ in 0..100 {
        push(&mut tx, 32);
    }
    // 48 bytes each with their headers: 24 to a packet.
    assert_eq!(drain(&mut tx, Instant::ZERO), 5);
}

fn fragment(length: usize) -> Fragment {
    Fragment {
        stream: 0,
        ssn: lariat_base::Serial16::new(0),
        ppid: Ppid::BINARY,
        flags: DataFlags(3),
        payload: Bytes::from(alloc::vec![0; length]),
    }
}

fn outstanding(count: usize) -> (Outstanding, Tsn) {
    let first = Tsn::initial(Serial32::new(u32::MAX - 1));
    let mut outstanding = Outstanding::new(first);
    (0..count).for_each(|_| {
        outstanding.push(fragment(84));
    });
    (outstanding, first)
}

// rfc9260 §6.2.1 D iii
#[test]
fn an_acknowledgement_taken_back_is_in_flight_again_and_counts_once() {
    let (mut sent, first) = outstanding(5);
    let before = first.previous();
    let acked = sent.acknowledge(before, &[(3, 4)], None, false).unwrap();
    assert_eq!((acked.bytes, sent.flight()), (200, 300));
    let acked = sent.acknowledge(before, &[], None, false).unwrap();
    assert_eq!((acked, sent.flight()), (Acked::default(), 500));
    let acked = sent.acknowledge(before, &[(3, 4)], None, false).unwrap();
    assert_eq!((acked.bytes, sent.flight()), (0, 300));
    let acked = sent.acknowledge(first.plus(4), &[], None, false).unwrap();
    assert_eq!((acked.bytes, sent.flight()), (300, 0));
    assert!(sent.is_empty());
}

#[test]
fn three_reports_make_a_chunk_lost_and_a_timeout_makes_all_of_them() {
    let (mut sent, first) = outstanding(8);
    let before = first.previous();
    for (last, lost) in [(2, false), (3, false), (4, true)] {
        let acked = sent.acknowledge(before, &[(2, last)], None, false).unwrap();
        assert_eq!(acked.lost, lost);
    }
    assert_eq!(sent.retransmit().unwrap().0, first);
    for last in 5..8 {
        let acked = sent.acknowledge(before, &[(2, last)], None, true).unwrap();
        assert!(!acked.lost, "a fast retransmission happens once");
    }
    sent.lose_all();
    let again: Vec<Tsn> = core::iter::from_fn(|| sent.retransmit().map(|lost| lost.0)).collect();
    assert_eq!(again, [first, first.plus(7)]);
}

#[test]
fn faults_change_nothing() {
    let (mut sent, first) = outstanding(3);
    sent.acknowledge(first, &[], None, false).unwrap();
    let flight = sent.flight();
    let old = sent.acknowledge(first.previous(), &[], None, false);
    assert_eq!(old, Err(SackFault::Old));
    for (cumulative, gaps) in [(first.plus(3), &[][..]), (first, &[(2, 3)])] {
        let beyond = sent.acknowledge(cumulative, gaps, None, false);
        assert_eq!(beyond, Err(SackFault::BeyondSent));
    }
    assert_eq!(sent.flight(), flight);
}

mod model {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Any acknowledgements, losses and timeouts leave the sums as the entries have them.
        #[test]
        fn the_bytes_in_flight_are_those_of_chunks_neither_acknowledged_nor_lost(
            operations in prop::collection::vec((0_u8..5, 0_u16..12, 0_u16..12), 1..80),
        ) {
            let (mut sent, first) = outstanding(0);
            let mut base = 0_u64;
            let mut total = 0_u64;
            for (operation, a, b) in operations {
                match operation {
                    0 | 1 => {
                        sent.push(fragment(84));
                        total += 1;
                    }
                    2 => {
                        let cumulative = first.previous().plus(base + u64::from(a));
                        let gaps = [(1 + b.min(3), 1 + b)];
                        if sent.acknowledge(cumulative, &gaps, None, false).is_ok() {
                            base += u64::from(a);
                        }
                    }
                    3 => sent.lose_all(),
                    _ => {
                        sent.retransmit();
                    }
                }
                prop_assert_eq!(sent.len() as u64, total - base);
                prop_assert!(sent.flight() <= sent.len() * 100);
                prop_assert_eq!(sent.held(), sent.len() * 84);
                prop_assert_eq!(sent.flight() % 100, 0);
                prop_assert_eq!(sent.flight_payload() / 84, sent.flight() / 100);
            }
            // Everything can be repeated once, in order, and acknowledged.
            sent.lose_all();
            let lost: Vec<Tsn> =
                core::iter::from_fn(|| sent.retransmit().map(|lost| lost.0)).collect();
            let unique: BTreeSet<Tsn> = lost.iter().copied().collect();
            prop_assert_eq!(unique.into_iter().collect::<Vec<_>>(), lost);
            let last = sent.next_tsn().previous();
            prop_assert!(sent.acknowledge(last, &[], None, false).is_ok());
            prop_assert_eq!((sent.flight(), sent.held(), sent.len()), (0, 0, 0));
        }
    }
}
