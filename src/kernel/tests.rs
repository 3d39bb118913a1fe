//! The kernels beside burn's own operations: values and every gradient.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::rng::keyed;
use burn::tensor::TensorData;
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use rand::RngExt;

fn random<const D: usize>(seed: u64, shape: [usize; D]) -> Tensor<D> {
    let mut rng = keyed(seed, "kernel-test", 0, 0);
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count)
        .map(|_| rng.random::<f32>() * 2.0 - 1.0)
        .collect();
    let device = Device::flex().autodiff();
    Tensor::from_data(TensorData::new(values, shape), &device).require_grad()
}

fn close<const D: usize>(what: &str, a: Tensor<D>, b: Tensor<D>) {
    assert_eq!(a.dims(), b.dims(), "{what}");
    let size = b.clone().abs().max().into_scalar::<f32>().max(1e-3);
    let worst = (a - b).abs().max().into_scalar::<f32>();
    assert!(worst < 2e-5 * size, "{what}: off by {worst} of {size}");
}

/// [batch, height, width, cin, cout, stride]: channels below, at and between vector widths, odd
/// sizes, more images than a group, tiles of every size.
const SHAPES: [[usize; 6]; 8] = [
    [2, 28, 28, 1, 16, 1],
    [3, 8, 8, 16, 16, 1],
    [9, 7, 7, 3, 5, 2],
    [2, 9, 12, 5, 40, 2],
    [17, 4, 6, 33, 17, 1],
    [2, 14, 14, 32, 64, 2],
    [1, 3, 3, 7, 96, 1],
    [2, 1, 2, 4, 8, 2],
];

#[test]
fn convolution_is_that_of_burn() {
    for [batch, height, width, cin, cout, stride] in SHAPES {
        let name = format!("{height}×{width}, {cin} to {cout}, stride {stride}");
        let x = random(1, [batch, height, width, cin]);
        let w = random(2, [cout, cin, 3, 3]);
        let ours = conv(x.clone(), w.clone(), stride, None);
        let push = random(3, ours.dims()).inner().autodiff();
        let grads = (ours.clone() * push.clone()).sum().backward();
        let (dx, dw) = (x.grad(&grads).unwrap(), w.grad(&grads).unwrap());

        let options = ConvOptions::new([stride, stride], [1, 1], [1, 1], 1);
        let theirs = conv2d(x.clone().permute([0, 3, 1, 2]), w.clone(), None, options);
        let theirs = theirs.permute([0, 2, 3, 1]);
        let grads = (theirs.clone() * push).sum().backward();
        close(&name, ours.inner(), theirs.inner());
        close(&format!("dx of {name}"), dx, x.grad(&grads).unwrap());
        close(&format!("dw of {name}"), dw, w.grad(&grads).unwrap());
    }
}

#[test]
fn the_quantizer_rounds_to_even_clips_and_lets_gradients_through() {
    let device = Device::flex().autodiff();
    let values = [0.5f32, 1.5, 2.5, -0.2, 9.0, 0.0];
    let x = Tensor::<1>::from_floats(values, &device).reshape([1, 1, 6, 1]);
    let x = x.require_grad();
    // Only the filter's middle counts: y is the quantized x.
    let mut w = [0.0f32; 9];
    w[4] = 1.0;
    let w = Tensor::<1>::from_floats(w, &device).reshape([1, 1, 3, 3]);
    let grid = Quantizer {
        scale: 1.0,
        low: 0.0,
        high: 3.0,
    };
    let y = conv(x.clone(), w, 1, Some(grid));
    let grads = y.clone().sum().backward();
    let y: Vec<f32> = y.into_data().iter().collect();
    assert_eq!(y, [0.0, 2.0, 2.0, 0.0, 3.0, 0.0]);
    let dx: Vec<f32> = x.grad(&grads).unwrap().into_data().iter().collect();
    assert_eq!(dx, [1.0; 6]);
}

/// Norm by the batch, affine map, shortcut and ReLU of burn's operations.
fn stock(
    y: Tensor<4>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    shortcut: Option<Tensor<4>>,
    norm: bool,
) -> Tensor<4> {
    let channels = y.dims()[3];
    let wide = |t: Tensor<1>| t.reshape([1, 1, 1, channels]);
    let y = if norm {
        let centred = y.clone() - y.mean_dims(&[0, 1, 2]);
        let variance = centred.clone().square().mean_dims(&[0, 1, 2]);
        centred / variance.add_scalar(1e-5).sqrt()
    } else {
        y
    };
    let y = y * wide(scale) + wide(shift);
    relu(match shortcut {
        Some(s) => y + s,
        None => y,
    })
}

