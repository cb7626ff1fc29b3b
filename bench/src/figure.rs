//! Figures to reach.

use std::fmt;

/// A figure that is to be reached, and what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is about, for a person.
    pub name: String,
    /// What it should be.
    pub bound: Bound,
    /// What it is; without, nothing could be measured, which counts as missed.
    pub value: Option<f64>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// This or less.
    AtMost(f64),
    /// Less than this.
    Below(f64),
}

impl Figure {
    /// Whether it was measured and is within its bound, unrounded.
    pub fn is_reached(&self) -> bool {
        match (self.bound, self.value) {
            (Bound::AtMost(bound), Some(value)) => value <= bound,
            (Bound::Below(bound), Some(value)) => value < bound,
            (_, None) => false,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(bound) => write!(f, "≤ {bound:.2}"),
            Self::Below(bound) => write!(f, "< {bound:.2}"),
        }
    }
}

/// The last line of a bench.
pub fn tally(figures: &[Figure]) -> String {
    let reached = figures.iter().filter(|figure| figure.is_reached()).count();
    format!("{reached} of {} figures reached", figures.len())
}

/// `part` as a multiple of `whole`, if both were measured.
pub fn ratio(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    Some(part? / whole?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(bound: Bound, value: Option<f64>) -> Figure {
        Figure { name: String::new(), bound, value }
    }

    #[test]
    fn a_figure_on_its_bound_is_reached_only_if_that_is_allowed() {
        assert!(figure(Bound::AtMost(1.1), Some(1.1)).is_reached());
        assert!(!figure(Bound::AtMost(1.1), Some(1.100_001)).is_reached());
        assert!(figure(Bound::Below(1.0), Some(0.999)).is_reached());
        assert!(!figure(Bound::Below(1.0), Some(1.0)).is_reached());
    }

    #[test]
    fn what_was_not_measured_is_missed() {
        assert!(!figure(Bound::AtMost(1.1), None).is_reached());
        assert_eq!(ratio(None, Some(1.0)), None);
        assert_eq!(ratio(Some(1.0), None), None);
        assert_eq!(ratio(Some(3.0), Some(2.0)), Some(1.5));
    }

    #[test]
    fn what_is_no_number_is_missed() {
        assert!(!figure(Bound::Below(1.0), ratio(Some(0.0), Some(0.0))).is_reached());
    }

    #[test]
    fn the_last_line_counts() {
        let figures = [figure(Bound::Below(1.0), Some(0.5)), figure(Bound::Below(1.0), Some(1.5))];
        assert_eq!(tally(&figures), "1 of 2 figures reached");
    }
}
