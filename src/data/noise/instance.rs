//! Label noise that depends on the image (Xia et al. 2020, "Part-dependent label noise", algorithm 2).

use crate::data::images::Images;
use crate::data::rng::{keyed, normal};
use rand::{Rng, RngExt};

/// Standard deviation of the images' own flip rates around the rate asked for.
const SPREAD: f64 = 0.1;

/// Mean and standard deviation per channel of pixels scaled to 0–1.
pub type Statistics<'a> = (&'a [f32], &'a [f32]);

/// Gives image i of class y another label with a probability q_i of its own, drawn from a normal
/// distribution around `rate` (deviation 0.1) cut off at 0 and 1. Which one follows
/// softmax(x_i·W_y) over the other classes, where x_i are the normalised pixels and W_y is drawn
/// once per class, N(0, 1) throughout.
///
/// W depends on `seed` only, so that training and validation images are mistaken alike; the draws
/// depend on `seed` and `purpose`. A rate of 0 changes nothing, although the cut-off normal
/// distribution around 0 has a mean of 0.08.
pub fn flip_by_image(
    images: &Images,
    statistics: Statistics<'_>,
    labels: &[u8],
    classes: usize,
    rate: f64,
    (seed, purpose): (u64, &str),
) -> Vec<u8> {
    let mut noisy = labels.to_vec();
    if rate == 0.0 {
        return noisy;
    }
    let mut rng = keyed(seed, purpose, 0, 0);
    let own: Vec<(f64, f64)> = labels
        .iter()
        .map(|_| (truncated_normal(rate, &mut rng), rng.random()))
        .collect();
    let values = normalised_values(images.channels, statistics);
    let mut x = vec![0.0; images.stride()];
    for class in 0..classes {
        let members = (0..labels.len()).filter(|&i| usize::from(labels[i]) == class);
        let mut members = members.peekable();
        if members.peek().is_none() {
            continue;
        }
        let mut rng = keyed(seed, "noise-projection", class as u64, 0);
        let projection: Vec<f32> = (0..classes * images.stride())
            .map(|_| normal(&mut rng) as f32)
            .collect();
        for i in members {
            let (rate, draw) = own[i];
            if draw >= rate {
                continue;
            }
            normalise(images, i, &values, &mut x);
            let scores: Vec<f32> = projection
                .chunks_exact(x.len().max(1))
                .map(|column| dot(&x, column))
                .collect();
            noisy[i] = choose(&scores, class, draw / rate) as u8;
        }
    }
    noisy
}

/// A normal number around `mean` that lies in 0–1. For a mean in 0–1 at least every second draw does.
fn truncated_normal(mean: f64, rng: &mut impl Rng) -> f64 {
    loop {
        let drawn = mean + SPREAD * normal(rng);
        if (0.0..=1.0).contains(&drawn) {
            return drawn;
        }
    }
}

/// The class at `place` (0–1) of the distribution softmax(`scores`) over all classes but `not`.
fn choose(scores: &[f32], not: usize, place: f64) -> usize {
    let others = || (0..scores.len()).filter(|&c| c != not);
    let highest = others().map(|c| scores[c]).fold(f32::MIN, f32::max);
    let weight = |c: usize| f64::from(scores[c] - highest).exp();
    let whole: f64 = others().map(weight).sum();
    let mut left = place * whole;
    let mut chosen = not;
    for class in others() {
        chosen = class;
        left -= weight(class);
        if left < 0.0 {
            break;
        }
    }
    chosen
}

/// Each byte of each channel, normalised.
fn normalised_values(channels: usize, (mean, std): Statistics<'_>) -> Vec<[f32; 256]> {
    let value = |c: usize, byte: usize| (byte as f32 / 255.0 - mean[c]) / std[c];
    (0..channels)
        .map(|c| std::array::from_fn(|byte| value(c, byte)))
        .collect()
}

fn normalise(images: &Images, i: usize, values: &[[f32; 256]], x: &mut [f32]) {
    let stride = images.stride();
    let plane = (images.height * images.width).max(1);
    let pixels = &images.pixels[i * stride..(i + 1) * stride];
    let planes = x.chunks_exact_mut(plane).zip(pixels.chunks_exact(plane));
    for ((x, pixels), values) in planes.zip(values) {
        for (x, pixel) in x.iter_mut().zip(pixels) {
            *x = values[usize::from(*pixel)];
        }
    }
}

