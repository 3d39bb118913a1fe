//! Which units there are, how often each is seen, and which go together.

use crate::data::rng::{keyed, normal};
use rand::Rng;

/// How many units are drawn.
pub const COUNT: usize = 12;

/// The units that are coded in BP4D, by their numbers in the Facial Action Coding System.
pub const ACTION_UNITS: [u8; COUNT] = [1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24];

/// What the Facial Action Coding System calls each of them.
pub const UNIT_NAMES: [&str; COUNT] = [
    "inner brow raiser",
    "outer brow raiser",
    "brow lowerer",
    "cheek raiser",
    "lid tightener",
    "upper lip raiser",
    "lip corner puller",
    "dimpler",
    "lip corner depressor",
    "chin raiser",
    "lip tightener",
    "lip pressor",
];

/// Φ⁻¹(1 − rate): a unit is present where its latent number is above. The rates are those of BP4D.
const THRESHOLDS: [f64; COUNT] = [
    0.8778962951,  // 0.19
    1.0364333895,  // 0.15
    0.8064212470,  // 0.21
    0.1004337205,  // 0.46
    -0.2275449766, // 0.59
    -0.2275449766, // 0.59
    -0.1509692155, // 0.56
    0.0752698621,  // 0.47
    0.9153650878,  // 0.18
    0.3853204664,  // 0.35
    0.9541652531,  // 0.17
    1.0364333895,  // 0.15
];

/// Correlations of the latent numbers, below the diagonal. The signs are published, the numbers are
/// ours: `docs/faces.md` tells which is which.
#[rustfmt::skip]
const CORRELATIONS: [&[f64]; COUNT] = [
    &[],
    &[0.75],
    &[0.15, -0.05],
    &[-0.10, -0.15, 0.00],
    &[-0.10, -0.20, 0.35, 0.65],
    &[0.00, 0.00, 0.10, 0.65, 0.60],
    &[-0.05, -0.05, -0.20, 0.80, 0.55, 0.70],
    &[0.00, 0.00, -0.05, 0.30, 0.30, 0.35, 0.35],
    &[0.15, 0.10, 0.10, -0.05, 0.00, 0.05, -0.20, 0.10],
    &[0.10, 0.10, 0.15, -0.10, 0.00, 0.05, -0.20, 0.20, 0.45],
    &[0.00, 0.00, 0.10, 0.00, 0.05, 0.00, -0.05, 0.15, 0.20, 0.30],
    &[0.00, 0.00, 0.10, -0.20, -0.10, -0.25, -0.30, 0.10, 0.20, 0.45, 0.40],
];

/// The share of a latent number's variance that is the subject's own: some people raise their brows
/// more often than others.
const SUBJECT_SHARE: f64 = 0.2;

/// How strong a unit is that is just present.
const JUST_PRESENT: f32 = 0.15;

/// A number per unit.
pub type PerUnit = [f32; COUNT];

/// The units of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drawn {
    /// Whether each is present.
    pub present: [bool; COUNT],
    /// How strong each is drawn, 0–1. One that is just absent leaves a trace, so that the border is a
    /// matter of degree, as it is for coders.
    pub strength: PerUnit,
}

impl Drawn {
    /// How strong each unit is said to be: 0 where it is absent.
    pub fn intensity(&self) -> PerUnit {
        std::array::from_fn(|u| match self.present[u] {
            true => self.strength[u],
            false => 0.0,
        })
    }
}

/// Correlated units (a Gaussian copula: Nelsen 2006, section 2.3): normal numbers with
/// [`CORRELATIONS`], each cut at its threshold.
pub(super) struct Copula {
    seed: u64,
    factor: [[f64; COUNT]; COUNT],
}

impl Copula {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            factor: cholesky(),
        }
    }

    /// The units of one frame of a subject.
    pub fn draw(&self, subject: u64, frame: u64) -> Drawn {
        let own = self.normals(&mut keyed(self.seed, "face units of subject", subject, 0));
        let now = self.normals(&mut keyed(self.seed, "face units", subject, frame));
        let mut drawn = Drawn {
            present: [false; COUNT],
            strength: [0.0; COUNT],
        };
        for u in 0..COUNT {
            let latent = SUBJECT_SHARE.sqrt() * own[u] + (1.0 - SUBJECT_SHARE).sqrt() * now[u];
            let excess = latent - THRESHOLDS[u];
            drawn.present[u] = excess > 0.0;
            drawn.strength[u] = strength(excess as f32);
        }
        drawn
    }

    /// Standard normal numbers with the units' correlations.
    fn normals(&self, rng: &mut impl Rng) -> [f64; COUNT] {
        let free: [f64; COUNT] = std::array::from_fn(|_| normal(rng));
        std::array::from_fn(|u| self.factor[u].iter().zip(free).map(|(l, z)| l * z).sum())
    }
}

