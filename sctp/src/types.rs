//! Numbers with a meaning.

use core::fmt;

use lariat_base::Serial32;

/// A transmission sequence number, extended to 64 bits so that it never wraps.
///
/// The wire carries the low 32 bits. They are extended once, when they come in, next to a number
/// that is known to be near; everything inside compares plain integers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tsn(u64);

impl Tsn {
    /// The extension of an association's initial TSN. It leaves room below, so that numbers shortly
    /// before it exist.
    pub(crate) fn initial(wire: Serial32) -> Self {
        Self((1 << 32) | u64::from(wire.get()))
    }

    /// The TSN nearest to `near` that `wire` can mean.
    pub(crate) const fn from_wire(wire: Serial32, near: Self) -> Self {
        Self(wire.extend(near.0))
    }

    /// As it goes on the wire.
    pub(crate) const fn wire(self) -> Serial32 {
        Serial32::new(self.0 as u32)
    }

    /// As a number that never wraps.
    pub(crate) const fn extended(self) -> u64 {
        self.0
    }

    /// The TSN `count` further on.
    pub(crate) const fn plus(self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }

    /// The next one.
    pub(crate) const fn next(self) -> Self {
        self.plus(1)
    }

    /// The one before.
    pub(crate) const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// How far `self` is ahead of `other`; zero if it is behind.
    pub(crate) const fn since(self, other: Self) -> u64 {
        self.0.saturating_sub(other.0)
    }
}

impl fmt::Debug for Tsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 as u32)
    }
}

/// What a message carries (RFC 9260 §3.3.1 calls it the payload protocol identifier).
///
/// ```
/// use lariat_sctp::Ppid;
///
/// assert_eq!(Ppid::STRING, Ppid(51));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "it is a number with a name")]
pub struct Ppid(pub u32);

impl Ppid {
    /// A message of the Data Channel Establishment Protocol (RFC 8832 §8.1).
    pub const DCEP: Self = Self(50);
    /// Text (RFC 8831 §8).
    pub const STRING: Self = Self(51);
    /// Bytes (RFC 8831 §8).
    pub const BINARY: Self = Self(53);
    /// Text of length zero, sent as one byte (RFC 8831 §6.6).
    pub const STRING_EMPTY: Self = Self(56);
    /// No bytes, sent as one byte (RFC 8831 §6.6).
    pub const BINARY_EMPTY: Self = Self(57);
}

/// A verification tag: the number that the other side puts on every packet. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(u32);

impl Tag {
    /// What a packet with an INIT chunk carries instead of a tag.
    pub(crate) const NONE: u32 = 0;

    /// A tag, unless it is zero.
    pub(crate) const fn new(value: u32) -> Option<Self> {
        if value == 0 { None } else { Some(Self(value)) }
    }

    /// A random tag.
    pub(crate) fn random(rng: &mut lariat_base::Rng) -> Self {
        Self(rng.u32().max(1))
    }

    /// As it goes on the wire.
    pub(crate) const fn get(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tsn_passes_the_end_of_the_wire_s_numbers() {
        let last = Tsn::initial(Serial32::new(u32::MAX));
        let next = last.next();
        assert_eq!(next.wire(), Serial32::new(0));
        assert_eq!(Tsn::from_wire(Serial32::new(0), last), next);
        assert_eq!(Tsn::from_wire(Serial32::new(u32::MAX), next), last);
        assert!(next > last);
    }

    #[test]
    fn there_is_room_before_an_initial_tsn_of_zero() {
        let first = Tsn::initial(Serial32::new(0));
        assert_eq!(first.previous().wire(), Serial32::new(u32::MAX));
    }
}
