//! The layers of ResNet-20 on one thread of the CPU: quell's kernels, burn's own operations, and the floor.
//!
//! ```sh
//! cargo bench --bench layers
//! ```
//!
//! The floor of a layer is its multiplications and additions over what the processor's multiply-add units can do,
//! measured here with values that stay in registers. A training step of a layer is three convolutions' worth: the
//! output, the gradient of the input, that of the weights.

use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use pulp::{Arch, Simd, WithSimd};
use quell::kernel::{self, Layer, Norm, Options, Quantizer, Rule};
use quell::quant::{Grid, minmax};
use std::time::Instant;

/// As in quell itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 64;
const ROUNDS: usize = 7;

/// Multiplies and adds in registers; the operations per second.
struct Peak;

impl WithSimd for Peak {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        const SUMS: usize = 14;
        const TURNS: usize = 4_000_000;
        let (x, y) = (simd.splat_f32s(0.999), simd.splat_f32s(1e-6));
        let mut sums = [simd.splat_f32s(0.1); SUMS];
        let begun = Instant::now();
        for _ in 0..TURNS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(x, *sum, y);
            }
        }
        std::hint::black_box(&sums);
        (2 * SUMS * TURNS * S::F32_LANES) as f64 / begun.elapsed().as_secs_f64()
    }
}

/// The shortest of some rounds, in seconds.
fn best<T>(mut work: impl FnMut() -> T) -> f64 {
    work();
    let time = |_| {
        let begun = Instant::now();
        std::hint::black_box(work());
        begun.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(time).fold(f64::INFINITY, f64::min)
}

/// The tensor as a step tracks it, or without autodiff.
fn track<const D: usize>(tensor: &Tensor<D>, tracked: bool) -> Tensor<D> {
    match tracked {
        true => tensor.clone(),
        false => tensor.clone().inner(),
    }
}

fn values<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| (i % 97) as f32 / 97.0 - 0.3).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex().autodiff()).require_grad()
}

/// Without autodiff, and both passes of a training step.
fn times(forward: impl Fn(bool) -> Tensor<4>) -> [f64; 2] {
    [
        best(|| forward(false)),
        best(|| forward(true).sum().backward()),
    ]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()?;
    rayon::scope(|_| measure());
    Ok(())
}

fn measure() {
    let peak = (0..3)
        .map(|_| Arch::new().dispatch(Peak))
        .fold(0.0, f64::max);
    println!(
        "multiply-add units: {:.1} GFLOP/s on one thread",
        peak * 1e-9
    );
    println!(
        "3 × 3 convolution of {BATCH} images, 4-bit min-max input, batch norm, ReLU; ms without autodiff, ms a training step:"
    );
    for (side, channels) in [(28, 16), (14, 32), (7, 64)] {
        let x = values([BATCH, side, side, channels]);
        let w = values([channels, channels, 3, 3]);
        let (scale, shift) = (values([channels]), values([channels]));
        let grid = Grid::unsigned(4);
        // A layer of quell's gives its largest output to the next.
        let lambda = minmax::range(&x);
        let ours = times(|tracked| {
            let layer = Layer {
                x: track(&x, tracked),
                step: Some(minmax::scale(lambda.clone(), grid)),
                w: track(&w, tracked),
                scale: track(&scale, tracked),
                shift: track(&shift, tracked),
                shortcut: None,
            };
            let options = Options {
                stride: 1,
                quantizer: Some(Quantizer {
                    low: grid.low as f32,
                    high: grid.high as f32,
                    rule: Rule::StraightThrough,
                }),
                norm: Norm::Batch { epsilon: 1e-5 },
                relu: true,
            };
            kernel::layer(layer, options).values
        });
        let burn = times(|tracked| {
            let x = track(&x, tracked);
            let x = minmax::activations(x.clone(), minmax::range(&x), grid);
            let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
            let y = conv2d(x.permute([0, 3, 1, 2]), track(&w, tracked), None, options);
            let y = y.permute([0, 2, 3, 1]);
            let centred = y.clone() - y.mean_dims(&[0, 1, 2]);
            let variance = centred.clone().square().mean_dims(&[0, 1, 2]);
            let wide = |t: &Tensor<1>| track(t, tracked).reshape([1, 1, 1, channels]);
            relu(centred / variance.add_scalar(1e-5).sqrt() * wide(&scale) + wide(&shift))
        });
        let floor = (2 * 9 * BATCH * side * side * channels * channels) as f64 / peak;
        let show = |who: &str, [alone, step]: [f64; 2]| {
            println!(
                "  {side:2}×{side:<2} {channels:2} channels  {who:<5} {:7.2} {:7.2}   {:4.0} % of the floor's speed",
                1e3 * alone,
                1e3 * step,
                100.0 * 3.0 * floor / step,
            );
        };
        show("floor", [floor, 3.0 * floor]);
        show("quell", ours);
        show("burn", burn);
    }
}
