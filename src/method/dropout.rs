//! Dropout (Srivastava et al. 2014), inverted: kept features are scaled by 1/(1−p) in training.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A mask of `count` values, 0 with probability `p` and 1/(1−p) otherwise.
pub fn mask(count: usize, p: f64, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let kept = (1.0 / (1.0 - p)) as f32;
    (0..count)
        .map(|_| if rng.random::<f64>() < p { 0.0 } else { kept })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::rng::keyed;

    #[test]
    fn keeps_the_mean() {
        let mask = mask(100_000, 0.3, &mut keyed(0, "dropout", 0, 0));
        let mean = mask.iter().sum::<f32>() / 100_000.0;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        let dropped = mask.iter().filter(|&&m| m == 0.0).count();
        assert!((29_000..31_000).contains(&dropped), "{dropped}");
    }
}
