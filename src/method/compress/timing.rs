//! When a network is compressed.

use crate::spec::{Method, PruneSchedule};

/// The epochs, counted from 1, at whose beginning a network is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The first of them: ⌈start·epochs⌉ + 1, at the latest the last epoch of the run.
    pub first: usize,
    /// The last: from then on the network is as small as it gets. The first itself where all is done
    /// at once; ⌈end·epochs⌉ with a cubic schedule.
    pub last: usize,
}

impl Timing {
    /// That of a method in a run of so many `epochs`; `None` for one that compresses nothing in the
    /// course of training.
    pub fn of(method: &Method, epochs: usize) -> Option<Self> {
        let (start, end) = match method {
            Method::PruneChannels(s) => (s.start, cubic_end(s.schedule, s.end)),
            Method::PruneWeights(s) => (s.start, cubic_end(s.schedule, s.end)),
            Method::LowRank(s) => (s.start, None),
            _ => return None,
        };
        let first = (whole(start, epochs) + 1).min(epochs.max(1));
        let last = end.map_or(first, |end| whole(end, epochs).max(first));
        Some(Self { first, last })
    }

    /// Whether the network is compressed, further or for the first time, before `epoch`.
    pub fn is_due(&self, epoch: usize) -> bool {
        (self.first..=self.last).contains(&epoch)
    }

    /// Whether the network in `epoch` is not yet the compressed one.
    pub fn is_provisional(&self, epoch: usize) -> bool {
        epoch < self.last
    }

    /// The share of the final sparsity that is in force in `epoch`: 1 − (1 − (t−t₀)/(nΔt))³, the cubic
    /// schedule from nothing on (Zhu and Gupta 2017, equation 1), with a step Δt of one epoch. t₀ is
    /// the epoch before the first, so that all is done at once where n = 1.
    pub fn share(&self, epoch: usize) -> f64 {
        let steps = (self.last - self.first + 1) as f64;
        let done = (epoch + 1).saturating_sub(self.first) as f64;
        1.0 - (1.0 - (done / steps).min(1.0)).powi(3)
    }
}

fn cubic_end(schedule: PruneSchedule, end: f64) -> Option<f64> {
    (schedule == PruneSchedule::Cubic).then_some(end)
}

/// ⌈share·epochs⌉, where rounding has not made the product a hair larger than a whole number.
fn whole(share: f64, epochs: usize) -> usize {
    (share * epochs as f64 - 1e-9).ceil().max(0.0) as usize
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::spec::{LowRank, PruneWeights};

    fn pruning(schedule: PruneSchedule, start: f64, end: f64, epochs: usize) -> Timing {
        let settings = PruneWeights {
            schedule,
            start,
            end,
            ..Default::default()
        };
        Timing::of(&Method::PruneWeights(settings), epochs).unwrap()
    }

    #[test]
    fn all_at_once_and_little_by_little() {
        let shot = |start, epochs| pruning(PruneSchedule::OneShot, start, 0.1, epochs);
        assert_eq!(
            shot(0.5, 30),
            Timing {
                first: 16,
                last: 16
            }
        );
        assert_eq!(shot(0.5, 5).first, 4);
        assert_eq!(shot(0.0, 5).first, 1);
        // 0.55 · 100 is a hair above 55 in floating point.
        assert_eq!(shot(0.55, 100).first, 56);
        // There is always an epoch of the pruned network.
        assert_eq!(shot(0.99, 10).first, 10);
        assert_eq!(shot(0.5, 1).first, 1);
        let timing = shot(0.5, 30);
        assert!(!timing.is_due(15) && timing.is_due(16) && !timing.is_due(17));
        assert!(timing.is_provisional(15) && !timing.is_provisional(16));
        assert_eq!(
            (timing.share(15), timing.share(16), timing.share(30)),
            (0.0, 1.0, 1.0)
        );

        let cubic = |start, end| pruning(PruneSchedule::Cubic, start, end, 20);
        assert_eq!(
            cubic(0.5, 0.75),
            Timing {
                first: 11,
                last: 15
            }
        );
        assert_eq!(
            cubic(0.5, 1.0),
            Timing {
                first: 11,
                last: 20
            }
        );
        assert_eq!(
            cubic(0.5, 0.51),
            Timing {
                first: 11,
                last: 11
            }
        );
        assert!(cubic(0.5, 0.75).is_provisional(14) && !cubic(0.5, 0.75).is_provisional(15));
        assert_eq!(Timing::of(&Method::None, 10), None);
        let low = Timing::of(&Method::LowRank(LowRank::default()), 10).unwrap();
        assert_eq!(low, Timing { first: 6, last: 6 });
    }

    #[test]
    fn sparsity_follows_the_cubic_curve_of_the_oracle() {
        let oracle: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/oracles/pruning.json")).unwrap();
        for case in oracle["cubic"].as_array().unwrap() {
            let number = |key: &str| case[key].as_f64().unwrap();
            let timing = Timing {
                first: number("first") as usize,
                last: number("last") as usize,
            };
            for (n, wanted) in case["sparsity"].as_array().unwrap().iter().enumerate() {
                let found = number("final") * timing.share(timing.first + n);
                // The same formula in doubles on both sides.
                assert!(
                    (found - wanted.as_f64().unwrap()).abs() < 1e-12,
                    "{found} {wanted}"
                );
            }
        }
    }
}
