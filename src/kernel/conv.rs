//! A 3 × 3 convolution of channels-last images and its gradients. The input's fake quantization
//! costs nothing more: it is done while the image is copied into its padded place.

use super::pass::{self, Packed, Pass};
use super::shape::ConvShape;
use super::simd::vectorized;
use super::weight_grad;
use pulp::Arch;
use rayon::prelude::*;

/// Images whose weight gradients are summed before the sums are: fixed, so that the result does not
/// depend on the number of threads.
const GROUP: usize = 8;

/// A uniform grid of values: `scale` times whole codes from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantizer {
    /// Distance of two values; above zero.
    pub scale: f32,
    /// Smallest code.
    pub low: f32,
    /// Largest code.
    pub high: f32,
}

impl Quantizer {
    /// The nearest value of the grid, ties to the even code.
    #[inline(always)]
    fn quantize(self, x: f32) -> f32 {
        // Adding and taking away 1.5·2²³ rounds to the nearest whole number, ties to even, without
        // a call; the bounds are whole, so clipping first is the same.
        const WHOLE: f32 = 12_582_912.0;
        let code = (x / self.scale).clamp(self.low, self.high);
        (code + WHOLE - WHOLE) * self.scale
    }
}

/// The convolution of x [B, H, W, Cin], each value taken through `quantizer`, with w
/// [Cout, Cin, 3, 3]. Gives back the quantized and padded input for [`weight_grad`], and y
/// [B, rows, columns, Cout].
pub fn forward(
    arch: Arch,
    s: ConvShape,
    x: &[f32],
    w: &[f32],
    quantizer: Option<Quantizer>,
) -> (Vec<f32>, Vec<f32>) {
    let batch = x.len() / s.input();
    let weights = Packed::new(arch, 3, 3 * s.cin, s.cout, |line, k, o| {
        w[(o * s.cin + k % s.cin) * 9 + line * 3 + k / s.cin]
    });
    let pass = Pass {
        rows: s.rows(),
        columns: s.columns(),
        channels: s.cout,
        lines: 3,
        depth: 3 * s.cin,
        input: 0,
        input_line: s.padded_row(),
        input_pixel: s.stride * s.cin,
        input_row: s.stride * s.padded_row(),
        output: 0,
        output_pixel: s.cout,
        output_row: s.columns() * s.cout,
    };
    let mut padded = vec![0.0; batch * s.padded()];
    let mut y = vec![0.0; batch * s.output()];
    padded
        .par_chunks_exact_mut(s.padded())
        .zip(y.par_chunks_exact_mut(s.output()))
        .zip(x.par_chunks_exact(s.input()))
        .for_each(|((padded, y), x)| {
            vectorized(
                arch,
                #[inline(always)]
                || match quantizer {
                    None => pad(x, padded, s.width * s.cin, s.cin, |v| v),
                    Some(q) => pad(x, padded, s.width * s.cin, s.cin, |v| q.quantize(v)),
                },
            );
            pass::run(arch, pass, &weights, padded, y);
        });
    (padded, y)
}

/// Copies the rows of an image into the middle of a padded one.
#[inline(always)]
fn pad(x: &[f32], padded: &mut [f32], row: usize, channels: usize, map: impl Fn(f32) -> f32) {
    let rows = padded.chunks_exact_mut(row + 2 * channels).skip(1);
    for (x, padded) in x.chunks_exact(row).zip(rows) {
        for (to, from) in padded[channels..].iter_mut().zip(x) {
            *to = map(*from);
        }
    }
}

/// The gradient of the weights, [Cout, Cin, 3, 3], of `padded` (see [`forward`]) and the gradient of
/// the output dy.
pub fn weight_gradient(arch: Arch, s: ConvShape, padded: &[f32], dy: &[f32]) -> Vec<f32> {
    let sums: Vec<Vec<f32>> = padded
        .par_chunks(GROUP * s.padded())
        .zip(dy.par_chunks(GROUP * s.output()))
        .map(|(x, dy)| {
            let mut dw = vec![0.0; 9 * s.cin * s.cout];
            let images = x.chunks_exact(s.padded()).zip(dy.chunks_exact(s.output()));
            for (x, dy) in images {
                weight_grad::run(arch, s, x, dy, &mut dw);
            }
            dw
        })
        .collect();
    let mut dw = vec![0.0; 9 * s.cin * s.cout];
    for (at, value) in dw.iter_mut().enumerate() {
        let (o, i, tap) = (at / (9 * s.cin), at / 9 % s.cin, at % 9);
        let from = ((tap / 3) * 3 * s.cin + (tap % 3) * s.cin + i) * s.cout + o;
        *value = sums.iter().map(|sum| sum[from]).sum();
    }
    dw
}

/// The gradient of the input, [B, H, W, Cin], of the gradient of the output dy.
pub fn input_gradient(arch: Arch, s: ConvShape, w: &[f32], dy: &[f32]) -> Vec<f32> {
    let batch = dy.len() / s.output();
    let passes = input_passes(arch, s, w);
    let row = s.columns() * s.cout;
    let mut dx = vec![0.0; batch * s.input()];
    dx.par_chunks_exact_mut(s.input())
        .zip(dy.par_chunks_exact(s.output()))
        .for_each_init(
            || vec![0.0; (s.rows() + 2) * (row + 2 * s.cout)],
            |padded, (dx, dy)| {
                pad(dy, padded, row, s.cout, |v| v);
                for (pass, weights) in &passes {
                    pass::run(arch, *pass, weights, padded, dx);
                }
            },
        );
    dx
}

/// The gradient of the input as convolutions of the padded gradient of the output. With stride 2
/// the input's pixels are of four kinds, by whether row and column are even; each kind has its taps.
fn input_passes(arch: Arch, s: ConvShape, w: &[f32]) -> Vec<(Pass, Packed)> {
    let row = (s.columns() + 2) * s.cout;
    let mut passes = Vec::new();
    for y in 0..s.stride {
        for x in 0..s.stride {
            // Taps of the filter that reach such a pixel, those of earlier outputs first.
            let taps = |at: usize| -> &[usize] {
                match (s.stride, at) {
                    (1, _) => &[2, 1, 0],
                    (_, 0) => &[1],
                    _ => &[2, 0],
                }
            };
            // The first of those outputs, counted in the padded gradient.
            let origin = if s.stride == 1 { 0 } else { 1 };
            let (down, across) = (taps(y), taps(x));
            let weights = Packed::new(
                arch,
                down.len(),
                across.len() * s.cout,
                s.cin,
                |line, k, i| {
                    let (tap, o) = (across[k / s.cout], k % s.cout);
                    w[(o * s.cin + i) * 9 + down[line] * 3 + tap]
                },
            );
            let pass = Pass {
                rows: (s.height - y).div_ceil(s.stride),
                columns: (s.width - x).div_ceil(s.stride),
                channels: s.cin,
                lines: down.len(),
                depth: across.len() * s.cout,
                input: origin * (row + s.cout),
                input_line: row,
                input_pixel: s.cout,
                input_row: row,
                output: (y * s.width + x) * s.cin,
                output_pixel: s.stride * s.cin,
                output_row: s.stride * s.width * s.cin,
            };
            passes.push((pass, weights));
        }
    }
    passes
}
