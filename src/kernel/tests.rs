//! The kernels beside burn's own operations: values and every gradient.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::rng::keyed;
use crate::quant::{Grid, binary, dorefa, lsq, minmax, pact};
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
    assert!(worst < 5e-5 * size, "{what}: off by {worst} of {size}");
}

/// [batch, height, width, cin, cout, stride]: channels below, at and between vector widths, odd
/// sizes, more images than a group.
const SHAPES: [[usize; 6]; 8] = [
    [2, 28, 28, 1, 16, 1],
    [3, 8, 8, 16, 16, 1],
    [9, 7, 7, 3, 5, 2],
    [2, 9, 12, 5, 40, 2],
    [17, 4, 6, 33, 17, 1],
    [2, 14, 14, 32, 64, 2],
    [1, 3, 3, 7, 96, 1],
    [5, 1, 2, 4, 8, 2],
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Quantized {
    No,
    StraightThrough,
    Clipped,
    Learned,
    Offset,
    Bound,
    Sign,
}

impl Quantized {
    fn rule(self) -> Option<Rule> {
        Some(match self {
            Self::No => return None,
            Self::StraightThrough => Rule::StraightThrough,
            Self::Clipped => Rule::Clipped,
            Self::Learned => Rule::LearnedScale,
            Self::Offset => Rule::LearnedOffset,
            Self::Bound => Rule::LearnedBound,
            Self::Sign => Rule::Sign,
        })
    }

    /// Whether the step has a gradient.
    fn learns(self) -> bool {
        matches!(self, Self::Learned | Self::Offset | Self::Bound)
    }
}

const BITS: u8 = 3;
const GRID: Grid = Grid { low: 0, high: 7 };

/// The step of a layer, and the scale and offset that a kernel is given.
fn steps(quantized: Quantized, count: usize) -> (Option<Tensor<1>>, Option<Tensor<1>>) {
    let device = Device::flex().autodiff();
    let leaf = |values: &[f32]| Tensor::<1>::from_floats(values, &device).require_grad();
    match quantized {
        Quantized::No | Quantized::Sign => (None, None),
        Quantized::StraightThrough => {
            let step = leaf(&[0.13]);
            (Some(step.clone()), Some(step))
        }
        Quantized::Clipped => (None, Some(leaf(&[dorefa::scale(BITS)]))),
        Quantized::Learned => {
            let step = leaf(&[0.13]);
            let scale = lsq::scale(step.clone(), count, GRID);
            (Some(step), Some(scale))
        }
        Quantized::Offset => {
            let step = leaf(&[0.13, -0.4]);
            let scale = lsq::scale(step.clone().narrow(0, 0, 1), count, GRID);
            let offset = lsq::offset(step.clone().narrow(0, 1, 1), count, GRID);
            (Some(step), Some(Tensor::cat(vec![scale, offset], 0)))
        }
        Quantized::Bound => {
            let bound = leaf(&[0.8]);
            let scale = pact::scale(bound.clone(), BITS);
            (Some(bound), Some(scale))
        }
    }
}

/// The same layer of burn's operations.
fn stock(layer: &Layer, stride: usize, quantized: Quantized, by_batch: bool) -> Tensor<4> {
    let x = layer.x.clone();
    let count = x.shape().num_elements() / x.dims()[0];
    let step = layer.step.clone();
    let part = |place| step.clone().unwrap().narrow(0, place, 1).reshape([1; 4]);
    let x = match quantized {
        Quantized::No => x,
        Quantized::StraightThrough => {
            minmax::activations(x, part(0).reshape([1]).mul_scalar(GRID.high), GRID)
        }
        Quantized::Clipped => dorefa::activations(x, BITS),
        Quantized::Learned => lsq::quantize(x, part(0), count, GRID),
        Quantized::Offset => lsq::quantize_with_offset(x, part(0), part(1), count, GRID),
        Quantized::Bound => pact::activations(x, part(0), BITS),
        Quantized::Sign => binary::activations(x),
    };
    let options = ConvOptions::new([stride, stride], [1, 1], [1, 1], 1);
    let y = conv2d(x.permute([0, 3, 1, 2]), layer.w.clone(), None, options);
    let y = y.permute([0, 2, 3, 1]);
    let channels = y.dims()[3];
    let wide = |t: &Tensor<1>| t.clone().reshape([1, 1, 1, channels]);
    let y = if by_batch {
        let centred = y.clone() - y.mean_dims(&[0, 1, 2]);
        let variance = centred.clone().square().mean_dims(&[0, 1, 2]);
        centred / variance.add_scalar(1e-5).sqrt()
    } else {
        y
    };
    let y = y * wide(&layer.scale) + wide(&layer.shift);
    let y = match layer.shortcut.clone() {
        Some(shortcut) => y + shortcut,
        None => y,
    };
    match quantized {
        Quantized::Sign => y,
        _ => relu(y),
    }
}

fn options(stride: usize, quantized: Quantized, by_batch: bool) -> Options {
    Options {
        stride,
        quantizer: quantized.rule().map(|rule| Quantizer {
            low: GRID.low as f32,
            high: GRID.high as f32,
            rule,
        }),
        relu: quantized != Quantized::Sign,
        norm: match by_batch {
            true => Norm::Batch { epsilon: 1e-5 },
            false => Norm::None,
        },
    }
}

#[test]
fn layers_are_those_of_burn() {
    for shape in SHAPES {
        for (quantized, by_batch, with_shortcut) in [
            (Quantized::No, false, false),
            (Quantized::No, true, true),
            (Quantized::StraightThrough, true, false),
            (Quantized::Learned, false, true),
            (Quantized::Learned, true, false),
            (Quantized::Clipped, true, false),
            (Quantized::Offset, false, false),
            (Quantized::Offset, true, true),
            (Quantized::Bound, false, true),
            (Quantized::Bound, true, false),
            (Quantized::Sign, false, true),
            (Quantized::Sign, true, false),
        ] {
            as_burn_does(shape, quantized, by_batch, with_shortcut);
        }
    }
}

#[test]
fn tiles_of_every_size_are_those_of_burn() {
    // One vector of output channels and two, and the gradient of the input the same way.
    for width in 1..=32 {
        for (cin, cout) in [(16, 32), (32, 16)] {
            as_burn_does([2, 2, width, cin, cout, 1], Quantized::No, false, false);
        }
    }
}

fn as_burn_does(
    [batch, height, width, cin, cout, stride]: [usize; 6],
    quantized: Quantized,
    by_batch: bool,
    with_shortcut: bool,
) {
    let name = format!(
        "{height}×{width}, {cin} to {cout}, stride {stride}, {quantized:?}, norm {by_batch}, shortcut {with_shortcut}"
    );
    let out = [batch, height.div_ceil(stride), width.div_ceil(stride), cout];
    let (step, scale) = steps(quantized, height * width * cin);
    let given = Layer {
        x: random(1, [batch, height, width, cin]),
        step,
        w: random(2, [cout, cin, 3, 3]),
        scale: random(3, [cout]),
        shift: random(4, [cout]),
        shortcut: with_shortcut.then(|| random(5, out)),
    };
    // The kernel's scale is what quantize makes of the step.
    let ours = Layer {
        step: scale,
        ..given.clone()
    };
    let push = random(6, out).inner().autodiff();
    let found = layer(ours.clone(), options(stride, quantized, by_batch));
    evaluates_the_same(&ours, options(stride, quantized, by_batch), &found);
    let largest = found.values.clone().inner().max_abs();
    close("largest", found.largest, largest);
    let first = (found.values.clone() * push.clone()).sum().backward();
    let theirs = stock(&given, stride, quantized, by_batch);
    close(&name, found.values.inner(), theirs.clone().inner());
    let second = (theirs * push).sum().backward();
    let same = |what: &str, a: Option<Tensor<1>>, b: Option<Tensor<1>>| match (a, b) {
        (Some(a), Some(b)) => close(&format!("gradient of {what}, {name}"), a, b),
        (a, b) => assert_eq!(a.is_some(), b.is_some(), "gradient of {what}, {name}"),
    };
    let flat = |t: &Tensor<4>| {
        let of = |grads| t.grad(grads).map(|g| g.flatten(0, 3));
        (of(&first), of(&second))
    };
    let plain = |t: &Tensor<1>| (t.grad(&first), t.grad(&second));
    let of_x = flat(&given.x);
    let of_w = flat(&given.w);
    let of_shortcut = given.shortcut.as_ref().map(flat).unwrap_or_default();
    let of_step = given.step.as_ref().map(plain).unwrap_or_default();
    let (of_scale, of_shift) = (plain(&given.scale), plain(&given.shift));
    assert!(of_x.0.is_some() && of_w.0.is_some() && of_scale.0.is_some());
    assert_eq!(of_shortcut.0.is_some(), with_shortcut);
    same("x", of_x.0, of_x.1);
    same("w", of_w.0, of_w.1);
    same("scale", of_scale.0, of_scale.1);
    same("shift", of_shift.0, of_shift.1);
    same("shortcut", of_shortcut.0, of_shortcut.1);
    if quantized.learns() {
        assert!(of_step.0.is_some());
        same("step", of_step.0, of_step.1);
    }
}

/// Without autodiff, and by constants where it was by the batch, a layer gives the same.
fn evaluates_the_same(trained: &Layer, mut options: Options, expected: &Output) {
    let values = |t: Tensor<1>| t.into_data().iter().collect::<Vec<f32>>();
    if let Some((mean, variance)) = expected.statistics.clone() {
        options.norm = Norm::Fixed(Moments {
            mean: values(mean),
            inverse: values(variance.add_scalar(1e-5).sqrt().recip()),
        });
    }
    let given = Layer {
        x: trained.x.clone().inner(),
        step: trained.step.clone().map(Tensor::inner),
        w: trained.w.clone().inner(),
        scale: trained.scale.clone().inner(),
        shift: trained.shift.clone().inner(),
        shortcut: trained.shortcut.clone().map(Tensor::inner),
    };
    let found = layer(given, options);
    assert!(found.statistics.is_none());
    close("largest", found.largest, expected.largest.clone());
    let expected = expected.values.clone().inner();
    close("evaluation", found.values, expected);
}

/// A layer that only quantizes: one channel, of the filter only the middle, and a shift that keeps
/// ReLU out of the way.
fn only(x: Tensor<4>, shift: f32, norm: Norm, quantizer: Option<Quantizer>) -> Output {
    let device = Device::flex().autodiff();
    let mut w = [0.0f32; 9];
    w[4] = 1.0;
    let given = Layer {
        x,
        step: quantizer.map(|_| Tensor::ones([1], &device)),
        w: Tensor::<1>::from_floats(w, &device).reshape([1, 1, 3, 3]),
        scale: Tensor::ones([1], &device),
        shift: Tensor::full([1], shift, &device),
        shortcut: None,
    };
    let options = Options {
        stride: 1,
        quantizer,
        norm,
        relu: true,
    };
    layer(given, options)
}

#[test]
fn the_quantizer_rounds_to_even_clips_and_lets_gradients_through() {
    let device = Device::flex().autodiff();
    let values = [0.5f32, 1.5, 2.5, -0.2, 9.0, 0.0, 3.2];
    let of = |rule| {
        let x = Tensor::<1>::from_floats(values, &device).reshape([1, 1, 7, 1]);
        let x = x.require_grad();
        let quantizer = Quantizer {
            low: 0.0,
            high: 3.0,
            rule,
        };
        let y = only(x.clone(), 1.0, Norm::None, Some(quantizer)).values;
        let grads = y.clone().sum().backward();
        let dx: Vec<f32> = x.grad(&grads).unwrap().into_data().iter().collect();
        let y: Vec<f32> = y.into_data().iter().collect();
        assert_eq!(y, [1.0, 3.0, 3.0, 1.0, 4.0, 1.0, 4.0]);
        dx
    };
    assert_eq!(of(Rule::StraightThrough), [1.0; 7]);
    let clipped = [1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    assert_eq!(of(Rule::LearnedScale), clipped);
    assert_eq!(of(Rule::Clipped), clipped);
}

#[test]
fn a_norm_by_constants_passes_gradients_by_its_factor_alone() {
    let x = random(20, [2, 3, 3, 1]);
    let norm = Norm::Fixed(Moments {
        mean: vec![-9.0],
        inverse: vec![0.5],
    });
    let out = only(x.clone(), 1.0, norm, None);
    assert!(out.statistics.is_none());
    let grads = out.values.sum().backward();
    let dx = x.grad(&grads).unwrap();
    close("dx", dx.clone(), dx.ones_like() * 0.5);
}

#[test]
fn what_is_no_number_stays_none() {
    let x = Tensor::<4>::full([1, 1, 1, 1], f32::NAN, &Device::flex());
    let out = only(x, 0.0, Norm::None, None);
    assert!(out.values.into_scalar::<f32>().is_nan());
}

#[test]
fn statistics_are_those_of_burn() {
    let x = random(30, [7, 13, 16, 1]).inner();
    // Far from zero, beside its spread.
    let x = x.mul_scalar(0.01).add_scalar(5.0);
    let norm = Norm::Batch { epsilon: 1e-5 };
    let (mean, variance) = only(x.clone(), 0.0, norm, None).statistics.unwrap();
    let expected = x.clone().mean_dims(&[0, 1, 2]);
    let squares = (x - expected.clone()).square().mean_dims(&[0, 1, 2]);
    close("mean", mean, expected.reshape([1]));
    close(
        "variance",
        variance.mul_scalar(1e4),
        squares.mul_scalar(1e4).reshape([1]),
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
            let step = Tensor::from_floats([0.1], &Device::flex().autodiff()).require_grad();
            let given = Layer {
                x: random(1, [21, 9, 9, 6]),
                step: Some(step.clone()),
                w: random(2, [10, 6, 3, 3]),
                scale: random(3, [10]),
                shift: random(4, [10]),
                shortcut: None,
            };
            let out = layer(given.clone(), options(1, Quantized::Learned, true));
            let grads = out.values.square().sum().backward();
            let grad = |t: &Tensor<4>| t.grad(&grads).unwrap().into_data();
            (
                out.statistics.unwrap().1.into_data(),
                grad(&given.x),
                grad(&given.w),
                given.scale.grad(&grads).unwrap().into_data(),
                step.grad(&grads).unwrap().into_data(),
            )
        })
    };
    let (one, four) = (run(1), run(4));
    assert_eq!(one, four);
}
