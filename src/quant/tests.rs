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

/// What a quantizer makes of a case, and every gradient of it: by x, then by what is learned.
fn pushed(
    case: &Value,
    rows: usize,
    learned: &[&str],
    quantize: impl Fn(Tensor<2>, &[Tensor<2>]) -> Tensor<2>,
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let leaf = |key: &str, rows| tensor(floats(case, key), rows).autodiff().require_grad();
    let x = leaf("x", rows);
    let learned: Vec<Tensor<2>> = learned
        .iter()
        .map(|key| leaf(key, floats(case, key).len()))
        .collect();
    let out = quantize(x.clone(), &learned);
    let grads = (out.clone() * tensor(floats(case, "grad_out"), rows))
        .sum()
        .backward();
    let leaves = [x].into_iter().chain(learned);
    (
        values(out.inner()),
        leaves
            .map(|leaf| values(leaf.grad(&grads).unwrap()))
            .collect(),
    )
}

/// Holds a case to the oracle. Both sides compute with 32 bits in another order, so values agree to a
/// few units in the last place; sums over a tensor to a few more.
fn agrees(
    case: &Value,
    rows: usize,
    learned: &[&str],
    quantize: impl Fn(Tensor<2>, &[Tensor<2>]) -> Tensor<2>,
) {
    let (out, grads) = pushed(case, rows, learned, &quantize);
    close(&out, &floats(case, "out"), 1e-5);
    close(&grads[0], &floats(case, "grad_x"), 1e-5);
    for (name, grad) in learned.iter().zip(&grads[1..]) {
        close(grad, &floats(case, &format!("grad_{name}")), 1e-4);
    }
    // Evaluation, without autodiff, is the same.
    let constants: Vec<Tensor<2>> = learned
        .iter()
        .map(|key| tensor(floats(case, key), floats(case, key).len()))
        .collect();
    let evaluated = quantize(tensor(floats(case, "x"), rows), &constants);
    close(&values(evaluated), &out, 1e-6);
}

/// Weights whose gradient passes as it is.
fn passes_straight_through(case: &Value, quantize: impl Fn(Tensor<2>) -> Tensor<2>) {
    let w = tensor(floats(case, "x"), 4);
    close(&values(quantize(w.clone())), &floats(case, "out"), 1e-6);
    let leaf = w.autodiff().require_grad();
    let factor = tensor((0..36).map(|i| i as f32 - 7.0).collect(), 4);
    let grads = (quantize(leaf.clone()) * factor.clone()).sum().backward();
    assert_eq!(values(leaf.grad(&grads).unwrap()), values(factor));
}

fn per_channel(case: &Value) -> bool {
    case["per_channel"].as_bool().unwrap()
}

fn learned_grid(case: &Value) -> Grid {
    match case["signed"].as_bool().unwrap() {
        true => Grid::full(bits(case)),
        false => Grid::unsigned(bits(case)),
    }
}

#[test]
fn minmax_weights_agree_with_pytorch() {
    for case in oracle("minmax_weights") {
        let grid = match case["full"].as_bool().unwrap() {
            true => Grid::full(bits(&case)),
            false => Grid::narrow(bits(&case)),
        };
        passes_straight_through(&case, |w| minmax::weights(w, grid, per_channel(&case)));
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

#[test]
fn lsq_agrees_with_pytorch_forward_and_backward() {
    for name in ["lsq_weights", "lsq_whole", "lsq_activations"] {
        for case in oracle(name) {
            let rows = case["rows"].as_u64().unwrap() as usize;
            agrees(&case, rows, &["step"], |x, learned| {
                lsq::quantize(x, learned[0].clone(), 30, learned_grid(&case))
            });
        }
    }
}

#[test]
fn lsq_plus_agrees_with_autograd() {
    for case in oracle("lsq_plus") {
        agrees(&case, 1, &["step", "offset"], |x, learned| {
            let (step, offset) = (learned[0].clone(), learned[1].clone());
            lsq::quantize_with_offset(x, step, offset, 40, learned_grid(&case))
        });
    }
}

#[test]
fn dorefa_agrees_with_autograd() {
    for case in oracle("dorefa_weights") {
        agrees(&case, 4, &[], |w, _| dorefa::weights(w, bits(&case)));
    }
    for case in oracle("dorefa_activations") {
        agrees(&case, 1, &[], |x, _| dorefa::activations(x, bits(&case)));
    }
}

#[test]
fn pact_agrees_with_autograd() {
    for case in oracle("pact") {
        agrees(&case, 1, &["bound"], |x, learned| {
            pact::activations(x, learned[0].clone(), bits(&case))
        });
    }
}

#[test]
fn ternary_and_binary_agree_with_pytorch() {
    for case in oracle("ternary") {
        passes_straight_through(&case, |w| ternary::weights(w, per_channel(&case)));
    }
    for case in oracle("binary_weights") {
        passes_straight_through(&case, |w| binary::weights(w, per_channel(&case)));
    }
    for case in oracle("binary_activations") {
        agrees(&case, 1, &[], |x, _| binary::activations(x));
    }
}

#[test]
fn a_layer_of_zeros_stays_zero_and_a_number() {
    let zeros = || tensor(vec![0.0; 8], 2).autodiff().require_grad();
    let grid = Grid::full(3);
    let of_lsq = |w: Tensor<2>| {
        let step = lsq::first_step(w.clone().inner().abs().mean_dim(1), grid);
        lsq::quantize(w, step, 4, grid)
    };
    let all: [&dyn Fn(Tensor<2>) -> Tensor<2>; 6] = [
        &|w| minmax::weights(w, grid, true),
        &|w| minmax::weights(w, grid, false),
        &of_lsq,
        &|w| ternary::weights(w, true),
        &|w| ternary::weights(w, false),
        &|w| binary::weights(w, true),
    ];
    for quantize in all {
        let w = zeros();
        let out = quantize(w.clone());
        assert_eq!(values(out.clone().inner()), [0.0; 8]);
        let grads = out.sum().backward();
        assert_eq!(values(w.grad(&grads).unwrap()), [1.0; 8]);
    }
    // DoReFa rounds zero up to the nearest of its levels, of which none is zero.
    let out = values(dorefa::weights(zeros(), 3).inner());
    assert!(out.iter().all(|v| (v - 1.0 / 7.0).abs() < 1e-6), "{out:?}");
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
    let grid = Grid::full(bits(case) + 1);
    let (out, _) = pushed(case, 4, &["step"], |x, learned| {
        lsq::quantize(x, learned[0].clone(), 30, grid)
    });
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
        let out = values(minmax::weights(tensor(w.clone(), 2), Grid::narrow(bits), true));
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
