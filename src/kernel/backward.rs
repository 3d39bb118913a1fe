//! The gradients of a whole layer.
//!
//! While an image is in the processor's cache, the gradient of the convolution's output, those of
//! the weights and that of the input are made one after another. What is cheap to make again, the
//! quantized and padded input, was not kept.

use super::channels::{fold, row_of, total};
use super::conv::input_passes;
use super::forward::{pad_input, split};
use super::norm::Moments;
use super::pass;
use super::quantizer::{Grid, Rule, sign_gradient};
use super::shape::ConvShape;
use super::simd::vectorized;
use super::weight_grad;
use pulp::Arch;
use rayon::prelude::*;

/// Images whose weight gradients are summed before the sums are: fixed, so that the result does not
/// depend on the number of threads.
const GROUP: usize = 8;

/// A layer as it was computed, to find its gradients.
pub struct Computed<'a> {
    /// Its shape.
    pub shape: ConvShape,
    /// Its input, before it was quantized.
    pub x: &'a [f32],
    /// How it was quantized.
    pub grid: Option<Grid>,
    /// Weights [Cout, Cin, 3, 3].
    pub w: &'a [f32],
    /// Output of the convolution.
    pub y: &'a [f32],
    /// Output of the layer.
    pub out: &'a [f32],
    /// Scale per channel.
    pub scale: &'a [f32],
    /// What y was normalised by.
    pub moments: &'a Moments,
    /// Whether those are of this y.
    pub of_batch: bool,
    /// Outputs that are not above this pass no gradient.
    pub floor: f32,
}

/// Gradients of a layer.
pub struct Gradients {
    /// Of the input, where it is wanted.
    pub x: Option<Vec<f32>>,
    /// Of the quantizer's scale and offset, where they are learned.
    pub step: [f32; 2],
    /// Of the weights.
    pub w: Vec<f32>,
    /// Of the scale, per channel.
    pub scale: Vec<f32>,
    /// Of the shift, per channel.
    pub shift: Vec<f32>,
    /// Of the shortcut, where it is wanted.
    pub shortcut: Option<Vec<f32>>,
}

/// The gradient by y for each image: d where the layer's output is above zero, and what flows
/// through mean and variance of the batch (Ioffe and Szegedy 2015, section 3): factor·(d − less −
/// (y − mean)·slope).
struct NormBackward {
    factor: Vec<f32>,
    mean: Vec<f32>,
    less: Vec<f32>,
    slope: Vec<f32>,
}

