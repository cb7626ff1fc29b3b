//! Counters by typed reason.

use alloc::collections::BTreeMap;

/// Counts per reason, in the reason's own order.
///
/// Hostile, stale or malformed datagrams are not errors: each crate drops them with a typed reason
/// and counts it here, so that somebody can find out where the packets went. The number of entries
/// is bounded by the number of reasons.
///
/// ```
/// use lariat_base::Tally;
///
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// enum Dropped { TooShort, BadTag }
///
/// let mut dropped = Tally::new();
/// dropped.add(Dropped::BadTag);
/// dropped.add(Dropped::BadTag);
/// assert_eq!(dropped.get(Dropped::BadTag), 2);
/// assert_eq!(dropped.get(Dropped::TooShort), 0);
/// assert_eq!(dropped.total(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<R>(BTreeMap<R, u64>);

impl<R: Copy + Ord> Tally<R> {
    /// No counts yet.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Counts one.
    pub fn add(&mut self, reason: R) {
        let count = self.0.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    /// How many were counted for `reason`.
    pub fn get(&self, reason: R) -> u64 {
        self.0.get(&reason).copied().unwrap_or(0)
    }

    /// How many were counted in all.
    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (R, u64)> + '_ {
        self.0.iter().map(|(reason, count)| (*reason, *count))
    }
}

impl<R: Copy + Ord> Default for Tally<R> {
    fn default() -> Self {
        Self::new()
    }
}
