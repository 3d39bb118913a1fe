//! What noise is expected to do, class by class.

use crate::spec::{NoiseKind, NoiseSpec};

/// The probability T[i][j] that an image of class i is told to be of class j: `classes` rows, each of
/// sum 1. `None` where only the data can tell: noise that depends on the image, and labels of a file.
/// Without noise it is the identity.
pub fn transition(noise: &NoiseSpec, classes: usize) -> Option<Vec<Vec<f64>>> {
    let rate = noise.rate;
    let row = |class: usize| -> Option<Vec<f64>> {
        let mut row = vec![0.0; classes];
        let mut stay = 1.0 - rate;
        match noise.kind {
            _ if rate == 0.0 => {}
            NoiseKind::Symmetric => row.fill(rate / classes as f64),
            NoiseKind::SymmetricExclusive => {
                row.fill(rate / (classes - 1) as f64);
                row[class] = 0.0;
            }
            NoiseKind::Asymmetric => {
                let pair = noise
                    .map
                    .iter()
                    .find(|[from, _]| usize::from(*from) == class);
                match pair {
                    Some([_, to]) => *row.get_mut(usize::from(*to))? = rate,
                    None => stay = 1.0,
                }
            }
            NoiseKind::PairFlip => row[(class + 1) % classes] = rate,
            NoiseKind::Instance | NoiseKind::Annotator | NoiseKind::Human | NoiseKind::File => {
                return None;
            }
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
    use crate::data::noise::flip;
    use crate::data::rng::keyed;

    #[test]
    fn the_noise_that_is_drawn_is_the_noise_that_is_expected() {
        let labels: Vec<u8> = (0..100_000).map(|i| (i % 10) as u8).collect();
        for kind in [
            NoiseKind::Symmetric,
            NoiseKind::SymmetricExclusive,
            NoiseKind::Asymmetric,
            NoiseKind::PairFlip,
        ] {
            for rate in [0.0, 0.3] {
                let mut noise = NoiseSpec::new(kind, rate);
                if kind == NoiseKind::Asymmetric {
                    noise.map = vec![[9, 1], [3, 5], [5, 3]];
                }
                let expected = transition(&noise, 10).unwrap();
                let drawn = flip(&labels, 10, &noise, &mut keyed(1, "noise", 0, 0));
                for (from, row) in expected.iter().enumerate() {
                    assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                    for (to, share) in row.iter().enumerate() {
                        let count = labels
                            .iter()
                            .zip(&drawn)
                            .filter(|&(&l, &d)| (usize::from(l), usize::from(d)) == (from, to))
                            .count();
                        let found = count as f64 / 10_000.0;
                        // Standard deviation of a share of 10,000 is at most 0.005.
                        assert!((found - share).abs() < 0.02, "{kind} {from}→{to}: {found}");
                        assert!(*share > 0.0 || count == 0, "{kind} {from}→{to}");
                    }
                }
            }
        }
    }

    #[test]
    fn noise_that_only_the_data_knows_has_none() {
        for kind in [NoiseKind::Instance, NoiseKind::Human, NoiseKind::File] {
            assert!(transition(&NoiseSpec::new(kind, 1.0), 10).is_none());
            let clean = transition(&NoiseSpec::new(kind, 0.0), 3).unwrap();
            assert_eq!(clean, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        }
    }
}
