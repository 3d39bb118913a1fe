//! Logits, loss and gradients of every network against PyTorch (tests/oracles/networks.py).

#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::{InputShape, shape};
use crate::spec::{Bits, Cell, RunSpec, parse};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;

/// The oracle's values: parameter `k`, element `i` is 0.3·sin(1.7·k + 0.37·i).
fn wave(k: usize, count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| (0.3 * (1.7 * k as f64 + 0.37 * i as f64).sin()) as f32)
        .collect()
}

fn spec(case: &Value) -> RunSpec {
    let bits = case["bits"].as_u64();
    let text = format!(
        "name = \"t\"\n[data]\nset = \"bundled\"\n[model]\nname = {}\nwidth = {}\n{}[quantizer]\nbits = [\"fp32\"]\n[train]\nepochs = 1\nbatch_size = 1\nlr = 1e-3\n",
        case["model"],
        0.1,
        if case["model"] == "mlp" {
            String::new()
        } else {
            format!("batch_norm = {}\n", case["batch_norm"])
        },
    );
    let bits = bits.map_or(Bits::FP32, |b| Bits {
        weight: b as u8,
        act: b as u8,
    });
    RunSpec::at(
        &parse(&text, "test", &[]).unwrap(),
        0.0,
        &Cell {
            bits,
            ..Cell::CONTROL
        },
        0,
    )
}

/// What the oracle gives of a network.
struct Measured {
    logits: Vec<f64>,
    loss: f64,
    /// Norm and weighted sum of each gradient in the oracle's order.
    norms: Vec<f64>,
    sums: Vec<f64>,
}

fn measure(case: &Value, device: &Device) -> Measured {
    let (network, mut params) = Network::build(
        &spec(case),
        shape(&crate::spec::DataSpec::new(crate::spec::DataSet::Bundled)),
        device,
    );
    let names: Vec<&str> = case["names"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_str().unwrap())
        .collect();
    for parameter in &mut params.list {
        if let Some(k) = names.iter().position(|n| *n == parameter.name) {
            let count = parameter.shape.iter().product();
            let values = match parameter.role {
                Role::Norm => continue,
                _ => wave(k, count),
            };
            parameter.value = Tensor::from_data(TensorData::new(values, [count]), device);
        }
    }
    let trained = params
        .list
        .iter()
        .filter(|p| p.role != Role::Buffer)
        .count();
    assert_eq!(trained, names.len(), "both sides have the same parameters");
    let pixels: Vec<f32> = wave(100, 4 * 784).iter().map(|v| v * 3.0).collect();
    let x = Tensor::<4>::from_data(TensorData::new(pixels, [4, 1, 28, 28]), device);
    let mut targets = vec![0.0f32; 40];
    for (row, label) in [1, 3, 5, 7].into_iter().enumerate() {
        targets[row * 10 + label] = 1.0;
    }
    let targets = Tensor::<2>::from_data(TensorData::new(targets, [4, 10]), device);
    let mut live = params.tracked();
    let logits = network.forward(
        &mut live,
        x,
        &Mode::Train {
            dropout: Vec::new(),
        },
    );
    let found = logits.clone().inner().into_data();
    let loss = (burn::tensor::activation::log_softmax(logits, 1) * targets)
        .sum()
        .div_scalar(-4.0);
    let grads = loss.backward();
    let (mut norms, mut sums) = (Vec::new(), Vec::new());
    for name in names {
        let place = params.list.iter().position(|p| p.name == name).unwrap();
        let grad: Vec<f32> = live
            .flat(place)
            .grad(&grads)
            .unwrap()
            .into_data()
            .try_into_vec()
            .unwrap();
        norms.push(
            grad.iter()
                .map(|g| f64::from(*g).powi(2))
                .sum::<f64>()
                .sqrt(),
        );
        sums.push(
            grad.iter()
                .enumerate()
                .map(|(i, g)| f64::from(*g) * (i as f64).cos())
                .sum(),
        );
    }
    let loss: Vec<f32> = loss.inner().into_data().try_into_vec().unwrap();
    Measured {
        logits: found.iter::<f64>().collect(),
        loss: f64::from(loss[0]),
        norms,
        sums,
    }
}

fn cases() -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("../../tests/oracles/networks.json")).unwrap();
    all["cases"].as_array().unwrap().clone()
}

