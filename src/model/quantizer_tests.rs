//! Quantizers in whole networks: what each does to weights, activations, norms and ReLUs.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::{rng::keyed, shape};
use crate::spec::{RunSpec, cells, parse};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use std::collections::BTreeSet;

fn spec(model: &str, quantizer: &str) -> RunSpec {
    let text = format!(
        "name = \"t\"\n[data]\nset = \"bundled\"\n[model]\nwidth = 0.25\n{model}\n[quantizer]\n{quantizer}\n\
         [train]\nepochs = 3\nbatch_size = 8\nlr = 1e-3\n"
    );
    let experiment = parse(&text, "test", &[]).unwrap();
    RunSpec::at(&experiment, 0.0, &cells(&experiment).pop().unwrap(), 0)
}

fn images(count: usize) -> Tensor<4> {
    let mut rng = keyed(7, "test", 0, 0);
    let pixels = (0..count * 784).map(|_| rng.random::<f32>() * 2.0 - 0.7);
    let pixels: Vec<f32> = pixels.collect();
    Tensor::from_data(TensorData::new(pixels, [count, 1, 28, 28]), &Device::flex())
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// The network after one training step's forward pass, so that ranges and steps are set.
fn seen(spec: &RunSpec, x: &Tensor<4>) -> (Network, Params) {
    let (network, mut params) = Network::build(spec, shape(&spec.data), &Device::flex());
    let mut live = params.tracked();
    let dropout = Vec::new();
    network.forward(&mut live, x.clone(), &Mode::Train { dropout });
    params.absorb(&mut live);
    (network, params)
}

#[test]
fn every_quantizer_trains_every_network() {
    let x = images(6);
    for (name, all_bits) in [
        ("minmax", ["w2a2", "w8a1", "w32a4"]),
        ("lsq", ["w2a2", "w8a1", "w32a4"]),
        ("lsq-plus", ["w2a2", "w8a1", "w32a4"]),
        ("dorefa", ["w2a2", "w1a1", "w32a4"]),
        ("pact", ["w2a2", "w1a1", "w32a4"]),
        ("ternary", ["w2a2", "w2a1", "w2a32"]),
        ("binary", ["w1a4", "w1a1", "w1a32"]),
        ("post-training", ["w2a2", "w8a1", "w32a4"]),
    ] {
        for bits in all_bits {
            for model in [
                "name = \"mlp\"",
                "name = \"cnn\"\nbatch_norm = true",
                "name = \"resnet20\"",
            ] {
                let fills = matches!(name, "dorefa" | "pact") && bits.starts_with("w2");
                if fills && model.contains("mlp") {
                    continue;
                }
                let what = format!("{name} {bits} {model}");
                let quantizer = format!("name = \"{name}\"\nbits = [\"{bits}\"]");
                let spec = spec(model, &quantizer);
                let (network, params) = seen(&spec, &x);
                let mut live = params.tracked();
                let dropout = Vec::new();
                let logits = network.forward(&mut live, x.clone(), &Mode::Train { dropout });
                let grads = logits.clone().square().sum().backward();
                for (place, parameter) in params.list.iter().enumerate() {
                    if parameter.role == Role::Buffer {
                        continue;
                    }
                    let grad = live.flat(place).grad(&grads);
                    let learned = matches!(parameter.role, Role::Step | Role::Bound);
                    if learned && name == "post-training" {
                        continue;
                    }
                    let grad = grad.unwrap_or_else(|| panic_without(&what, &parameter.name));
                    let grad: Vec<f32> = grad.into_data().try_into_vec().unwrap();
                    assert!(
                        grad.iter().all(|g| g.is_finite()),
                        "{what}: {}",
                        parameter.name
                    );
                }
                let evaluated = network.forward(&mut params.frozen(), x.clone(), &Mode::Eval);
                assert!(values(evaluated).iter().all(|v| v.is_finite()), "{what}");
            }
        }
    }
}

#[allow(clippy::panic)]
fn panic_without(what: &str, name: &str) -> Tensor<1> {
    panic!("{what}: {name} has no gradient")
}

#[test]
fn signs_are_taken_of_what_can_be_negative() {
    // Behind a ReLU every sign would be 1, and the network could not tell one image from another.
    let x = images(6);
    for model in [
        "name = \"mlp\"",
        "name = \"cnn\"\nbatch_norm = true",
        "name = \"resnet20\"",
    ] {
        let spec = spec(
            model,
            "name = \"binary\"\nbits = [\"w1a1\"]\nclassifier = \"same\"",
        );
        let (network, params) = seen(&spec, &x);
        let logits = values(network.forward(&mut params.frozen(), x.clone(), &Mode::Eval));
        let bits = |row: &[f32]| row.iter().map(|z| z.to_bits()).collect::<Vec<_>>();
        let different: BTreeSet<Vec<u32>> = logits.chunks(10).map(bits).collect();
        assert_eq!(different.len(), 6, "{model}: {logits:?}");
    }
}

#[test]
fn folded_weights_are_those_of_a_model_without_norms() {
    let quantizer = "name = \"minmax\"\nbits = [\"w3a32\"]\nscales = \"per-tensor\"";
    let folded = spec(
        "name = \"cnn\"\nbatch_norm = true",
        &format!("{quantizer}\nbatch_norm = \"folded\""),
    );
    let x = images(5);
    let (network, mut params) = seen(&folded, &x);
    // Scales and shifts of their own, of both signs where a shift can have them.
    let mut rng = keyed(3, "test", 0, 0);
    for parameter in &mut params.list {
        if parameter.role == Role::Norm {
            let low = if parameter.name.ends_with("scale") {
                0.3
            } else {
                -0.5
            };
            let count = parameter.shape[0];
            let drawn: Vec<f32> = (0..count).map(|_| low + rng.random::<f32>()).collect();
            parameter.value = Tensor::from_data(TensorData::new(drawn, [count]), &Device::flex());
        }
    }
    let plain = spec("name = \"cnn\"", quantizer);
    let (without, mut bare) = Network::build(&plain, shape(&plain.data), &Device::flex());
    let of = |name: String| {
        let found = params.list.iter().find(|p| p.name == name);
        found.unwrap().value.clone()
    };
    for parameter in &mut bare.list {
        let (layer, what) = parameter.name.rsplit_once('.').unwrap();
        if layer == "classifier" {
            parameter.value = of(parameter.name.clone());
            continue;
        }
        let norm = |what: &str| of(format!("{layer}.norm.{what}"));
        let factor = norm("scale") / norm("variance").add_scalar(1e-5).sqrt();
        parameter.value = match what {
            "weight" => {
                let out = parameter.shape[0];
                let weight = of(parameter.name.clone()).reshape([out as i32, -1]);
                (weight * factor.reshape([out, 1])).flatten(0, 1)
            }
            _ => norm("shift") - norm("mean") * factor,
        };
    }
    let expected = values(without.forward(&mut bare.frozen(), x.clone(), &Mode::Eval));
    let found = values(network.forward(&mut params.frozen(), x.clone(), &Mode::Eval));
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            (found - expected).abs() < 1e-3,
            "{found}, {expected} without norms"
        );
    }
    // Without folding the grid is another one.
    let kept = spec("name = \"cnn\"\nbatch_norm = true", quantizer);
    let (network, _) = Network::build(&kept, shape(&kept.data), &Device::flex());
    let kept = values(network.forward(&mut params.frozen(), x, &Mode::Eval));
    assert!(
        kept.iter()
            .zip(&expected)
            .any(|(a, b)| (a - b).abs() > 0.01)
    );
}

