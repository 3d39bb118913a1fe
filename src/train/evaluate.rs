//! What a network says about a part of the data.

use super::batches::OnDevice;
use super::calibration::Calibration;
use super::error::TrainError;
use super::numbers::numbers;
use super::step::Learner;
use super::unit_scores::Counts;
use crate::data::rng::keyed;
use crate::data::{Part, Task};
use crate::method::label_logits;
use crate::store::{EpochMetrics, UnitMetrics};
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use rand::seq::SliceRandom;

/// Images per batch of an evaluation.
const BATCH: usize = 500;

/// Images of a kind, rightly or wrongly labelled, that tell of the training part after each epoch.
const PROBED: usize = 1000;

/// Images with Action Units that tell of the training part: each has a label of each unit.
const PROBED_FACES: usize = 2000;

/// Predicted labels and mean cross-entropy of some images.
pub struct Evaluation {
    /// A class for each label, image by image.
    pub predictions: Vec<u8>,
    /// Mean −log p of the labels that are known.
    pub loss: f64,
    /// How sure it was, and how often it was right.
    pub calibration: Calibration,
}

/// Evaluates `learner` without autodiff on the `images` at `indices` of a `part`, against its labels.
///
/// # Errors
/// [`TrainError::Device`] when the device gives nothing back.
pub fn evaluate(
    learner: &Learner,
    images: &OnDevice,
    indices: &[usize],
    part: &Part,
) -> Result<Evaluation, TrainError> {
    let mut predictions = Vec::with_capacity(indices.len() * part.task.labels());
    let (mut loss, mut known) = (0.0, 0usize);
    let mut calibration = Calibration::default();
    let rows = log_probabilities(learner, images, indices, part.task)?;
    let classes = part.task.classes();
    let places = indices.iter().flat_map(|&i| part.places(i));
    for (row, place) in rows.chunks_exact(classes.max(1)).zip(places) {
        let best = (0..classes)
            .reduce(|best, c| if row[c] > row[best] { c } else { best })
            .unwrap_or(0);
        predictions.push(best as u8);
        if part.is_known(place) {
            let label = usize::from(part.labels[place]);
            calibration.add(f64::from(row[best]).exp(), best == label);
            loss -= f64::from(row[label]);
            known += 1;
        }
    }
    Ok(Evaluation {
        loss: loss / known.max(1) as f64,
        predictions,
        calibration,
    })
}

/// log p of each class for each label of the `images` at `indices`, [N·labels, classes] in rows, without
/// autodiff.
///
/// # Errors
/// [`TrainError::Device`] when the device gives nothing back.
pub fn log_probabilities(
    learner: &Learner,
    images: &OnDevice,
    indices: &[usize],
    task: Task,
) -> Result<Vec<f32>, TrainError> {
    let of = |indices: &[usize]| {
        let logits = learner.evaluate(images.batch(indices));
        log_softmax(label_logits(logits, task), 1)
    };
    let log_p: Vec<Tensor<2>> = indices.chunks(BATCH).map(of).collect();
    if log_p.is_empty() {
        return Ok(Vec::new());
    }
    // Read once: reading waits for the device.
    numbers(Tensor::cat(log_p, 0).into_data())
}

/// Share of the `labels` that are predicted, of those that are known.
pub fn accuracy(predictions: &[u8], labels: &[u8], task: Task) -> f64 {
    let known = || {
        predictions
            .iter()
            .zip(labels)
            .filter(|(_, l)| task.is_known(**l))
    };
    let right = known().filter(|(p, l)| p == l).count();
    right as f64 / known().count().max(1) as f64
}

/// The training images that are evaluated after each epoch: up to 1,000 rightly and 1,000 wrongly
/// labelled ones, the same all through the run. All of them would take a quarter of an epoch's time;
/// of 1,000, a share has a standard error of at most 1.6 %. Of images with Action Units, whose labels
/// are partly right and partly wrong, 2,000.
///
/// They depend on the data, the noise and the seed, so that runs compare in pairs.
pub struct Probe {
    indices: Vec<usize>,
    /// Right and wrong labels in the whole part.
    right: usize,
    wrong: usize,
}

impl Probe {
    /// Draws the images of a training part.
    pub fn draw(part: &Part, seed: u64) -> Self {
        let known = (0..part.labels.len()).filter(|&place| part.is_known(place));
        let (mut wrong, mut right): (Vec<usize>, Vec<usize>) =
            known.partition(|&place| part.mislabelled(place));
        let counts = (right.len(), wrong.len());
        let mut rng = keyed(seed, "probe", 0, 0);
        if let Task::Units(_) = part.task {
            let mut images: Vec<usize> = (0..part.images.count).collect();
            let (drawn, _) = images.partial_shuffle(&mut rng, PROBED_FACES);
            drawn.sort_unstable();
            return Self {
                indices: drawn.to_vec(),
                right: counts.0,
                wrong: counts.1,
            };
        }
        for kind in [&mut right, &mut wrong] {
            let (drawn, _) = kind.partial_shuffle(&mut rng, PROBED);
            drawn.sort_unstable();
            *kind = drawn.to_vec();
        }
        right.extend(wrong);
        Self {
            indices: right,
            right: counts.0,
            wrong: counts.1,
        }
    }

