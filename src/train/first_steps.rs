//! The first steps of ResNet-20 against PyTorch (tests/oracles/first_steps.py).

#![allow(clippy::unwrap_used)]

use super::step::Learner;
use crate::data::shape;
use crate::method::soft_targets;
use crate::model::Role;
use crate::spec::{RunSpec, cells, parse};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;

const BATCH: usize = 20;

const SPEC: &str = "name = \"t\"\n[data]\nset = \"bundled\"\n[model]\nname = \"resnet20\"\n\
    [method]\nnames = [\"weight-decay\"]\n[train]\nepochs = 1\nbatch_size = 20\nlr = 0.003\n\
    optimizer = \"sgd\"\n";

/// The oracle's values from −1 to 1: tensor `k`, `count` elements.
fn noise(k: usize, count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |i| {
        let u = 43758.5453 * (12.9898 * i as f64 + 78.233 * k as f64).sin();
        f64::from((2.0 * (u - u.floor()) - 1.0) as f32)
    })
}

fn images(k: usize) -> Tensor<4> {
    let patterns: Vec<f64> = noise(500, 10 * 784).collect();
    let pixels: Vec<f32> = noise(k, BATCH * 784)
        .zip(patterns.iter().cycle())
        .map(|(noise, pattern)| (2.0 * pattern + 0.5 * noise) as f32)
        .collect();
    Tensor::from_data(TensorData::new(pixels, [BATCH, 1, 28, 28]), &Device::flex())
}

/// Largest difference, relative to the largest wanted value.
fn gap(found: &[f64], wanted: &[f64]) -> f64 {
    let largest = wanted.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let apart = found.iter().zip(wanted).map(|(f, w)| (f - w).abs());
    apart.fold(0.0, f64::max) / largest
}

fn floats(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn ten_steps_of_resnet20_are_those_of_pytorch() {
    let oracle: Value =
        serde_json::from_str(include_str!("../../tests/oracles/first_steps.json")).unwrap();
    let experiment = parse(SPEC, "test", &[]).unwrap();
    let spec = RunSpec::at(&experiment, 0.0, &cells(&experiment)[0], 0);
    let device = Device::flex();
    let mut learner = Learner::new(&spec, shape(&spec.data), &device);
    let weights = oracle["weights"].as_array().unwrap();
    for parameter in &mut learner.params.list {
        let Some(k) = weights.iter().position(|name| *name == parameter.name) else {
            assert_ne!(parameter.role, Role::Weight, "{}", parameter.name);
            continue;
        };
        let count: usize = parameter.shape.iter().product();
        let fan_in = (count / parameter.shape[0]) as f64;
        let spread = if parameter.shape.len() == 4 { 6.0 } else { 3.0 };
        let values: Vec<f32> = noise(k, count)
            .map(|v| (v * (spread / fan_in).sqrt()) as f32)
            .collect();
        parameter.value = Tensor::from_data(TensorData::new(values, [count]), &device);
    }
    let labels = (0..BATCH).map(|i| (i % 10) as u8);
    let targets = TensorData::new(soft_targets(labels, 10, 0.0), [BATCH, 10]);
    let targets = Tensor::<2>::from_data(targets, &device);
    let losses: Vec<f64> = (0..10)
        .map(|step| {
            let step = learner.step(images(1000 + step), targets.clone(), Vec::new(), 0.003);
            f64::from(step.loss.into_scalar::<f32>())
        })
        .collect();
    let wanted = floats(&oracle["losses"]);
    let apart = gap(&losses, &wanted);
    assert!(apart < 1e-3, "losses {losses:?}, there {wanted:?}");
    for parameter in &learner.params.list {
        let values: Vec<f64> = parameter.value.clone().into_data().iter().collect();
        let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
        let sum: f64 = (values.iter().enumerate())
            .map(|(i, v)| v * (i as f64).cos())
            .sum();
        let wanted = floats(&oracle["tensors"][&parameter.name]);
        let apart = (norm - wanted[0]).abs().max((sum - wanted[1]).abs());
        // Shifts begin at zero and are 0.01 by now, the sum of gradients that nearly cancel: PyTorch in
        // single precision is 5e-4 from itself in double there.
        let tolerance = 1e-3 * wanted[0].max(2.0);
        assert!(apart < tolerance, "{} is {apart} apart", parameter.name);
    }
    let logits: Vec<f64> = learner.evaluate(images(2000)).into_data().iter().collect();
    let apart = gap(&logits, &floats(&oracle["logits"]));
    // For the same reason, and because running statistics are ten steps old.
    assert!(apart < 1e-2, "logits are {apart} apart in evaluation");
}
