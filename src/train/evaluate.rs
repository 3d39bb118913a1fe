//! What a network says about a part of the data.

use super::batches::OnDevice;
use super::calibration::Calibration;
use super::error::TrainError;
use super::numbers::numbers;
use super::step::Learner;
use crate::data::Part;
use crate::data::rng::keyed;
use crate::store::EpochMetrics;
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use rand::seq::SliceRandom;

/// Images per batch of an evaluation.
const BATCH: usize = 500;

/// Images of a kind, rightly or wrongly labelled, that tell of the training part after each epoch.
const PROBED: usize = 1000;

/// Predicted classes and mean cross-entropy of some images.
pub struct Evaluation {
    /// One class per image.
    pub predictions: Vec<u8>,
    /// Mean −log p of the label.
    pub loss: f64,
    /// How sure it was, and how often it was right.
    pub calibration: Calibration,
}

/// Evaluates `learner` without autodiff on the `images` at `indices`; `labels` are those of all.
///
/// # Errors
/// [`TrainError::Device`] when the device gives nothing back.
pub fn evaluate(
    learner: &Learner,
    images: &OnDevice,
    indices: &[usize],
    labels: &[u8],
) -> Result<Evaluation, TrainError> {
    let mut predictions = Vec::with_capacity(indices.len());
    let mut loss = 0.0;
    let mut calibration = Calibration::default();
    let rows = log_probabilities(learner, images, indices)?;
    let classes = rows.len() / indices.len().max(1);
    if classes == 0 {
        return Ok(Evaluation {
            predictions,
            loss,
            calibration,
        });
    }
    for (row, &i) in rows.chunks_exact(classes).zip(indices) {
        let best = (0..classes)
            .reduce(|best, c| if row[c] > row[best] { c } else { best })
            .unwrap_or(0);
        predictions.push(best as u8);
        calibration.add(f64::from(row[best]).exp(), best == usize::from(labels[i]));
        loss -= f64::from(row[usize::from(labels[i])]);
    }
    Ok(Evaluation {
        loss: loss / predictions.len().max(1) as f64,
        predictions,
        calibration,
    })
}

/// log p of each class for the `images` at `indices`, [N, classes] in rows, without autodiff.
///
/// # Errors
/// [`TrainError::Device`] when the device gives nothing back.
pub fn log_probabilities(
    learner: &Learner,
    images: &OnDevice,
    indices: &[usize],
) -> Result<Vec<f32>, TrainError> {
    let of = |indices: &[usize]| log_softmax(learner.evaluate(images.batch(indices)), 1);
    let log_p: Vec<Tensor<2>> = indices.chunks(BATCH).map(of).collect();
    if log_p.is_empty() {
        return Ok(Vec::new());
    }
    // Read once: reading waits for the device.
    numbers(Tensor::cat(log_p, 0).into_data())
}

/// Share of positions at which the two agree.
pub fn accuracy(predictions: &[u8], labels: &[u8]) -> f64 {
    let right = predictions
        .iter()
        .zip(labels)
        .filter(|(p, l)| p == l)
        .count();
    right as f64 / labels.len().max(1) as f64
}

/// The training images that are evaluated after each epoch: up to 1,000 rightly and 1,000 wrongly
/// labelled ones, the same all through the run. All of them would take a quarter of an epoch's time;
/// of 1,000, a share has a standard error of at most 1.6 %.
///
/// They depend on the data, the noise and the seed, so that runs compare in pairs.
pub struct Probe {
    indices: Vec<usize>,
    /// Rightly and wrongly labelled images in the whole part.
    right: usize,
    wrong: usize,
}

impl Probe {
    /// Draws the images of a training part.
    pub fn draw(part: &Part, seed: u64) -> Self {
        let (mut wrong, mut right): (Vec<usize>, Vec<usize>) =
            (0..part.labels.len()).partition(|&i| part.mislabelled(i));
        let counts = (right.len(), wrong.len());
        let mut rng = keyed(seed, "probe", 0, 0);
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

    /// Fills in what the training part tells, by the `predictions` of these images: accuracy on the
    /// rightly labelled ones, what became of the mislabelled ones, and accuracy against the labels
    /// trained on, both kinds weighted as in the whole part.
    pub fn fill(&self, metrics: &mut EpochMetrics, part: &Part, predictions: &[u8]) {
        let (mut clean, mut clean_right) = (0usize, 0usize);
        let (mut wrong, mut memorised, mut corrected) = (0usize, 0usize, 0usize);
        for (&i, &predicted) in self.indices.iter().zip(predictions) {
            if part.mislabelled(i) {
                wrong += 1;
                memorised += usize::from(predicted == part.labels[i]);
                corrected += usize::from(predicted == part.true_labels[i]);
            } else {
                clean += 1;
                clean_right += usize::from(predicted == part.labels[i]);
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
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::Images;

    fn part(true_labels: Vec<u8>, labels: Vec<u8>) -> Part {
        Part {
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