/// Σ a·b in eight sums side by side, which the compiler makes one vector of.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a_rest, b_rest) = (a.chunks_exact(8).remainder(), b.chunks_exact(8).remainder());
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STATISTICS: Statistics<'static> = (&[0.5, 0.4, 0.3], &[0.25, 0.25, 0.2]);

    /// `count` random images of 3×4×4, and labels that count up.
    fn images(count: usize, classes: usize) -> (Images, Vec<u8>) {
        let mut rng = keyed(9, "test", 0, 0);
        let images = Images {
            pixels: (0..count * 48).map(|_| rng.random()).collect(),
            count,
            channels: 3,
            height: 4,
            width: 4,
        };
        (images, (0..count).map(|i| (i % classes) as u8).collect())
    }

    fn draw(images: &Images, labels: &[u8], classes: usize, rate: f64, seed: u64) -> Vec<u8> {
        let key = (seed, "noise");
        flip_by_image(images, STATISTICS, labels, classes, rate, key)
    }

    /// The mean of the normal distribution around `rate` cut off at 0 and 1, by sums.
    fn expected(rate: f64) -> f64 {
        let density = |q: f64| (-((q - rate) / SPREAD).powi(2) / 2.0).exp();
        let points: Vec<f64> = (0..=10_000).map(|i| f64::from(i) / 10_000.0).collect();
        let whole: f64 = points.iter().map(|q| density(*q)).sum();
        points.iter().map(|q| q * density(*q)).sum::<f64>() / whole
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_share_of_flipped_labels_is_the_mean_of_the_images_own_rates(
            percent in 1u32..=100, classes in 2usize..12, seed: u64,
        ) {
            let (images, labels) = images(4000, classes);
            let rate = f64::from(percent) / 100.0;
            let noisy = draw(&images, &labels, classes, rate, seed);
            let flipped = labels.iter().zip(&noisy).filter(|(a, b)| a != b).count();
            let share = flipped as f64 / 4000.0;
            // Four standard deviations of a share of 4,000 are at most 0.032.
            prop_assert!((share - expected(rate)).abs() < 0.035, "{} {}", share, expected(rate));
            prop_assert!(noisy.iter().all(|&l| usize::from(l) < classes));
            if (0.3..=0.7).contains(&rate) {
                prop_assert!((share - rate).abs() < 0.035);
            }
        }
    }

    #[test]
    fn the_seed_alone_decides() {
        let (images, labels) = images(500, 10);
        let of = |seed| draw(&images, &labels, 10, 0.4, seed);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(draw(&images, &labels, 10, 0.0, 1), labels);
    }

    #[test]
    fn equal_images_of_a_class_are_taken_for_the_same_class_whatever_their_part() {
        let (mut images, _) = images(300, 10);
        let first = images.pixels[..48].to_vec();
        images.pixels = first.repeat(300);
        let labels = vec![4; 300];
        let told: Vec<u8> = ["noise", "validation-noise"]
            .iter()
            .flat_map(|purpose| flip_by_image(&images, STATISTICS, &labels, 10, 0.9, (3, *purpose)))
            .filter(|&l| l != 4)
            .collect();
        // Scores of 48 pixels lie several units apart: the highest takes nearly all.
        let most = (0..10)
            .map(|c| told.iter().filter(|&&l| l == c).count())
            .max();
        assert!(
            told.len() > 450 && most > Some(told.len() * 4 / 5),
            "{most:?}"
        );
    }

    #[test]
    fn classes_are_chosen_by_their_softmax() {
        let scores = [0.0, 2f32.ln(), 100.0, 5f32.ln()];
        // Without class 2: shares 1/8, 2/8, 5/8.
        let picks: Vec<usize> = (0..8)
            .map(|n| choose(&scores, 2, (f64::from(n) + 0.5) / 8.0))
            .collect();
        assert_eq!(picks, [0, 1, 1, 3, 3, 3, 3, 3]);
        assert_eq!(choose(&scores, 3, 1.0), 2);
    }
}
