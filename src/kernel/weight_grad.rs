//! The gradient of a filter: for each line of it, inputs × output channels stay in registers while
//! the pixels of an image go by.

use super::pass::first;
use super::shape::ConvShape;
use pulp::{Arch, Simd, WithSimd};

/// Inputs × vectors of a block, at most: with one vector and with two.
const INPUTS: [usize; 2] = [16, 12];

/// Adds the gradient of one image to `dw` [3, 3·cin, cout]: the padded input x
/// [height + 2, width + 2, cin] times the gradient of the output dy [rows, columns, cout].
pub fn run(arch: Arch, shape: ConvShape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    arch.dispatch(Gradient { shape, x, dy, dw });
}

struct Gradient<'a> {
    shape: ConvShape,
    x: &'a [f32],
    dy: &'a [f32],
    dw: &'a mut [f32],
}

impl WithSimd for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let vectors = self.shape.cout.div_ceil(S::F32_LANES);
        let mut v = 0;
        while v + 2 <= vectors {
            self.channels::<S, 2>(simd, v * S::F32_LANES);
            v += 2;
        }
        if v < vectors {
            self.channels::<S, 1>(simd, v * S::F32_LANES);
        }
    }
}

impl Gradient<'_> {
    #[inline(always)]
    fn channels<S: Simd, const V: usize>(&mut self, simd: S, channel: usize) {
        let depth = 3 * self.shape.cin;
        let blocks = depth.div_ceil(INPUTS[V - 1]);
        for line in 0..3 {
            let mut input = 0;
            for block in 0..blocks {
                let n = (depth - input).div_ceil(blocks - block);
                macro_rules! of_size {
                    ($($j:literal)*) => {
                        match n {
                            $($j => self.block::<S, $j, V>(simd, line, input, channel),)*
                            _ => unreachable!("blocks have at most {} inputs", INPUTS[V - 1]),
                        }
                    };
                }
                if V == 1 {
                    of_size!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
                } else {
                    of_size!(1 2 3 4 5 6 7 8 9 10 11 12);
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
        channel: usize,
    ) {
        let s = self.shape;
        let step = s.stride * s.cin;
        let row = s.columns() * s.cout;
        let mut acc = [[simd.splat_f32s(0.0); V]; J];
        for (y, dy) in self.dy.chunks_exact(row).enumerate() {
            let x = &self.x[(y * s.stride + line) * s.padded_row() + input..];
            for (column, dy) in dy.chunks_exact(s.cout).enumerate() {
                let x: &[f32; J] = first(&x[column * step..]);
                let (whole, rest) = S::as_simd_f32s(&dy[channel..]);
                let dy: [S::f32s; V] = core::array::from_fn(|v| match whole.get(v) {
                    Some(values) => *values,
                    None => simd.partial_load_f32s(rest),
                });
                for j in 0..J {
                    let x = simd.splat_f32s(x[j]);
                    for v in 0..V {
                        acc[j][v] = simd.mul_add_f32s(x, dy[v], acc[j][v]);
                    }
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
