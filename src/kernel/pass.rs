//! The inner loop of a 3 × 3 convolution of channels-last images: a tile of neighbouring output
//! pixels times a few vectors of output channels stays in registers while the taps go by.
//!
//! Channels-last, the taps of one row of the filter and their input channels are neighbours in
//! memory, so a filter is up to three *lines*, each a dot product over consecutive inputs. There is
//! no copy of the image per tap (im2col) to be written and read again.

use pulp::{Arch, Simd, WithSimd};

/// Output pixels of a tile, at most: with one vector of channels and with two.
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

/// Weights of a pass: blocks of up to two vectors of channels, padded with zeros, each
/// `[line][input][channel]`.
#[derive(Clone, Debug)]
pub struct Packed(Vec<f32>);

impl Packed {
    /// Packs `lines` × `depth` × `channels` weights, given one by one.
    pub fn new(
        arch: Arch,
        lines: usize,
        depth: usize,
        channels: usize,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let mut values = Vec::new();
        for (channel, vectors) in blocks(channels, arch.dispatch(Lanes)) {
            let width = vectors * arch.dispatch(Lanes);
            for at in 0..lines * depth {
                values.extend((channel..channel + width).map(|channel| {
                    if channel < channels {
                        weight(at / depth, at % depth, channel)
                    } else {
                        0.0
                    }
                }));
            }
        }
        Self(values)
    }
}

/// Channels in blocks of one or two vectors: the first channel of each, and its vectors.
fn blocks(channels: usize, lanes: usize) -> impl Iterator<Item = (usize, usize)> {
    let vectors = channels.div_ceil(lanes);
    (0..vectors)
        .step_by(2)
        .map(move |v| (v * lanes, (vectors - v).min(2)))
}

/// Values of a vector.
struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
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
        let mut weights = S::as_simd_f32s(&self.weights.0).0;
        for (channel, vectors) in blocks(self.pass.channels, S::F32_LANES) {
            let (block, rest) = weights.split_at(self.pass.lines * self.pass.depth * vectors);
            weights = rest;
            for row in 0..self.pass.rows {
                match vectors {
                    2 => self.row::<S, 2>(simd, block.as_chunks().0, row, channel),
                    _ => self.row::<S, 1>(simd, block.as_chunks().0, row, channel),
                }
            }
        }
    }
}

impl Sweep<'_> {
    /// A row of output pixels in tiles of nearly equal size.
    #[inline(always)]
    fn row<S: Simd, const V: usize>(
        &mut self,
        simd: S,
        weights: &[[S::f32s; V]],
        row: usize,
        channel: usize,
    ) {
        let columns = self.pass.columns;
        let tiles = columns.div_ceil(PIXELS[V - 1]);
        let mut column = 0;
        for tile in 0..tiles {
            let n = (columns - column).div_ceil(tiles - tile);
            macro_rules! of_size {
                ($($p:literal)*) => {
                    match n {
                        $($p => self.tile::<S, $p, V>(simd, weights, row, column, channel),)*
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
        weights: &[[S::f32s; V]],
        row: usize,
        column: usize,
        channel: usize,
    ) {
        let pass = self.pass;
        let start = pass.input + row * pass.input_row + column * pass.input_pixel;
        let mut acc = [[simd.splat_f32s(0.0); V]; P];
        for (line, weights) in weights.chunks_exact(pass.depth).enumerate() {
            let x = &self.x[start + line * pass.input_line..];
            // Whole blocks have bounds known to the compiler, which then keeps `acc` in registers.
            let (whole, rest) = weights.as_chunks::<DEPTH>();
            for (block, weights) in whole.iter().enumerate() {
                let x: [&[f32; DEPTH]; P] =
                    core::array::from_fn(|p| first(&x[p * pass.input_pixel + block * DEPTH..]));
                for (d, w) in weights.iter().enumerate() {
                    acc = multiply_add(simd, core::array::from_fn(|p| x[p][d]), *w, acc);
                }
            }
            let done = pass.depth - rest.len();
            for (k, w) in (done..).zip(rest) {
                let x = core::array::from_fn(|p| x[p * pass.input_pixel + k]);
                acc = multiply_add(simd, x, *w, acc);
            }
        }
        let at = pass.output + row * pass.output_row + column * pass.output_pixel;
        for (p, acc) in acc.iter().enumerate() {
            let pixel = &mut self.y[at + p * pass.output_pixel..][..pass.channels];
            let (whole, rest) = S::as_mut_simd_f32s(&mut pixel[channel..]);
            for (place, value) in whole.iter_mut().zip(acc) {
                *place = *value;
            }
            if let Some(last) = acc.get(whole.len()) {
                simd.partial_store_f32s(rest, *last);
            }
        }
    }
}

/// acc + x·w for every pixel and vector.
#[inline(always)]
pub fn multiply_add<S: Simd, const P: usize, const V: usize>(
    simd: S,
    x: [f32; P],
    w: [S::f32s; V],
    mut acc: [[S::f32s; V]; P],
) -> [[S::f32s; V]; P] {
    for (x, acc) in x.iter().zip(&mut acc) {
        let x = simd.splat_f32s(*x);
        for (w, acc) in w.iter().zip(acc) {
            *acc = simd.mul_add_f32s(x, *w, *acc);
        }
    }
    acc
}

/// The first `N` of at least `N` values.
#[inline(always)]
fn first<T, const N: usize>(values: &[T]) -> &[T; N] {
    match values.first_chunk() {
        Some(values) => values,
        None => unreachable!("geometry of the pass"),
    }
}
