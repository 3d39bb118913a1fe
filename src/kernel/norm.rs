//! What follows a convolution: batch norm or bias, the shortcut, and ReLU, in one pass over the
//! activations.

use super::channels::{fold, row_of};
use super::shape::ConvShape;
use super::simd::vectorized;
use pulp::Arch;

/// What the outputs of a convolution are normalised by.
#[derive(Clone, Debug, PartialEq)]
pub enum Norm {
    /// Nothing.
    None,
    /// Mean and variance of the batch, ε added to the variance; gradients flow through both.
    Batch {
        /// ε.
        epsilon: f32,
    },
    /// Constants, per channel.
    Fixed(Moments),
}

/// Mean and 1/√(variance + ε) per channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: Vec<f32>,
    /// 1/√(variance + ε).
    pub inverse: Vec<f32>,
}

impl Moments {
    /// Those of values that are not normalised.
    pub fn none(channels: usize) -> Self {
        Self {
            mean: vec![0.0; channels],
            inverse: vec![1.0; channels],
        }
    }

    /// The factors a and b with which norm, scale and shift together are a·y + b.
    pub fn affine(&self, scale: &[f32], shift: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let a = scale.iter().zip(&self.inverse).map(|(s, i)| s * i);
        let a: Vec<f32> = a.collect();
        let b = shift.iter().zip(&a).zip(&self.mean);
        let b = b.map(|((shift, a), mean)| shift - a * mean).collect();
        (a, b)
    }
}

/// Mean of each channel of an image and the sum of squared distances from it.
pub struct Spread {
    mean: Vec<f32>,
    square: Vec<f32>,
}

/// The spread of one image y [rows, columns, channels].
pub fn spread(arch: Arch, s: ConvShape, y: &[f32]) -> Spread {
    let width = s.columns() * s.cout;
    let pixels = (s.rows() * s.columns()) as f32;
    let mut sums = vec![0.0; width];
    vectorized(
        arch,
        #[inline(always)]
        || {
            for row in y.chunks_exact(width) {
                for (sum, y) in sums.iter_mut().zip(row) {
                    *sum += y;
                }
            }
        },
    );
    let mut mean = fold(&sums, s.cout);
    for mean in &mut mean {
        *mean /= pixels;
    }
    let means = row_of(&mean, s.columns());
    sums.fill(0.0);
    vectorized(
        arch,
        #[inline(always)]
        || {
            for row in y.chunks_exact(width) {
                for ((sum, mean), y) in sums.iter_mut().zip(&means).zip(row) {
                    *sum += (y - mean) * (y - mean);
                }
            }
        },
    );
    Spread {
        mean,
        square: fold(&sums, s.cout),
    }
}

/// Mean and biased variance of each channel over all images, joined after Chan, Golub and LeVeque
/// 1983; each image has `pixels` pixels.
pub fn statistics(images: &[Spread], pixels: usize, channels: usize) -> (Vec<f32>, Vec<f32>) {
    let count = images.len() as f64;
    (0..channels)
        .map(|c| {
            let of = |image: &Spread| f64::from(image.mean[c]);
            let mean = images.iter().map(of).sum::<f64>() / count;
            let within: f64 = images.iter().map(|i| f64::from(i.square[c])).sum();
            let between: f64 = images.iter().map(|i| (of(i) - mean).powi(2)).sum();
            let variance = (within / pixels as f64 + between) / count;
            (mean as f32, variance as f32)
        })
        .unzip()
}

/// The floor for values below it; what is no number stays none, so that a divergence is not hidden.
#[inline(always)]
fn above(floor: f32, x: f32) -> f32 {
    if x < floor { floor } else { x }
}

/// max(a·y + b + shortcut, floor) with a and b per channel.
pub struct Finish {
    floor: f32,
    a: Vec<f32>,
    b: Vec<f32>,
}

impl Finish {
    /// That of a layer with this shape, norm, scale, shift and floor.
    pub fn new(s: ConvShape, moments: &Moments, scale: &[f32], shift: &[f32], floor: f32) -> Self {
        let (a, b) = moments.affine(scale, shift);
        Self {
            floor,
            a: row_of(&a, s.columns()),
            b: row_of(&b, s.columns()),
        }
    }

    /// Fills `out` from y of one image; the largest magnitude of its values.
    pub fn image(&self, arch: Arch, y: &[f32], shortcut: Option<&[f32]>, out: &mut [f32]) -> f32 {
        let (a, b, floor) = (&self.a, &self.b, self.floor);
        let mut peak = Peak::default();
        let rows = out.chunks_exact_mut(a.len()).zip(y.chunks_exact(a.len()));
        match shortcut {
            None => {
                for (out, y) in rows {
                    vectorized(
                        arch,
                        #[inline(always)]
                        || {
                            let affine = y.iter().zip(a).zip(b);
                            for (out, ((y, a), b)) in out.iter_mut().zip(affine) {
                                *out = above(floor, a * y + b);
                            }
                            peak.add(out);
                        },
                    );
                }
            }
            Some(shortcut) => {
                for ((out, y), shortcut) in rows.zip(shortcut.chunks_exact(a.len())) {
                    vectorized(
                        arch,
                        #[inline(always)]
                        || {
                            let affine = y.iter().zip(a).zip(b).zip(shortcut);
                            for (out, (((y, a), b), shortcut)) in out.iter_mut().zip(affine) {
                                *out = above(floor, a * y + b + shortcut);
                            }
                            peak.add(out);
                        },
                    );
                }
            }
        }
        peak.value()
    }
}

/// The largest magnitude so far, in as many parts as a vector may have.
#[derive(Clone, Copy, Default)]
struct Peak([f32; 16]);

impl Peak {
    #[inline(always)]
    fn add(&mut self, values: &[f32]) {
        let (chunks, rest) = values.as_chunks();
        for chunk in chunks {
            self.add_chunk(chunk);
        }
        let mut last = [0.0; 16];
        last[..rest.len()].copy_from_slice(rest);
        self.add_chunk(&last);
    }

    #[inline(always)]
    fn add_chunk(&mut self, values: &[f32; 16]) {
        for (most, value) in self.0.iter_mut().zip(values) {
            *most = most.max(value.abs());
        }
    }

    fn value(self) -> f32 {
        self.0.into_iter().fold(0.0, f32::max)
    }
}
