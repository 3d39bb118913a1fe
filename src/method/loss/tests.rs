//! Values and gradients against PyTorch's in double precision (tests/oracles/losses.py).

#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use burn::tensor::{Device, TensorData};
use serde_json::Value;

/// Single precision has 24 bits: 6e-8 of the largest term. 1 − p^q and 1 − ⟨t, p⟩ lose up to 4 digits
/// where they are near 0, and the wide batches have logits of up to 50.
const TOLERANCE: f64 = 2e-5;

fn floats(value: &Value) -> Vec<f32> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| v.as_f64().unwrap() as f32).collect()
}

/// A tensor of rows, as many as the values fill.
fn rows(value: &Value, classes: usize) -> Tensor<2> {
    let values = floats(value);
    let shape = [values.len() / classes, classes];
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

fn close(found: &[f32], wanted: &[f32], what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (&f, &w) in found.iter().zip(wanted) {
        let apart = (f64::from(f) - f64::from(w)).abs();
        let room = TOLERANCE * (1.0 + f64::from(w).abs());
        assert!(apart < room, "{what}: {f} here, {w} there");
    }
}

fn loss_of(case: &Value, logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let classes = logits.dims()[1];
    let settings: Vec<f64> = (case["settings"].as_array().unwrap().iter())
        .map(|v| v.as_f64().unwrap())
        .collect();
    match case["loss"].as_str().unwrap() {
        "gce" => gce(logits, targets, settings[0]),
        "sce" => sce(logits, targets, settings[0], settings[1]),
        "bootstrap" => bootstrap(logits, targets, settings[0]),
        "forward" => {
            let matrix: Vec<Vec<f64>> = serde_json::from_value(case["transition"].clone()).unwrap();
            forward(logits, targets, log_transition(&matrix, &Device::flex()))
        }
        "distillation" => {
            let teacher = rows(&case["teacher"], classes);
            distillation(logits, targets, teacher, settings[0], settings[1])
        }
        "elr" => {
            let before = rows(&case["before"], classes);
            let averages = averaged(before, logits.clone(), settings[1]);
            close(&read(averages.clone()), &floats(&case["after"]), "averages");
            elr(logits, targets, averages, settings[0])
        }
        other => panic!("{other} has no oracle"),
    }
}

#[test]
fn losses_and_gradients_agree_with_pytorch() {
    let oracle: Value =
        serde_json::from_str(include_str!("../../../tests/oracles/losses.json")).unwrap();
    let cases = oracle["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 180);
    for case in cases {
        let what = format!("{} {} {}", case["loss"], case["settings"], case["batch"]);
        let classes = case["classes"].as_u64().unwrap() as usize;
        let labels: Vec<u8> = serde_json::from_value(case["labels"].clone()).unwrap();
        let targets = crate::method::soft_targets(labels.iter().copied(), classes, 0.0);
        let targets = TensorData::new(targets, [labels.len(), classes]);
        let targets = Tensor::from_data(targets, &Device::flex());
        let logits = rows(&case["logits"], classes).autodiff().require_grad();
        let loss = loss_of(case, logits.clone(), targets).mean();
        let gradient = logits.grad(&loss.backward()).unwrap();
        close(
            &read(loss.inner()),
            &[case["value"].as_f64().unwrap() as f32],
            &what,
        );
        close(&read(gradient), &floats(&case["gradient"]), &what);
    }
}

/// Where a loss meets plain training, it is plain training.
#[test]
fn settings_that_change_nothing_give_cross_entropy() {
    let device = Device::flex();
    let logits = Tensor::<2>::from_floats([[1.0, -2.0, 0.5], [40.0, -40.0, 0.0]], &device);
    let targets = Tensor::<2>::from_floats([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], &device);
    let plain = read(cross_entropy(logits.clone(), targets.clone()));
    let clean: Vec<Vec<f64>> = (0..3)
        .map(|i| (0..3).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    let same = [
        sce(logits.clone(), targets.clone(), 1.0, 0.0),
        bootstrap(logits.clone(), targets.clone(), 1.0),
        forward(
            logits.clone(),
            targets.clone(),
            log_transition(&clean, &device),
        ),
        distillation(logits.clone(), targets.clone(), logits.clone(), 4.0, 0.0),
        cross_entropies(logits, targets),
    ];
    for loss in same {
        close(&read(loss.mean()), &plain, "cross-entropy");
    }
}
