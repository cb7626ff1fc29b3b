//! Bulk data over a path with delay, whatever batches packets are handed over in.

mod common;

use std::time::Duration;

use common::{Batch, Link, Pair};
use lariat_sctp::{ChannelConfig, Config};

const MESSAGE: usize = 16_384;
const ROUND_TRIP: Duration = Duration::from_millis(60);

const LONG: Link = Link { delay: Duration::from_millis(30), ..Link::PERFECT };

fn batched(tick: u64, packets: usize) -> Link {
    Link { batch: Some(Batch { tick: Duration::from_millis(tick), packets }), ..LONG }
}

/// What a transfer was like.
#[derive(Debug)]
struct Transfer {
    time: Duration,
    /// The congestion window after each round trip.
    windows: Vec<usize>,
}

/// Moves `length` bytes after a channel was idle for `idle`.
fn transfer(link: Link, length: usize, idle: Duration) -> Transfer {
    let config = Config { send_buffer: 64 << 20, ..Config::default() };
    let mut pair = Pair::with(1, link, config, Config::default());
    pair.connect();
    let ids = pair.channel(ChannelConfig::new("bulk"));
    pair.run_for(idle);
    let start = pair.now;
    let count = length / MESSAGE;
    for _ in 0..count {
        assert_eq!(pair.send(0, ids[0], vec![7; MESSAGE]), Ok(()));
    }
    let mut windows = Vec::new();
    let mut received = 0;
    pair.run_until("all of it", |pair| {
        if pair.now - start >= ROUND_TRIP * (windows.len() as u32 + 1) {
            windows.push(pair.ends[0].stats().congestion_window);
        }
        received += pair.messages(1, ids[1]).len();
        pair.events[1].clear();
        pair.log.clear();
        received == count
    });
    assert_eq!(pair.ends[0].stats().retransmissions, 0);
    Transfer { time: pair.now - start, windows }
}

// C32
#[test]
fn a_batch_handed_over_at_once_is_as_fast_as_packets_one_by_one() {
    let single = transfer(LONG, 8 << 20, Duration::ZERO);
    for (tick, packets) in [(1, 64), (5, usize::MAX), (5, 64), (20, usize::MAX)] {
        let together = transfer(batched(tick, packets), 8 << 20, Duration::ZERO);
        // Each round trip waits for two ticks more.
        let rounds = single.windows.len() as u32 + 2;
        let allowed = single.time + Duration::from_millis(2 * tick) * rounds + ROUND_TRIP * 2;
        assert!(together.time <= allowed, "{tick} ms, {packets}:\n{together:?}\n{single:?}");
    }
}

#[test]
fn eight_mebibytes_take_few_round_trips() {
    // Slow start from ten packets doubles nine times until the peer's window of 4 MiB is full.
    let single = transfer(LONG, 8 << 20, Duration::ZERO);
    assert!(single.time <= ROUND_TRIP * 13, "{single:?}");
}

#[test]
fn a_pause_does_not_end_slow_start_for_good() {
    let fresh = transfer(LONG, 8 << 20, Duration::ZERO);
    for idle in [1, 10, 300] {
        let later = transfer(LONG, 8 << 20, Duration::from_secs(idle));
        // The window begins at four packets instead of ten.
        assert!(later.time <= fresh.time + ROUND_TRIP * 2, "{idle} s: {later:?}\n{fresh:?}");
    }
}
