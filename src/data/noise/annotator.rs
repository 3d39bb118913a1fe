//! Label noise as coders of Action Units make it: they miss a unit that is there more often than they
//! see one that is not, a weak one more often than a strong one, and take some for one another. That
//! holds as a probability; most units are rarely there, so that false alarms may be more in number.

use crate::data::coded::UNKNOWN;
use rand::{Rng, RngExt};

/// How fast misses grow rare with the intensity: p = p₀·e^(−k·intensity).
const FALL: f64 = 3.0;
/// False alarms, of what misses of the weakest units are.
const FALSE_ALARMS: f64 = 0.125;
/// No label is more often wrong than right.
const MOST: f64 = 0.5;
/// Units that look alike.
const CONFUSED: [[u8; 2]; 3] = [[1, 2], [6, 7], [23, 24]];
/// How often one of them is marked in place of the other where that is missed.
const SWAPPED: f64 = 0.5;
/// The intensity of units whose set does not tell it.
const MIDDLING: f64 = 0.5;

/// True labels of Action Units, and what decides how they are mistaken.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    /// The units, by their numbers.
    pub units: &'a [u8],
    /// [N, units] in rows: 0, 1, or unknown.
    pub labels: &'a [u8],
    /// [N, units] in rows, 0–1, where they are known.
    pub intensities: Option<&'a [f32]>,
}

/// A coder who errs.
#[derive(Clone, Copy, Debug)]
pub struct Annotator {
    /// p₀: how often a unit of no intensity would be missed.
    missing: f64,
}

impl Annotator {
    /// The coder of whose labels of `truth` the share `rate` is expected to be wrong. Rates of a half
    /// and above have none: the one that comes nearest is given back.
    pub fn of_rate(rate: f64, truth: &Truth<'_>) -> Self {
        let (mut low, mut high) = (0.0, 1e3);
        // Halved until nothing is left to halve: the share grows with p₀.
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            let missing = middle;
            if (Self { missing }).expected(truth) < rate {
                low = middle;
            } else {
                high = middle;
            }
        }
        Self { missing: low }
    }

    /// How often a label that is really there, or not, is told wrongly by itself.
    fn errs(self, present: bool, intensity: f64) -> f64 {
        let p = match present {
            true => self.missing * (-FALL * intensity).exp(),
            false => self.missing * FALSE_ALARMS,
        };
        p.min(MOST)
    }

    /// The share of all known labels that is expected to be wrong.
    fn expected(self, truth: &Truth<'_>) -> f64 {
        let (mut wrong, mut known) = (0.0, 0usize);
        for row in 0..truth.count() {
            for unit in 0..truth.units.len() {
                let Some(present) = truth.label(row, unit) else {
                    continue;
                };
                known += 1;
                let own = self.errs(present, truth.intensity(row, unit));
                let swapped = match truth.missed_for(row, unit) {
                    Some(other) if !present => {
                        SWAPPED * self.errs(true, truth.intensity(row, other))
                    }
                    _ => 0.0,
                };
                wrong += 1.0 - (1.0 - own) * (1.0 - swapped);
            }
        }
        wrong / known.max(1) as f64
    }

    /// The labels that the coder gives, in the order of `truth`.
    pub fn code(self, truth: &Truth<'_>, rng: &mut impl Rng) -> Vec<u8> {
        let units = truth.units.len();
        let mut told = truth.labels.to_vec();
        for row in 0..truth.count() {
            for unit in 0..units {
                // Drawn for every label, so that none depends on what is known of the others.
                let (errs, swaps): (f64, f64) = (rng.random(), rng.random());
                let Some(present) = truth.label(row, unit) else {
                    continue;
                };
                if errs >= self.errs(present, truth.intensity(row, unit)) {
                    continue;
                }
                told[row * units + unit] = u8::from(!present);
                let other = truth.twin(unit).filter(|_| present && swaps < SWAPPED);
                if let Some(other) = other.filter(|&other| truth.label(row, other) == Some(false)) {
                    told[row * units + other] = 1;
                }
            }
        }
        told
    }
}

