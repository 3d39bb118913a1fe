//! Run records for tests: made, not trained.
#![allow(clippy::unwrap_used)]

use crate::spec::{self, run_id};
use crate::store::{
    EpochMetrics, Meta, NoiseReport, RunRecord, State, Status, Summary, UnitMetrics,
};

pub(crate) const SPEC: &str = r#"
name = "test-grid"
[data]
set = "bundled"
train_limit = 1000
[model]
name = "mlp"
[noise]
rates = [0.0, 0.4]
[quantizer]
bits = ["fp32", "w4a4", "w2a2"]
[method]
names = ["none", "dropout"]
at = "fp32"
[train]
epochs = 3
batch_size = 32
lr = 1e-3
seeds = [0, 1, 2]
"#;

/// 2 noise rates × (fp32, w4a4, w2a2, fp32 with dropout) × 3 seeds, all finished.
pub(crate) fn grid() -> Vec<RunRecord> {
    let experiment = spec::parse(SPEC, "test", &[]).unwrap();
    let specs = spec::expand(&experiment);
    assert_eq!(specs.len(), 24);
    specs
        .into_iter()
        .enumerate()
        .map(|(i, spec)| record(i, spec))
        .collect()
}

/// 2 noise rates × dropout at 3 settings × 2 seeds, all finished. By validation p = 0.1 is best without
/// noise and p = 0.3 at 40 %; on the test set always p = 0.5.
pub(crate) fn tuned() -> Vec<RunRecord> {
    let overrides = [
        "method.names=[\"dropout\"]",
        "method.dropout.p=[0.1, 0.3, 0.5]",
        "quantizer.bits=[\"fp32\"]",
        "train.seeds=[0, 1]",
    ];
    let experiment = spec::parse(SPEC, "test", &overrides.map(String::from)).unwrap();
    let runs = spec::expand(&experiment).into_iter().enumerate();
    let mut runs: Vec<RunRecord> = runs.map(|(i, spec)| record(i, spec)).collect();
    assert_eq!(runs.len(), 12);
    for run in &mut runs {
        let spec::Method::Dropout(settings) = &run.spec.method else {
            unreachable!()
        };
        let best = if run.spec.noise.rate > 0.0 { 0.3 } else { 0.1 };
        let summary = run.status.summary.as_mut().unwrap();
        summary.val_acc_selected = Some(0.7 - (settings.p - best).abs());
        summary.test_acc_last = settings.p;
    }
    runs
}

/// Drawn faces at 20 % noise × (fp32, w2a2) × 3 folds, all finished. At full precision F1 of unit n is
/// 50 % + n/100 in the first fold, and a point more in each of the next; at two bits ten points more,
/// but 12 points for AU 1.
pub(crate) fn faces() -> Vec<RunRecord> {
    let overrides = [
        "data={set=\"synthetic-faces\"}",
        "model.name=cnn",
        "noise={kind=\"annotator\", rates=[0.2]}",
        "method.names=[\"none\"]",
        "quantizer.bits=[\"fp32\", \"w2a2\"]",
        "train.seeds=[0]",
    ];
    let experiment = spec::parse(SPEC, "test", &overrides.map(String::from)).unwrap();
    let runs = spec::expand(&experiment).into_iter().enumerate();
    let mut runs: Vec<RunRecord> = runs.map(|(i, spec)| record(i, spec)).collect();
    assert_eq!(runs.len(), 6);
    for run in &mut runs {
        let fold = run.spec.train.fold.unwrap() as f64;
        let quantized = run.spec.quantizer.is_some();
        let f1 = |unit: u8| {
            let gain = match (quantized, unit) {
                (true, 1) => 0.12,
                (true, _) => 0.1,
                (false, _) => 0.0,
            };
            0.49 + f64::from(unit) / 100.0 + fold / 100.0 + gain
        };
        let units = run.spec.data.set.units().iter();
        let units: Vec<UnitMetrics> = units
            .map(|&unit| UnitMetrics {
                unit,
                f1: Some(f1(unit)),
                acc: Some(0.8),
                memorised: (unit != 24).then_some(0.5),
            })
            .collect();
        let scores: Vec<f64> = units.iter().filter_map(|u| u.f1).collect();
        let summary = run.status.summary.as_mut().unwrap();
        summary.f1_last = Some(scores.iter().sum::<f64>() / scores.len() as f64);
        summary.f1_spread = Some(if quantized { 0.075 } else { 0.08 });
        summary.units = units;
    }
    runs
}

fn record(i: usize, spec: spec::RunSpec) -> RunRecord {
    let id = run_id(&spec);
    let time: jiff::Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
    let rate = spec.noise.rate;
    let acc = 0.8 - rate / 2.0 + i as f64 / 1000.0;
    let memorised = (rate > 0.0).then(|| 0.9 - i as f64 / 100.0);
    let epochs = spec.train.epochs;
    RunRecord {
        meta: Meta {
            format: 1,
            id: id.clone(),
            sweep: "test grid".into(),
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
            epoch: epochs,
            epochs,
            device: Some("cpu".into()),
            noise: Some(NoiseReport {
                nominal_rate: rate,
                actual_rate: rate * 0.9,
                flipped: 1,
                seed: 0,
                ..NoiseReport::default()
            }),
            model_bytes: Some(1_000_000),
            compression_ratio: Some(1.0),
            cost: None,
            train_samples: Some(900),
            step: None,
            last_epoch: Some(EpochMetrics {
                epoch: epochs,
                test_acc: acc,
                ..EpochMetrics::default()
            }),
            summary: Some(Summary {
                epochs,
                test_acc_last: acc,
                test_acc_best: acc + 0.01,
                memorised,
                samples_per_second: 5000.0,
                seconds: 3.0,
                ..Summary::default()
            }),
            reason: None,
        },
        state: State::Finished,
        id,
        spec,
    }
}
