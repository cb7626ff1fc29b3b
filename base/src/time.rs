//! Time as protocols see it: a number that the caller hands in.

use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;

/// A moment, in nanoseconds since an origin that the caller picks.
///
/// Nothing in a protocol crate reads a clock. Tests start at [`Instant::ZERO`]; a driver maps its
/// monotonic clock once. Arithmetic saturates: 2⁶⁴ nanoseconds are 584 years, so a saturated value
/// means "never" and is harmless.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::Instant;
///
/// let start = Instant::ZERO;
/// let later = start + Duration::from_millis(20);
/// assert_eq!(later - start, Duration::from_millis(20));
/// // Time that goes backwards is harmless.
/// assert_eq!(start - later, Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The origin.
    pub const ZERO: Self = Self(0);

    /// The moment `nanos` nanoseconds after the origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The moment `millis` milliseconds after the origin, saturating.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds since the origin.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it lies in the future.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.saturating_since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", Duration::from_nanos(self.0))
    }
}

/// When a state machine wants to be called again, and why.
///
/// The reason travels with the time through every layer, so that "why does this wake up?" is
/// answered by printing it.
///
/// ```
/// use lariat_base::{Deadline, Instant};
///
/// let check = Deadline::new(Instant::from_millis(50), "connectivity check");
/// let consent = Deadline::new(Instant::from_millis(5_000), "consent");
/// assert_eq!(Deadline::earliest([Some(consent), None, Some(check)]), Some(check));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When to call `handle_timeout`.
    pub at: Instant,
    /// What for: a few words for logs and tests.
    pub reason: &'static str,
}

impl Deadline {
    /// A deadline at `at`, because of `reason`.
    pub const fn new(at: Instant, reason: &'static str) -> Self {
        Self { at, reason }
    }

    /// The earliest of several deadlines; of equal ones the first.
    pub fn earliest(deadlines: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        deadlines.into_iter().flatten().min_by_key(|deadline| deadline.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        let end = Instant::from_nanos(u64::MAX);
        assert_eq!(end + Duration::from_secs(1), end);
        assert_eq!(Instant::ZERO + Duration::MAX, end);
        assert_eq!(Instant::from_millis(u64::MAX), end);
    }

    #[test]
    fn earliest_of_equal_deadlines_is_the_first() {
        let a = Deadline::new(Instant::ZERO, "a");
        let b = Deadline::new(Instant::ZERO, "b");
        assert_eq!(Deadline::earliest([Some(a), Some(b)]), Some(a));
        assert_eq!(Deadline::earliest([None, None]), None);
    }
}