impl Truth<'_> {
    fn count(&self) -> usize {
        self.labels.len() / self.units.len().max(1)
    }

    fn label(&self, row: usize, unit: usize) -> Option<bool> {
        let label = self.labels[row * self.units.len() + unit];
        (label != UNKNOWN).then_some(label == 1)
    }

    fn intensity(&self, row: usize, unit: usize) -> f64 {
        let place = row * self.units.len() + unit;
        self.intensities.map_or(MIDDLING, |all| all[place].into())
    }

    /// The unit that looks like `unit`, if one does.
    fn twin(&self, unit: usize) -> Option<usize> {
        let number = self.units[unit];
        let pair = CONFUSED.iter().find(|pair| pair.contains(&number))?;
        let other = if pair[0] == number { pair[1] } else { pair[0] };
        self.units.iter().position(|&n| n == other)
    }

    /// The unit that is there and could be taken for `unit`.
    fn missed_for(&self, row: usize, unit: usize) -> Option<usize> {
        self.twin(unit)
            .filter(|&other| self.label(row, other) == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::rng::keyed;

    const UNITS: [u8; 4] = [1, 2, 4, 12];

    /// 20,000 faces: each unit is there with one chance in three, as strong as chance has it.
    fn faces() -> (Vec<u8>, Vec<f32>) {
        let mut rng = keyed(5, "test", 0, 0);
        (0..80_000)
            .map(|_| {
                let present = rng.random::<f64>() < 1.0 / 3.0;
                let intensity = if present { rng.random() } else { 0.0 };
                (u8::from(present), intensity)
            })
            .unzip()
    }

    fn truth<'a>(labels: &'a [u8], intensities: &'a [f32]) -> Truth<'a> {
        Truth {
            units: &UNITS,
            labels,
            intensities: Some(intensities),
        }
    }

    fn code(truth: &Truth<'_>, rate: f64, seed: u64) -> Vec<u8> {
        let annotator = Annotator::of_rate(rate, truth);
        annotator.code(truth, &mut keyed(seed, "noise", 0, 0))
    }

    /// Share of the labels at `places` that is told wrongly.
    fn wrong(truth: &Truth<'_>, told: &[u8], places: impl Fn(usize) -> bool) -> f64 {
        let all: Vec<usize> = (0..told.len()).filter(|&i| places(i)).collect();
        let wrong = all.iter().filter(|&&i| told[i] != truth.labels[i]).count();
        wrong as f64 / all.len() as f64
    }

    #[test]
    fn the_rate_is_the_share_of_wrong_labels() {
        let (labels, intensities) = faces();
        let truth = truth(&labels, &intensities);
        for rate in [0.0, 0.05, 0.1, 0.2, 0.3, 0.4] {
            let found = wrong(&truth, &code(&truth, rate, 1), |_| true);
            // The standard deviation of a share of 80,000 is at most 0.0018.
            assert!((found - rate).abs() < 0.008, "{rate}: {found}");
        }
        assert_ne!(code(&truth, 0.2, 1), code(&truth, 0.2, 2));
        assert_eq!(code(&truth, 0.2, 1), code(&truth, 0.2, 1));
    }

    #[test]
    fn misses_are_more_frequent_than_false_alarms_and_rarer_where_a_unit_is_strong() {
        let (labels, intensities) = faces();
        let truth = truth(&labels, &intensities);
        let told = code(&truth, 0.1, 1);
        let missed = |low: f32| {
            let strength = low..low + 0.25;
            wrong(&truth, &told, |i| {
                labels[i] == 1 && strength.contains(&intensities[i])
            })
        };
        let shares: Vec<f64> = [0.0, 0.25, 0.5, 0.75].map(missed).into();
        assert!(shares.windows(2).all(|w| w[0] > 1.5 * w[1]), "{shares:?}");
        // AU 12 has no twin: nothing but false alarms of its own.
        let alarms = wrong(&truth, &told, |i| labels[i] == 0 && i % 4 == 3);
        let misses = wrong(&truth, &told, |i| labels[i] == 1 && i % 4 == 3);
        assert!(misses > 2.0 * alarms && alarms > 0.0, "{misses} {alarms}");
    }

    #[test]
    fn units_that_look_alike_are_taken_for_each_other() {
        let (labels, intensities) = faces();
        let truth = truth(&labels, &intensities);
        let told = code(&truth, 0.1, 1);
        // AU 1 and 2 are twins, 4 and 12 are not.
        let marked = |unit: usize, other: usize, missed: bool| {
            let there = |i: usize| labels[i - i % 4 + other] == 1;
            let found = |i: usize| (told[i - i % 4 + other] == 0) == missed;
            wrong(&truth, &told, |i| {
                i % 4 == unit && labels[i] == 0 && there(i) && found(i)
            })
        };
        assert!(marked(1, 0, true) > 0.4, "{}", marked(1, 0, true));
        assert!(marked(1, 0, false) < 0.1);
        assert!(marked(3, 2, true) < 0.1);
    }

    #[test]
    fn what_is_unknown_stays_unknown() {
        let labels = [UNKNOWN, 1, 0, UNKNOWN].repeat(500);
        let truth = Truth {
            units: &UNITS,
            labels: &labels,
            intensities: None,
        };
        let told = code(&truth, 0.3, 1);
        for (told, label) in told.iter().zip(&labels) {
            assert_eq!(*told == UNKNOWN, *label == UNKNOWN);
        }
        let found = wrong(&truth, &told, |i| labels[i] != UNKNOWN);
        assert!((found - 0.3).abs() < 0.06, "{found}");
    }
}