impl Computed<'_> {
    /// All gradients by that of the layer's output.
    pub fn gradients(
        &self,
        arch: Arch,
        dout: &[f32],
        wants_x: bool,
        wants_shortcut: bool,
    ) -> Gradients {
        let s = self.shape;
        let images = dout.len() / s.output();
        let (shift, moment) = self.sums(arch, dout);
        let norm = self.norm_backward(&shift, &moment, images);
        let passes = match wants_x {
            true => input_passes(arch, s, self.w),
            false => Vec::new(),
        };
        let mut dx = vec![0.0; if wants_x { images * s.input() } else { 0 }];
        let mut dshortcut = vec![0.0; if wants_shortcut { dout.len() } else { 0 }];
        let groups = images.div_ceil(GROUP);
        let parts: Vec<(Vec<f32>, [f64; 2])> = split(&mut dx, GROUP * s.input(), groups)
            .zip(split(&mut dshortcut, GROUP * s.output(), groups))
            .enumerate()
            .map_init(
                || {
                    let outer = (s.rows() + 2) * (s.columns() + 2) * s.cout;
                    (vec![0.0; s.padded()], vec![0.0; outer])
                },
                |(x, dy), (group, (mut dx, mut dshortcut))| {
                    let mut dw = vec![0.0; 9 * s.cin * s.cout];
                    let mut step = [0.0; 2];
                    let first = group * GROUP;
                    for image in first..images.min(first + GROUP) {
                        let of_input = image * s.input()..(image + 1) * s.input();
                        let of_output = image * s.output()..(image + 1) * s.output();
                        let at = image - first;
                        let masked = dshortcut
                            .as_mut()
                            .map(|all| &mut all[at * s.output()..(at + 1) * s.output()]);
                        self.output_gradient(
                            arch,
                            &norm,
                            &dout[of_output.clone()],
                            of_output,
                            dy,
                            masked,
                        );
                        pad_input(arch, s, &self.x[of_input.clone()], self.grid, x);
                        weight_grad::run(arch, s, x, dy, &mut dw);
                        if let Some(dx) = &mut dx {
                            let dx = &mut dx[at * s.input()..(at + 1) * s.input()];
                            for (pass, weights) in &passes {
                                pass::run(arch, *pass, weights, dy, dx);
                            }
                            if let Some(grid) = self.grid {
                                let of_image = clip_gradient(arch, grid, &self.x[of_input], dx);
                                step[0] += of_image[0];
                                step[1] += of_image[1];
                            }
                        }
                    }
                    (dw, step)
                },
            )
            .collect();
        let inverse = self.moments.inverse.iter();
        Gradients {
            x: wants_x.then_some(dx),
            step: [0, 1].map(|k| parts.iter().map(|p| p.1[k]).sum::<f64>() as f32),
            w: weights_in_order(s, parts.iter().map(|p| &p.0)),
            scale: moment.iter().zip(inverse).map(|(m, i)| m * i).collect(),
            shift,
            shortcut: wants_shortcut.then_some(dshortcut),
        }
    }

    /// Per channel, the sum of the gradient past ReLU, and of it times y − mean.
    fn sums(&self, arch: Arch, dout: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let s = self.shape;
        let width = s.columns() * s.cout;
        let floor = self.floor;
        let mean = row_of(&self.moments.mean, s.columns());
        let parts: Vec<(Vec<f32>, Vec<f32>)> = dout
            .par_chunks_exact(s.output())
            .zip(self.out.par_chunks_exact(s.output()))
            .zip(self.y.par_chunks_exact(s.output()))
            .map_init(
                || (vec![0.0; width], vec![0.0; width]),
                |(shift, moment), ((dout, out), y)| {
                    shift.fill(0.0);
                    moment.fill(0.0);
                    vectorized(
                        arch,
                        #[inline(always)]
                        || {
                            let rows = dout
                                .chunks_exact(width)
                                .zip(out.chunks_exact(width))
                                .zip(y.chunks_exact(width));
                            for ((dout, out), y) in rows {
                                let sums = shift.iter_mut().zip(moment.iter_mut()).zip(&mean);
                                let values = dout.iter().zip(out).zip(y);
                                for (((dout, out), y), ((shift, moment), mean)) in values.zip(sums)
                                {
                                    let d = if *out > floor { *dout } else { 0.0 };
                                    *shift += d;
                                    *moment += d * (y - mean);
                                }
                            }
                        },
                    );
                    (fold(shift, s.cout), fold(moment, s.cout))
                },
            )
            .collect();
        (
            total(parts.iter().map(|p| &p.0), s.cout),
            total(parts.iter().map(|p| &p.1), s.cout),
        )
    }

    fn norm_backward(&self, shift: &[f32], moment: &[f32], images: usize) -> NormBackward {
        let s = self.shape;
        let pixels = (images * s.rows() * s.columns()) as f32;
        let inverse = &self.moments.inverse;
        let row = |value: &dyn Fn(usize) -> f32| {
            row_of(&(0..s.cout).map(value).collect::<Vec<_>>(), s.columns())
        };
        let through = |value: f32| if self.of_batch { value } else { 0.0 };
        NormBackward {
            factor: row(&|c| self.scale[c] * inverse[c]),
            mean: row(&|c| self.moments.mean[c]),
            less: row(&|c| through(shift[c] / pixels)),
            slope: row(&|c| through(moment[c] * inverse[c] * inverse[c] / pixels)),
        }
    }

    /// Of one image, the gradient by y into its padded place, and the gradient past ReLU.
    fn output_gradient(
        &self,
        arch: Arch,
        norm: &NormBackward,
        dout: &[f32],
        range: std::ops::Range<usize>,
        dy: &mut [f32],
        mut masked: Option<&mut [f32]>,
    ) {
        let (s, floor) = (self.shape, self.floor);
        let width = s.columns() * s.cout;
        let rows = dy
            .chunks_exact_mut(width + 2 * s.cout)
            .skip(1)
            .zip(dout.chunks_exact(width))
            .zip(self.out[range.clone()].chunks_exact(width))
            .zip(self.y[range].chunks_exact(width));
        for (row, (((dy, dout), out), y)) in rows.enumerate() {
            let masked = masked
                .as_mut()
                .map(|masked| &mut masked[row * width..(row + 1) * width]);
            vectorized(
                arch,
                #[inline(always)]
                || {
                    let values = dout.iter().zip(out).zip(y);
                    let norm = (norm.factor.iter())
                        .zip(&norm.mean)
                        .zip(&norm.less)
                        .zip(&norm.slope);
                    let places = dy[s.cout..].iter_mut().zip(values).zip(norm);
                    for ((dy, ((dout, out), y)), (((factor, mean), less), slope)) in places {
                        let d = if *out > floor { *dout } else { 0.0 };
                        *dy = factor * (d - less - (y - mean) * slope);
                    }
                },
            );
            if let Some(masked) = masked {
                vectorized(
                    arch,
                    #[inline(always)]
                    || {
                        for ((masked, dout), out) in masked.iter_mut().zip(dout).zip(out) {
                            *masked = if *out > floor { *dout } else { 0.0 };
                        }
                    },
                );
            }
        }
    }
}

