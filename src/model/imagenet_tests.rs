//! The networks for ImageNet against PyTorch: values and names of tests/oracles/imagenet.py.
#![allow(clippy::unwrap_used)]

use super::{Live, Mode, Network, Params, Role};
use crate::data::{InputShape, Task};
use crate::spec::{RunSpec, expand, parse};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;

/// Rounding moves PyTorch's own logits by 1e-5 of the largest, and its gradients by 2e-5; both sides sum
/// in an order of their own.
const TOLERANCE: f64 = 1e-4;

pub(super) const INPUT: InputShape = InputShape {
    channels: 3,
    height: 36,
    width: 44,
    task: Task::Classes(10),
    train: 1,
    test: 1,
};

pub(super) fn cases() -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("../../tests/oracles/imagenet.json")).unwrap();
    all["cases"].as_array().unwrap().clone()
}

pub(super) fn spec(case: &Value, lines: &str) -> RunSpec {
    let text = format!(
        "name = \"t\"\n[data]\nset = \"cifar10\"\n[model]\nname = {}\nwidth = 0.1\n\
         [train]\nepochs = 1\nbatch_size = 4\nlr = 1e-3\n{lines}",
        case["model"]
    );
    // The last point of the grid: quantized where anything is.
    expand(&parse(&text, "test", &[]).unwrap()).pop().unwrap()
}

/// The oracle's u(k, i) for all i.
fn draw(k: usize, count: usize) -> Vec<f64> {
    let one = |i: usize| {
        let x = (12.9898 * (i + 1) as f64 + 78.233 * (k + 1) as f64).sin() * 43758.5453;
        x - x.floor() - 0.5
    };
    (0..count).map(one).collect()
}

/// The oracle's value of a tensor that quell calls `name`, the `k`-th of its list.
pub(super) fn values(k: usize, name: &str, shape: &[usize]) -> Vec<f32> {
    let fan_in: usize = shape[1..].iter().product();
    let of = |u: f64| match name.rsplit_once('.').map(|(_, leaf)| leaf) {
        Some("scale") => 0.75 + u / 2.0,
        Some("variance") => 1.0 + u,
        Some("mean") => u / 2.0,
        Some("weight") => u * (24.0 / fan_in as f64).sqrt(),
        _ => u,
    };
    let drawn = draw(k, shape.iter().product());
    drawn.into_iter().map(|u| of(u) as f32).collect()
}

pub(super) fn images(case: &Value, device: &Device) -> Tensor<4> {
    let dims = [4, 3, INPUT.height, INPUT.width];
    let number = case["images"].as_u64().unwrap() as usize;
    let pixels = draw(number, dims.iter().product());
    let pixels: Vec<f32> = pixels.into_iter().map(|u| (3.0 * u) as f32).collect();
    Tensor::from_data(TensorData::new(pixels, dims), device)
}

/// Pairs of names: PyTorch's and quell's.
pub(super) fn names(case: &Value) -> Vec<[&str; 2]> {
    let pairs = case["names"].as_array().unwrap().iter();
    pairs
        .map(|pair| [pair[0].as_str().unwrap(), pair[1].as_str().unwrap()])
        .collect()
}

pub(super) fn list(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|v| v.as_f64().unwrap()).collect()
}

/// Largest difference, relative to the largest of the wanted values.
pub(super) fn gap(found: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let apart = found.iter().zip(wanted).map(|(f, w)| (f - w).abs());
    apart.fold(0.0, f64::max) / largest
}

fn norm(tensor: Tensor<1>) -> f64 {
    let values = tensor.into_data();
    let squares = values.iter::<f64>().map(|x| x * x);
    squares.sum::<f64>().sqrt()
}

/// A network of the oracle with the oracle's values.
fn built(case: &Value, device: &Device) -> (Network, Params) {
    let (network, mut params) = Network::build(&spec(case, ""), INPUT, device);
    let names = names(case);
    assert_eq!(params.list.len(), names.len());
    for parameter in &mut params.list {
        let k = names.iter().position(|n| n[1] == parameter.name).unwrap();
        let values = values(k, &parameter.name, &parameter.shape);
        let count = values.len();
        parameter.value = Tensor::from_data(TensorData::new(values, [count]), device);
    }
    (network, params)
}

