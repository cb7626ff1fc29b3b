//! A link in use: its queue, and the fate of each datagram.

use core::time::Duration;

use lariat_base::{Instant, Rng};

use crate::Link;

/// Bytes that IPv4 and UDP add to a payload.
const HEADERS: usize = 28;

/// A link, and when its queue will be empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) link: Link,
    /// When the last bit of what is queued has left.
    idle_at: Instant,
}

/// A copy of a datagram that will arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) at: Instant,
    /// The bit to turn round.
    pub(crate) corrupt: Option<usize>,
}

impl Line {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link, idle_at: Instant::ZERO }
    }

    /// The copies of a datagram of `size` bytes that will arrive: none, one or two. One that may
    /// be fragmented passes whatever the link's MTU.
    pub(crate) fn carry(
        &mut self,
        now: Instant,
        size: usize,
        may_fragment: bool,
        rng: &mut Rng,
    ) -> Vec<Copy> {
        let link = self.link;
        // All are drawn for every datagram, so that one setting does not shift the dice of another.
        let shares = [link.loss, link.duplication, link.reordering, link.corruption];
        let [lost, doubled, held, corrupted] = shares.map(|share| happens(share, rng));
        let [hold, jitter] = [link.hold, link.jitter].map(|most| up_to(most, rng));
        let bit = rng.below(8 * size.max(1) as u64) as usize;
        // What is lost behind the bottleneck has been through its queue.
        let Some(left) = self.leave(now, size + HEADERS) else { return Vec::new() };
        if lost || (size > link.mtu && !may_fragment) {
            return Vec::new();
        }
        let corrupt = (corrupted && size > 0).then_some(bit);
        let first = left + link.delay + jitter + if held { hold } else { Duration::ZERO };
        let arrives = |at| Copy { at: coalesced(at, link.coalescing), corrupt };
        if doubled { vec![arrives(first), arrives(first + hold)] } else { vec![arrives(first)] }
    }

    /// When a packet's last bit has left; `None` if the queue has no room for it.
    fn leave(&mut self, now: Instant, size: usize) -> Option<Instant> {
        let Some(rate) = self.link.rate else { return Some(now) };
        let waiting = self.idle_at.saturating_since(now);
        let queued = waiting.as_nanos() * u128::from(rate) / 8_000_000_000;
        // A packet that finds the line idle is sent, however short the queue.
        if queued > 0 && queued + size as u128 > self.link.queue as u128 {
            return None;
        }
        let nanos = size as u128 * 8_000_000_000 / u128::from(rate.max(1));
        self.idle_at = self.idle_at.max(now) + Duration::from_nanos(nanos as u64);
        Some(self.idle_at)
    }
}

fn happens(share: f64, rng: &mut Rng) -> bool {
    (rng.below(1 << 53) as f64) < share * (1u64 << 53) as f64
}

fn up_to(most: Duration, rng: &mut Rng) -> Duration {
    Duration::from_nanos(rng.below(most.as_nanos() as u64 + 1))
}

fn coalesced(at: Instant, tick: Duration) -> Instant {
    match tick.as_nanos() as u64 {
        0 => at,
        tick => Instant::from_nanos(at.as_nanos().div_ceil(tick) * tick),
    }
}

#[cfg(test)]
mod tests {
    use lariat_base::Seed;

    use super::*;

    const CLEAN: Link = Link {
        delay: Duration::from_millis(10),
        jitter: Duration::ZERO,
        loss: 0.0,
        duplication: 0.0,
        reordering: 0.0,
        hold: Duration::ZERO,
        corruption: 0.0,
        rate: None,
        queue: 0,
        mtu: 1_500,
        reports_mtu: false,
        coalescing: Duration::ZERO,
    };

    fn rng() -> Rng {
        Seed::new([3; 32]).rng()
    }

    fn arrivals(line: &mut Line, now: Instant, size: usize, count: usize) -> Vec<Instant> {
        let mut rng = rng();
        let copies = (0..count).flat_map(|_| line.carry(now, size, false, &mut rng));
        copies.map(|copy| copy.at).collect()
    }

    #[test]
    fn a_rate_spaces_datagrams_by_their_length_with_headers() {
        let mut line = Line::new(Link { rate: Some(8_000_000), queue: 10_000, ..CLEAN });
        // 972 and 28 bytes at a byte each microsecond.
        let expected = [11_000, 12_000, 13_000].map(|micros| Instant::from_nanos(micros * 1_000));
        assert_eq!(arrivals(&mut line, Instant::ZERO, 972, 3), expected);
        // When the queue has emptied, the next goes at once.
        let later = Instant::from_millis(50);
        assert_eq!(arrivals(&mut line, later, 972, 1), [Instant::from_millis(61)]);
    }

    #[test]
    fn a_full_queue_loses_what_comes_last() {
        let mut line = Line::new(Link { rate: Some(8_000_000), queue: 4_000, ..CLEAN });
        assert_eq!(arrivals(&mut line, Instant::ZERO, 972, 10).len(), 4);
        // After a millisecond there is room for one more.
        assert_eq!(arrivals(&mut line, Instant::from_millis(1), 972, 10).len(), 1);
    }

    #[test]
    fn arrivals_that_are_coalesced_come_together() {
        let link = Link {
            rate: Some(8_000_000),
            queue: 10_000,
            coalescing: Duration::from_millis(5),
            ..CLEAN
        };
        let at = arrivals(&mut Line::new(link), Instant::ZERO, 972, 6);
        let expected = [15, 15, 15, 15, 15, 20].map(Instant::from_millis);
        assert_eq!(at, expected);
    }

    #[test]
    fn what_is_too_long_does_not_pass_and_a_share_is_lost_doubled_and_corrupted() {
        assert_eq!(arrivals(&mut Line::new(CLEAN), Instant::ZERO, 1_501, 1), []);
        let mut line = Line::new(Link { loss: 0.25, ..CLEAN });
        let passed = arrivals(&mut line, Instant::ZERO, 100, 10_000).len();
        assert!((7_300..7_700).contains(&passed), "{passed} of 10,000");
        let mut line = Line::new(Link { duplication: 0.25, ..CLEAN });
        let passed = arrivals(&mut line, Instant::ZERO, 100, 10_000).len();
        assert!((12_300..12_700).contains(&passed), "{passed} of 10,000");
        let mut line = Line::new(Link { corruption: 0.25, ..CLEAN });
        let mut rng = rng();
        let copies = (0..10_000).flat_map(|_| line.carry(Instant::ZERO, 100, false, &mut rng));
        let corrupted = copies.filter_map(|copy| copy.corrupt).collect::<Vec<_>>();
        assert!((2_300..2_700).contains(&corrupted.len()), "{} of 10,000", corrupted.len());
        assert!(corrupted.iter().all(|bit| *bit < 800));
    }
}