#[test]
fn norm_shortcut_and_relu_are_those_of_burn() {
    for (case, (channels, with_norm, with_shortcut)) in [
        (16, true, true),
        (5, true, false),
        (33, false, true),
        (8, false, false),
    ]
    .into_iter()
    .enumerate()
    {
        // More pixels than a task has.
        let shape = [5, 17, 19, channels];
        let y = random(10, shape);
        let (scale, shift) = (random(11, [channels]), random(12, [channels]));
        let shortcut = with_shortcut.then(|| random(13, shape));
        let norm = with_norm.then(|| {
            let found: Vec<f32> = statistics(&y).into_data().iter().collect();
            let inverse = |v: &f32| 1.0 / (v + 1e-5).sqrt();
            Norm {
                mean: found[..channels].to_vec(),
                inverse: found[channels..].iter().map(inverse).collect(),
                of_batch: true,
            }
        });
        let push = random(14, shape).inner().autodiff();
        let ours = finish(
            y.clone(),
            scale.clone(),
            shift.clone(),
            shortcut.clone(),
            norm,
        );
        let first = (ours.clone() * push.clone()).sum().backward();
        let theirs = stock(
            y.clone(),
            scale.clone(),
            shift.clone(),
            shortcut.clone(),
            with_norm,
        );
        let second = (theirs.clone() * push).sum().backward();
        close(&format!("case {case}"), ours.inner(), theirs.inner());
        let pairs = [(&scale, "scale"), (&shift, "shift")];
        for (t, name) in pairs {
            let (a, b) = (t.grad(&first).unwrap(), t.grad(&second).unwrap());
            close(&format!("d {name} of case {case}"), a, b);
        }
        for (t, name) in [Some((&y, "y")), shortcut.as_ref().map(|s| (s, "shortcut"))]
            .into_iter()
            .flatten()
        {
            let (a, b) = (t.grad(&first).unwrap(), t.grad(&second).unwrap());
            close(&format!("d {name} of case {case}"), a, b);
        }
    }
}

#[test]
fn a_norm_by_constants_passes_gradients_by_its_factor_alone() {
    let y = random(20, [2, 3, 3, 4]);
    let one = Tensor::<1>::ones([4], &Device::flex().autodiff());
    let norm = Norm {
        mean: vec![-9.0; 4],
        inverse: vec![0.5; 4],
        of_batch: false,
    };
    // All is above zero, so ReLU is out of the way.
    let out = finish(y.clone(), one.clone(), one, None, Some(norm));
    let grads = out.sum().backward();
    let dy = y.grad(&grads).unwrap();
    close("dy", dy.clone(), dy.ones_like() * 0.5);
}

#[test]
fn what_is_no_number_stays_none() {
    let device = Device::flex();
    let y = Tensor::<4>::full([1, 1, 1, 1], f32::NAN, &device);
    let (one, zero) = (Tensor::ones([1], &device), Tensor::zeros([1], &device));
    let out = finish(y, one, zero, None, None);
    assert!(out.into_scalar::<f32>().is_nan());
}

#[test]
fn statistics_and_range_are_those_of_burn() {
    let y = random(30, [7, 13, 16, 21])
        .inner()
        .mul_scalar(0.01)
        .add_scalar(5.0);
    let found = statistics(&y);
    let mean = y.clone().mean_dims(&[0, 1, 2]);
    let variance = (y.clone() - mean.clone()).square().mean_dims(&[0, 1, 2]);
    close(
        "means",
        found.clone().narrow(0, 0, 1),
        mean.reshape([1, 21]),
    );
    close(
        "variances",
        found.narrow(0, 1, 1),
        variance.reshape([1, 21]),
    );
    let x = random(31, [3, 100_000]).inner();
    assert_eq!(
        largest(&x).into_scalar::<f32>(),
        x.abs().max().into_scalar::<f32>()
    );
}

#[test]
fn nothing_depends_on_the_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let (x, w) = (random(1, [21, 9, 9, 6]), random(2, [10, 6, 3, 3]));
            let y = conv(x.clone(), w.clone(), 1, None);
            let found = statistics(&y).into_data();
            let one = random(3, [10]);
            let out = finish(y, one.clone(), one.clone(), None, None);
            let grads = out.square().sum().backward();
            let grad = |t: &Tensor<4>| t.grad(&grads).unwrap().into_data();
            (
                found,
                grad(&x),
                grad(&w),
                one.grad(&grads).unwrap().into_data(),
            )
        })
    };
    let (one, four) = (run(1), run(4));
    assert_eq!(one, four);
}
