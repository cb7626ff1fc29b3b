//! The only place that reads a clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lariat_base::Instant;
use tokio::time::Instant as TokioInstant;

use crate::limits;

/// The protocols' time, which starts at zero.
///
/// It goes on while the machine is suspended, where the system has a clock that does: consent of
/// the other side (RFC 7675) runs out meanwhile, and so do all other deadlines.
#[derive(Clone)]
pub(crate) struct Clock {
    /// The time of some clock that never goes back.
    read: Arc<dyn Fn() -> Duration + Send + Sync>,
    origin: Duration,
}

impl Clock {
    /// A clock that starts now.
    pub(crate) fn start() -> Self {
        Self::of(since_boot())
    }

    /// A clock that starts now and shows what another one shows.
    fn of(read: Arc<dyn Fn() -> Duration + Send + Sync>) -> Self {
        let origin = read();
        Self { read, origin }
    }

    /// The time.
    pub(crate) fn now(&self) -> Instant {
        let elapsed = (self.read)().saturating_sub(self.origin);
        Instant::from_nanos(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX))
    }

    /// Until when the runtime may sleep for a deadline: until then by its own clock, but no longer
    /// than [`limits::LONGEST_SLEEP`], since that clock may stand still.
    pub(crate) fn sleep_until(&self, deadline: Instant) -> TokioInstant {
        let left = deadline.saturating_since(self.now());
        TokioInstant::now() + left.min(limits::LONGEST_SLEEP)
    }
}

/// The time since the machine was started, suspension included.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn since_boot() -> Arc<dyn Fn() -> Duration + Send + Sync> {
    use rustix::time::{ClockId, clock_gettime};

    Arc::new(|| Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default())
}

/// The time of the runtime's clock, which may stand still during suspension.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn since_boot() -> Arc<dyn Fn() -> Duration + Send + Sync> {
    let start = TokioInstant::now();
    Arc::new(move || start.elapsed())
}

/// The time since the Unix epoch, or zero on a machine that thinks it is earlier.
pub(crate) fn since_epoch() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "the front door reads the clock for all layers")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock that a test moves, and how: in milliseconds, from one.
    pub(crate) fn injected() -> (Clock, Arc<AtomicU64>) {
        let millis = Arc::new(AtomicU64::new(1));
        let shown = Arc::clone(&millis);
        let read = move || Duration::from_millis(shown.load(Ordering::SeqCst));
        (Clock::of(Arc::new(read)), millis)
    }

    /// Seconds for which the machine was suspended, as a test says.
    pub(crate) fn injected_suspension() -> Arc<AtomicU64> {
        Arc::new(AtomicU64::new(0))
    }

    /// The system's clock, and the time of such a suspension.
    pub(crate) fn after_suspension(slept: &Arc<AtomicU64>) -> Clock {
        let (slept, awake) = (Arc::clone(slept), since_boot());
        Clock::of(Arc::new(move || awake() + Duration::from_secs(slept.load(Ordering::SeqCst))))
    }

    #[test]
    fn it_starts_at_zero_and_never_goes_back_beyond_that() {
        let (clock, millis) = injected();
        assert_eq!(clock.now(), Instant::ZERO);
        millis.store(251, Ordering::SeqCst);
        assert_eq!(clock.now(), Instant::from_millis(250));
        millis.store(0, Ordering::SeqCst);
        assert_eq!(clock.now(), Instant::ZERO);
    }

    #[test]
    fn the_systems_clock_goes_on() {
        let clock = Clock::start();
        let before = clock.now();
        while clock.now() == before {}
        assert!(clock.now() > before);
    }

    #[tokio::test(start_paused = true)]
    async fn no_sleep_outlasts_a_suspension_by_much() {
        let (clock, millis) = injected();
        let deadline = Instant::from_millis(120_000);
        let now = TokioInstant::now();
        assert_eq!(clock.sleep_until(deadline), now + limits::LONGEST_SLEEP);
        // Two minutes of suspension, in which the runtime's clock stood still.
        millis.store(120_001, Ordering::SeqCst);
        assert_eq!(clock.sleep_until(deadline), now);
        millis.store(119_701, Ordering::SeqCst);
        assert_eq!(clock.sleep_until(deadline), now + Duration::from_millis(300));
    }
}
