//! What training shows of each of its samples: how far its label is ahead, and whether it is learned
//! and forgotten. Where an image has labels for several Action Units, each of them is a sample.
//!
//! The logits are those of the training steps, each sample as it was augmented in that step, as
//! Pleiss et al. (2020) and Toneva et al. (2019) take them. They stay on the device until the epoch
//! is over and are read once: N·classes numbers for N samples, and five more per sample here and in
//! the checkpoint.

use super::error::TrainError;
use super::numbers::numbers;
use crate::data::{Part, Task};
use crate::store::SampleRow;
use burn::tensor::Tensor;

/// What is known of each sample, sums over the epochs in which it was seen. Single precision, so that
/// the checkpoint holds all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Epochs.
    seen: Vec<f32>,
    /// Margins z_label − max z_other.
    margin: Vec<f32>,
    /// Losses −log p of the label.
    loss: Vec<f32>,
    /// How often it was learned and then, one epoch later, no longer was.
    forgotten: Vec<f32>,
    /// [`NEVER`], [`LEARNED`] or [`LOST`].
    state: Vec<f32>,
}

/// Its label has not been the top class yet.
const NEVER: f32 = 0.0;
/// It was when it was last seen.
const LEARNED: f32 = 1.0;
/// It was once, but not when it was last seen.
const LOST: f32 = 2.0;

/// The logits of an epoch, step by step.
#[derive(Debug, Default)]
pub struct Seen {
    indices: Vec<usize>,
    logits: Vec<Tensor<2>>,
}

impl Seen {
    /// Adds the logits [B, outputs] of the images at `indices`; without logits, which is for steps
    /// whose inputs are no single samples, they count as not seen.
    pub fn add(&mut self, indices: &[usize], logits: Option<Tensor<2>>) {
        if let Some(logits) = logits {
            self.indices.extend_from_slice(indices);
            self.logits.push(logits);
        }
    }
}

impl Samples {
    /// Nothing known of `count` samples.
    pub fn new(count: usize) -> Self {
        let zeros = || vec![0.0; count];
        Self {
            seen: zeros(),
            margin: zeros(),
            loss: zeros(),
            forgotten: zeros(),
            state: zeros(),
        }
    }

    /// How many samples there are.
    pub fn count(&self) -> usize {
        self.seen.len()
    }