fn list(case: &Value, key: &str) -> Vec<f64> {
    case[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

/// Largest difference, relative to the largest of the wanted values.
fn gap(found: &[f64], wanted: &[f64]) -> f64 {
    let largest = wanted.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    found
        .iter()
        .zip(wanted)
        .map(|(f, w)| (f - w).abs())
        .fold(0.0, f64::max)
        / largest
}

#[test]
fn every_network_agrees_with_pytorch() {
    for case in cases() {
        let Measured {
            logits,
            loss,
            norms,
            sums,
        } = measure(&case, &Device::flex());
        let what = format!(
            "{} norm={} bits={}",
            case["model"], case["batch_norm"], case["bits"]
        );
        let wanted = case["loss"].as_f64().unwrap();
        // A quantized value at a rounding edge may fall to either side, and moves what follows.
        let tolerance = if case["bits"].is_null() { 1e-4 } else { 2e-2 };
        let apart = gap(&logits, &list(&case, "logits"));
        assert!(apart < tolerance, "{what}: logits are {apart} apart");
        assert!(
            (loss - wanted).abs() < tolerance * wanted,
            "{what}: loss {loss}, there {wanted}"
        );
        // Where rounding alone moves PyTorch's own gradients by more, it does so here.
        let tolerance = tolerance
            .max(5.0 * case["rounding"].as_f64().unwrap())
            .min(2e-2);
        let first = case["first_grad"].as_u64().unwrap() as usize;
        for (found, key) in [(norms, "grad_norms"), (sums, "grad_sums")] {
            let apart = gap(&found[first..], &list(&case, key)[first..]);
            assert!(apart < tolerance, "{what}: {key} are {apart} apart");
        }
    }
}

#[test]
fn a_wrong_network_does_not_agree() {
    let mut case = cases().remove(2);
    assert_eq!(case["model"], "cnn");
    case["bits"] = 3.into();
    let found = measure(&case, &Device::flex());
    assert!(gap(&found.norms, &list(&case, "grad_norms")) > 2e-2);
}

#[test]
fn the_first_step_sets_what_inference_needs() {
    let case = cases().remove(5);
    assert_eq!(
        (&case["model"], &case["bits"]),
        (&"resnet20".into(), &4.into())
    );
    let device = Device::flex();
    let input: InputShape = shape(&crate::spec::DataSpec::new(crate::spec::DataSet::Bundled));
    let (network, mut params) = Network::build(&spec(&case), input, &device);
    let x = Tensor::<4>::ones([2, 1, 28, 28], &device);
    let mut live = params.tracked();
    network.forward(
        &mut live,
        x.clone(),
        &Mode::Train {
            dropout: Vec::new(),
        },
    );
    params.absorb(&mut live);
    let buffers: Vec<&Parameter> = params
        .list
        .iter()
        .filter(|p| p.role == Role::Buffer)
        .collect();
    assert!(buffers.iter().any(|p| p.name.ends_with("input_range")));
    for parameter in buffers {
        let values: Vec<f32> = parameter.value.clone().into_data().try_into_vec().unwrap();
        assert!(values.iter().all(|v| v.is_finite()), "{}", parameter.name);
        if parameter.name.ends_with("input_range") {
            assert!(values[0] > 0.0, "{} was not set", parameter.name);
        }
    }
    let logits = network.forward(&mut params.frozen(), x, &Mode::Eval);
    assert_eq!(logits.dims(), [2, 10]);
}

#[test]
fn sparsity_counts_what_is_zero_after_quantization() {
    let mut case = cases().remove(2);
    assert_eq!(case["model"], "cnn");
    let device = Device::flex();
    let share = |case: &Value, change: &dyn Fn(&mut Parameter)| {
        let (network, mut params) = Network::build(&spec(case), shape(&spec(case).data), &device);
        params.list.iter_mut().for_each(change);
        let weights = params.list.iter().filter(|p| p.role == Role::Weight);
        let all: usize = weights.map(|p| p.shape.iter().product::<usize>()).sum();
        let share: f32 = network.sparsity(&params).into_scalar();
        (f64::from(share) * all as f64).round() as usize
    };
    let set = |name: &'static str, values: Vec<f32>| {
        let device = &device;
        move |parameter: &mut Parameter| {
            if parameter.name == name {
                let count = parameter.shape.iter().product();
                let values: Vec<f32> = values.iter().copied().cycle().take(count).collect();
                parameter.value = Tensor::from_data(TensorData::new(values, [count]), device);
            }
        }
    };
    // At full precision what is zero by itself; biases, which begin at zero, do not count.
    assert_eq!(share(&case, &|_| {}), 0);
    assert_eq!(share(&case, &set("conv2.weight", vec![0.0])), 3 * 3 * 9);
    // Of two bits, what is below half of the channel's largest.
    case["bits"] = 2.into();
    let before = share(&case, &set("conv2.weight", vec![1.0]));
    let after = share(&case, &set("conv2.weight", vec![1.0, 0.49, -0.51]));
    assert_eq!(after - before, 3 * 3 * 3);
}
