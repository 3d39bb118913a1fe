//! The quantizers against PyTorch (tests/oracles/quantizers.py), forward and backward.

#![allow(clippy::unwrap_used)]

use super::*;
use burn::tensor::{Device, Tensor, TensorData};
use proptest::prelude::*;
use serde_json::Value;

fn oracle(name: &str) -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("../../tests/oracles/quantizers.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

fn floats(case: &Value, key: &str) -> Vec<f32> {
    let list = case[key].as_array().unwrap();
    list.iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn tensor(values: Vec<f32>, rows: usize) -> Tensor<2> {
    let columns = values.len() / rows;
    Tensor::from_data(TensorData::new(values, [rows, columns]), &Device::flex())
}

fn values<const D: usize>(t: Tensor<D>) -> Vec<f32> {
    t.into_data().try_into_vec().unwrap()
}

#[track_caller]
fn close(found: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(found.len(), wanted.len());
    for (i, (f, w)) in found.iter().zip(wanted).enumerate() {
        assert!(
            (f - w).abs() <= tolerance * (1.0 + w.abs()),
            "value {i}: {f} here, {w} there"
        );
    }
}

fn bits(case: &Value) -> u8 {
    case["bits"].as_u64().unwrap() as u8
}

#[test]
fn minmax_weights_agree_with_pytorch() {
    for case in oracle("minmax_weights") {
        let w = tensor(floats(&case, "x"), 4);
        close(
            &values(minmax::weights(w.clone(), bits(&case))),
            &floats(&case, "out"),
            1e-6,
        );
        // Straight through: whatever comes back reaches the weights as it is.
        let leaf = w.autodiff().require_grad();
        let factor = tensor((0..36).map(|i| i as f32 - 7.0).collect(), 4);
        let grads = (minmax::weights(leaf.clone(), bits(&case)) * factor.clone())
            .sum()
            .backward();
        assert_eq!(values(leaf.grad(&grads).unwrap()), values(factor));
    }
}

#[test]
fn minmax_activations_agree_with_pytorch() {
    for case in oracle("minmax_activations") {
        let grid = match case["signed"].as_bool().unwrap() {
            true => Grid::narrow(bits(&case)),
            false => Grid::unsigned(bits(&case)),
        };
        let lambda = case["lambda"].as_f64().unwrap() as f32;
        let lambda = Tensor::<1>::from_data(TensorData::new(vec![lambda], [1]), &Device::flex());
        let x = tensor(floats(&case, "x"), 1);
        let out = minmax::activations(x, lambda, grid);
        close(&values(out), &floats(&case, "out"), 1e-6);
    }
}

fn lsq_case(case: &Value, grid: Grid) -> [Vec<f32>; 3] {
    let rows = case["rows"].as_u64().unwrap() as usize;
    let x = tensor(floats(case, "x"), rows).autodiff().require_grad();
    let step = tensor(floats(case, "step"), rows).autodiff().require_grad();
    let out = lsq::quantize(x.clone(), step.clone(), 30, grid);
    let grads = (out.clone() * tensor(floats(case, "grad_out"), rows))
        .sum()
        .backward();
    [
        values(out.inner()),
        values(x.grad(&grads).unwrap()),
        values(step.grad(&grads).unwrap()),
    ]
}

#[test]
fn lsq_agrees_with_pytorch_forward_and_backward() {
    for (name, signed) in [("lsq_weights", true), ("lsq_activations", false)] {
        for case in oracle(name) {
            let grid = if signed {
                Grid::full(bits(&case))
            } else {
                Grid::unsigned(bits(&case))
            };
            let [out, grad_x, grad_step] = lsq_case(&case, grid);
            close(&out, &floats(&case, "out"), 1e-5);
            close(&grad_x, &floats(&case, "grad_x"), 1e-5);
            close(&grad_step, &floats(&case, "grad_step"), 1e-4);
        }
    }
}

#[test]
fn lsq_clamps_before_it_rounds() {
    // Between Q and Q + ½ the value is outside: no gradient to x, Q to the step.
    let x = tensor(vec![3.3], 1).autodiff().require_grad();
    let step = tensor(vec![1.0], 1).autodiff().require_grad();
    let grads = lsq::quantize(x.clone(), step.clone(), 1, Grid::unsigned(2))
        .sum()
        .backward();
    assert_eq!(values(x.grad(&grads).unwrap()), [0.0]);
    let expected = 3.0 / 3.0f32.sqrt();
    close(&values(step.grad(&grads).unwrap()), &[expected], 1e-6);
}

#[test]
fn ties_go_to_the_even_code() {
    let x = tensor(vec![0.5, 1.5, 2.5, -0.5, -1.5], 1);
    let step = tensor(vec![1.0], 1);
    let out = lsq::quantize(x, step, 1, Grid::full(4));
    assert_eq!(values(out), [0.0, 2.0, 2.0, 0.0, -2.0]);
}

#[test]
fn the_oracle_comparison_can_fail() {
    let case = &oracle("lsq_weights")[1];
    let [out, ..] = lsq_case(case, Grid::full(bits(case) + 1));
    let differ = out
        .iter()
        .zip(floats(case, "out"))
        .any(|(a, b)| (a - b).abs() > 1e-3);
    assert!(differ, "a wrong grid must not agree");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn minmax_weights_lie_on_a_grid_that_holds_the_largest(
        w in prop::collection::vec(-5.0f32..5.0, 12), bits in 2u8..=8,
    ) {
        let q = Grid::narrow(bits).high as f32;
        let out = values(minmax::weights(tensor(w.clone(), 2), bits));
        for (row, quantized) in w.chunks(6).zip(out.chunks(6)) {
            let lambda = row.iter().fold(0.0f32, |m, x| m.max(x.abs()));
            for (x, y) in row.iter().zip(quantized) {
                let code = y * q / lambda.max(1e-12);
                prop_assert!((code - code.round()).abs() < 1e-3 && code.abs() <= q + 1e-3);
                prop_assert!((x - y).abs() <= lambda / q * 0.5001);
            }
        }
    }
}

#[test]
fn sizes_count_packed_bits_and_scales() {
    use crate::data::shape;
    use crate::model::layers;
    use crate::spec::*;
    let text = "name = \"t\"\n[data]\nset = \"bundled\"\n[model]\nname = \"mlp\"\n[quantizer]\nbits = [\"w3a3\"]\n[train]\nepochs = 1\nbatch_size = 1\nlr = 1e-3\n";
    let experiment = parse(text, "test", &[]).unwrap();
    let run = RunSpec::at(
        &experiment,
        0.0,
        Bits { weight: 3, act: 3 },
        MethodName::None,
        0,
    );
    let size = model_size(
        &layers(&run.model, shape(&run.data)),
        run.quantizer.as_ref(),
    );
    let weights = 784 * 256 + 2 * 256 * 256 + 256 * 10;
    let channels = 3 * 256 + 10;
    assert_eq!(size.weights, weights);
    assert_eq!(size.full_precision_bytes, 4 * (weights + channels));
    assert_eq!(
        size.bytes,
        weights * 3 / 8 + 4 * channels + 4 * channels + 3 * 4
    );
}
