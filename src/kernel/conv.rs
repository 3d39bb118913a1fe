//! A 3 × 3 convolution of one channels-last image, and the gradient of its input, as passes.

use super::pass::{Packed, Pass};
use super::shape::ConvShape;
use pulp::Arch;

/// The weights w [Cout, Cin, 3, 3] as the passes take them: a pass from the padded input to the
/// output.
pub fn forward_pass(arch: Arch, s: ConvShape, w: &[f32]) -> (Pass, Packed) {
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
    (pass, weights)
}

/// Copies the rows of an image into the middle of a padded one.
#[inline(always)]
pub fn pad(x: &[f32], padded: &mut [f32], row: usize, channels: usize, map: impl Fn(f32) -> f32) {
    let rows = padded.chunks_exact_mut(row + 2 * channels).skip(1);
    for (x, padded) in x.chunks_exact(row).zip(rows) {
        for (to, from) in padded[channels..].iter_mut().zip(x) {
            *to = map(*from);
        }
    }
}

/// The gradient of the input as passes over the padded gradient of the output. With stride 2
/// the input's pixels are of four kinds, by whether row and column are even; each kind has its taps.
pub fn input_passes(arch: Arch, s: ConvShape, w: &[f32]) -> Vec<(Pass, Packed)> {
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
