//! Which TSNs have come (RFC 9260 §6.7).

use alloc::vec::Vec;

use crate::limits::{MAX_RECEIVED_RUNS, MAX_TSN_AHEAD};
use crate::types::Tsn;

/// What a TSN is to what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    New,
    Duplicate,
    /// It lies beyond what a SACK can name, or would start one run too many.
    TooFar,
}

/// The TSNs that have come: everything up to a point, and runs beyond it.
#[derive(Debug)]
pub(crate) struct Tracker {
    first: Tsn,
    cumulative: Tsn,
    /// First and last of each run, in order, neither touching each other nor the cumulative point.
    runs: Vec<(Tsn, Tsn)>,
}

impl Tracker {
    pub(crate) const fn new(initial: Tsn) -> Self {
        Self { first: initial, cumulative: initial.previous(), runs: Vec::new() }
    }

    /// Everything up to this TSN has come.
    pub(crate) const fn cumulative(&self) -> Tsn {
        self.cumulative
    }

    /// The highest TSN that has come.
    pub(crate) fn highest(&self) -> Tsn {
        self.runs.last().map_or(self.cumulative, |run| run.1)
    }

    pub(crate) fn has_gaps(&self) -> bool {
        !self.runs.is_empty()
    }

    pub(crate) fn is_untouched(&self) -> bool {
        self.runs.is_empty() && self.cumulative < self.first
    }

    /// Where `tsn` belongs: the first run that does not end before it.
    fn position(&self, tsn: Tsn) -> usize {
        self.runs.partition_point(|run| run.1 < tsn)
    }

    /// What `tsn` is, before it is taken in.
    pub(crate) fn look(&self, tsn: Tsn) -> Seen {
        if tsn <= self.cumulative {
            return Seen::Duplicate;
        }
        if tsn.since(self.cumulative) > MAX_TSN_AHEAD {
            return Seen::TooFar;
        }
        let position = self.position(tsn);
        let after = self.runs.get(position);
        if after.is_some_and(|run| run.0 <= tsn) {
            return Seen::Duplicate;
        }
        let touches = tsn == self.cumulative.next()
            || after.is_some_and(|run| run.0 == tsn.next())
            || position
                .checked_sub(1)
                .and_then(|before| self.runs.get(before))
                .is_some_and(|run| run.1.next() == tsn);
        if touches || self.runs.len() < MAX_RECEIVED_RUNS { Seen::New } else { Seen::TooFar }
    }

    /// Takes a TSN in that [`look`](Self::look) called new.
    pub(crate) fn insert(&mut self, tsn: Tsn) {
        if tsn == self.cumulative.next() {
            self.cumulative = tsn;
            if let Some(run) = self.runs.first().copied()
                && run.0 == tsn.next()
            {
                self.cumulative = run.1;
                self.runs.remove(0);
            }
            return;
        }
        let position = self.position(tsn);
        let joins_next = self.runs.get(position).is_some_and(|run| run.0 == tsn.next());
        let before = position.checked_sub(1).and_then(|before| self.runs.get_mut(before));
        match before.filter(|run| run.1.next() == tsn) {
            Some(before) => {
                before.1 = tsn;
                if joins_next {
                    let next = self.runs.remove(position);
                    if let Some(before) =
                        position.checked_sub(1).and_then(|before| self.runs.get_mut(before))
                    {
                        before.1 = next.1;
                    }
                }
            }
            None if joins_next => {
                if let Some(run) = self.runs.get_mut(position) {
                    run.0 = tsn;
                }
            }
            None => self.runs.insert(position, (tsn, tsn)),
        }
    }

    /// At most `max` gap blocks, the lowest first (§6.7).
    pub(crate) fn gaps(&self, max: usize) -> Vec<(u16, u16)> {
        let offset = |tsn: Tsn| u16::try_from(tsn.since(self.cumulative)).ok();
        self.runs.iter().take(max).map_while(|run| Some((offset(run.0)?, offset(run.1)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use lariat_base::Serial32;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn runs_beyond_the_limit_are_refused_until_they_join() {
        let initial = Tsn::initial(Serial32::new(5));
        let mut tracker = Tracker::new(initial);
        for run in 0..MAX_RECEIVED_RUNS as u64 {
            let tsn = initial.plus(1 + 2 * run);
            assert_eq!(tracker.look(tsn), Seen::New);
            tracker.insert(tsn);
        }
        let beyond = initial.plus(1 + 2 * MAX_RECEIVED_RUNS as u64);
        assert_eq!(tracker.look(beyond), Seen::TooFar);
        assert_eq!(tracker.look(beyond.previous()), Seen::New, "it extends the last run");
        assert_eq!(tracker.look(initial), Seen::New);
    }

    #[test]
    fn what_a_gap_block_cannot_name_is_too_far() {
        let initial = Tsn::initial(Serial32::new(u32::MAX - 2));
        let tracker = Tracker::new(initial);
        let last = tracker.cumulative().plus(MAX_TSN_AHEAD);
        assert_eq!(tracker.look(last), Seen::New);
        assert_eq!(tracker.look(last.next()), Seen::TooFar);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_set(start: u32, offsets in prop::collection::vec(0_u64..60, 1..120)) {
            let initial = Tsn::initial(Serial32::new(start));
            let mut tracker = Tracker::new(initial);
            let mut set = BTreeSet::new();
            for offset in offsets {
                let tsn = initial.plus(offset);
                let new = set.insert(offset);
                prop_assert_eq!(tracker.look(tsn) == Seen::New, new);
                if new {
                    tracker.insert(tsn);
                }
            }
            let contiguous = (0..).take_while(|offset| set.contains(offset)).count() as u64;
            prop_assert_eq!(tracker.cumulative().next(), initial.plus(contiguous));
            let beyond: Vec<u64> = tracker
                .gaps(99)
                .into_iter()
                .flat_map(|(from, to)| u64::from(from)..=u64::from(to))
                .map(|offset| offset + contiguous - 1)
                .collect();
            let expected: Vec<u64> = set.range(contiguous..).copied().collect();
            prop_assert_eq!(beyond, expected);
        }
    }
}