fn place(params: &Params, name: &str) -> usize {
    params.list.iter().position(|p| p.name == name).unwrap()
}

/// Norms of the tensors that the oracle lists, and the oracle's.
fn norms(case: &Value, key: &str, of: impl Fn(&str) -> Tensor<1>) -> (Vec<f64>, Vec<f64>) {
    let pairs = case[key].as_array().unwrap().iter();
    pairs
        .map(|pair| {
            let found = norm(of(pair[0].as_str().unwrap()));
            (found, pair[1].as_f64().unwrap())
        })
        .unzip()
}

#[test]
fn networks_for_imagenet_agree_with_pytorch() {
    let device = Device::flex();
    for case in cases() {
        let (network, mut params) = built(&case, &device);
        let agree = |what: &str, found: &[f64], wanted: &[f64]| {
            let apart = gap(found, wanted);
            assert!(
                apart < TOLERANCE,
                "{}: {what}: {apart} apart",
                case["model"]
            );
        };
        let x = images(&case, &device);
        let logits = network.forward(&mut params.frozen(), x.clone(), &Mode::Eval);
        let found: Vec<f64> = logits.into_data().iter().collect();
        agree("evaluation", &found, &list(&case["eval"]));

        let mut live = params.tracked();
        let dropout = Vec::new();
        let logits = network.forward(&mut live, x, &Mode::Train { dropout });
        let found: Vec<f64> = logits.clone().inner().into_data().iter().collect();
        agree("training", &found, &list(&case["train"]));

        let grads = cross_entropy(logits, &device).backward();
        let gradient = |live: &Live, name: &str| {
            let leaf = live.flat(place(&params, name));
            leaf.grad(&grads).unwrap()
        };
        let (found, wanted) = norms(&case, "grad_norms", |name| gradient(&live, name));
        let trained = params.list.iter().filter(|p| p.role != Role::Buffer);
        assert_eq!(trained.count(), wanted.len());
        agree("gradients", &found, &wanted);

        params.absorb(&mut live);
        let value = |name: &str| params.list[place(&params, name)].value.clone();
        let (found, wanted) = norms(&case, "running", value);
        agree("running statistics", &found, &wanted);
    }
}

fn cross_entropy(logits: Tensor<2>, device: &Device) -> Tensor<1> {
    let mut targets = vec![0.0f32; 40];
    for (row, label) in [1, 3, 5, 7].into_iter().enumerate() {
        targets[row * 10 + label] = 1.0;
    }
    let targets = Tensor::<2>::from_data(TensorData::new(targets, [4, 10]), device);
    let log = burn::tensor::activation::log_softmax(logits, 1);
    (log * targets).sum().div_scalar(-4.0)
}

#[test]
fn every_quantizer_trains_them() {
    let device = Device::flex();
    for case in cases() {
        for (name, bits, more) in [
            ("minmax", "w2a2", "batch_norm = \"folded\""),
            ("lsq", "w2a4", "batch_norm = \"folded\""),
            ("lsq-plus", "w4a4", ""),
            ("dorefa", "w4a4", ""),
            ("pact", "w4a4", ""),
            ("ternary", "w2a4", ""),
            ("binary", "w1a1", ""),
            ("post-training", "w8a8", ""),
        ] {
            let lines = format!("[quantizer]\nname = \"{name}\"\nbits = [\"{bits}\"]\n{more}");
            let text = format!("{}: {name}", case["model"]);
            let spec = spec(&case, &lines);
            assert!(spec.quantizer.is_some());
            let (network, mut params) = Network::build(&spec, INPUT, &device);
            let mut live = params.tracked();
            let dropout = Vec::new();
            let logits =
                network.forward(&mut live, images(&case, &device), &Mode::Train { dropout });
            let grads = cross_entropy(logits, &device).backward();
            params.absorb(&mut live);
            let stem = live.flat(place(&params, "stem.weight"));
            let gradient = norm(stem.grad(&grads).unwrap());
            assert!(gradient.is_finite() && gradient > 0.0, "{text}: {gradient}");
            let logits = network.forward(&mut params.frozen(), images(&case, &device), &Mode::Eval);
            let logits: Vec<f64> = logits.into_data().iter().collect();
            assert!(logits.iter().all(|z| z.is_finite()), "{text}");
        }
    }
}
