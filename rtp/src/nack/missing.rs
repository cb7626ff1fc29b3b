//! What a receiver misses.

use alloc::collections::VecDeque;
use core::time::Duration;

use lariat_base::{Deadline, Instant, Serial16};

use crate::limits::{MAX_ASKS, MAX_MISSING};
use crate::rtcp::Nack;
use crate::stream::Arrival;

/// The least time between two requests for one packet, if the round-trip time is shorter or
/// unknown.
const MIN_SPACING: Duration = Duration::from_millis(20);

/// Knows which packets of a stream are missing, and when to ask for them.
///
/// A packet is asked for as soon as a later one has come, then once in each round-trip time, at
/// most [`MAX_ASKS`] times. Of more than [`MAX_MISSING`] the oldest are given up: a key frame is
/// cheaper by then.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::{Instant, Serial16};
/// use lariat_rtp::nack::MissingTracker;
/// use lariat_rtp::stream::Arrival;
///
/// let mut missing = MissingTracker::new();
/// // 10 and 11 were skipped, and `stream::Reception` said so.
/// missing.on_packet(Instant::ZERO, Serial16::new(12), Arrival::Next { skipped: 2 });
/// assert_eq!(missing.poll_timeout().unwrap().at, Instant::ZERO);
/// let nack = missing.nack(Instant::ZERO, Duration::from_millis(80), 1, 7).unwrap();
/// assert!(nack.sequence_numbers().eq([10, 11].map(Serial16::new)));
///
/// // One of them comes; the other is asked for again after a round trip.
/// missing.on_packet(Instant::ZERO, Serial16::new(11), Arrival::Late);
/// assert_eq!(missing.poll_timeout().unwrap().at, Instant::from_millis(80));
/// ```
#[derive(Clone, Debug, Default)]
pub struct MissingTracker {
    /// Oldest first.
    missing: VecDeque<Missing>,
    given_up: u64,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    number: Serial16,
    /// When to ask for it next.
    due: Instant,
    asked: u8,
}

impl MissingTracker {
    /// Nothing is missing.
    pub const fn new() -> Self {
        Self { missing: VecDeque::new(), given_up: 0 }
    }

