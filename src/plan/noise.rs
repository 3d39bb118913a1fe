//! What the label noise of an experiment is expected to do, before anything is trained.

use crate::data::{shape, transition};
use crate::spec::{Cell, Experiment, RunSpec};

/// What the noise does at the highest rate of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// That rate.
    pub rate: f64,
    /// The share of each true class (rows) that is told which class (columns); `None` where only the
    /// data can tell.
    pub transition: Option<Vec<Vec<f64>>>,
    /// The share of labels that are expected to be wrong if classes are equally frequent.
    pub wrong: Option<f64>,
}

impl Noise {
    /// What noise of this rate was found to do: `counts` of true classes (rows) and labels (columns).
    pub fn counted(rate: f64, counts: &[Vec<usize>]) -> Self {
        let total: usize = counts.iter().flatten().sum();
        let kept: usize = counts.iter().enumerate().map(|(c, row)| row[c]).sum();
        let share = |row: &Vec<usize>| -> Vec<f64> {
            let all = row.iter().sum::<usize>().max(1) as f64;
            row.iter().map(|n| *n as f64 / all).collect()
        };
        Self {
            rate,
            // More than 100 classes are not counted one by one.
            transition: (!counts.is_empty()).then(|| counts.iter().map(share).collect()),
            wrong: (total > 0).then(|| 1.0 - kept as f64 / total as f64),
        }
    }
}

/// The noise of `experiment` at its highest rate, `None` where that is 0 or no number.
pub(super) fn noise(experiment: &Experiment) -> Option<Noise> {
    let rates = experiment.noise.rates.iter().copied();
    let rate = rates.fold(0.0, f64::max);
    if !(rate > 0.0 && rate <= 1.0) {
        return None;
    }
    let run = RunSpec::at(experiment, rate, &Cell::CONTROL, 0);
    let classes = shape(&experiment.data).task.classes();
    let transition = transition(&run.noise, classes);
    let wrong = transition.as_ref().map(|rows| {
        let kept: f64 = rows.iter().enumerate().map(|(class, row)| row[class]).sum();
        1.0 - kept / classes.max(1) as f64
    });
    Some(Noise {
        rate,
        transition,
        wrong,
    })
}
