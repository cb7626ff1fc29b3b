//! A bound on how often something is done.

use lariat_base::Instant;

/// A token bucket: `rate` per second, and as much in one burst.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RateLimit {
    /// In billionths of a token, so that every nanosecond counts.
    tokens: u64,
    rate: u32,
    updated: Instant,
}

const TOKEN: u64 = 1_000_000_000;

impl RateLimit {
    pub(crate) fn new(rate: u32) -> Self {
        Self { tokens: u64::from(rate) * TOKEN, rate, updated: Instant::ZERO }
    }

    /// Takes one token, if there is one.
    pub(crate) fn allow(&mut self, now: Instant) -> bool {
        let full = u64::from(self.rate) * TOKEN;
        let gained = (now.as_nanos().saturating_sub(self.updated.as_nanos()))
            .saturating_mul(u64::from(self.rate));
        self.tokens = self.tokens.saturating_add(gained).min(full);
        self.updated = self.updated.max(now);
        match self.tokens.checked_sub(TOKEN) {
            Some(rest) => {
                self.tokens = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_followed_by_the_rate() {
        let mut limit = RateLimit::new(10);
        let start = Instant::from_millis(5_000);
        assert_eq!((0..100).filter(|_| limit.allow(start)).count(), 10);
        let second = (1..=1_000).map(|millis| Instant::from_millis(5_000 + millis));
        assert_eq!(second.filter(|now| limit.allow(*now)).count(), 10);
    }

    #[test]
    fn time_that_goes_back_gives_nothing() {
        let mut limit = RateLimit::new(1);
        let late = Instant::from_millis(60_000);
        assert!(limit.allow(late));
        assert!(!limit.allow(Instant::ZERO));
        assert!(!limit.allow(late));
        assert!(limit.allow(Instant::from_millis(61_000)));
    }
}
