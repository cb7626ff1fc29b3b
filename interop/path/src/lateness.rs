//! How late packets are released.

use std::fmt;
use std::time::Duration;

/// Finer than this is not told apart.
const STEP: Duration = Duration::from_micros(10);

/// What is later than so many steps counts as that late.
const STEPS: usize = 1_000;

/// How late a packet may be released.
pub const PUNCTUAL: Duration = Duration::from_micros(200);

/// A distribution of how much later than due packets were released, to 10 µs, up to 10 ms.
///
/// ```
/// use std::time::Duration;
/// use lariat_path::Lateness;
///
/// let mut lateness = Lateness::default();
/// lateness.add(Duration::from_micros(25));
/// assert_eq!(lateness.quantile(0.5), Duration::from_micros(30));
/// assert_eq!(lateness.punctual(), 1.0);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Lateness {
    counts: Vec<u64>,
    count: u64,
    most: Duration,
}

impl Default for Lateness {
    fn default() -> Self {
        Self { counts: vec![0; STEPS + 1], count: 0, most: Duration::ZERO }
    }
}

impl Lateness {
    /// Counts one.
    pub fn add(&mut self, late: Duration) {
        let step = late.as_micros() / STEP.as_micros();
        let step = usize::try_from(step).unwrap_or(STEPS).min(STEPS);
        if let Some(count) = self.counts.get_mut(step) {
            *count += 1;
        }
        self.count += 1;
        self.most = self.most.max(late);
    }

    /// How many were counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The most that one was late.
    pub const fn most(&self) -> Duration {
        self.most
    }

    /// What a share from 0 to 1 of all was not later than, rounded up; zero if there are none.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = (self.count as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (step, count) in (1_u32..).zip(&self.counts) {
            seen += count;
            if seen >= wanted && seen > 0 {
                return STEP * step;
            }
        }
        Duration::ZERO
    }

    /// The share that was not later than [`PUNCTUAL`]; 1 if there are none.
    pub fn punctual(&self) -> f64 {
        let steps = usize::try_from(PUNCTUAL.as_micros() / STEP.as_micros()).unwrap_or(STEPS);
        let punctual: u64 = self.counts.iter().take(steps).sum();
        if self.count == 0 { 1.0 } else { punctual as f64 / self.count as f64 }
    }
}

impl fmt::Debug for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lateness").field("count", &self.count).finish_non_exhaustive()
    }
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = |duration: Duration| duration.as_micros();
        write!(
            f,
            "{} packets, late by {} µs in the median, {} (99 %), {} (99.9 %), {} at most; \
             {:.2} % within {} µs",
            self.count,
            micros(self.quantile(0.5)),
            micros(self.quantile(0.99)),
            micros(self.quantile(0.999)),
            micros(self.most),
            self.punctual() * 100.0,
            micros(PUNCTUAL),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_shares_are_those_of_what_was_counted() {
        let mut lateness = Lateness::default();
        for micros in 0..1_000 {
            lateness.add(Duration::from_micros(micros));
        }
        assert_eq!(lateness.quantile(0.5), Duration::from_micros(500));
        assert_eq!(lateness.quantile(0.99), Duration::from_micros(990));
        assert_eq!(lateness.punctual(), 0.2);
        assert_eq!(lateness.most(), Duration::from_micros(999));
        assert_eq!(lateness.count(), 1_000);
    }

    #[test]
    fn what_is_very_late_is_counted_too() {
        let mut lateness = Lateness::default();
        lateness.add(Duration::from_secs(9));
        assert_eq!(lateness.most(), Duration::from_secs(9));
        assert_eq!(lateness.punctual(), 0.0);
        assert!(lateness.quantile(1.0) > Duration::from_millis(10));
    }

    #[test]
    fn nothing_is_never_late() {
        assert_eq!(Lateness::default().quantile(0.99), Duration::ZERO);
        assert_eq!(Lateness::default().punctual(), 1.0);
    }
}
