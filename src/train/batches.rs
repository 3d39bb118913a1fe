//! Images on the device, and batches of them.

use super::augment::{Augmentation, ints};
use crate::data::Images;
use crate::data::rng::keyed;
use crate::spec::Augment;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::seq::SliceRandom;

/// A part of the data on the device. Pixels stay bytes, four to an integer: floats would take four
/// times the memory in every run of a grid. A clone shares them.
#[derive(Clone)]
pub struct OnDevice {
    /// [N, C·H·W / 4, rounded up].
    packed: Tensor<2, Int>,
    channels: usize,
    height: usize,
    width: usize,
    /// [1, C, 1, 1] of pixels in 0–1.
    mean: Tensor<4>,
    std: Tensor<4>,
}

impl OnDevice {
    /// Uploads images; batches of them are normalised by mean and standard deviation per channel.
    pub fn new(images: &Images, mean: &[f32], std: &[f32], device: &Device) -> Self {
        let ints = images.stride().div_ceil(4);
        let packed = images
            .pixels
            .chunks_exact(images.stride().max(1))
            .flat_map(|image| image.chunks(4))
            .map(|bytes| {
                let byte = |(k, &byte): (usize, &u8)| i32::from(byte) << (8 * k);
                bytes.iter().enumerate().map(byte).sum()
            })
            .collect::<Vec<i32>>();
        let per_channel = |values: &[f32]| {
            let shape = [1, images.channels, 1, 1];
            Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
        };
        Self {
            packed: Tensor::from_data(TensorData::new(packed, [images.count, ints]), device),
            channels: images.channels,
            height: images.height,
            width: images.width,
            mean: per_channel(mean),
            std: per_channel(std),
        }
    }

    /// The images at `indices`, normalised: [B, C, H, W].
    pub fn batch(&self, indices: &[usize]) -> Tensor<4> {
        self.normalised(self.bytes(indices))
    }

    /// The images at `indices` as training with this augmentation sees them, [B, C, H, W], drawn
    /// from (`seed`, `epoch`, `step`).
    pub fn augmented(
        &self,
        indices: &[usize],
        kind: Augment,
        seed: u64,
        epoch: usize,
        step: usize,
    ) -> Tensor<4> {
        if kind == Augment::None {
            return self.batch(indices);
        }
        let size = [self.height, self.width];
        let key = [seed, epoch as u64, step as u64];
        let drawn = Augmentation::draw(kind, indices.len(), size, key);
        drawn.holes(self.normalised(drawn.windows(self.bytes(indices))))
    }

    /// Pixels in 0–255, [B, C, H, W].
    fn bytes(&self, indices: &[usize]) -> Tensor<4> {
        let device = self.packed.device();
        let shifts = Tensor::<1, Int>::from_data([0, 8, 16, 24], &device).reshape([1, 1, 4]);
        let packed = self.packed.clone().select(0, ints(indices, &device));
        let [batch, ints] = packed.dims();
        let bytes = packed
            .reshape([batch, ints, 1])
            .expand([batch, ints, 4])
            .bitwise_right_shift(shifts.expand([batch, ints, 4]))
            .bitwise_and_scalar(255);
        let stride = self.channels * self.height * self.width;
        bytes
            .reshape([batch, 4 * ints])
            .narrow(1, 0, stride)
            .float()
            .reshape([batch, self.channels, self.height, self.width])
    }

    fn normalised(&self, bytes: Tensor<4>) -> Tensor<4> {
        (bytes.div_scalar(255.0) - self.mean.clone()) / self.std.clone()
    }
}

/// The order in which an epoch (counted from 1) visits `count` samples.
pub fn shuffled(count: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut keyed(seed, "shuffle", epoch as u64, 0));
    order
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    #[test]
    fn images_come_back_normalised() {
        // Ten bytes an image: the last integer is not full.
        let images = Images {
            pixels: (0..30).map(|i| 250 - 7 * i).collect(),
            count: 3,
            channels: 2,
            height: 1,
            width: 5,
        };
        let there = OnDevice::new(&images, &[0.5, 0.25], &[2.0, 4.0], &Device::flex());
        let expected: Vec<f32> = [2, 0]
            .iter()
            .flat_map(|i| images.pixels[10 * i..10 * (i + 1)].iter().enumerate())
            .map(|(at, &byte)| {
                let (mean, std) = [(0.5, 2.0), (0.25, 4.0)][at / 5];
                (f32::from(byte) / 255.0 - mean) / std
            })
            .collect();
        assert_eq!(values(there.batch(&[2, 0])), expected);
    }

    #[test]
    fn windows_are_each_images_own_and_repeat() {
        let images = Images {
            pixels: (0..=255).cycle().take(64 * 64).collect(),
            count: 64,
            channels: 1,
            height: 8,
            width: 8,
        };
        let there = OnDevice::new(&images, &[0.0], &[1.0], &Device::flex());
        let of = |step| values(there.augmented(&[0; 64], Augment::CropFlip, 7, 1, step));
        let (first, again, next) = (of(1), of(1), of(2));
        assert_eq!(first, again);
        assert_ne!(first, next);
        let mut kinds: Vec<&[f32]> = first.chunks_exact(64).collect();
        kinds.sort_by(|a, b| a.partial_cmp(b).unwrap());
        kinds.dedup();
        assert!(kinds.len() > 40, "{} windows of 162", kinds.len());
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
