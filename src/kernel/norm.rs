//! What follows a convolution: batch norm or bias, the shortcut, and ReLU, in one pass over the
//! activations, and their gradients in two.

use super::simd::vectorized;
use pulp::Arch;
use rayon::prelude::*;

/// Pixels of one task: fixed, so that sums do not depend on the number of threads.
const PIXELS: usize = 1024;

/// What a batch norm normalises by, per channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    /// Mean.
    pub mean: Vec<f32>,
    /// 1/√(variance + ε).
    pub inverse: Vec<f32>,
    /// Whether both are those of the batch, so that gradients flow through them.
    pub of_batch: bool,
}

/// The factors a and b with which norm, scale and shift together are a·y + b.
pub fn affine(scale: &[f32], shift: &[f32], norm: Option<&Norm>) -> (Vec<f32>, Vec<f32>) {
    let Some(norm) = norm else {
        return (scale.to_vec(), shift.to_vec());
    };
    let a: Vec<f32> = scale
        .iter()
        .zip(&norm.inverse)
        .map(|(s, i)| s * i)
        .collect();
    let b = shift.iter().zip(&a).zip(&norm.mean);
    let b = b.map(|((shift, a), mean)| shift - a * mean).collect();
    (a, b)
}

/// Mean and biased variance of each channel of y [.., channels].
pub fn statistics(arch: Arch, y: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let parts: Vec<(f64, Vec<f32>, Vec<f32>)> = y
        .par_chunks(PIXELS * channels)
        .map(|part| {
            let count = (part.len() / channels) as f32;
            let mut mean = vec![0.0; channels];
            let mut square = vec![0.0; channels];
            vectorized(
                arch,
                #[inline(always)]
                || {
                    for pixel in part.chunks_exact(channels) {
                        for (mean, y) in mean.iter_mut().zip(pixel) {
                            *mean += y;
                        }
                    }
                    for mean in &mut mean {
                        *mean /= count;
                    }
                    for pixel in part.chunks_exact(channels) {
                        for ((square, mean), y) in square.iter_mut().zip(&mean).zip(pixel) {
                            *square += (y - mean) * (y - mean);
                        }
                    }
                },
            );
            (f64::from(count), mean, square)
        })
        .collect();
    // Parts are joined after Chan, Golub and LeVeque 1983.
    let total: f64 = parts.iter().map(|p| p.0).sum();
    (0..channels)
        .map(|c| {
            let mean = parts
                .iter()
                .map(|(n, mean, _)| n * f64::from(mean[c]))
                .sum::<f64>()
                / total;
            let within: f64 = parts.iter().map(|p| f64::from(p.2[c])).sum();
            let between: f64 = parts
                .iter()
                .map(|(n, m, _)| n * (f64::from(m[c]) - mean).powi(2))
                .sum();
            (mean as f32, ((within + between) / total) as f32)
        })
        .unzip()
}

/// Zero for negative values; what is no number stays none, so that a divergence is not hidden.
#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

/// relu(a·y + b + shortcut) for each channel; y and the shortcut are [.., channels].
pub fn finish(arch: Arch, y: &[f32], a: &[f32], b: &[f32], shortcut: Option<&[f32]>) -> Vec<f32> {
    let channels = a.len();
    let mut out = vec![0.0; y.len()];
    let size = PIXELS * channels;
    out.par_chunks_mut(size).enumerate().for_each(|(at, out)| {
        let from = at * size;
        let y = &y[from..from + out.len()];
        let shortcut = shortcut.map(|s| &s[from..from + out.len()]);
        vectorized(
            arch,
            #[inline(always)]
            || match shortcut {
                None => {
                    let pixels = out.chunks_exact_mut(channels).zip(y.chunks_exact(channels));
                    for (out, y) in pixels {
                        for (((out, y), a), b) in out.iter_mut().zip(y).zip(a).zip(b) {
                            *out = relu(a * y + b);
                        }
                    }
                }
                Some(shortcut) => {
                    let pixels = out
                        .chunks_exact_mut(channels)
                        .zip(y.chunks_exact(channels))
                        .zip(shortcut.chunks_exact(channels));
                    for ((out, y), s) in pixels {
                        for ((((out, y), s), a), b) in out.iter_mut().zip(y).zip(s).zip(a).zip(b) {
                            *out = relu(a * y + b + s);
                        }
                    }
                }
            },
        );
    });
    out
}

/// Gradients of [`finish`].
pub struct Gradients {
    /// Of y.
    pub y: Vec<f32>,
    /// Of the shortcut, where there is one.
    pub shortcut: Option<Vec<f32>>,
    /// Of the scale, per channel.
    pub scale: Vec<f32>,
    /// Of the shift, per channel.
    pub shift: Vec<f32>,
}

