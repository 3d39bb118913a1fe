//! What a network says about a part of the data.

use super::batches::OnDevice;
use super::error::TrainError;
use super::step::Learner;
use crate::data::Part;
use crate::store::EpochMetrics;
use burn::tensor::activation::log_softmax;

/// Images per batch of an evaluation.
const BATCH: usize = 500;

/// Predicted classes and mean cross-entropy against `labels`.
pub struct Evaluation {
    /// One class per image.
    pub predictions: Vec<u8>,
    /// Mean −log p of the label.
    pub loss: f64,
}

/// Evaluates `learner` on `images` without autodiff, against `labels`.
///
/// # Errors
/// [`TrainError::Device`] when the device gives nothing back.
pub fn evaluate(
    learner: &Learner,
    images: &OnDevice,
    labels: &[u8],
) -> Result<Evaluation, TrainError> {
    let mut predictions = Vec::with_capacity(labels.len());
    let mut loss = 0.0;
    for start in (0..labels.len()).step_by(BATCH) {
        let end = (start + BATCH).min(labels.len());
        let log_p = log_softmax(learner.evaluate(images.range(start, end)), 1);
        let classes = log_p.dims()[1];
        let rows = log_p
            .into_data()
            .try_into_vec::<f32>()
            .map_err(|e| TrainError::Device(format!("{e:?}")))?;
        for (row, &label) in rows.chunks_exact(classes).zip(&labels[start..end]) {
            let best = (0..classes)
                .reduce(|best, c| if row[c] > row[best] { c } else { best })
                .unwrap_or(0);
            predictions.push(best as u8);
            loss -= f64::from(row[usize::from(label)]);
        }
    }
    Ok(Evaluation {
        predictions,
        loss: loss / labels.len().max(1) as f64,
    })
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

/// Fills in what the training part tells: accuracy against the labels trained on, accuracy on the
/// truly labelled images, and what became of the mislabelled ones.
pub fn memorisation(metrics: &mut EpochMetrics, part: &Part, predictions: &[u8]) {
    metrics.train_acc = accuracy(predictions, &part.labels);
    let (mut clean, mut clean_right) = (0usize, 0usize);
    let (mut wrong, mut memorised, mut corrected) = (0usize, 0usize, 0usize);
    for (i, &predicted) in predictions.iter().enumerate() {
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
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::Images;

    #[test]
    fn tells_memorised_from_corrected() {
        let part = Part {
            images: Images {
                pixels: vec![],
                count: 5,
                channels: 1,
                height: 0,
                width: 0,
            },
            true_labels: vec![0, 0, 0, 0, 0],
            labels: vec![0, 0, 1, 1, 1],
            indices: (0..5).collect(),
        };
        let mut metrics = EpochMetrics::default();
        memorisation(&mut metrics, &part, &[0, 2, 1, 0, 2]);
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
        let part = Part {
            images: Images {
                pixels: vec![],
                count: 2,
                channels: 1,
                height: 0,
                width: 0,
            },
            true_labels: vec![0, 1],
            labels: vec![0, 1],
            indices: vec![0, 1],
        };
        let mut metrics = EpochMetrics::default();
        memorisation(&mut metrics, &part, &[0, 0]);
        assert_eq!((metrics.clean_acc, metrics.memorised), (Some(0.5), None));
    }
}
