//! Symmetric label noise.

use crate::spec::NoiseKind;
use rand::RngExt;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// Re-draws the labels of exactly ⌊rate·N⌋ samples, uniformly over all classes (inclusive) or over
/// the other classes (exclusive), and returns the new labels.
///
/// Inclusive noise of rate r leaves r/C of the samples with their true label by chance: the real
/// rate is r·(C−1)/C.
pub fn flip(
    labels: &[u8],
    classes: usize,
    kind: NoiseKind,
    rate: f64,
    rng: &mut ChaCha8Rng,
) -> Vec<u8> {
    let mut noisy = labels.to_vec();
    // The tolerance keeps 0.3 · 10 at 3, although 0.3 has no exact binary form.
    let count = ((rate * labels.len() as f64 + 1e-9).floor() as usize).min(labels.len());
    for i in index::sample(rng, labels.len(), count) {
        noisy[i] = match kind {
            NoiseKind::Symmetric => rng.random_range(0..classes) as u8,
            NoiseKind::SymmetricExclusive => {
                let other = rng.random_range(0..classes - 1) as u8;
                other + u8::from(other >= labels[i])
            }
        };
    }
    noisy
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::rng::keyed;
    use proptest::prelude::*;

    fn wrong(a: &[u8], b: &[u8]) -> usize {
        a.iter().zip(b).filter(|(a, b)| a != b).count()
    }

    proptest! {
        #[test]
        fn exclusive_noise_flips_exactly_the_rate(n in 1usize..400, percent in 0u32..=100, seed: u64) {
            let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
            let rate = f64::from(percent) / 100.0;
            let noisy = flip(&labels, 10, NoiseKind::SymmetricExclusive, rate, &mut keyed(seed, "noise", 0, 0));
            prop_assert_eq!(wrong(&labels, &noisy), n * percent as usize / 100);
            prop_assert!(noisy.iter().all(|&l| l < 10));
        }

        #[test]
        fn inclusive_noise_flips_no_more_than_the_rate(n in 1usize..400, percent in 0u32..=100, seed: u64) {
            let labels = vec![3u8; n];
            let rate = f64::from(percent) / 100.0;
            let noisy = flip(&labels, 10, NoiseKind::Symmetric, rate, &mut keyed(seed, "noise", 0, 0));
            prop_assert!(wrong(&labels, &noisy) <= n * percent as usize / 100);
        }
    }

    #[test]
    fn inclusive_noise_keeps_a_tenth_of_the_redrawn_labels() {
        let labels: Vec<u8> = (0..50_000).map(|i| (i % 10) as u8).collect();
        let noisy = flip(
            &labels,
            10,
            NoiseKind::Symmetric,
            0.4,
            &mut keyed(1, "noise", 0, 0),
        );
        let real = wrong(&labels, &noisy) as f64 / 50_000.0;
        // Standard deviation of the share is 0.0008.
        assert!((real - 0.36).abs() < 0.004, "{real}");
        // Spread evenly over the wrong classes.
        let into_five = labels
            .iter()
            .zip(&noisy)
            .filter(|&(&l, &n)| l != 5 && n == 5)
            .count();
        assert!((1_600..2_000).contains(&into_five), "{into_five}");
    }

    #[test]
    fn the_same_seed_draws_the_same_noise() {
        let labels = vec![0u8; 1000];
        let draw = |seed| {
            flip(
                &labels,
                10,
                NoiseKind::Symmetric,
                0.5,
                &mut keyed(seed, "noise", 0, 0),
            )
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