    /// How many packets are missing and not given up.
    pub fn len(&self) -> usize {
        self.missing.len()
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    /// How many packets were given up so far. When it grows, it is time to ask for a key frame.
    pub const fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Takes in the packet `number`, which continued the stream as `arrival` says.
    pub fn on_packet(&mut self, now: Instant, number: Serial16, arrival: Arrival) {
        match arrival {
            Arrival::Next { skipped } => self.add(now, number, skipped),
            Arrival::Late => self.missing.retain(|missing| missing.number != number),
            // Nobody knows what lies between here and there.
            Arrival::First | Arrival::Restart => self.missing.clear(),
            Arrival::Jump | Arrival::Foreign => {}
        }
    }

    /// The `skipped` packets before `number` are missing.
    fn add(&mut self, now: Instant, number: Serial16, skipped: u16) {
        let kept = skipped.min(MAX_MISSING as u16);
        let overflow = (self.missing.len() + usize::from(kept)).saturating_sub(MAX_MISSING);
        self.missing.drain(..overflow.min(self.missing.len()));
        let given_up = overflow as u64 + u64::from(skipped - kept);
        self.given_up = self.given_up.saturating_add(given_up);
        let newest = (1..=kept).rev().map(|back| Missing {
            number: number.add(back.wrapping_neg()),
            due: now,
            asked: 0,
        });
        self.missing.extend(newest);
    }

    /// The request that is due at `now`, if there is one: from `sender_ssrc` for packets of
    /// `media_ssrc`.
    ///
    /// What is in it is asked for again after `rtt`, or 20 ms if that is longer, until it has come.
    pub fn nack(
        &mut self,
        now: Instant,
        rtt: Duration,
        sender_ssrc: u32,
        media_ssrc: u32,
    ) -> Option<Nack> {
        let before = self.missing.len();
        self.missing.retain(|missing| missing.due > now || missing.asked < MAX_ASKS);
        let given_up = before.saturating_sub(self.missing.len());
        self.given_up = self.given_up.saturating_add(given_up as u64);

        let again = now + rtt.max(MIN_SPACING);
        let due = self.missing.iter_mut().filter(|missing| missing.due <= now).map(|missing| {
            missing.due = again;
            missing.asked = missing.asked.saturating_add(1);
            missing.number
        });
        let nack = Nack::for_missing(sender_ssrc, media_ssrc, due);
        if nack.entries.is_empty() { None } else { Some(nack) }
    }

    /// When to call [`Self::nack`] again.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let due = self.missing.iter().map(|missing| missing.due).min()?;
        Some(Deadline::new(due, "missing packets"))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const RTT: Duration = Duration::from_millis(50);

    fn skip(missing: &mut MissingTracker, now: Instant, number: u16, skipped: u16) {
        missing.on_packet(now, Serial16::new(number), Arrival::Next { skipped });
    }

    fn asked(missing: &mut MissingTracker, now: Instant) -> Vec<u16> {
        let nack = missing.nack(now, RTT, 1, 7);
        nack.iter().flat_map(Nack::sequence_numbers).map(Serial16::get).collect()
    }

    #[test]
    fn a_gap_across_the_wrap_is_asked_for_once_in_a_round_trip() {
        let mut missing = MissingTracker::new();
        skip(&mut missing, Instant::ZERO, 1, 3);
        assert_eq!(asked(&mut missing, Instant::ZERO), [65_534, 65_535, 0]);
        assert_eq!(asked(&mut missing, Instant::from_millis(49)), []);
        assert_eq!(asked(&mut missing, Instant::from_millis(50)), [65_534, 65_535, 0]);
    }

    #[test]
    fn what_has_come_is_not_asked_for() {
        let mut missing = MissingTracker::new();
        skip(&mut missing, Instant::ZERO, 10, 2);
        missing.on_packet(Instant::ZERO, Serial16::new(8), Arrival::Late);
        assert_eq!(asked(&mut missing, Instant::ZERO), [9]);
        missing.on_packet(Instant::ZERO, Serial16::new(9), Arrival::Late);
        assert_eq!(missing.poll_timeout(), None);
        assert_eq!(asked(&mut missing, Instant::from_millis(1_000)), []);
    }

    #[test]
    fn a_packet_is_given_up_after_the_last_request() {
        let mut missing = MissingTracker::new();
        skip(&mut missing, Instant::ZERO, 10, 1);
        for _ in 0..MAX_ASKS {
            let now = missing.poll_timeout().unwrap().at;
            assert_eq!(asked(&mut missing, now), [9]);
            assert_eq!(missing.given_up(), 0);
        }
        let now = missing.poll_timeout().unwrap().at;
        assert_eq!(asked(&mut missing, now), []);
        assert_eq!((missing.given_up(), missing.poll_timeout()), (1, None));
    }

    #[test]
    fn of_more_than_the_limit_the_oldest_are_given_up() {
        let mut missing = MissingTracker::new();
        skip(&mut missing, Instant::ZERO, 254, 253);
        assert_eq!((missing.len(), missing.given_up()), (MAX_MISSING, 0));
        skip(&mut missing, Instant::ZERO, 256, 1);
        assert_eq!((missing.len(), missing.given_up()), (MAX_MISSING, 1));
        assert_eq!(asked(&mut missing, Instant::ZERO)[0], 2);
        skip(&mut missing, Instant::ZERO, 3_256, 2_999);
        assert_eq!((missing.len(), missing.given_up()), (MAX_MISSING, 3_000));
        assert!(asked(&mut missing, Instant::ZERO).into_iter().eq(3_003..=3_255));
    }

    #[test]
    fn a_restart_forgets_what_was_missing() {
        let mut missing = MissingTracker::new();
        skip(&mut missing, Instant::ZERO, 10, 5);
        missing.on_packet(Instant::ZERO, Serial16::new(9_000), Arrival::Jump);
        assert_eq!(missing.len(), 5);
        missing.on_packet(Instant::ZERO, Serial16::new(9_001), Arrival::Restart);
        assert!(missing.is_empty());
    }

    #[test]
    fn without_a_round_trip_time_requests_are_spaced_all_the_same() {
        let mut missing = MissingTracker::new();
        skip(&mut missing, Instant::ZERO, 10, 1);
        assert!(missing.nack(Instant::ZERO, Duration::ZERO, 1, 7).is_some());
        assert_eq!(missing.poll_timeout().unwrap().at, Instant::from_millis(20));
    }
}
