//! A whole layer forwards: fake quantization of the input, convolution, norm, shortcut and ReLU.
//!
//! An image goes through as many steps as it can while it is in the processor's cache: it is
//! quantized into its padded place, convolved, and its channels are summed up or, where the norm is
//! known, finished.

use super::conv::{forward_pass, pad};
use super::norm::{Finish, Moments, Norm, spread, statistics};
use super::pass;
use super::quantizer::{Grid, Rule, sign};
use super::shape::ConvShape;
use super::simd::vectorized;
use pulp::Arch;
use rayon::prelude::*;

/// The tensors of a layer; images are channels-last.
pub struct Inputs<'a> {
    /// [B, H, W, Cin], before it is quantized.
    pub x: &'a [f32],
    /// How it is quantized.
    pub grid: Option<Grid>,
    /// [Cout, Cin, 3, 3].
    pub w: &'a [f32],
    /// Factor per channel.
    pub scale: &'a [f32],
    /// Summand per channel.
    pub shift: &'a [f32],
    /// [B, rows, columns, Cout].
    pub shortcut: Option<&'a [f32]>,
    /// Outputs below this are raised to it: 0 is ReLU, −∞ none.
    pub floor: f32,
}

/// What a layer makes.
pub struct Outputs {
    /// Output of the convolution, [B, rows, columns, Cout], where it is to be kept.
    pub y: Vec<f32>,
    /// What it was normalised by.
    pub moments: Moments,
    /// Its mean and biased variance where those are it, else nothing.
    pub statistics: Vec<f32>,
    /// Output of the layer, [B, rows, columns, Cout].
    pub out: Vec<f32>,
    /// The largest magnitude of these values.
    pub largest: f32,
}

/// Computes a layer; the convolution's output is kept if it is `wanted`.
pub fn forward(arch: Arch, s: ConvShape, given: &Inputs<'_>, norm: &Norm, wanted: bool) -> Outputs {
    let (pass, weights) = forward_pass(arch, s, given.w);
    let images = given.x.len() / s.input();
    let convolve = |image: usize, padded: &mut [f32], y: &mut [f32]| {
        let x = &given.x[image * s.input()..(image + 1) * s.input()];
        pad_input(arch, s, x, given.grid, padded);
        pass::run(arch, pass, &weights, padded, y);
    };
    let shortcut_of = |image: usize| {
        let range = image * s.output()..(image + 1) * s.output();
        given.shortcut.map(|all| &all[range])
    };
    let mut out = vec![0.0; images * s.output()];
    let kept = wanted || matches!(norm, Norm::Batch { .. });
    let mut y = vec![0.0; if kept { out.len() } else { 0 }];
    let constants = match norm {
        Norm::None => Moments::none(s.cout),
        Norm::Fixed(moments) => moments.clone(),
        Norm::Batch { epsilon } => {
            let spreads = y
                .par_chunks_exact_mut(s.output())
                .enumerate()
                .map_init(
                    || vec![0.0; s.padded()],
                    |padded, (image, y)| {
                        convolve(image, padded, y);
                        spread(arch, s, y)
                    },
                )
                .collect::<Vec<_>>();
            let (mean, variance) = statistics(&spreads, s.rows() * s.columns(), s.cout);
            let inverse = variance.iter().map(|v| 1.0 / (v + epsilon).sqrt());
            let moments = Moments {
                inverse: inverse.collect(),
                mean: mean.clone(),
            };
            let finish = Finish::new(s, &moments, given.scale, given.shift, given.floor);
            let largest = out
                .par_chunks_exact_mut(s.output())
                .zip(y.par_chunks_exact(s.output()))
                .enumerate()
                .map(|(image, (out, y))| finish.image(arch, y, shortcut_of(image), out))
                .reduce(|| 0.0, f32::max);
            return Outputs {
                y,
                moments,
                statistics: [mean, variance].concat(),
                out,
                largest,
            };
        }
    };
    let finish = Finish::new(s, &constants, given.scale, given.shift, given.floor);
    let scratch = if kept { 0 } else { s.output() };
    let largest = out
        .par_chunks_exact_mut(s.output())
        .zip(split(&mut y, s.output(), images))
        .enumerate()
        .map_init(
            || (vec![0.0; s.padded()], vec![0.0; scratch]),
            |(padded, scratch), (image, (out, y))| {
                let y = y.unwrap_or(scratch);
                convolve(image, padded, y);
                finish.image(arch, y, shortcut_of(image), out)
            },
        )
        .reduce(|| 0.0, f32::max);
    Outputs {
        y,
        moments: constants,
        statistics: Vec::new(),
        out,
        largest,
    }
}

/// Quantizes an image into its padded place.
pub fn pad_input(arch: Arch, s: ConvShape, x: &[f32], grid: Option<Grid>, padded: &mut [f32]) {
    vectorized(
        arch,
        #[inline(always)]
        || match grid {
            None => pad(x, padded, s.width * s.cin, s.cin, |v| v),
            Some(grid) => {
                let width = s.width * s.cin;
                match grid.rule() {
                    Rule::Sign => pad(x, padded, width, s.cin, sign),
                    Rule::LearnedOffset => {
                        pad(x, padded, width, s.cin, |v| grid.quantize_with_offset(v));
                    }
                    _ => pad(x, padded, width, s.cin, |v| grid.quantize(v)),
                }
            }
        },
    );
}

/// Parts of `size` for each of `tasks`, none where there is nothing to part.
pub fn split(
    values: &mut [f32],
    size: usize,
    tasks: usize,
) -> impl IndexedParallelIterator<Item = Option<&mut [f32]>> {
    let mut parts = values.chunks_mut(size);
    let parts: Vec<_> = (0..tasks).map(|_| parts.next()).collect();
    parts.into_par_iter()
}
