//! Medians and quartiles.

/// What is told of repeated measurements of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// A quarter of the samples is below it.
    pub lower: f64,
    /// The figure.
    pub median: f64,
    /// A quarter of the samples is above it.
    pub upper: f64,
}

impl Summary {
    /// Of at least one sample.
    ///
    /// # Panics
    ///
    /// Without a sample.
    pub fn of(samples: &mut [f64]) -> Self {
        assert!(!samples.is_empty(), "nothing was measured");
        samples.sort_by(f64::total_cmp);
        Self {
            lower: quantile(samples, 0.25),
            median: quantile(samples, 0.5),
            upper: quantile(samples, 0.75),
        }
    }

    /// Half the distance of the quartiles as a share of the median: how noisy the figure is.
    pub fn noise(&self) -> f64 {
        (self.upper - self.lower) / 2.0 / self.median
    }
}

/// The value below which the `share` of sorted samples lies, between neighbours if need be.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_number_of_samples_is_the_middle_one() {
        let summary = Summary::of(&mut [9.0, 1.0, 5.0, 3.0, 7.0]);
        assert_eq!(summary, Summary { lower: 3.0, median: 5.0, upper: 7.0 });
    }

    #[test]
    fn the_median_of_an_even_number_of_samples_is_between_the_middle_ones() {
        let summary = Summary::of(&mut [4.0, 2.0]);
        assert_eq!(summary, Summary { lower: 2.5, median: 3.0, upper: 3.5 });
    }

    #[test]
    fn one_outlier_moves_nothing() {
        let mut samples = [10.0, 10.0, 10.0, 10.0, 10_000.0];
        assert_eq!(Summary::of(&mut samples).median, 10.0);
        assert_eq!(Summary::of(&mut samples).noise(), 0.0);
    }

    #[test]
    fn noise_is_half_the_distance_of_the_quartiles() {
        assert_eq!(Summary { lower: 90.0, median: 100.0, upper: 110.0 }.noise(), 0.1);
    }

    #[test]
    #[should_panic(expected = "nothing was measured")]
    fn nothing_measured_is_no_figure() {
        Summary::of(&mut []);
    }
}
