//! Mean and sample standard deviation.

use crate::store::{RunRecord, State};

/// Which runs count in an average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Finished runs only: figures of unfinished runs are not those of the experiment.
    #[default]
    Finished,
    /// Every run that has a figure yet.
    All,
}

impl Scope {
    /// Whether `run` counts.
    pub fn takes(self, run: &RunRecord) -> bool {
        self == Self::All || run.state == State::Finished
    }
}

/// Mean and spread of one metric over several runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stat {
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation (n − 1); `None` for a single run.
    pub std: Option<f64>,
    /// Number of runs.
    pub n: usize,
}

impl Stat {
    /// Mean and spread of `values`, `None` when there are none. Values that are no finite numbers
    /// are left out.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        let n = values.len();
        if n == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let std = (n > 1).then(|| {
            let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
            (squares / (n - 1) as f64).sqrt()
        });
        Some(Self { mean, std, n })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        let stat = Stat::of([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!((stat.mean, stat.n), (5.0, 8));
        assert!((stat.std.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(Stat::of([0.5]).unwrap().std, None);
        assert_eq!(Stat::of([f64::NAN]), None);
    }

    proptest! {
        #[test]
        fn mean_lies_between_the_ends_and_shifts_with_the_values(
            values in proptest::collection::vec(-1e3..1e3_f64, 2..40),
            shift in -1e3..1e3_f64,
        ) {
            let stat = Stat::of(values.iter().copied()).unwrap();
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(low - 1e-9 <= stat.mean && stat.mean <= high + 1e-9);
            let moved = Stat::of(values.iter().map(|v| v + shift)).unwrap();
            prop_assert!((moved.mean - stat.mean - shift).abs() < 1e-6);
            prop_assert!((moved.std.unwrap() - stat.std.unwrap()).abs() < 1e-6);
        }
    }
}
