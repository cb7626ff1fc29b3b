//! Numbers that wrap around (RFC 1982).
//!
//! They do not implement `Ord`: half of the circle is ahead and half behind, so "less than" is not
//! transitive. Compare with `is_after`, or extend to 64 bits once at the edge with `extend`.

/// A 16-bit serial number: an RTP sequence number, an SCTP stream sequence number.
///
/// ```
/// use lariat_base::Serial16;
///
/// let last = Serial16::new(65_535);
/// let next = last.add(1);
/// assert_eq!(next, Serial16::new(0));
/// assert!(next.is_after(last));
/// // Extended next to a 64-bit reference, it stops wrapping.
/// assert_eq!(next.extend(65_535), 65_536);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Serial16(u16);

impl Serial16 {
    /// The serial number with this value.
    pub const fn new(value: u16) -> Self {
        Self(value)
    }

    /// The value as it is on the wire.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The serial number `count` further on.
    #[must_use]
    pub const fn add(self, count: u16) -> Self {
        Self(self.0.wrapping_add(count))
    }

    /// How far `self` is ahead of `other`, negative if it is behind; exactly opposite counts as
    /// behind.
    pub const fn distance(self, other: Self) -> i16 {
        self.0.wrapping_sub(other.0).cast_signed()
    }

    /// Whether `self` comes after `other`.
    pub const fn is_after(self, other: Self) -> bool {
        self.distance(other) > 0
    }

    /// The 64-bit number nearest to `reference` whose low 16 bits are these.
    pub const fn extend(self, reference: u64) -> u64 {
        let low = Self(reference as u16);
        let distance = self.distance(low) as i64;
        match reference.checked_add_signed(distance) {
            Some(extended) => extended,
            // Before the beginning there is only the number itself.
            None => self.0 as u64,
        }
    }
}

/// A 32-bit serial number: an RTP timestamp, an SCTP TSN.
///
/// ```
/// use lariat_base::Serial32;
///
/// assert!(Serial32::new(1).is_after(Serial32::new(u32::MAX)));
/// assert_eq!(Serial32::new(1).distance(Serial32::new(u32::MAX)), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Serial32(u32);

impl Serial32 {
    /// The serial number with this value.
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    /// The value as it is on the wire.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The serial number `count` further on.
    #[must_use]
    pub const fn add(self, count: u32) -> Self {
        Self(self.0.wrapping_add(count))
    }

    /// How far `self` is ahead of `other`, negative if it is behind; exactly opposite counts as
    /// behind.
    pub const fn distance(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0).cast_signed()
    }

    /// Whether `self` comes after `other`.
    pub const fn is_after(self, other: Self) -> bool {
        self.distance(other) > 0
    }

    /// The 64-bit number nearest to `reference` whose low 32 bits are these.
    pub const fn extend(self, reference: u64) -> u64 {
        let low = Self(reference as u32);
        let distance = self.distance(low) as i64;
        match reference.checked_add_signed(distance) {
            Some(extended) => extended,
            None => self.0 as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn extension_before_the_beginning_stays_there() {
        assert_eq!(Serial16::new(65_530).extend(3), 65_530);
        assert_eq!(Serial32::new(u32::MAX).extend(0), u64::from(u32::MAX));
    }

    proptest! {
        #[test]
        fn extension_undoes_truncation_16(value in 0u64..1 << 40, offset in -32_767i64..=32_767) {
            let reference = value.saturating_add_signed(offset);
            prop_assume!(value >= 65_536);
            prop_assert_eq!(Serial16::new(value as u16).extend(reference), value);
        }

        #[test]
        fn extension_undoes_truncation_32(
            value in (1u64 << 32)..1 << 60,
            offset in -2_147_483_647i64..=2_147_483_647,
        ) {
            let reference = value.saturating_add_signed(offset);
            prop_assert_eq!(Serial32::new(value as u32).extend(reference), value);
        }

        #[test]
        fn one_of_two_different_numbers_is_after(a: u16, b: u16) {
            let (a, b) = (Serial16::new(a), Serial16::new(b));
            prop_assume!(a != b && a.distance(b) != i16::MIN);
            prop_assert_ne!(a.is_after(b), b.is_after(a));
        }
    }
}