/// Gradients of [`finish`] by that of its output, `dout`; a norm by the batch depends on y (Ioffe
/// and Szegedy 2015, section 3).
pub fn gradients(
    arch: Arch,
    dout: &[f32],
    out: &[f32],
    y: &[f32],
    scale: &[f32],
    norm: Option<&Norm>,
    has_shortcut: bool,
) -> Gradients {
    let channels = scale.len();
    let size = PIXELS * channels;
    let none = Norm {
        mean: vec![0.0; channels],
        inverse: vec![1.0; channels],
        of_batch: false,
    };
    let Norm {
        mean,
        inverse,
        of_batch,
    } = norm.unwrap_or(&none);
    let (a, _) = affine(scale, &none.mean, norm);
    let mut masked = vec![0.0; y.len()];
    let parts: Vec<(Vec<f32>, Vec<f32>)> = masked
        .par_chunks_mut(size)
        .enumerate()
        .map(|(at, masked)| {
            let range = at * size..at * size + masked.len();
            let (dout, out, y) = (&dout[range.clone()], &out[range.clone()], &y[range]);
            let (mut shift, mut moment) = (vec![0.0; channels], vec![0.0; channels]);
            vectorized(
                arch,
                #[inline(always)]
                || {
                    let pixels = masked
                        .chunks_exact_mut(channels)
                        .zip(dout.chunks_exact(channels))
                        .zip(out.chunks_exact(channels))
                        .zip(y.chunks_exact(channels));
                    for (((masked, dout), out), y) in pixels {
                        let values = masked.iter_mut().zip(dout).zip(out).zip(y);
                        let sums = shift.iter_mut().zip(&mut moment).zip(mean);
                        for ((((masked, d), out), y), ((shift, moment), mean)) in values.zip(sums) {
                            let d = if *out > 0.0 { *d } else { 0.0 };
                            *masked = d;
                            *shift += d;
                            *moment += d * (y - mean);
                        }
                    }
                },
            );
            (shift, moment)
        })
        .collect();
    let (shift, moment): (Vec<f32>, Vec<f32>) = (0..channels)
        .map(|c| {
            let shift: f64 = parts.iter().map(|p| f64::from(p.0[c])).sum();
            let moment: f64 = parts.iter().map(|p| f64::from(p.1[c])).sum();
            (shift as f32, moment as f32)
        })
        .unzip();
    // dy = a·(g − mean(g) − (y − mean)·moment/(n·variance)), without the last two if a is constant.
    let pixels = (y.len() / channels) as f32;
    let (less, slope): (Vec<f32>, Vec<f32>) = (0..channels)
        .map(|c| match of_batch {
            false => (0.0, 0.0),
            true => (
                shift[c] / pixels,
                moment[c] * inverse[c] * inverse[c] / pixels,
            ),
        })
        .unzip();
    let back = |g: &[f32], dy: &mut [f32], y: &[f32]| {
        vectorized(
            arch,
            #[inline(always)]
            || {
                let pixels = dy
                    .chunks_exact_mut(channels)
                    .zip(g.chunks_exact(channels))
                    .zip(y.chunks_exact(channels));
                for ((dy, g), y) in pixels {
                    let values = dy.iter_mut().zip(g).zip(y);
                    let each = a.iter().zip(mean).zip(&less).zip(&slope);
                    for (((dy, g), y), (((a, mean), less), slope)) in values.zip(each) {
                        *dy = a * (g - less - (y - mean) * slope);
                    }
                }
            },
        );
    };
    let mut dy = vec![0.0; y.len()];
    dy.par_chunks_mut(size).enumerate().for_each(|(at, dy)| {
        let range = at * size..at * size + dy.len();
        back(&masked[range.clone()], dy, &y[range]);
    });
    Gradients {
        y: dy,
        shortcut: has_shortcut.then_some(masked),
        scale: moment.iter().zip(inverse).map(|(m, i)| m * i).collect(),
        shift,
    }
}

/// Largest magnitude among the values.
pub fn largest(arch: Arch, x: &[f32]) -> f32 {
    let part = |x: &[f32]| {
        vectorized(
            arch,
            #[inline(always)]
            || {
                let mut most = [0f32; 16];
                let (chunks, rest) = x.as_chunks::<16>();
                for chunk in chunks {
                    for (most, x) in most.iter_mut().zip(chunk) {
                        *most = most.max(x.abs());
                    }
                }
                let rest = rest.iter().fold(0f32, |most, x| most.max(x.abs()));
                most.into_iter().fold(rest, f32::max)
            },
        )
    };
    x.par_chunks(1 << 16).map(part).reduce(|| 0.0, f32::max)
}
