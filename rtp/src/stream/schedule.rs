//! When to send reports (RFC 3550 §6.2 and §6.3, RFC 4585 §3).

use core::time::Duration;

use lariat_base::{Deadline, Instant, Rng};

const VIDEO_INTERVAL: Duration = Duration::from_secs(1);
const AUDIO_INTERVAL: Duration = Duration::from_secs(5);

/// Says when the next regular RTCP packet is due.
///
/// The time between two is random, between half and one and a half times an interval, so that many
/// endpoints do not fall into step.
///
/// # Where this deviates
///
/// RFC 3550 §6.3.1 derives the interval from the number of members, the size of their packets and a
/// bandwidth, and RFC 4585 lets the minimum be zero. Here a session has two members, and the
/// interval is fixed: a second for video and five for audio by default, as in browsers. A compound
/// packet of 200 bytes a second is 1.6 kbit/s. With two members there is nothing to reconsider
/// (§6.3.6), and so no need for the factor 1.21828 that compensates for it. Feedback may be sent at
/// any time (RFC 4585 §3.4 b, immediate mode) and does not move the schedule.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::{Instant, Seed};
/// use lariat_rtp::stream::ReportSchedule;
///
/// let mut schedule = ReportSchedule::video(Instant::ZERO, Seed::new([1; 32]).rng());
/// let first = schedule.at();
/// assert!(!schedule.expire(Instant::ZERO), "not yet");
/// assert!(schedule.expire(first), "due");
/// let wait = schedule.at() - first;
/// assert!(wait >= Duration::from_millis(500) && wait <= Duration::from_millis(1_500));
/// ```
#[derive(Clone, Debug)]
pub struct ReportSchedule {
    interval: Duration,
    at: Instant,
    rng: Rng,
}

impl ReportSchedule {
    /// A schedule that starts at `now`, with `interval` between reports on average.
    ///
    /// rfc3550 §6.2: the first report comes after half the interval (times the same random factor),
    /// so that a new source is soon known.
    pub fn new(now: Instant, interval: Duration, rng: Rng) -> Self {
        let mut schedule = Self { interval, at: now, rng };
        schedule.at = now + schedule.dither(interval / 2);
        schedule
    }

    /// A schedule for streams among which there is video: one second.
    pub fn video(now: Instant, rng: Rng) -> Self {
        Self::new(now, VIDEO_INTERVAL, rng)
    }

    /// A schedule for audio alone: five seconds.
    pub fn audio(now: Instant, rng: Rng) -> Self {
        Self::new(now, AUDIO_INTERVAL, rng)
    }

    /// When the next report is due.
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// The same as a deadline.
    pub const fn deadline(&self) -> Deadline {
        Deadline::new(self.at, "RTCP report")
    }

    /// Whether a report is due by `now`; if so, the next one is scheduled, and the caller sends
    /// one.
    ///
    /// After a long silence one report is due, not one for each interval that was missed.
    pub fn expire(&mut self, now: Instant) -> bool {
        if now < self.at {
            return false;
        }
        self.at = now + self.dither(self.interval);
        true
    }

    /// `interval` times a factor from 0.5 to 1.5 (RFC 3550 §6.3.1).
    fn dither(&mut self, interval: Duration) -> Duration {
        let nanos = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
        let dithered = (nanos / 2).saturating_add(self.rng.below(nanos));
        // Never zero, so that a schedule cannot make its owner spin.
        Duration::from_nanos(dithered.max(1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use lariat_base::Seed;

    use super::*;

    fn rng() -> Rng {
        Seed::new([5; 32]).rng()
    }

    #[test]
    fn intervals_lie_between_half_and_one_and_a_half() {
        // rfc3550 §6.3.1
        let mut schedule = ReportSchedule::audio(Instant::ZERO, rng());
        let first = schedule.at() - Instant::ZERO;
        assert!(first >= Duration::from_millis(1_250) && first <= Duration::from_millis(3_750));
        let (mut shortest, mut longest, mut sum) = (Duration::MAX, Duration::ZERO, Duration::ZERO);
        for _ in 0..1_000 {
            let now = schedule.at();
            assert!(schedule.expire(now));
            let wait = schedule.at() - now;
            shortest = shortest.min(wait);
            longest = longest.max(wait);
            sum += wait;
        }
        assert!(
            shortest >= Duration::from_millis(2_500) && shortest < Duration::from_millis(2_600)
        );
        assert!(longest <= Duration::from_millis(7_500) && longest > Duration::from_millis(7_400));
        let mean = sum / 1_000;
        assert!(mean > Duration::from_millis(4_800) && mean < Duration::from_millis(5_200));
    }

    #[test]
    fn a_long_silence_makes_one_report_due() {
        let mut schedule = ReportSchedule::video(Instant::ZERO, rng());
        let late = Instant::from_millis(3_600_000);
        assert!(schedule.expire(late));
        assert!(!schedule.expire(late));
        assert!(schedule.at() > late);
    }

    #[test]
    fn time_that_goes_backwards_makes_nothing_due() {
        let mut schedule = ReportSchedule::video(Instant::from_millis(9_000), rng());
        let at = schedule.at();
        assert!(!schedule.expire(Instant::ZERO));
        assert_eq!(schedule.at(), at);
    }

    #[test]
    fn an_interval_of_zero_does_not_spin() {
        let mut schedule = ReportSchedule::new(Instant::ZERO, Duration::ZERO, rng());
        let now = schedule.at();
        assert!(schedule.expire(now));
        assert!(schedule.at() > now);
    }
}
