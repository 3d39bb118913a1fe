//! Images on the device, and batches of them.

use crate::data::rng::keyed;
use crate::data::{Images, Part};
use crate::spec::Augment;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::RngExt;
use rand::seq::SliceRandom;

/// Pixels of border that a random crop may take from.
const BORDER: usize = 4;

/// A part of the data with its images on the device, normalised.
pub struct OnDevice {
    /// N×C×H×W.
    images: Tensor<4>,
}

impl OnDevice {
    /// Uploads and normalises by mean and standard deviation per channel.
    pub fn new(images: &Images, mean: &[f32], std: &[f32], device: &Device) -> Self {
        let values = normalised(images, mean, std);
        let shape = [images.count, images.channels, images.height, images.width];
        Self {
            images: Tensor::from_data(TensorData::new(values, shape), device),
        }
    }

    /// The images at `indices`.
    pub fn select(&self, indices: &[usize]) -> Tensor<4> {
        let indices: Vec<i32> = indices.iter().map(|&i| i as i32).collect();
        let count = indices.len();
        let indices =
            Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), &self.images.device());
        self.images.clone().select(0, indices)
    }

    /// The images from `start` up to `end`.
    pub fn range(&self, start: usize, end: usize) -> Tensor<4> {
        self.images.clone().narrow(0, start, end - start)
    }
}

fn normalised(images: &Images, mean: &[f32], std: &[f32]) -> Vec<f32> {
    let plane = images.height * images.width;
    images
        .pixels
        .chunks_exact(plane.max(1))
        .enumerate()
        .flat_map(|(n, pixels)| {
            let channel = n % images.channels;
            let (mean, std) = (mean[channel], std[channel]);
            pixels
                .iter()
                .map(move |&p| (f32::from(p) / 255.0 - mean) / std)
        })
        .collect()
}

/// The order in which an epoch (counted from 1) visits `count` samples.
pub fn shuffled(count: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut keyed(seed, "shuffle", epoch as u64, 0));
    order
}

/// Where training batches come from.
pub enum TrainImages {
    /// As they are: gathered on the device.
    Plain(OnDevice),
    /// Augmented: drawn on the host, batch by batch.
    Augmented {
        /// The images.
        images: Images,
        /// Mean per channel.
        mean: Vec<f32>,
        /// Standard deviation per channel.
        std: Vec<f32>,
        /// Where batches go.
        device: Device,
    },
}

impl TrainImages {
    /// Images of the training part, prepared for `augment`.
    pub fn new(part: &Part, augment: Augment, mean: &[f32], std: &[f32], device: &Device) -> Self {
        match augment {
            Augment::None => Self::Plain(OnDevice::new(&part.images, mean, std, device)),
            Augment::CropFlip => Self::Augmented {
                images: part.images.clone(),
                mean: mean.to_vec(),
                std: std.to_vec(),
                device: device.clone(),
            },
        }
    }

    /// The batch of `indices` at (`seed`, `epoch`, `step`).
    pub fn batch(&self, indices: &[usize], seed: u64, epoch: usize, step: usize) -> Tensor<4> {
        match self {
            Self::Plain(images) => images.select(indices),
            Self::Augmented {
                images,
                mean,
                std,
                device,
            } => {
                let mut rng = keyed(seed, "augment", epoch as u64, step as u64);
                let mut batch = images.select(indices);
                for image in batch.pixels.chunks_exact_mut(images.stride()) {
                    let down = rng.random_range(0..=2 * BORDER);
                    let right = rng.random_range(0..=2 * BORDER);
                    let mirrored: bool = rng.random();
                    crop_flip(image, images.height, images.width, down, right, mirrored);
                }
                OnDevice::new(&batch, mean, std, device).images
            }
        }
    }
}

/// Cuts the window at (`down`, `right`) out of the image with a black border, mirrored or not.
fn crop_flip(
    image: &mut [u8],
    height: usize,
    width: usize,
    down: usize,
    right: usize,
    mirrored: bool,
) {
    for plane in image.chunks_exact_mut(height * width) {
        let before = plane.to_vec();
        for y in 0..height {
            for x in 0..width {
                let source_x = if mirrored { width - 1 - x } else { x };
                let (row, column) = (y + down, source_x + right);
                let inside = (BORDER..height + BORDER).contains(&row)
                    && (BORDER..width + BORDER).contains(&column);
                plane[y * width + x] = if inside {
                    before[(row - BORDER) * width + column - BORDER]
                } else {
                    0
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_and_mirrors() {
        let original: Vec<u8> = (1..=4).collect();
        let cut = |down, right, mirrored| {
            let mut image = original.clone();
            crop_flip(&mut image, 2, 2, down, right, mirrored);
            image
        };
        assert_eq!(cut(4, 4, false), [1, 2, 3, 4]);
        assert_eq!(cut(4, 4, true), [2, 1, 4, 3]);
        assert_eq!(cut(5, 4, false), [3, 4, 0, 0]);
        assert_eq!(cut(4, 3, false), [0, 1, 0, 3]);
        assert_eq!(cut(0, 0, false), [0, 0, 0, 0]);
    }

    #[test]
    fn an_epoch_visits_each_sample_once_in_its_own_order() {
        let (a, b) = (shuffled(100, 1, 1), shuffled(100, 1, 2));
        assert_ne!(a, b);
        assert_eq!(a, shuffled(100, 1, 1));
        let mut sorted = a;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }
}
