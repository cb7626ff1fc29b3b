//! The clock: cases in turns, round by round.

use std::time::{Duration, Instant};

use crate::case::Case;
use crate::summary::Summary;

/// How long to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// How many times every case has its turn.
    pub count: usize,
    /// How long a turn lasts.
    pub slice: Duration,
}

impl Rounds {
    /// For figures.
    pub const FULL: Self = Self { count: 15, slice: Duration::from_millis(40) };
    /// To see whether it works.
    pub const QUICK: Self = Self { count: 3, slice: Duration::from_millis(8) };

    /// The one or the other.
    pub const fn of(quick: bool) -> Self {
        if quick { Self::QUICK } else { Self::FULL }
    }

    /// Measures those cases that there are, and leaves the places of the others empty.
    pub fn measure_row(
        &self,
        row: impl Iterator<Item = Option<Box<dyn Case>>>,
    ) -> Vec<Option<Summary>> {
        let mut cases = Vec::new();
        let places: Vec<bool> =
            row.map(|case| case.map(|case| cases.push(case)).is_some()).collect();
        let mut measured = self.measure(&mut cases).into_iter();
        places.into_iter().map(|is_there| is_there.then(|| measured.next()).flatten()).collect()
    }

    /// Measures `cases`, in nanoseconds per item.
    ///
    /// Each round gives every case one turn, so that a processor whose clock drifts, or a
    /// neighbour, meets all of them alike; each round begins with another case. A turn's value is
    /// the median of its passes, which an interruption of some of them leaves alone; a case's value
    /// is the median of its turns. A round in front of them warms up and does not count.
    pub fn measure(&self, cases: &mut [Box<dyn Case>]) -> Vec<Summary> {
        let mut turns: Vec<Vec<f64>> = cases.iter().map(|_| Vec::new()).collect();
        for round in 0..=self.count {
            for turn in 0..cases.len() {
                let index = (round + turn) % cases.len();
                let value = self.turn(&mut *cases[index]);
                if round > 0 {
                    turns[index].push(value);
                }
            }
        }
        turns.iter_mut().map(|samples| Summary::of(samples)).collect()
    }

    fn turn(&self, case: &mut dyn Case) -> f64 {
        let mut passes = Vec::new();
        let mut spent = Duration::ZERO;
        while spent < self.slice {
            case.prepare();
            let start = Instant::now();
            let items = case.pass();
            let pass = start.elapsed();
            spent += pass;
            passes.push(pass.as_secs_f64() * 1e9 / items as f64);
        }
        Summary::of(&mut passes).median
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// Notes its turns, and needs two passes for one.
    struct Noted {
        name: char,
        notes: Rc<RefCell<String>>,
        prepared: bool,
    }

    impl Case for Noted {
        fn prepare(&mut self) {
            self.prepared = true;
        }

        fn pass(&mut self) -> usize {
            assert!(self.prepared, "a pass without preparation");
            self.prepared = false;
            self.notes.borrow_mut().push(self.name);
            let start = Instant::now();
            while start.elapsed() < Duration::from_micros(10) {}
            4
        }
    }

    #[test]
    fn cases_take_turns_and_every_round_begins_with_another() {
        let notes = Rc::new(RefCell::new(String::new()));
        let case = |name| Box::new(Noted { name, notes: notes.clone(), prepared: false });
        let mut cases: Vec<Box<dyn Case>> = vec![case('a'), case('b'), case('c')];
        let rounds = Rounds { count: 2, slice: Duration::from_nanos(1) };
        let summaries = rounds.measure(&mut cases);
        assert_eq!(*notes.borrow(), "abcbcacab");
        // Ten microseconds for four items.
        assert!(summaries.iter().all(|summary| summary.median >= 2_500.0), "{summaries:?}");
    }
}
