//! Made-up runs for tests: 3 noise rates × 5 bit-widths × 3 seeds, and two that did not finish.
#![allow(clippy::unwrap_used)]

use crate::spec::{self, run_id};
use crate::store::{EpochMetrics, Meta, NoiseReport, RunRecord, State, Status, Summary};

const SPEC: &str = r#"
name = "sample"
[data]
set = "bundled"
[model]
name = "mlp"
[noise]
rates = [0.0, 0.2, 0.4]
[quantizer]
bits = ["fp32", "w8a8", "w4a4", "w3a3", "w2a2"]
[train]
epochs = 20
batch_size = 128
lr = 1e-3
seeds = [0, 1, 2]
"#;

/// The runs; one of them trains, one has failed.
pub fn runs() -> Vec<RunRecord> {
    let experiment = spec::parse(SPEC, "sample", &[]).unwrap();
    let specs = spec::expand(&experiment);
    assert_eq!(specs.len(), 45);
    let mut runs: Vec<RunRecord> = specs
        .into_iter()
        .enumerate()
        .map(|(i, spec)| record(i, spec))
        .collect();
    runs[43].state = State::Failed;
    runs[43].status.reason = Some("the device was lost: choose cpu".into());
    runs[44].state = State::Running;
    runs
}

/// Epochs that fit the summary of a run.
pub fn history(run: &RunRecord) -> Vec<EpochMetrics> {
    let last = run.status.summary.as_ref().unwrap();
    let epochs = 1..=run.status.epoch;
    epochs
        .map(|epoch| {
            let t = epoch as f64 / run.status.epochs as f64;
            EpochMetrics {
                epoch,
                test_acc: last.test_acc_best - (last.test_acc_best - last.test_acc_last) * t * t,
                memorised: last.memorised.map(|m| m * t),
                train_loss: 2.0 - t,
                test_loss: 1.0 + t * run.spec.noise.rate,
                ..EpochMetrics::default()
            }
        })
        .collect()
}

fn record(i: usize, spec: spec::RunSpec) -> RunRecord {
    let id = run_id(&spec);
    let time: jiff::Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
    let (rate, bits) = (spec.noise.rate, f64::from(spec.weight_bits().min(9)));
    let seed = spec.train.seed as f64;
    let acc = 0.87 - rate * (0.4 + 0.03 * bits) + 0.004 * seed;
    let memorised = (rate > 0.0).then_some(0.3 + 0.06 * bits + 0.01 * seed);
    let bytes = 1_000_000.0 * f64::from(spec.weight_bits()) / 32.0;
    RunRecord {
        meta: Meta {
            format: 1,
            id: id.clone(),
            sweep: "sample".into(),
            created: time,
            index: i,
            quell_version: "0.1.0".into(),
            host: None,
            pid: None,
            process_start: None,
        },
        status: Status {
            format: 1,
            state: State::Finished,
            updated: time,
            epoch: spec.train.epochs,
            epochs: spec.train.epochs,
            device: Some("cpu".into()),
            noise: Some(NoiseReport {
                nominal_rate: rate,
                actual_rate: rate * 0.9,
                flipped: 1,
                seed: spec.train.seed,
                ..NoiseReport::default()
            }),
            model_bytes: Some(bytes as u64),
            compression_ratio: Some(1_000_000.0 / bytes),
            cost: None,
            train_samples: Some(5400),
            step: None,
            last_epoch: None,
            summary: Some(Summary {
                epochs: spec.train.epochs,
                test_acc_last: acc,
                test_acc_best: 0.88 - rate * 0.1,
                memorised,
                samples_per_second: 20_000.0,
                seconds: 12.0 + seed,
                ..Summary::default()
            }),
            reason: None,
        },
        state: State::Finished,
        id,
        spec,
    }
}
