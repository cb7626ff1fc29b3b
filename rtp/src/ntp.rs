//! Wall-clock time as RTCP writes it.

use core::time::Duration;

/// Seconds from 1900-01-01 to 1970-01-01.
const UNIX_EPOCH: u64 = 2_208_988_800;

/// An NTP timestamp (RFC 3550 §4): seconds since 1900 in the upper 32 bits, fractions in the lower.
///
/// The seconds wrap around in 2036; only differences and the low bits matter to RTCP.
///
/// ```
/// use core::time::Duration;
/// use lariat_rtp::NtpTime;
///
/// let time = NtpTime::from_unix(Duration::from_millis(1_500));
/// assert_eq!(time, NtpTime((2_208_988_801 << 32) | 0x8000_0000));
/// assert_eq!(time.middle(), (2_208_988_801_u32 << 16) | 0x8000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// From the time since the Unix epoch. What goes beyond the 32 bits of seconds wraps around.
    pub const fn from_unix(since_epoch: Duration) -> Self {
        let seconds = since_epoch.as_secs().wrapping_add(UNIX_EPOCH);
        let fraction = ((since_epoch.subsec_nanos() as u64) << 32) / 1_000_000_000;
        Self((seconds << 32) | fraction)
    }

    /// The middle 32 bits, the short form that report blocks carry, in units of 1/65,536 s.
    pub const fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// A time in the units of DLSR, 1/65,536 s, saturating.
pub(crate) fn to_short(duration: Duration) -> u32 {
    let units = duration.as_nanos().saturating_mul(65_536) / 1_000_000_000;
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// The time that a DLSR says.
pub(crate) fn from_short(units: u32) -> Duration {
    Duration::from_nanos(u64::from(units).saturating_mul(1_000_000_000) / 65_536)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_has_its_middle() {
        // rfc3550 §6.4.1, figure 2: 10 Nov 1995 11:33:25.125 UTC.
        let time = NtpTime::from_unix(Duration::from_millis(816_003_205_125));
        assert_eq!(time, NtpTime(0xb44d_b705_2000_0000));
        assert_eq!(time.middle(), 0xb705_2000);
    }

    #[test]
    fn short_times_saturate() {
        assert_eq!(to_short(Duration::from_millis(5_250)), 0x0005_4000);
        assert_eq!(from_short(0x0005_4000), Duration::from_millis(5_250));
        assert_eq!(to_short(Duration::MAX), u32::MAX);
        assert!(from_short(u32::MAX) < Duration::from_secs(65_536));
    }

    #[test]
    fn the_year_2036_wraps_around() {
        let after = NtpTime::from_unix(Duration::from_secs((1 << 32) - UNIX_EPOCH + 3));
        assert_eq!(after, NtpTime(3 << 32));
        let _ = NtpTime::from_unix(Duration::MAX);
    }
}
