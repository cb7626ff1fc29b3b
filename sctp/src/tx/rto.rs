//! The retransmission timeout (RFC 9260 §6.3.1).

use core::time::Duration;

/// The bounds that a configuration sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RtoBounds {
    pub(crate) initial: Duration,
    pub(crate) min: Duration,
    pub(crate) max: Duration,
}

/// Smoothed round-trip time and what follows from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rto {
    bounds: RtoBounds,
    measured: Option<Measured>,
    timeout: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Measured {
    smoothed: Duration,
    variation: Duration,
}

impl Rto {
    pub(crate) fn new(bounds: RtoBounds) -> Self {
        Self { bounds, measured: None, timeout: bounds.initial.min(bounds.max) }
    }

    /// The current timeout, with any doubling.
    pub(crate) const fn get(&self) -> Duration {
        self.timeout
    }

    /// The longest timeout.
    pub(crate) const fn max(&self) -> Duration {
        self.bounds.max
    }

    /// The smoothed round-trip time, once there is a measurement.
    pub(crate) fn smoothed(&self) -> Option<Duration> {
        self.measured.map(|measured| measured.smoothed)
    }

    /// Takes a measurement in.
    pub(crate) fn measure(&mut self, rtt: Duration) {
        // A clock that jumps must not overflow what follows.
        let rtt = rtt.min(Duration::from_secs(600));
        // rfc9260 §6.3.1 C2, C3: alpha is 1/8 and beta 1/4; the variation moves before the mean.
        let measured = match self.measured {
            None => Measured { smoothed: rtt, variation: rtt / 2 },
            Some(Measured { smoothed, variation }) => Measured {
                variation: variation - variation / 4 + smoothed.abs_diff(rtt) / 4,
                smoothed: smoothed - smoothed / 8 + rtt / 8,
            },
        };
        self.measured = Some(measured);
        let timeout = measured.smoothed.saturating_add(measured.variation.saturating_mul(4));
        // C6, C7.
        self.timeout = timeout.max(self.bounds.min).min(self.bounds.max);
    }

    /// Doubles the timeout after it expired (§6.3.3 E2).
    pub(crate) fn back_off(&mut self) {
        self.timeout = self.timeout.saturating_mul(2).min(self.bounds.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: RtoBounds = RtoBounds {
        initial: Duration::from_secs(1),
        min: Duration::from_millis(400),
        max: Duration::from_secs(10),
    };

    #[test]
    fn the_first_measurement_sets_three_times_its_value() {
        let mut rto = Rto::new(BOUNDS);
        assert_eq!(rto.get(), Duration::from_secs(1));
        rto.measure(Duration::from_millis(500));
        assert_eq!(rto.get(), Duration::from_millis(1_500));
        assert_eq!(rto.smoothed(), Some(Duration::from_millis(500)));
    }

    #[test]
    fn the_timeout_stays_within_its_bounds() {
        let mut rto = Rto::new(BOUNDS);
        rto.measure(Duration::from_millis(1));
        assert_eq!(rto.get(), BOUNDS.min);
        for _ in 0..100 {
            rto.back_off();
        }
        assert_eq!(rto.get(), BOUNDS.max);
        rto.measure(Duration::MAX);
        assert_eq!(rto.get(), BOUNDS.max);
    }

    #[test]
    fn a_measurement_takes_the_doubling_back() {
        let mut rto = Rto::new(BOUNDS);
        rto.back_off();
        rto.back_off();
        rto.measure(Duration::from_millis(200));
        assert_eq!(rto.get(), Duration::from_millis(600));
    }
}
