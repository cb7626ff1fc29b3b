//! Interarrival jitter (RFC 3550 §6.4.1, A.8).

use lariat_base::Instant;

/// The running estimate, in units of the RTP timestamp.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jitter {
    clock_rate: u32,
    /// How much later the last packet came than its timestamp says, modulo 2³², against any
    /// origin.
    transit: Option<u32>,
    /// The estimate times 16, so that rounding does not add up.
    scaled: u64,
}

impl Jitter {
    pub(super) const fn new(clock_rate: u32) -> Self {
        Self { clock_rate, transit: None, scaled: 0 }
    }

    /// Takes in a packet that arrived at `now`.
    pub(super) fn on_packet(&mut self, now: Instant, timestamp: u32) {
        let transit = in_units(now, self.clock_rate).wrapping_sub(timestamp);
        if let Some(last) = self.transit.replace(transit) {
            // rfc3550 A.8: J += |D| - J/16, with J scaled by 16 and rounded.
            let difference = transit.wrapping_sub(last).cast_signed().unsigned_abs();
            let decay = (self.scaled + 8) >> 4;
            self.scaled = self.scaled.saturating_sub(decay).saturating_add(difference.into());
        }
    }

    /// Forgets the last packet but not the estimate: the next packet has no relation to it.
    pub(super) const fn interrupt(&mut self) {
        self.transit = None;
    }

    /// Counts in another clock from the next packet on, which has no relation to the last one.
    pub(super) fn set_clock_rate(&mut self, clock_rate: u32) {
        let scaled = u128::from(self.scaled) * u128::from(clock_rate);
        let scaled = scaled.checked_div(self.clock_rate.into()).unwrap_or(0);
        // Both factors are bounded, but not their product.
        self.scaled = u64::try_from(scaled).unwrap_or(u64::MAX).min(u64::from(u32::MAX) << 4);
        self.clock_rate = clock_rate;
        self.interrupt();
    }

    /// The estimate, for a report block.
    pub(super) fn get(&self) -> u32 {
        u32::try_from(self.scaled >> 4).unwrap_or(u32::MAX)
    }
}

/// `now` in units of a clock, modulo 2³².
fn in_units(now: Instant, clock_rate: u32) -> u32 {
    let units = u128::from(now.as_nanos()) * u128::from(clock_rate) / 1_000_000_000;
    units as u32
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn even_spacing_is_no_jitter_across_both_wraps() {
        let mut jitter = Jitter::new(90_000);
        let mut now = Instant::from_nanos(u64::from(u32::MAX) * 1_000_000_000 / 90_000);
        let mut timestamp = u32::MAX - 9_000;
        for _ in 0..100 {
            jitter.on_packet(now, timestamp);
            now = now + Duration::from_millis(20);
            timestamp = timestamp.wrapping_add(1_800);
        }
        assert!(jitter.get() <= 1, "{}", jitter.get());
    }

    #[test]
    fn the_estimate_follows_the_formula() {
        // rfc3550 A.8, against the floating-point form of the same formula.
        let mut jitter = Jitter::new(8_000);
        let (mut expected, mut last) = (0.0_f64, None::<f64>);
        for step in 0..500_u32 {
            let late = step * 37 % 11;
            let now = Instant::from_millis(u64::from(step * 20 + late));
            jitter.on_packet(now, step * 160);
            let transit = f64::from(late * 8);
            if let Some(last) = last.replace(transit) {
                expected += ((transit - last).abs() - expected) / 16.0;
            }
        }
        assert!((f64::from(jitter.get()) - expected).abs() <= 1.5, "{expected}");
    }

    #[test]
    fn another_clock_changes_the_unit_and_not_the_estimate() {
        let mut jitter = Jitter::new(48_000);
        for step in 0..100_u32 {
            // Ten milliseconds early and late by turns.
            let at = step * 20 + step % 2 * 10;
            jitter.on_packet(Instant::from_millis(at.into()), step * 960);
        }
        let before = jitter.get();
        assert!((470..=480).contains(&before), "{before}");
        jitter.set_clock_rate(8_000);
        assert_eq!(jitter.get(), before / 6);
        // The step between the clocks is no delay.
        jitter.on_packet(Instant::from_millis(2_000), 3_000_000_000);
        assert_eq!(jitter.get(), before / 6);
        jitter.set_clock_rate(0);
        jitter.set_clock_rate(u32::MAX);
        assert_eq!(jitter.get(), 0);
    }

    #[test]
    fn absurd_timestamps_leave_it_bounded() {
        let mut jitter = Jitter::new(u32::MAX);
        for step in 0..10_000_u32 {
            jitter.on_packet(Instant::from_nanos(u64::MAX), step.wrapping_mul(0x8000_0000));
        }
        assert!(jitter.get() <= 1 << 31);
    }
}