#[test]
fn learned_steps_begin_from_the_folded_weights() {
    let of = |folding: &str, scale: f32| {
        let quantizer = format!("name = \"lsq\"\nbits = [\"w3a32\"]\nstart = 1\n{folding}");
        let spec = spec("name = \"cnn\"\nbatch_norm = true", &quantizer);
        let (network, mut params) = Network::build(&spec, shape(&spec.data), &Device::flex());
        for parameter in &mut params.list {
            if parameter.name.ends_with("norm.scale") {
                parameter.value = parameter.value.clone().mul_scalar(scale);
            }
        }
        network.begin_epoch(spec.quantizer.as_ref(), 2, &mut params);
        let steps = params.list.iter().find(|p| p.name == "conv2.weight_step");
        let steps: Vec<f32> = steps
            .unwrap()
            .value
            .clone()
            .into_data()
            .try_into_vec()
            .unwrap();
        steps
    };
    let plain = of("", 4.0);
    // The running variance is 1.
    for (folded, plain) in of("batch_norm = \"folded\"", 4.0).iter().zip(plain) {
        assert!((folded / plain - 4.0).abs() < 1e-3, "{folded}, {plain}");
    }
}

#[test]
fn dropout_reaches_the_classifier_of_every_network() {
    let x = images(4);
    for model in ["mlp", "cnn", "cnn9", "resnet20", "resnet18"] {
        let spec = spec(&format!("name = \"{model}\""), "bits = [\"fp32\"]");
        let (network, params) = Network::build(&spec, shape(&spec.data), &Device::flex());
        let logits = |kept: f32| {
            let widths = network.dropout_widths().iter();
            let dropout = widths.map(|width| Tensor::full([4, *width], kept, &Device::flex()));
            let mode = Mode::Train {
                dropout: dropout.collect(),
            };
            values(
                network
                    .forward(&mut params.tracked(), x.clone(), &mode)
                    .inner(),
            )
        };
        // With all features dropped the classifier's bias is left, which begins at zero.
        assert!(logits(0.0).iter().all(|z| *z == 0.0), "{model}");
        assert!(logits(1.0).iter().any(|z| z.abs() > 1e-3), "{model}");
    }
}
