//! The only place that reads a clock.

use std::time::{Duration, SystemTime};

use lariat_base::Instant;
use tokio::time::Instant as TokioInstant;

/// Maps the runtime's monotonic clock to the protocols' time, which starts at zero.
///
/// It is tokio's clock and not the standard library's, so that waiting and reading agree when a
/// test pauses time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: TokioInstant,
}

impl Clock {
    /// A clock that starts now.
    pub(crate) fn start() -> Self {
        Self { origin: TokioInstant::now() }
    }

    /// The time.
    pub(crate) fn now(&self) -> Instant {
        let nanos = self.origin.elapsed().as_nanos();
        Instant::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// When the runtime's clock will show `at`; `None` if it never will.
    pub(crate) fn runtime(&self, at: Instant) -> Option<TokioInstant> {
        self.origin.checked_add(Duration::from_nanos(at.as_nanos()))
    }
}

/// The time since the Unix epoch, or zero on a machine that thinks it is earlier.
pub(crate) fn since_epoch() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "the front door reads the clock for all layers")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn both_clocks_show_the_same_time() {
        let clock = Clock::start();
        assert_eq!(clock.now(), Instant::ZERO);
        tokio::time::advance(Duration::from_millis(250)).await;
        assert_eq!(clock.now(), Instant::from_millis(250));
        assert_eq!(clock.runtime(clock.now()), Some(TokioInstant::now()));
    }
}
