//! Sums and factors per channel over images whose channels are neighbours in memory.
//!
//! A factor per channel is repeated for a whole row of pixels, and a sum per channel is kept for
//! each place in a row: loops then run over rows, long enough to fill vectors whatever the number
//! of channels.

/// Factors per channel repeated for every pixel of a row.
pub fn row_of(channels: &[f32], pixels: usize) -> Vec<f32> {
    channels.repeat(pixels)
}

/// Sums per channel of sums per place in a row.
pub fn fold(row: &[f32], channels: usize) -> Vec<f32> {
    let mut sums = vec![0.0; channels];
    for pixel in row.chunks_exact(channels) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += value;
        }
    }
    sums
}

/// Sums over images, or groups of them, of what each has per channel.
pub fn total<'a>(parts: impl Iterator<Item = &'a Vec<f32>>, channels: usize) -> Vec<f32> {
    let mut sums = vec![0f64; channels];
    for part in parts {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += f64::from(*value);
        }
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}
