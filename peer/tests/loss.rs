//! Two peers over a bad network: every seed connects and moves a mebibyte each way, and every run
//! of a seed is the same to the byte.
//!
//! `LARIAT_SIM_SEED=n` runs one seed alone.

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;
use std::env;

use bytes::Bytes;
use lariat_peer::{ChannelId, SendError};
use lariat_peer_testing::{Link, Pair};
use lariat_sim::Fingerprint;

const SEEDS: u64 = 200;
const TOTAL: usize = 1 << 20;
const MESSAGE: usize = 16 << 10;

#[test]
fn nothing_lost() {
    sweep(0.0);
}

#[test]
fn one_percent_lost() {
    sweep(0.01);
}

#[test]
fn five_percent_lost() {
    sweep(0.05);
}

#[test]
fn twenty_percent_lost() {
    sweep(0.2);
}

fn sweep(loss: f64) {
    let only = env::var("LARIAT_SIM_SEED").ok().map(|seed| seed.parse().expect("a number"));
    let seeds = only.map_or(0..SEEDS, |seed: u64| seed..seed + 1);
    for seed in seeds {
        assert_eq!(transfer(seed, loss), transfer(seed, loss), "seed {seed}: two runs differ");
    }
}

/// Connects two peers and moves [`TOTAL`] bytes each way.
fn transfer(seed: u64, loss: f64) -> Fingerprint {
    let link = Link { loss, duplication: 0.02, reordering: 0.05, ..Link::default() };
    let mut pair = Pair::new(seed, link);
    let (offerer, answerer) = if seed.is_multiple_of(2) { (0, 1) } else { (1, 0) };
    let ours = pair.open_channel(offerer, "bulk");
    pair.negotiate(offerer);
    pair.run_until(Duration::from_secs(120), |pair| {
        pair.is_connected() && pair.is_open(offerer, ours) && !pair.side(answerer).open.is_empty()
    });
    let theirs = pair.side(answerer).open[0];
    let mut transfers = [Transfer::new(offerer, ours), Transfer::new(answerer, theirs)];
    pair.run_until(Duration::from_secs(3_600), |pair| {
        transfers.iter_mut().for_each(|transfer| transfer.push(pair));
        (0..2).all(|side| received(pair, side) == TOTAL)
    });
    for side in 0..2 {
        let mut offset = 0;
        for (_, _, payload) in &pair.side(side).messages {
            assert!(payload.iter().all(|byte| *byte == pattern(offset)), "seed {seed}: corrupted");
            offset += payload.len();
        }
    }
    pair.fingerprint()
}

fn received(pair: &mut Pair, side: usize) -> usize {
    pair.side(side).messages.iter().map(|(_, _, payload)| payload.len()).sum()
}

fn pattern(offset: usize) -> u8 {
    (offset / MESSAGE) as u8
}

struct Transfer {
    side: usize,
    channel: ChannelId,
    sent: usize,
}

impl Transfer {
    const fn new(side: usize, channel: ChannelId) -> Self {
        Self { side, channel, sent: 0 }
    }

    /// Sends as much as the channel takes.
    fn push(&mut self, pair: &mut Pair) {
        while self.sent < TOTAL && pair.peer(self.side).buffered_amount(self.channel) < 4 * MESSAGE
        {
            let payload = Bytes::from(vec![pattern(self.sent); MESSAGE]);
            match pair.send(self.side, self.channel, payload) {
                Ok(()) => self.sent += MESSAGE,
                Err(SendError::WouldBlock { .. }) => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}