/// How strong a unit is drawn whose latent number is this far above its threshold: continuous, and
/// near 1 three standard deviations above it.
fn strength(excess: f32) -> f32 {
    if excess > 0.0 {
        1.0 - (1.0 - JUST_PRESENT) * (-excess / 0.9).exp()
    } else {
        JUST_PRESENT * (excess / 0.25).exp()
    }
}

/// L with L·Lᵀ = the correlations, lower triangular.
fn cholesky() -> [[f64; COUNT]; COUNT] {
    let mut l = [[0.0; COUNT]; COUNT];
    for i in 0..COUNT {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            l[i][j] = match CORRELATIONS[i].get(j) {
                Some(correlation) => (correlation - known) / l[j][j],
                None => (1.0 - known).sqrt(),
            };
        }
    }
    l
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Oracle {
        rates: Vec<f64>,
        thresholds: Vec<f64>,
        pairs: Vec<Vec<f64>>,
    }

    /// Computed by `tests/oracles/faces.py`.
    fn oracle() -> Oracle {
        serde_json::from_str(include_str!("../../../tests/oracles/faces.json")).unwrap()
    }

    #[test]
    fn the_correlations_are_those_of_some_numbers() {
        let l = cholesky();
        for i in 0..COUNT {
            // A matrix that is not positive definite leaves a root of a negative number here.
            assert!(l[i][i] > 0.1, "unit {}: {}", ACTION_UNITS[i], l[i][i]);
            assert_eq!(CORRELATIONS[i].len(), i);
            for j in 0..=i {
                let product: f64 = (0..COUNT).map(|k| l[i][k] * l[j][k]).sum();
                let wanted = CORRELATIONS[i].get(j).copied().unwrap_or(1.0);
                assert!((product - wanted).abs() < 1e-12, "{i} {j}: {product}");
            }
        }
    }

    /// Over 8,000 subjects of 4 frames a share is off by at most 0.0036 (one standard deviation, with
    /// a fifth of the variance common to a subject's frames): 0.015 is four of them.
    #[test]
    fn units_and_pairs_are_as_frequent_as_they_should_be() {
        let oracle = oracle();
        for (found, wanted) in THRESHOLDS.iter().zip(&oracle.thresholds) {
            assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
        }
        let copula = Copula::new(3);
        let mut both = [[0u32; COUNT]; COUNT];
        let (subjects, frames) = (8000, 4);
        for subject in 0..subjects {
            for frame in 0..frames {
                let present = copula.draw(subject, frame).present;
                for i in (0..COUNT).filter(|i| present[*i]) {
                    for j in (0..=i).filter(|j| present[*j]) {
                        both[i][j] += 1;
                    }
                }
            }
        }
        let share = |n: u32| f64::from(n) / (subjects * frames) as f64;
        for i in 0..COUNT {
            let wanted = oracle.pairs[i].iter().chain([&oracle.rates[i]]);
            for (j, wanted) in wanted.enumerate() {
                let found = share(both[i][j]);
                let names = [ACTION_UNITS[i], ACTION_UNITS[j]];
                assert!(
                    (found - wanted).abs() < 0.015,
                    "{names:?}: {found} {wanted}"
                );
            }
        }
    }

    #[test]
    fn subjects_have_habits() {
        let copula = Copula::new(0);
        let rate = |subject: u64, unit: usize| {
            let present = (0..200).filter(|f| copula.draw(subject, *f).present[unit]);
            present.count() as f64 / 200.0
        };
        let smiles: Vec<f64> = (0..40).map(|subject| rate(subject, 6)).collect();
        let mean = smiles.iter().sum::<f64>() / 40.0;
        let spread = (smiles.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 40.0).sqrt();
        // Without habits 0.035.
        assert!(spread > 0.1, "{spread}");
    }

    #[test]
    fn intensity_grows_from_a_faint_start_and_is_nothing_where_a_unit_is_absent() {
        let copula = Copula::new(1);
        for frame in 0..500 {
            let drawn = copula.draw(0, frame);
            for (u, intensity) in drawn.intensity().into_iter().enumerate() {
                if drawn.present[u] {
                    assert!((JUST_PRESENT..1.0).contains(&intensity), "{intensity}");
                } else {
                    assert_eq!(intensity, 0.0);
                    assert!(drawn.strength[u] <= JUST_PRESENT);
                }
            }
        }
        let steps: Vec<f32> = (-400..=400).map(|i| strength(i as f32 / 100.0)).collect();
        for pair in steps.windows(2) {
            assert!(pair[0] < pair[1] && pair[1] - pair[0] < 0.01, "{pair:?}");
        }
        assert!(steps[0] < 1e-6 && steps[700] > 0.96);
    }
}
