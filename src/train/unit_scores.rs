//! F1 of Action Units, from counts over all images of a part.

use crate::data::Task;

/// How often a unit was found and how often it was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// It was there and was found.
    pub hits: usize,
    /// It was found and was not there.
    pub false_alarms: usize,
    /// It was there and was not found.
    pub misses: usize,
    /// Labels that are known.
    pub known: usize,
}

impl Counts {
    /// Counts of each unit of `task`, by labels and predictions of all images in rows. Labels that
    /// nobody knows are left out.
    pub fn of(predictions: &[u8], labels: &[u8], task: Task) -> Vec<Self> {
        let units = task.units().len();
        let mut counts = vec![Self::default(); units];
        if units == 0 {
            return counts;
        }
        for (place, (&predicted, &label)) in predictions.iter().zip(labels).enumerate() {
            if !task.is_known(label) {
                continue;
            }
            let counts = &mut counts[place % units];
            counts.known += 1;
            counts.hits += usize::from((predicted, label) == (1, 1));
            counts.false_alarms += usize::from((predicted, label) == (1, 0));
            counts.misses += usize::from((predicted, label) == (0, 1));
        }
        counts
    }

    /// 2·TP / (2·TP + FP + FN); `None` where there is nothing to find and nothing was found.
    pub fn f1(&self) -> Option<f64> {
        let whole = 2 * self.hits + self.false_alarms + self.misses;
        (whole > 0).then(|| 2.0 * self.hits as f64 / whole as f64)
    }

    /// Share of the known labels that are predicted.
    pub fn accuracy(&self) -> Option<f64> {
        let right = self.known - self.false_alarms - self.misses;
        (self.known > 0).then(|| right as f64 / self.known as f64)
    }
}

/// Mean F1 over the units, and its sample standard deviation over them.
pub fn mean_and_spread(units: &[Counts]) -> (Option<f64>, Option<f64>) {
    let scores: Vec<f64> = units.iter().filter_map(Counts::f1).collect();
    let count = scores.len() as f64;
    if scores.is_empty() {
        return (None, None);
    }
    let mean = scores.iter().sum::<f64>() / count;
    let squares: f64 = scores.iter().map(|f1| (f1 - mean).powi(2)).sum();
    let spread = (scores.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
    (Some(mean), spread)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::UNKNOWN;

    #[test]
    fn f1_is_that_of_the_pooled_counts() {
        let task = Task::Units(&[1, 2]);
        // Of unit 1: hit, miss, false alarm, rightly absent. Of unit 2: nothing but one unknown.
        let labels = [1, 0, 1, 0, 0, UNKNOWN, 0, 0];
        let predictions = [1, 0, 0, 0, 1, 1, 0, 0];
        let counts = Counts::of(&predictions, &labels, task);
        assert_eq!(
            counts[0],
            Counts {
                hits: 1,
                false_alarms: 1,
                misses: 1,
                known: 4
            }
        );
        assert_eq!(
            (counts[0].f1(), counts[0].accuracy()),
            (Some(0.5), Some(0.5))
        );
        assert_eq!((counts[1].f1(), counts[1].accuracy()), (None, Some(1.0)));
        assert_eq!(counts[1].known, 3);
    }

    #[test]
    fn mean_and_spread_are_over_units_that_have_a_score() {
        let of = |hits, misses| Counts {
            hits,
            misses,
            false_alarms: 0,
            known: hits + misses,
        };
        // 1, 1/2 and none.
        let (mean, spread) = mean_and_spread(&[of(5, 0), of(1, 2), of(0, 0)]);
        assert_eq!(mean, Some(0.75));
        assert!((spread.unwrap() - (2.0f64 * 0.25 * 0.25).sqrt()).abs() < 1e-12);
        assert_eq!(mean_and_spread(&[of(5, 0)]), (Some(1.0), None));
        assert_eq!(mean_and_spread(&[]), (None, None));
    }
}
