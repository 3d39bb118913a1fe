//! Action Units as labels of two classes, and what each counts in the loss.

use crate::data::{Part, Task};
use burn::tensor::Tensor;

/// Logits of labels, in rows, from those of images [B, outputs]: the same where an image shows one
/// class; (0, z) for absent and present of each unit with the logit z, whose softmax is the sigmoid of
/// z, so that every loss over classes is one over units as well: [B·units, 2].
pub fn label_logits(logits: Tensor<2>, task: Task) -> Tensor<2> {
    match task {
        Task::Classes(_) => logits,
        Task::Units(units) => {
            let rows = logits.dims()[0] * units.len();
            let present = logits.reshape([rows, 1]);
            let absent = Tensor::zeros([rows, 1], &present.device());
            Tensor::cat(vec![absent, present], 1)
        }
    }
}

/// The more frequent of the known labels of each unit; absent of equals.
pub fn majority(part: &Part) -> Vec<u8> {
    let more = |rate: Option<f64>| u8::from(rate > Some(0.5));
    rates(part).into_iter().map(more).collect()
}

/// What a label of each unit counts: w = n·(1/r)/Σ(1/r) with r the share of training images that are
/// told to show it (Shao et al. 2018). Their mean is 1. A unit that no image is told to
/// show counts as the rarest of the others; one that nobody coded counts nothing, and not in the mean.
pub fn unit_weights(part: &Part) -> Vec<f64> {
    let rates = rates(part);
    let shown = rates.iter().copied().flatten().filter(|rate| *rate > 0.0);
    let rarest = shown.fold(1.0, f64::min);
    let inverse = |rate: &Option<f64>| rate.map_or(0.0, |rate| 1.0 / rate.max(rarest));
    let inverse: Vec<f64> = rates.iter().map(inverse).collect();
    let sum: f64 = inverse.iter().sum();
    let coded = rates.iter().flatten().count() as f64;
    // Where nobody coded anything there is nothing to weigh.
    let scale = if sum > 0.0 { coded / sum } else { 0.0 };
    inverse.iter().map(|i| scale * i).collect()
}

/// What each of the labels of a batch counts, image by image: such that the sum over rows is the
/// weighted mean over those that are known.
pub fn label_weights(labels: &[u8], unit_weights: &[f64], task: Task) -> Vec<f32> {
    let known = labels.iter().filter(|&&label| task.is_known(label)).count();
    let weight = |(place, &label): (usize, &u8)| match task.is_known(label) {
        true => (unit_weights[place % unit_weights.len()] / known as f64) as f32,
        false => 0.0,
    };
    labels.iter().enumerate().map(weight).collect()
}

/// Share of the known labels of each unit that say it is there; `None` of a unit without any.
fn rates(part: &Part) -> Vec<Option<f64>> {
    let units = part.task.units().len();
    let rate = |unit: usize| {
        let labels = part.labels.iter().skip(unit).step_by(units);
        let known = labels.filter(|&&label| part.task.is_known(label));
        let (mut count, mut present) = (0usize, 0usize);
        for label in known {
            count += 1;
            present += usize::from(*label == 1);
        }
        (count > 0).then(|| present as f64 / count as f64)
    };
    (0..units).map(rate).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::{Images, UNKNOWN};
    use crate::method::loss::cross_entropies;
    use burn::tensor::Device;

    const TASK: Task = Task::Units(&[1, 2, 4]);

    fn part(labels: Vec<u8>) -> Part {
        let count = labels.len() / 3;
        Part {
            task: TASK,
            images: Images {
                pixels: vec![],
                count,
                channels: 1,
                height: 0,
                width: 0,
            },
            true_labels: labels.clone(),
            labels,
            indices: (0..count).collect(),
        }
    }

    fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    #[test]
    fn two_classes_are_the_binary_cross_entropy_with_logits() {
        let device = Device::flex();
        let z = [[2.0f32, -30.0, 0.0], [80.0, -0.5, 1.0]];
        let y = [[1.0f32, 0.0, 1.0], [0.0, 1.0, 1.0]];
        let rows = label_logits(Tensor::<2>::from_floats(z, &device), TASK);
        let targets: Vec<[f32; 2]> = y.iter().flatten().map(|y| [1.0 - y, *y]).collect();
        let targets = targets
            .into_iter()
            .map(|t| Tensor::<1>::from_floats(t, &device));
        let found = read(cross_entropies(rows, Tensor::stack(targets.collect(), 0)));
        for ((found, z), y) in found.iter().zip(z.iter().flatten()).zip(y.iter().flatten()) {
            // max(z, 0) − z·y + log(1 + e^−|z|), as PyTorch's.
            let wanted = z.max(0.0) - z * y + (-z.abs()).exp().ln_1p();
            assert!((found - wanted).abs() < 1e-5, "{found} {wanted}");
        }
    }

    #[test]
    fn rare_units_count_more_and_unknown_labels_nothing() {
        // Shares of one half, one quarter and, of the known ones, one.
        let labels = vec![1, 1, UNKNOWN, 1, 0, 1, 0, 0, 1, 0, 0, 1];
        let part = part(labels);
        let weights = unit_weights(&part);
        for (found, wanted) in weights.iter().zip([6.0 / 7.0, 12.0 / 7.0, 3.0 / 7.0]) {
            assert!((found - wanted).abs() < 1e-12, "{weights:?}");
        }
        assert_eq!(majority(&part), [0, 0, 1]);
        let of_labels = label_weights(&part.labels[..6], &weights, TASK);
        assert_eq!(of_labels[2], 0.0);
        let wanted = (6.0 / 7.0) / 5.0;
        assert!((of_labels[0] - wanted as f32).abs() < 1e-7 && of_labels[3] == of_labels[0]);
        // Nobody shows it.
        let never = unit_weights(&self::part(vec![0, 1, 1, 0, 1, 1]));
        assert_eq!(never, [1.0, 1.0, 1.0]);
        // Nobody coded it.
        let uncoded = unit_weights(&self::part(vec![UNKNOWN, 1, 1, UNKNOWN, 0, 1]));
        assert_eq!(uncoded[0], 0.0);
        assert!((uncoded[1] - 4.0 / 3.0).abs() < 1e-12 && (uncoded[2] - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(unit_weights(&self::part(vec![UNKNOWN; 6])), [0.0; 3]);
    }
}
