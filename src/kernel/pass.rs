//! The inner loop of a 3 × 3 convolution of channels-last images: a tile of neighbouring output
//! pixels times a few vectors of output channels stays in registers while the taps go by.
//!
//! Channels-last, the taps of one row of the filter and their input channels are neighbours in
//! memory, so a filter is up to three *lines*, each a dot product over consecutive inputs. There is
//! no copy of the image per tap (im2col) to be written and read again.

use pulp::{Arch, Simd, WithSimd};

/// Output pixels × vectors of a tile, at most: with two vectors and with one.
const PIXELS: [usize; 2] = [14, 7];
/// Inputs that are taken at once of a line.
const DEPTH: usize = 16;

/// One sweep over an image: where inputs, weights and outputs of each pixel are.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// Rows and columns of output pixels.
    pub rows: usize,
    pub columns: usize,
    /// Channels of an output pixel.
    pub channels: usize,
    /// Lines of the filter, and inputs in each.
    pub lines: usize,
    pub depth: usize,
    /// The first input of the first pixel; inputs from line to line of the filter, from pixel to
    /// pixel and from row to row of pixels.
    pub input: usize,
    pub input_line: usize,
    pub input_pixel: usize,
    pub input_row: usize,
    /// The first output of the first pixel; outputs from pixel to pixel and from row to row.
    pub output: usize,
    pub output_pixel: usize,
    pub output_row: usize,
}

/// Weights `[line][input][channel]`, the channels padded with zeros to whole vectors.
#[derive(Clone, Debug)]
pub struct Packed {
    values: Vec<f32>,
    stride: usize,
}

impl Packed {
    /// Packs `lines` × `depth` × `channels` weights, given one by one.
    pub fn new(
        lines: usize,
        depth: usize,
        channels: usize,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        // Whole vectors of the widest kind.
        let stride = channels.next_multiple_of(16);
        let mut values = vec![0.0; lines * depth * stride];
        for (at, row) in values.chunks_exact_mut(stride).enumerate() {
            for (channel, value) in row[..channels].iter_mut().enumerate() {
                *value = weight(at / depth, at % depth, channel);
            }
        }
        Self { values, stride }
    }
}

/// Computes every output pixel of one image.
pub fn run(arch: Arch, pass: Pass, weights: &Packed, x: &[f32], y: &mut [f32]) {
    arch.dispatch(Sweep {
        pass,
        weights,
        x,
        y,
    });
}

struct Sweep<'a> {
    pass: Pass,
    weights: &'a Packed,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let vectors = self.pass.channels.div_ceil(S::F32_LANES);
        for row in 0..self.pass.rows {
            let mut v = 0;
            while v + 2 <= vectors {
                self.row::<S, 2>(simd, row, v * S::F32_LANES);
                v += 2;
            }
            if v < vectors {
                self.row::<S, 1>(simd, row, v * S::F32_LANES);
            }
        }
    }
}

impl Sweep<'_> {
    /// A row of output pixels in tiles of nearly equal size.
    #[inline(always)]
    fn row<S: Simd, const V: usize>(&mut self, simd: S, row: usize, channel: usize) {
        let columns = self.pass.columns;
        let tiles = columns.div_ceil(PIXELS[V - 1]);
        let mut column = 0;
        for tile in 0..tiles {
            let n = (columns - column).div_ceil(tiles - tile);
            macro_rules! of_size {
                ($($p:literal)*) => {
                    match n {
                        $($p => self.tile::<S, $p, V>(simd, row, column, channel),)*
                        _ => unreachable!("tiles are at most {} pixels wide", PIXELS[V - 1]),
                    }
                };
            }
            if V == 1 {
                of_size!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
            } else {
                of_size!(1 2 3 4 5 6 7);
            }
            column += n;
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const P: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        channel: usize,
    ) {
        let pass = self.pass;
        let stride = self.weights.stride;
        let start = pass.input + row * pass.input_row + column * pass.input_pixel;
        let mut acc = [[simd.splat_f32s(0.0); V]; P];
        for line in 0..pass.lines {
            let x = &self.x[start + line * pass.input_line..];
            let weights = &self.weights.values[line * pass.depth * stride + channel..];
            let mut weights = weights.chunks(stride);
            let mut k = 0;
            while k + DEPTH <= pass.depth {
                let x: [&[f32; DEPTH]; P] =
                    core::array::from_fn(|p| first(&x[p * pass.input_pixel + k..]));
                for (d, w) in (0..DEPTH).zip(&mut weights) {
                    let w: &[S::f32s; V] = first(S::as_simd_f32s(w).0);
                    for p in 0..P {
                        let x = simd.splat_f32s(x[p][d]);
                        for v in 0..V {
                            acc[p][v] = simd.mul_add_f32s(x, w[v], acc[p][v]);
                        }
                    }
                }
                k += DEPTH;
            }
            for (k, w) in (k..pass.depth).zip(&mut weights) {
                let w: &[S::f32s; V] = first(S::as_simd_f32s(w).0);
                for p in 0..P {
                    let x = simd.splat_f32s(x[p * pass.input_pixel + k]);
                    for v in 0..V {
                        acc[p][v] = simd.mul_add_f32s(x, w[v], acc[p][v]);
                    }
                }
            }
        }
        let at = pass.output + row * pass.output_row + column * pass.output_pixel;
        for (p, acc) in acc.iter().enumerate() {
            let pixel = &mut self.y[at + p * pass.output_pixel..][..pass.channels];
            let places = pixel[channel..].chunks_mut(S::F32_LANES);
            for (place, value) in places.zip(acc) {
                simd.partial_store_f32s(place, *value);
            }
        }
    }
}

/// The first `N` of at least `N` values.
#[inline(always)]
pub fn first<T, const N: usize>(values: &[T]) -> &[T; N] {
    match values.first_chunk() {
        Some(values) => values,
        None => unreachable!("geometry of the pass"),
    }
}