    /// Takes in an epoch; `labels` are those of all images.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn take(&mut self, epoch: Seen, labels: &[u8], task: Task) -> Result<(), TrainError> {
        if epoch.logits.is_empty() {
            return Ok(());
        }
        let rows = numbers(Tensor::cat(epoch.logits, 0).into_data())?;
        for (row, &i) in rows.chunks_exact(task.outputs()).zip(&epoch.indices) {
            match task {
                Task::Classes(_) => self.add(i, row, labels[i].into()),
                Task::Units(units) => {
                    for (unit, &z) in row.iter().enumerate() {
                        let place = i * units.len() + unit;
                        if task.is_known(labels[place]) {
                            // As of two classes.
                            self.add(place, &[0.0, z], labels[place].into());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes in the logits of sample `i`.
    fn add(&mut self, i: usize, logits: &[f32], label: usize) {
        let own = logits[label];
        let others = logits
            .iter()
            .enumerate()
            .filter(|(class, _)| *class != label);
        let other = others.fold(f32::NEG_INFINITY, |most, (_, z)| most.max(*z));
        let top = own.max(other);
        let sum: f32 = logits.iter().map(|z| (z - top).exp()).sum();
        self.seen[i] += 1.0;
        self.margin[i] += own - other;
        self.loss[i] += sum.ln() + top - own;
        let before = self.state[i];
        if own > other {
            self.state[i] = LEARNED;
        } else if before == LEARNED {
            self.state[i] = LOST;
            self.forgotten[i] += 1.0;
        }
    }

    /// The figures of each sample of `part` whose label is known, in its order.
    pub fn rows(&self, part: &Part) -> Vec<SampleRow> {
        let labels = part.task.labels();
        let row = |i: usize| {
            let mean = |sum: f32| (self.seen[i] > 0.0).then(|| f64::from(sum / self.seen[i]));
            SampleRow {
                index: part.indices[i / labels],
                unit: part.task.units().get(i % labels).copied(),
                label: part.labels[i],
                true_label: part.true_labels[i],
                mislabelled: part.mislabelled(i),
                aum: mean(self.margin[i]),
                forgotten: self.forgotten[i] as u32,
                learned_ever: self.state[i] != NEVER,
                loss: mean(self.loss[i]),
            }
        };
        let known = (0..self.count()).filter(|&i| part.is_known(i));
        known.map(row).collect()
    }

    /// All that is known, by name.
    pub fn columns(&self) -> [(&'static str, &Vec<f32>); 5] {
        [
            ("seen", &self.seen),
            ("margin", &self.margin),
            ("loss", &self.loss),
            ("forgotten", &self.forgotten),
            ("state", &self.state),
        ]
    }

    /// The columns to be read back.
    pub fn columns_mut(&mut self) -> [(&'static str, &mut Vec<f32>); 5] {
        [
            ("seen", &mut self.seen),
            ("margin", &mut self.margin),
            ("loss", &mut self.loss),
            ("forgotten", &mut self.forgotten),
            ("state", &mut self.state),
        ]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::Images;
    use burn::tensor::Device;

    fn part() -> Part {
        let images = Images {
            pixels: vec![],
            count: 3,
            channels: 1,
            height: 0,
            width: 0,
        };
        Part {
            task: Task::Classes(3),
            images,
            indices: vec![7, 3, 5],
            true_labels: vec![0, 0, 2],
            labels: vec![0, 1, 2],
        }
    }

    fn epoch(batches: &[(&[usize], &[[f32; 3]])]) -> Seen {
        let mut seen = Seen::default();
        for (indices, rows) in batches {
            let rows = rows
                .iter()
                .map(|r| Tensor::<1>::from_floats(*r, &Device::flex()));
            seen.add(indices, Some(Tensor::stack(rows.collect(), 0)));
        }
        seen
    }

    #[test]
    fn margins_and_losses_are_means_over_the_epochs() {
        let (part, mut samples) = (part(), Samples::new(3));
        // In any order and in any batches.
        samples
            .take(
                epoch(&[
                    (&[2, 0], &[[0.0, 0.0, 0.0], [3.0, 1.0, 0.0]]),
                    (&[1], &[[2.0, -1.0, 0.0]]),
                ]),
                &part.labels,
                part.task,
            )
            .unwrap();
        samples
            .take(
                epoch(&[(&[0], &[[1.0, 2.0, 0.0]])]),
                &part.labels,
                part.task,
            )
            .unwrap();
        let rows = samples.rows(&part);
        assert_eq!((rows[0].index, rows[0].aum), (7, Some(0.5)));
        assert_eq!((rows[1].index, rows[1].aum), (3, Some(-3.0)));
        assert_eq!((rows[1].label, rows[1].true_label), (1, 0));
        assert!(rows[1].mislabelled && !rows[0].mislabelled);
        let third = f64::from(3.0f32).ln();
        assert!((rows[2].loss.unwrap() - third).abs() < 1e-6);
        let e = std::f64::consts::E;
        let wanted = ((e.powi(3) + e + 1.0).ln() - 3.0 + (e + e * e + 1.0).ln() - 1.0) / 2.0;
        assert!((rows[0].loss.unwrap() - wanted).abs() < 1e-6);
    }

    #[test]
    fn forgetting_is_counted_from_epoch_to_epoch() {
        let (part, mut samples) = (part(), Samples::new(3));
        let (right, wrong) = ([9.0, 0.0, 0.0], [0.0, 9.0, 0.0]);
        // Sample 0: learned, lost, still lost, learned, lost. Sample 1, of class 1: never, and a tie
        // is not learned either.
        for (own, other) in [
            (right, right),
            (wrong, right),
            (wrong, [1.0, 1.0, 0.0]),
            (right, right),
            (wrong, right),
        ] {
            let epoch = epoch(&[(&[0, 1], &[own, other])]);
            samples.take(epoch, &part.labels, part.task).unwrap();
        }
        let rows = samples.rows(&part);
        assert_eq!((rows[0].forgotten, rows[0].learned_ever), (2, true));
        assert_eq!((rows[1].forgotten, rows[1].learned_ever), (0, false));
        // Not seen at all.
        assert_eq!((rows[2].aum, rows[2].loss), (None, None));
    }

    #[test]
    fn steps_without_logits_say_nothing() {
        let mut samples = Samples::new(3);
        let mut seen = Seen::default();
        seen.add(&[0, 1, 2], None);
        samples.take(seen, &part().labels, part().task).unwrap();
        assert_eq!(samples, Samples::new(3));
    }
}
