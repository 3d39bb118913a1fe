//! Learning-rate schedules.

use crate::spec::{ScheduleName, TrainSpec};
use std::f64::consts::PI;

/// Of one-cycle (Smith and Topin 2019, with PyTorch's defaults): share of the steps that rise, and
/// what the learning rate begins and ends with, as divisors of the peak.
const RISE: f64 = 0.3;
const BEGIN: f64 = 25.0;
const END: f64 = 25.0 * 1e4;

/// The learning rate at `step`, counted from 0, of a run with so many steps per epoch.
pub fn learning_rate(train: &TrainSpec, step: usize, steps_per_epoch: usize) -> f64 {
    let total = steps_per_epoch * train.epochs;
    let warm_up = train.warm_up * steps_per_epoch as f64;
    // The first step already moves: with none at all it would be lost.
    let warmth = ((step + 1) as f64 / warm_up.max(1.0)).min(1.0);
    train.lr * warmth * factor(train.schedule, step, total)
}

/// What the schedule makes of the learning rate.
fn factor(schedule: ScheduleName, step: usize, total: usize) -> f64 {
    let progress = step as f64 / total.max(1) as f64;
    match schedule {
        ScheduleName::Constant => 1.0,
        ScheduleName::Cosine => 0.5 * (1.0 + (PI * progress).cos()),
        ScheduleName::Step if progress < 0.5 => 1.0,
        ScheduleName::Step if progress < 0.75 => 0.1,
        ScheduleName::Step => 0.01,
        ScheduleName::OneCycle => {
            let peak = (RISE * total as f64 - 1.0).max(0.0);
            let last = (total as f64 - 1.0).max(peak);
            let at = step as f64;
            if at < peak {
                between(1.0 / BEGIN, 1.0, at / peak)
            } else {
                between(1.0, 1.0 / END, (at - peak) / (last - peak).max(1.0))
            }
        }
    }
}

/// Half a cosine from one value to another.
fn between(from: f64, to: f64, share: f64) -> f64 {
    to + 0.5 * (from - to) * (1.0 + (PI * share).cos())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::spec::{Cell, RunSpec, find_preset, parse};

    fn train(set: &[&str]) -> TrainSpec {
        let preset = find_preset("quickstart", None).unwrap().unwrap();
        let set: Vec<String> = ["train.lr=1.0", "train.epochs=10"]
            .iter()
            .chain(set)
            .map(|s| (*s).into())
            .collect();
        let experiment = parse(&preset.text, "test", &set).unwrap();
        RunSpec::at(&experiment, 0.0, &Cell::CONTROL, 0).train
    }

    #[test]
    fn falls_as_its_name_says() {
        let at = |schedule: &str, step| {
            let train = train(&[&format!("train.schedule={schedule}")]);
            learning_rate(&train, step, 10)
        };
        assert_eq!(at("constant", 99), 1.0);
        assert_eq!(at("cosine", 0), 1.0);
        assert!((at("cosine", 50) - 0.5).abs() < 1e-12);
        assert!(at("cosine", 99) < 1e-3);
        assert_eq!(at("step", 49), 1.0);
        assert_eq!(at("step", 50), 0.1);
        assert_eq!(at("step", 75), 0.01);
    }

    #[test]
    fn one_cycle_is_that_of_pytorch() {
        let oracle: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/oracles/optimizers.json")).unwrap();
        let expected = oracle["one_cycle"].as_array().unwrap();
        assert_eq!(expected.len(), 50);
        let train = train(&["train.schedule=one-cycle"]);
        for (step, expected) in expected.iter().enumerate() {
            let (found, expected) = (learning_rate(&train, step, 5), expected.as_f64().unwrap());
            assert!(
                (found - expected).abs() < 1e-9,
                "{step}: {found}, {expected} there"
            );
        }
        // Runs of one or two steps have no room to rise.
        for total in 1..5 {
            assert!((0..total).all(|s| factor(ScheduleName::OneCycle, s, total).is_finite()));
        }
    }

    #[test]
    fn a_warm_up_rises_to_the_schedule() {
        let train = train(&["train.warm_up=2.5", "train.schedule=step"]);
        let at = |step| learning_rate(&train, step, 4);
        let rising: Vec<f64> = (0..10).map(at).collect();
        let expected: Vec<f64> = (1..=10).map(|n| f64::from(n) / 10.0).collect();
        for (found, expected) in rising.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert_eq!((at(10), at(20)), (1.0, 0.1));
    }
}
