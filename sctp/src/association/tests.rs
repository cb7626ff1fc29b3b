//! Numbers that wrap around in the middle of a conversation, which needs a say in where they start.

use alloc::vec::Vec;

use bytes::Bytes;
use lariat_base::{Instant, Seed, Serial32};
use lariat_crypto::ring;

use super::context::Local;
use super::{Association, Event};
use crate::{Config, Ppid};

const NOW: Instant = Instant::ZERO;

/// An association whose numbers start at `tsn`.
fn starting_at(tsn: u32, seed: u8) -> Association {
    let mut association =
        Association::new(Config::default(), ring::provider(), Seed::new([seed; 32]));
    let tag = association.ctx.local.tag;
    association.ctx.restart(Local { tag, initial_tsn: Serial32::new(tsn) });
    association
}

fn exchange(ends: &mut [Association; 2]) -> [Vec<Event>; 2] {
    let mut events = [Vec::new(), Vec::new()];
    loop {
        let mut quiet = true;
        for end in 0..2 {
            let mut out = Vec::new();
            while ends[end].poll_transmit(NOW, &mut out).is_some() {
                ends[1 - end].handle_datagram(NOW, Bytes::from(core::mem::take(&mut out)));
                quiet = false;
            }
        }
        for end in 0..2 {
            while let Some(event) = ends[end].poll_event() {
                if let Event::Message(message) = &event {
                    ends[end].consume(message.payload.len());
                }
                events[end].push(event);
            }
        }
        if quiet {
            // What is left is an acknowledgement that waits for company.
            let deadline = ends.iter().filter_map(Association::poll_timeout).map(|d| d.at).min();
            let at = deadline.filter(|at| *at < Instant::from_millis(400));
            let Some(at) = at else { return events };
            let before: u64 = ends.iter().map(|end| end.stats().packets_sent).sum();
            ends.iter_mut().for_each(|end| end.handle_timeout(at));
            let mut out = Vec::new();
            for end in 0..2 {
                while ends[end].poll_transmit(NOW, &mut out).is_some() {
                    ends[1 - end].handle_datagram(NOW, Bytes::from(core::mem::take(&mut out)));
                }
            }
            let after: u64 = ends.iter().map(|end| end.stats().packets_sent).sum();
            if before == after {
                return events;
            }
        }
    }
}

fn pair(a: u32, b: u32) -> [Association; 2] {
    let mut ends = [starting_at(a, 1), starting_at(b, 2)];
    ends.iter_mut().for_each(|end| end.connect(NOW));
    exchange(&mut ends);
    assert!(ends.iter().all(Association::is_established));
    ends
}

fn payloads(events: &[Event]) -> Vec<Bytes> {
    let messages = events.iter().filter_map(|event| match event {
        Event::Message(message) => Some(message.payload.clone()),
        _ => None,
    });
    messages.collect()
}

// adversarial C20
#[test]
fn tsns_wrap_in_the_middle_of_a_message() {
    for start in [u32::MAX - 2, u32::MAX, 0, 1, 1 << 31] {
        let mut ends = pair(start, start.wrapping_add(7));
        let message = Bytes::from(alloc::vec![5; 20_000]);
        for end in &mut ends {
            end.send(NOW, 3, Ppid::BINARY, false, message.clone()).unwrap();
        }
        let events = exchange(&mut ends);
        for events in &events {
            assert_eq!(payloads(events), core::slice::from_ref(&message), "{start}");
        }
        assert!(ends.iter().all(|end| end.stats().buffered == 0), "{start}");
        assert!(ends.iter().all(|end| end.stats().retransmissions == 0), "{start}");
    }
}

// adversarial C20
#[test]
fn stream_sequence_numbers_wrap() {
    let mut ends = pair(1, 2);
    ends[0].ctx.tx.queue.set_next_ssn(3, 65_533);
    let tcb = ends[1].state.tcb_mut().unwrap();
    tcb.rx.reassembly.expect_ssn(3, 65_533);
    let sent: Vec<Bytes> = (0..6).map(|number| Bytes::from(alloc::vec![number; 3])).collect();
    for payload in &sent {
        ends[0].send(NOW, 3, Ppid::BINARY, false, payload.clone()).unwrap();
    }
    assert_eq!(payloads(&exchange(&mut ends)[1]), sent);
}

// adversarial C20
#[test]
fn reset_sequence_numbers_wrap_with_the_tsns_they_start_from() {
    let mut ends = pair(u32::MAX - 2, u32::MAX - 1);
    for round in 0..6 {
        for stream in [1, 2] {
            let payload = Bytes::from_static(b"before the reset");
            ends[0].send(NOW, stream, Ppid::BINARY, false, payload).unwrap();
            ends[0].reset_stream(NOW, stream);
            let events = exchange(&mut ends);
            assert_eq!(payloads(&events[1]).len(), 1, "{round}");
            assert!(events[1].contains(&Event::IncomingReset { streams: [stream].to_vec() }));
            assert!(events[0].contains(&Event::OutgoingReset { stream, agreed: true }));
        }
    }
}
