//! How often something may happen: so many times at once, and then at even intervals.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::limits;
use crate::source::Source;

/// How often something may happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) at_once: u32,
    pub(crate) interval: Duration,
}

impl Rate {
    /// Whether it may happen at `now`, if what has happened so far is paid for at `paid`; then
    /// when this is paid for, too. The error is how long to wait.
    fn spend(self, paid: Instant, now: Instant) -> Result<Instant, Duration> {
        let paid = paid.max(now) + self.interval;
        match paid.checked_duration_since(now + self.interval * self.at_once) {
            Some(early) if !early.is_zero() => Err(early),
            _ => Ok(paid),
        }
    }
}

/// One thing that happens at a [`Rate`].
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    paid: Option<Instant>,
}

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, paid: None }
    }

    pub(crate) fn may(&mut self, now: Instant) -> bool {
        match self.rate.spend(self.paid.unwrap_or(now), now) {
            Ok(paid) => {
                self.paid = Some(paid);
                true
            }
            Err(_) => false,
        }
    }
}

/// What each source does at a [`Rate`] of its own.
#[derive(Debug)]
pub(crate) struct Buckets {
    rate: Rate,
    /// When what a source did is paid for. Those for whom that is over are forgotten.
    paid: BTreeMap<Source, Instant>,
}

impl Buckets {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, paid: BTreeMap::new() }
    }

    /// Counts one more of `source`, or says how long it has to wait.
    pub(crate) fn spend(&mut self, source: Source, now: Instant) -> Result<(), Duration> {
        let paid = self.paid.get(&source).copied().unwrap_or(now);
        let paid = self.rate.spend(paid, now)?;
        if self.paid.len() >= limits::SOURCES && !self.paid.contains_key(&source) {
            self.paid.retain(|_, paid| *paid > now);
            let oldest = self.paid.iter().min_by_key(|(_, paid)| **paid).map(|(oldest, _)| *oldest);
            if let (true, Some(oldest)) = (self.paid.len() >= limits::SOURCES, oldest) {
                self.paid.remove(&oldest);
            }
        }
        self.paid.insert(source, paid);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { at_once: 3, interval: Duration::from_secs(1) };

    fn source(number: u32) -> Source {
        Source::of(std::net::Ipv4Addr::from_bits(number).into())
    }

    #[test]
    fn one_past_what_may_be_at_once_waits_for_the_interval() {
        let start = Instant::now();
        let mut bucket = Bucket::new(RATE);
        assert!((0..3).all(|_| bucket.may(start)));
        assert!(!bucket.may(start));
        assert!(!bucket.may(start + Duration::from_millis(999)));
        assert!(bucket.may(start + Duration::from_secs(1)));
        assert!(!bucket.may(start + Duration::from_secs(1)));
        let rested = start + Duration::from_secs(60);
        assert!((0..3).all(|_| bucket.may(rested)) && !bucket.may(rested));
    }

    #[test]
    fn every_source_has_its_own() {
        let start = Instant::now();
        let mut buckets = Buckets::new(RATE);
        for _ in 0..3 {
            assert_eq!(buckets.spend(source(1), start), Ok(()));
        }
        assert_eq!(buckets.spend(source(1), start), Err(Duration::from_secs(1)));
        assert_eq!(buckets.spend(source(2), start), Ok(()));
    }

    #[test]
    fn one_source_past_the_limit_makes_the_quietest_forgotten() {
        let start = Instant::now();
        let mut buckets = Buckets::new(RATE);
        let sources = u32::try_from(limits::SOURCES).unwrap();
        for number in 0..=sources {
            let at = start + Duration::from_micros(number.into());
            assert_eq!(buckets.spend(source(number), at), Ok(()));
        }
        assert_eq!(buckets.paid.len(), limits::SOURCES);
        assert!(!buckets.paid.contains_key(&source(0)));
        let later = start + Duration::from_secs(5);
        buckets.spend(source(sources + 1), later).unwrap();
        assert_eq!(buckets.paid.len(), 1);
    }
}
