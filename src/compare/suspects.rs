//! The training samples whose labels are most likely wrong, and how many of them are.

use crate::store::SampleRow;
use std::cmp::Ordering;

/// What a label is suspected by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Suspicion {
    /// A small area under the margin: other classes were ahead of the label (Pleiss et al. 2020)
    Aum,
    /// Never learned, else often forgotten (Toneva et al. 2019); equals by area under the margin
    Forgetting,
    /// A large mean loss
    Loss,
}

impl Suspicion {
    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aum => "aum",
            Self::Forgetting => "forgetting",
            Self::Loss => "loss",
        }
    }

    /// The more suspicious of two samples comes first; one that was not seen comes last.
    fn order(self, a: &SampleRow, b: &SampleRow) -> Ordering {
        let known = |x: Option<f64>| x.unwrap_or(f64::INFINITY);
        let by_aum = || known(a.aum).total_cmp(&known(b.aum));
        match self {
            Self::Aum => by_aum(),
            Self::Forgetting => {
                let rank = |row: &SampleRow| match (row.aum, row.learned_ever) {
                    (None, _) => (false, false, 0),
                    (_, learned) => (true, !learned, row.forgotten),
                };
                rank(b).cmp(&rank(a)).then_with(by_aum)
            }
            Self::Loss => {
                let loss = |row: &SampleRow| row.loss.unwrap_or(f64::NEG_INFINITY);
                loss(b).total_cmp(&loss(a))
            }
        }
    }
}

/// The most suspicious samples of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspects {
    /// Them, the most suspicious first.
    pub rows: Vec<SampleRow>,
    /// How many of them are mislabelled.
    pub found: usize,
    /// Mislabelled samples in all.
    pub mislabelled: usize,
    /// Samples in all.
    pub samples: usize,
}

impl Suspects {
    /// Share of the suspects that are mislabelled.
    pub fn precision(&self) -> Option<f64> {
        share(self.found, self.rows.len())
    }

    /// Share of the mislabelled samples that are among the suspects.
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.mislabelled)
    }

    /// Share of all samples that are mislabelled: the precision of a blind choice.
    pub fn base_rate(&self) -> Option<f64> {
        share(self.mislabelled, self.samples)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The `n` most suspicious of `samples`, or all if fewer.
pub fn suspects(mut samples: Vec<SampleRow>, by: Suspicion, n: usize) -> Suspects {
    let wrong = |rows: &[SampleRow]| rows.iter().filter(|row| row.mislabelled).count();
    let (mislabelled, all) = (wrong(&samples), samples.len());
    samples.sort_by(|a, b| {
        by.order(a, b)
            .then((a.index, a.unit).cmp(&(b.index, b.unit)))
    });
    samples.truncate(n);
    Suspects {
        found: wrong(&samples),
        rows: samples,
        mislabelled,
        samples: all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Index, AUM, times forgotten, learned ever, loss.
    fn row(index: usize, aum: f64, forgotten: u32, learned_ever: bool, loss: f64) -> SampleRow {
        SampleRow {
            index,
            unit: None,
            label: 0,
            true_label: u8::from(index >= 10),
            mislabelled: index >= 10,
            aum: Some(aum),
            forgotten,
            learned_ever,
            loss: Some(loss),
        }
    }

    fn order(by: Suspicion) -> Vec<usize> {
        let unseen = SampleRow {
            aum: None,
            loss: None,
            ..row(5, 0.0, 0, false, 0.0)
        };
        let rows = vec![
            unseen,
            row(1, 4.0, 0, true, 0.5),
            row(11, -2.0, 0, false, 2.0),
            row(2, 1.0, 3, true, 0.4),
            row(12, -1.0, 3, true, 3.0),
            row(10, -1.0, 3, true, 3.0),
        ];
        let found = suspects(rows, by, 10);
        found.rows.iter().map(|row| row.index).collect()
    }

    #[test]
    fn the_most_suspicious_come_first() {
        assert_eq!(order(Suspicion::Aum), [11, 10, 12, 2, 1, 5]);
        assert_eq!(order(Suspicion::Forgetting), [11, 10, 12, 2, 1, 5]);
        assert_eq!(order(Suspicion::Loss), [10, 12, 11, 1, 2, 5]);
    }

    #[test]
    fn precision_and_recall_are_those_of_the_suspects() {
        let rows = vec![
            row(1, -3.0, 0, true, 0.0),
            row(10, -2.0, 0, true, 0.0),
            row(2, 1.0, 0, true, 0.0),
            row(11, 2.0, 0, true, 0.0),
            row(12, 3.0, 0, true, 0.0),
        ];
        let found = suspects(rows, Suspicion::Aum, 2);
        assert_eq!(found.precision(), Some(0.5));
        assert_eq!(found.recall(), Some(1.0 / 3.0));
        assert_eq!(found.base_rate(), Some(0.6));
        let none = suspects(vec![row(1, 0.0, 0, true, 0.0)], Suspicion::Loss, 1);
        assert_eq!((none.precision(), none.recall()), (Some(0.0), None));
    }
}
