//! The gradient of a filter: for each line of it, inputs × output channels stay in registers while
//! the pixels of an image go by.

use super::pass::multiply_add;
use super::shape::ConvShape;
use pulp::{Arch, Simd, WithSimd};

/// Inputs of a block, at most: with one vector of channels and with two.
const INPUTS: [usize; 2] = [16, 8];

/// Adds the gradient of one image to `dw` [3, 3·cin, cout]: the padded input x
/// [height + 2, width + 2, cin] times the padded gradient of the output dy
/// [rows + 2, columns + 2, cout].
pub fn run(arch: Arch, shape: ConvShape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    arch.dispatch(Gradient { shape, x, dy, dw });
}

struct Gradient<'a> {
    shape: ConvShape,
    x: &'a [f32],
    dy: &'a [f32],
    dw: &'a mut [f32],
}

/// Whole vectors of each pixel's gradients, from the first pixel's on.
#[derive(Clone, Copy)]
struct Pixels<'a> {
    values: &'a [f32],
    /// Values from pixel to pixel and from row to row.
    pixel: usize,
    row: usize,
}

impl WithSimd for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let cout = self.shape.cout;
        let row = (self.shape.columns() + 2) * cout;
        let from = |channel| Pixels {
            values: &self.dy[row + cout + channel..],
            pixel: cout,
            row,
        };
        let whole = cout / S::F32_LANES;
        let mut v = 0;
        while v + 2 <= whole {
            let pixels = from(v * S::F32_LANES);
            self.channels::<S, 2>(simd, pixels, v * S::F32_LANES);
            v += 2;
        }
        if v < whole {
            let pixels = from(v * S::F32_LANES);
            self.channels::<S, 1>(simd, pixels, v * S::F32_LANES);
        }
        let channel = whole * S::F32_LANES;
        if channel < cout {
            let values = self.last_channels(channel, S::F32_LANES);
            let pixels = Pixels {
                values: &values,
                pixel: S::F32_LANES,
                row: self.shape.columns() * S::F32_LANES,
            };
            self.channels::<S, 1>(simd, pixels, channel);
        }
    }
}

impl Gradient<'_> {
    /// The channels from `channel` on of each pixel, filled up with zeros to `lanes`.
    fn last_channels(&self, channel: usize, lanes: usize) -> Vec<f32> {
        let s = self.shape;
        let pixels = s.rows() * s.columns();
        let mut filled = vec![0.0; pixels * lanes];
        for (at, to) in filled.chunks_exact_mut(lanes).enumerate() {
            let (row, column) = (at / s.columns(), at % s.columns());
            let pixel = (row + 1) * (s.columns() + 2) + column + 1;
            let from = &self.dy[pixel * s.cout + channel..(pixel + 1) * s.cout];
            to[..from.len()].copy_from_slice(from);
        }
        filled
    }

    #[inline(always)]
    fn channels<S: Simd, const V: usize>(&mut self, simd: S, dy: Pixels<'_>, channel: usize) {
        let depth = 3 * self.shape.cin;
        let blocks = depth.div_ceil(INPUTS[V - 1]);
        for line in 0..3 {
            let mut input = 0;
            for block in 0..blocks {
                let n = (depth - input).div_ceil(blocks - block);
                macro_rules! of_size {
                    ($($j:literal)*) => {
                        match n {
                            $($j => self.block::<S, $j, V>(simd, line, input, dy, channel),)*
                            _ => unreachable!("blocks have at most {} inputs", INPUTS[V - 1]),
                        }
                    };
                }
                if V == 1 {
                    of_size!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
                } else {
                    of_size!(1 2 3 4 5 6 7 8);
                }
                input += n;
            }
        }
    }

    #[inline(always)]
    fn block<S: Simd, const J: usize, const V: usize>(
        &mut self,
        simd: S,
        line: usize,
        input: usize,
        dy: Pixels<'_>,
        channel: usize,
    ) {
        let s = self.shape;
        let step = s.stride * s.cin;
        let mut acc = [[simd.splat_f32s(0.0); V]; J];
        for y in 0..s.rows() {
            let x = &self.x[(y * s.stride + line) * s.padded_row() + input..];
            let dy_row = &dy.values[y * dy.row..];
            let pixels = x.windows(J).step_by(step).zip(dy_row.chunks(dy.pixel));
            for (x, dy) in pixels.take(s.columns()) {
                // Nothing in here can panic or call, not even a branch that is never taken: with it
                // the compiler keeps `acc` in memory.
                if let Some(x) = x.first_chunk::<J>()
                    && let Some(vectors) = S::as_simd_f32s(dy).0.first_chunk::<V>()
                {
                    acc = multiply_add(simd, *x, *vectors, acc);
                }
            }
        }
        let at = (line * 3 * s.cin + input) * s.cout;
        for (dw, acc) in self.dw[at..].chunks_exact_mut(s.cout).zip(&acc) {
            for (place, value) in dw[channel..].chunks_mut(S::F32_LANES).zip(acc) {
                let sum = simd.add_f32s(simd.partial_load_f32s(place), *value);
                simd.partial_store_f32s(place, sum);
            }
        }
    }
}
