//! Reception against a slow and obvious model, under loss, reordering and duplication.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::{PROFILES, opened, pair_with, protected_rtp, rtp};
use lariat_crypto::{fake, ring};
use lariat_srtp::Config;
use proptest::prelude::*;

const SSRC: u32 = 7;
const CIRCLE: u64 = 1 << 16;

/// What the receiver knows: every index that it received, for ever.
struct Model {
    window: u64,
    received: BTreeSet<u64>,
}

impl Model {
    fn is_old(&self, index: u64) -> bool {
        self.received.last().is_some_and(|highest| index + self.window <= *highest)
    }

    /// Whether a packet, whose true index the model is told, is accepted.
    fn receive(&mut self, index: u64) -> bool {
        let accepted = match self.received.last() {
            // The rollover counter is 0, or 1 soon after a wrap.
            None => index < CIRCLE + CIRCLE / 2,
            Some(highest) if index > *highest + CIRCLE / 2 - 1 => {
                // The number looks like an older one, and must not be taken for one that is
                // missing.
                match index.checked_sub(CIRCLE) {
                    Some(alias) => self.received.contains(&alias) || self.is_old(alias),
                    None => true,
                }
            }
            Some(_) => !self.received.contains(&index) && !self.is_old(index),
        };
        if accepted {
            self.received.insert(index);
        }
        accepted
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The sender goes on by so many packets, of which it protects the last.
    Send(u64),
    /// The network delivers a packet: the latest, the one before, ...
    Deliver(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_u64..4).prop_map(Step::Send),
        1 => (1_u64..200).prop_map(Step::Send),
        1 => (1_u64..40_000).prop_map(Step::Send),
        8 => (0_usize..3).prop_map(Step::Deliver),
        3 => (0_usize..40).prop_map(Step::Deliver),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn exactly_the_packets_that_can_be_placed_are_received(
        profile in prop::sample::select(PROFILES.as_slice()),
        is_fake: bool,
        window in prop::sample::select(vec![64_usize, 128, 1_024]),
        first in prop_oneof![0_u64..65_536, 65_400_u64..65_536],
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let config = Config { rtp_window: window, ..Config::default() };
        let provider = if is_fake { fake::provider(0) } else { ring::provider() };
        let (mut outbound, mut inbound) = pair_with(&provider, profile, config);
        let mut model = Model { window: window as u64, received: BTreeSet::new() };
        let mut sent = Vec::new();
        let mut index = first;
        sent.push((index, protected_rtp(&mut outbound, SSRC, index as u16)));
        for step in steps {
            match step {
                Step::Send(count) => {
                    let highest = model.received.last().copied();
                    // Further, nobody could tell how often the sequence number wrapped.
                    let end = highest.map_or(CIRCLE + CIRCLE / 2 - 1, |highest| highest + CIRCLE);
                    index = (index + count).min(end.max(index));
                    if sent.last().is_some_and(|(last, _)| *last == index) {
                        continue;
                    }
                    outbound.resume_rtp(SSRC, index).unwrap();
                    sent.push((index, protected_rtp(&mut outbound, SSRC, index as u16)));
                }
                Step::Deliver(age) => {
                    let Some((index, packet)) = sent.iter().rev().nth(age) else { continue };
                    let expected = model.receive(*index).then(|| rtp(SSRC, *index as u16));
                    let opened = opened(&mut inbound, packet);
                    prop_assert_eq!(opened.ok(), expected, "index {:#x}", index);
                    prop_assert_eq!(
                        inbound.next_rtp_index(SSRC),
                        model.received.last().map(|highest| highest + 1)
                    );
                }
            }
        }
    }
}
