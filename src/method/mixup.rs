//! Mixup (Zhang et al. 2018): trains on mixtures of two images of a batch and of their targets.

use crate::data::rng::keyed;
use burn::tensor::{Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand_distr::{Beta, Distribution};

/// How a batch is mixed with itself: one share for all, as in the authors' code.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// λ, the share of each image's own pixels and target, 0–1.
    pub share: f64,
    /// Which image of the batch each is mixed with: a permutation.
    pub partners: Vec<usize>,
}

impl Mixture {
    /// λ ~ Beta(α, α) and a permutation of `batch` images, drawn from (`seed`, `epoch`, `step`).
    /// Without a Beta distribution, at α = 0, nothing is mixed.
    pub fn draw(alpha: f64, batch: usize, seed: u64, epoch: usize, step: usize) -> Self {
        let mut rng = keyed(seed, "mixup", epoch as u64, step as u64);
        let share = Beta::new(alpha, alpha).map_or(1.0, |beta| beta.sample(&mut rng));
        let mut partners: Vec<usize> = (0..batch).collect();
        partners.shuffle(&mut rng);
        Self { share, partners }
    }

    /// λ·x + (1−λ)·x of the partners, for x of any shape with the batch first.
    pub fn mix<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let partners: Vec<i32> = self.partners.iter().map(|&i| i as i32).collect();
        let partners = TensorData::new(partners, [self.partners.len()]);
        let partners = Tensor::<1, Int>::from_data(partners, &x.device());
        let other = x.clone().select(0, partners);
        x.mul_scalar(self.share) + other.mul_scalar(1.0 - self.share)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn shares_have_the_mean_and_variance_of_the_beta_distribution() {
        for alpha in [0.1, 0.4, 1.0, 4.0] {
            let shares: Vec<f64> = (0..20_000)
                .map(|step| Mixture::draw(alpha, 1, 3, 1, step).share)
                .collect();
            assert!(shares.iter().all(|s| (0.0..=1.0).contains(s)));
            let mean = shares.iter().sum::<f64>() / 20_000.0;
            let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 20_000.0;
            let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            // Five standard deviations of the mean; the variance's are smaller.
            let room = 5.0 * (expected / 20_000.0).sqrt();
            assert!((mean - 0.5).abs() < room, "{alpha}: mean {mean}");
            assert!(
                (variance - expected).abs() < room,
                "{alpha}: variance {variance}, not {expected}"
            );
        }
    }

    #[test]
    fn partners_are_each_image_once_and_repeat_with_the_key() {
        let draw = |seed, epoch, step| Mixture::draw(1.0, 64, seed, epoch, step);
        let one = draw(1, 2, 3);
        assert_eq!(one, draw(1, 2, 3));
        for other in [draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)] {
            assert_ne!(one.share, other.share);
            assert_ne!(one.partners, other.partners);
        }
        let mut sorted = one.partners;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..64).collect::<Vec<_>>());
    }

    #[test]
    fn images_and_targets_are_mixed_alike() {
        let mixture = Mixture {
            share: 0.75,
            partners: vec![2, 1, 0],
        };
        let device = Device::flex();
        let x = Tensor::<1>::from_floats([0.0, 4.0, 8.0, 16.0, 1.0, 2.0], &device);
        let found = mixture.mix(x.clone().reshape([3, 2, 1, 1])).into_data();
        let wanted = [0.25, 3.5, 8.0, 16.0, 0.75, 2.5];
        assert_eq!(found.try_into_vec::<f32>().unwrap(), wanted);
        let flat = mixture.mix(x.reshape([3, 2])).into_data();
        assert_eq!(flat.try_into_vec::<f32>().unwrap(), wanted);
    }
}
