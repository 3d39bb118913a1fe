//! Label noise that depends on the class alone.

use crate::spec::{NoiseKind, NoiseSpec};
use rand::RngExt;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// Gives exactly ⌊rate·N⌋ of N samples another label, and returns all labels. N counts every sample,
/// but for asymmetric noise only those of classes that are taken for another.
///
/// Symmetric noise draws over all classes (inclusive) or over the other classes (exclusive);
/// inclusive noise of rate r leaves r/C of the samples with their true label by chance: the real rate
/// is r·(C−1)/C. Asymmetric noise takes a class for the one that the map names, pair flip for the
/// next one.
pub fn flip(labels: &[u8], classes: usize, noise: &NoiseSpec, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let taken_for = |label: u8| {
        let pair = noise.map.iter().find(|[from, _]| *from == label);
        pair.map(|[_, to]| *to)
    };
    let mut noisy = labels.to_vec();
    let may_flip: Vec<usize> = (0..labels.len())
        .filter(|&i| noise.kind != NoiseKind::Asymmetric || taken_for(labels[i]).is_some())
        .collect();
    // The tolerance keeps 0.3 · 10 at 3, although 0.3 has no exact binary form.
    let count = (noise.rate * may_flip.len() as f64 + 1e-9).floor() as usize;
    for drawn in index::sample(rng, may_flip.len(), count.min(may_flip.len())) {
        let i = may_flip[drawn];
        noisy[i] = match noise.kind {
            NoiseKind::Symmetric => rng.random_range(0..classes) as u8,
            NoiseKind::SymmetricExclusive => {
                let other = rng.random_range(0..classes - 1) as u8;
                other + u8::from(other >= labels[i])
            }
            NoiseKind::Asymmetric => taken_for(labels[i]).unwrap_or(labels[i]),
            NoiseKind::PairFlip => ((usize::from(labels[i]) + 1) % classes) as u8,
            // Not drawn by class: by image, or read.
            NoiseKind::Instance | NoiseKind::Annotator | NoiseKind::Human | NoiseKind::File => {
                labels[i]
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

    fn noise(kind: NoiseKind, rate: f64) -> NoiseSpec {
        NoiseSpec::new(kind, rate)
    }

    fn wrong(a: &[u8], b: &[u8]) -> usize {
        a.iter().zip(b).filter(|(a, b)| a != b).count()
    }

    proptest! {
        #[test]
        fn exclusive_noise_flips_exactly_the_rate(n in 1usize..400, percent in 0u32..=100, seed: u64) {
            let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
            let rate = f64::from(percent) / 100.0;
            let noisy = flip(&labels, 10, &noise(NoiseKind::SymmetricExclusive, rate), &mut keyed(seed, "noise", 0, 0));
            prop_assert_eq!(wrong(&labels, &noisy), n * percent as usize / 100);
            prop_assert!(noisy.iter().all(|&l| l < 10));
        }

        #[test]
        fn inclusive_noise_flips_no_more_than_the_rate(n in 1usize..400, percent in 0u32..=100, seed: u64) {
            let labels = vec![3u8; n];
            let rate = f64::from(percent) / 100.0;
            let noisy = flip(&labels, 10, &noise(NoiseKind::Symmetric, rate), &mut keyed(seed, "noise", 0, 0));
            prop_assert!(wrong(&labels, &noisy) <= n * percent as usize / 100);
        }
    }

    proptest! {
        #[test]
        fn asymmetric_noise_flips_the_rate_of_the_mapped_classes_and_nothing_else(
            n in 1usize..400, percent in 0u32..=100, seed: u64,
        ) {
            let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
            let noise = NoiseSpec {
                map: vec![[9, 1], [3, 5], [5, 3]],
                ..noise(NoiseKind::Asymmetric, f64::from(percent) / 100.0)
            };
            let noisy = flip(&labels, 10, &noise, &mut keyed(seed, "noise", 0, 0));
            let mapped = labels.iter().filter(|l| [9, 3, 5].contains(*l)).count();
            prop_assert_eq!(wrong(&labels, &noisy), mapped * percent as usize / 100);
            for (&label, &noisy) in labels.iter().zip(&noisy) {
                prop_assert!(label == noisy || noise.map.contains(&[label, noisy]));
            }
        }

        #[test]
        fn pair_flip_takes_exactly_the_rate_for_the_next_class(n in 1usize..400, percent in 0u32..50, seed: u64) {
            let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
            let rate = f64::from(percent) / 100.0;
            let noisy = flip(&labels, 10, &noise(NoiseKind::PairFlip, rate), &mut keyed(seed, "noise", 0, 0));
            prop_assert_eq!(wrong(&labels, &noisy), n * percent as usize / 100);
            for (&label, &noisy) in labels.iter().zip(&noisy) {
                prop_assert!(noisy == label || noisy == (label + 1) % 10);
            }
        }
    }

    #[test]
    fn inclusive_noise_keeps_a_tenth_of_the_redrawn_labels() {
        let labels: Vec<u8> = (0..50_000).map(|i| (i % 10) as u8).collect();
        let noisy = flip(
            &labels,
            10,
            &noise(NoiseKind::Symmetric, 0.4),
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
                &noise(NoiseKind::Symmetric, 0.5),
                &mut keyed(seed, "noise", 0, 0),
            )
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
