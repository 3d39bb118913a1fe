//! Targets of the loss: one-hot, or smoothed ỹ = (1−α)·y + α/C (Szegedy et al. 2016).

use crate::data::Task;

/// What the targets of a label are.
#[derive(Clone, Debug, PartialEq)]
pub enum Smoothing {
    /// Those of every label: α is the share that is spread evenly over all classes; 0 is one-hot.
    Every(f64),
    /// Those of a unit's more frequent label only (Tallec, Dapogny and Bailly 2023, "Robin Hood" smoothing).
    Majority {
        /// The share that is spread.
        alpha: f64,
        /// The more frequent label of each unit.
        of: Vec<u8>,
    },
}

impl Smoothing {
    /// Rows of the classes' shares for `labels`, image by image. Labels that nobody knows have rows that
    /// are of no account.
    pub fn targets(&self, labels: &[u8], task: Task) -> Vec<f32> {
        let (units, classes) = (task.labels(), task.classes());
        let mut targets = Vec::with_capacity(labels.len() * classes);
        for (place, &label) in labels.iter().enumerate() {
            let alpha = self.alpha(place % units, label);
            let class = if task.is_known(label) { label } else { 0 };
            push_row(&mut targets, class, classes, alpha);
        }
        targets
    }

    /// α of a label of the unit at place `unit`.
    fn alpha(&self, unit: usize, label: u8) -> f64 {
        match self {
            Self::Every(alpha) => *alpha,
            Self::Majority { alpha, of } if of.get(unit) == Some(&label) => *alpha,
            Self::Majority { .. } => 0.0,
        }
    }
}

/// Rows of `classes` values for `labels`; α = 0 is one-hot.
pub fn soft_targets(labels: impl Iterator<Item = u8>, classes: usize, alpha: f64) -> Vec<f32> {
    let mut targets = Vec::new();
    for label in labels {
        push_row(&mut targets, label, classes, alpha);
    }
    targets
}

fn push_row(targets: &mut Vec<f32>, label: u8, classes: usize, alpha: f64) {
    let off = (alpha / classes as f64) as f32;
    let on = (1.0 - alpha + alpha / classes as f64) as f32;
    let start = targets.len();
    targets.resize(start + classes, off);
    targets[start + usize::from(label)] = on;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: Task = Task::Units(&[1, 2]);

    fn close(found: &[f32], wanted: &[f32]) {
        assert_eq!(found.len(), wanted.len());
        for (f, w) in found.iter().zip(wanted) {
            assert!((f - w).abs() < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn smooths_towards_the_uniform_distribution() {
        assert_eq!(soft_targets([1].into_iter(), 3, 0.0), [0.0, 1.0, 0.0]);
        let smooth = soft_targets([2, 0].into_iter(), 4, 0.2);
        close(&smooth, &[0.05, 0.05, 0.85, 0.05, 0.85, 0.05, 0.05, 0.05]);
        assert!((smooth[4..].iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn of_a_unit_both_labels_are_smoothed_or_the_frequent_one() {
        let labels = [0, 1, 1, 1, 0, u8::MAX];
        let every = Smoothing::Every(0.2).targets(&labels[..2], TASK);
        close(&every, &[0.9, 0.1, 0.1, 0.9]);
        let rich = Smoothing::Majority {
            alpha: 0.2,
            of: vec![0, 1],
        };
        let found = rich.targets(&labels, TASK);
        close(&found[..4], &[0.9, 0.1, 0.1, 0.9]);
        close(&found[4..8], &[0.0, 1.0, 0.1, 0.9]);
        close(&found[8..10], &[0.9, 0.1]);
        assert_eq!(found.len(), 12);
    }
}