    /// Places in the training part.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// Fills in what the training part tells, by the `predictions` of these images' labels: accuracy on
    /// the right ones, what became of the wrong ones, and accuracy against the labels trained on, both
    /// kinds weighted as in the whole part. Of Action Units, what became of each one's wrong labels.
    pub fn fill(&self, metrics: &mut EpochMetrics, part: &Part, predictions: &[u8]) {
        let (mut clean, mut clean_right) = (0usize, 0usize);
        let (mut wrong, mut memorised, mut corrected) = (0usize, 0usize, 0usize);
        // Of each unit: wrong labels, and those of them that are predicted.
        let labels = part.task.labels();
        let mut of_units = vec![(0usize, 0usize); labels];
        let places = self.indices.iter().flat_map(|&i| part.places(i));
        for (place, &predicted) in places.zip(predictions) {
            if !part.is_known(place) {
                continue;
            }
            if part.mislabelled(place) {
                let learned = usize::from(predicted == part.labels[place]);
                wrong += 1;
                memorised += learned;
                corrected += usize::from(predicted == part.true_labels[place]);
                let unit = &mut of_units[place % labels];
                *unit = (unit.0 + 1, unit.1 + learned);
            } else {
                clean += 1;
                clean_right += usize::from(predicted == part.labels[place]);
            }
        }
        let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
        metrics.clean_acc = share(clean_right, clean);
        metrics.memorised = share(memorised, wrong);
        metrics.corrected = share(corrected, wrong);
        metrics.other = share(wrong - memorised - corrected, wrong);
        let learned = metrics.clean_acc.unwrap_or(0.0) * self.right as f64
            + metrics.memorised.unwrap_or(0.0) * self.wrong as f64;
        metrics.train_acc = learned / (self.right + self.wrong).max(1) as f64;
        let units = part.task.units().iter().zip(of_units);
        metrics.units = units
            .map(|(&unit, (wrong, memorised))| UnitMetrics {
                unit,
                memorised: share(memorised, wrong),
                ..UnitMetrics::default()
            })
            .collect();
    }
}

/// Fills in what the test images tell of each Action Unit.
pub fn fill_units(metrics: &mut EpochMetrics, counts: &[Counts]) {
    for (unit, counts) in metrics.units.iter_mut().zip(counts) {
        unit.f1 = counts.f1();
        unit.acc = counts.accuracy();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::Images;

    fn part(true_labels: Vec<u8>, labels: Vec<u8>) -> Part {
        Part {
            task: Task::Classes(3),
            images: Images {
                pixels: vec![],
                count: labels.len(),
                channels: 1,
                height: 0,
                width: 0,
            },
            indices: (0..labels.len()).collect(),
            true_labels,
            labels,
        }
    }

    #[test]
    fn tells_memorised_from_corrected() {
        let part = part(vec![0; 5], vec![0, 0, 1, 1, 1]);
        let probe = Probe::draw(&part, 0);
        assert_eq!(probe.indices(), [0, 1, 2, 3, 4]);
        let mut metrics = EpochMetrics::default();
        probe.fill(&mut metrics, &part, &[0, 2, 1, 0, 2]);
        assert_eq!(metrics.train_acc, 0.4);
        assert_eq!(metrics.clean_acc, Some(0.5));
        let third = Some(1.0 / 3.0);
        assert_eq!(
            (metrics.memorised, metrics.corrected, metrics.other),
            (third, third, third)
        );
    }

    #[test]
    fn without_noise_nothing_can_be_memorised() {
        let part = part(vec![0, 1], vec![0, 1]);
        let mut metrics = EpochMetrics::default();
        Probe::draw(&part, 0).fill(&mut metrics, &part, &[0, 0]);
        assert_eq!((metrics.clean_acc, metrics.memorised), (Some(0.5), None));
        assert_eq!(metrics.train_acc, 0.5);
    }

    #[test]
    fn of_many_images_some_of_each_kind_are_probed() {
        // One in three has a wrong label; the network has learned all the wrong ones and no other.
        let labels: Vec<u8> = (0..30_000).map(|i| u8::from(i % 3 == 0)).collect();
        let part = part(vec![0; 30_000], labels);
        let probe = Probe::draw(&part, 1);
        let wrong = |probe: &Probe| {
            let wrong = probe.indices().iter().filter(|&&i| part.mislabelled(i));
            wrong.count()
        };
        assert_eq!((probe.indices().len(), wrong(&probe)), (2 * PROBED, PROBED));
        assert_eq!(probe.indices(), Probe::draw(&part, 1).indices());
        assert_ne!(probe.indices(), Probe::draw(&part, 2).indices());
        let mut metrics = EpochMetrics::default();
        probe.fill(&mut metrics, &part, &[1; 2 * PROBED]);
        assert_eq!(
            (metrics.clean_acc, metrics.memorised),
            (Some(0.0), Some(1.0))
        );
        assert!((metrics.train_acc - 1.0 / 3.0).abs() < 1e-12);
    }
}