/// Turns the gradient by the quantized x of one image into that by x; those by the scale and by the
/// offset are given back.
fn clip_gradient(arch: Arch, grid: Grid, x: &[f32], dx: &mut [f32]) -> [f64; 2] {
    match grid.rule() {
        Rule::StraightThrough => [0.0; 2],
        Rule::Clipped => through(arch, x, dx, |x, d| grid.clipped(x, d)),
        Rule::LearnedScale => through(arch, x, dx, |x, d| grid.learned_scale(x, d)),
        Rule::LearnedOffset => through(arch, x, dx, |x, d| grid.learned_offset(x, d)),
        Rule::LearnedBound => through(arch, x, dx, |x, d| grid.learned_bound(x, d)),
        Rule::Sign => through(arch, x, dx, sign_gradient),
    }
}

/// Puts the first gradient of each value in its place, and sums up the others.
fn through(
    arch: Arch,
    x: &[f32],
    dx: &mut [f32],
    gradients: impl Fn(f32, f32) -> (f32, f32, f32),
) -> [f64; 2] {
    /// Sums at once: as many as a vector may have.
    const SUMS: usize = 16;
    let mut sums = [[0f32; SUMS]; 2];
    let [scale, offset] = &mut sums;
    vectorized(
        arch,
        #[inline(always)]
        || {
            for (x, dx) in x.chunks(SUMS).zip(dx.chunks_mut(SUMS)) {
                let all = x
                    .iter()
                    .zip(dx)
                    .zip(scale.iter_mut().zip(offset.iter_mut()));
                for ((x, dx), (scale, offset)) in all {
                    let (by_x, by_scale, by_offset) = gradients(*x, *dx);
                    *dx = by_x;
                    *scale += by_scale;
                    *offset += by_offset;
                }
            }
        },
    );
    sums.map(|sums| sums.iter().map(|&sum| f64::from(sum)).sum())
}

/// The sum of the groups' weight gradients [3, 3, Cin, Cout] as [Cout, Cin, 3, 3].
fn weights_in_order<'a>(s: ConvShape, parts: impl Iterator<Item = &'a Vec<f32>>) -> Vec<f32> {
    let mut sums = vec![0.0; 9 * s.cin * s.cout];
    for part in parts {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += value;
        }
    }
    let mut dw = vec![0.0; sums.len()];
    for (at, value) in dw.iter_mut().enumerate() {
        let (o, i, tap) = (at / (9 * s.cin), at / 9 % s.cin, at % 9);
        *value = sums[(tap * s.cin + i) * s.cout + o];
    }
    dw
}
