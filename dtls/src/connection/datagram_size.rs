//! How long datagrams are.

use crate::limits;

/// What the owner allows, and what of it the path has been seen to take.
#[derive(Debug)]
pub(super) struct DatagramSize {
    allowed: usize,
    /// At most `allowed`.
    found: usize,
}

impl DatagramSize {
    pub(super) fn new(allowed: usize) -> Self {
        // A flight in plaintext is cut by nothing else, and no record is longer.
        let allowed = allowed.clamp(limits::MIN_MTU, limits::MAX_PLAINTEXT);
        Self { allowed, found: allowed }
    }

    /// What is known of the path.
    pub(super) const fn get(&self) -> usize {
        self.found
    }

    /// The owner knows better.
    pub(super) fn set(&mut self, allowed: usize) {
        *self = Self::new(allowed);
    }

    /// How long the datagrams of a transmission are. Each flight is tried once as long as is
    /// allowed: an earlier one may have had to wait for something else than shorter datagrams.
    pub(super) const fn of_flight(&self, is_first: bool) -> usize {
        if is_first { self.allowed } else { self.found }
    }

    /// A flight has waited so often for an answer, the last time with datagrams of this length.
    /// Where none was longer than what we would fall back to, their length was not the reason.
    pub(super) fn fall_back(&mut self, expiries: u32, longest: usize) {
        for (least, mtu) in limits::FALLBACK_MTUS {
            if expiries >= least && longest > mtu {
                self.found = self.found.min(mtu);
            }
        }
    }

    /// A flight was answered that never went out in datagrams cut shorter than `limit`, the longest
    /// of which had `longest` bytes: the path takes as much. What it takes beyond that, only a
    /// probe could tell.
    pub(super) fn arrived(&mut self, limit: usize, longest: usize) {
        if limit >= longest {
            self.found = self.found.max(longest).min(self.allowed);
        }
    }
}
