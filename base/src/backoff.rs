//! A retransmission timer that grows and gives up.

use core::time::Duration;

use crate::Instant;

/// A timer that doubles its interval at each expiry and stops after a number of them.
///
/// It is data, not a callback: the owner keeps it in the state that needs it, advertises
/// [`Backoff::at`], and calls [`Backoff::expire`] when that moment has come.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::{Backoff, Instant};
///
/// let (interval, ceiling) = (Duration::from_millis(100), Duration::from_secs(1));
/// let mut timer = Backoff::start(Instant::ZERO, interval, ceiling, 2);
/// assert_eq!(timer.at(), Instant::from_millis(100));
/// assert!(timer.expire(Instant::from_millis(100)), "first retransmission");
/// assert_eq!(timer.at(), Instant::from_millis(300));
/// assert!(timer.expire(Instant::from_millis(300)), "second and last");
/// assert!(!timer.expire(Instant::from_millis(700)), "given up");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    at: Instant,
    interval: Duration,
    ceiling: Duration,
    expiries: u32,
    limit: u32,
}

impl Backoff {
    /// Starts at `now`: first expiry after `interval`, doubling up to `ceiling`, at most `limit`
    /// expiries.
    pub fn start(now: Instant, interval: Duration, ceiling: Duration, limit: u32) -> Self {
        let interval = interval.min(ceiling);
        Self { at: now + interval, interval, ceiling, expiries: 0, limit }
    }

    /// When the timer expires next.
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// Whether the timer has expired by `now`.
    pub fn is_due(&self, now: Instant) -> bool {
        self.at <= now
    }

    /// How often the timer has expired.
    pub const fn expiries(&self) -> u32 {
        self.expiries
    }

    /// Takes an expiry at `now`: `true` means try again, `false` that the limit is spent.
    pub fn expire(&mut self, now: Instant) -> bool {
        if self.expiries >= self.limit {
            return false;
        }
        self.expiries += 1;
        self.interval = self.interval.saturating_mul(2).min(self.ceiling);
        self.at = now + self.interval;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_never_passes_its_ceiling() {
        let mut timer =
            Backoff::start(Instant::ZERO, Duration::from_secs(1), Duration::from_secs(3), 100);
        for _ in 0..100 {
            let now = timer.at();
            assert!(timer.expire(now));
            assert!(timer.at() - now <= Duration::from_secs(3));
        }
        assert!(!timer.expire(timer.at()));
        assert_eq!(timer.expiries(), 100);
    }
}
