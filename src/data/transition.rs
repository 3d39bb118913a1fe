//! What noise is expected to do, class by class.

use crate::spec::{NoiseKind, NoiseSpec};

/// The probability T[i][j] that an image of class i is told to be of class j: `classes` rows, each of
/// sum 1. `None` where only the data can tell.
pub fn transition(noise: &NoiseSpec, classes: usize) -> Option<Vec<Vec<f64>>> {
    let rate = noise.rate;
    let row = |class: usize| -> Option<Vec<f64>> {
        let mut row = vec![0.0; classes];
        let mut stay = 1.0 - rate;
        match noise.kind {
            NoiseKind::Symmetric => row.fill(rate / classes as f64),
            NoiseKind::SymmetricExclusive => {
                row.fill(rate / (classes - 1) as f64);
                row[class] = 0.0;
            }
            NoiseKind::Asymmetric => {
                let mut pairs = noise.map.iter();
                match pairs.find(|[from, _]| usize::from(*from) == class) {
                    Some([_, to]) => *row.get_mut(usize::from(*to))? = rate,
                    None => stay = 1.0,
                }
            }
            NoiseKind::PairFlip => row[(class + 1) % classes] = rate,
        }
        row[class] += stay;
        Some(row)
    };
    (0..classes).map(row).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::flip;
    use crate::data::rng::keyed;

    #[test]
    fn the_noise_that_is_drawn_is_the_noise_that_is_expected() {
        let labels: Vec<u8> = (0..100_000).map(|i| (i % 10) as u8).collect();
        for &kind in NoiseKind::ALL {
            for rate in [0.0, 0.3] {
                let asymmetric = kind == NoiseKind::Asymmetric;
                let noise = NoiseSpec {
                    kind,
                    rate,
                    map: [[9, 1], [3, 5], [5, 3]]
                        .into_iter()
                        .filter(|_| asymmetric)
                        .collect(),
                };
                let expected = transition(&noise, 10).unwrap();
                let drawn = flip(&labels, 10, &noise, &mut keyed(1, "noise", 0, 0));
                let mut counts = vec![vec![0.0; 10]; 10];
                for (&from, &to) in labels.iter().zip(&drawn) {
                    counts[usize::from(from)][usize::from(to)] += 1e-4;
                }
                for (wanted, found) in expected.iter().zip(&counts) {
                    assert!((wanted.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                    for (wanted, found) in wanted.iter().zip(found) {
                        // Standard deviation of a share of 10,000 is at most 0.005.
                        assert!(
                            (found - wanted).abs() < 0.02,
                            "{kind}: {found}, not {wanted}"
                        );
                        assert!(*wanted > 0.0 || *found == 0.0, "{kind}");
                    }
                }
            }
        }
    }
}
