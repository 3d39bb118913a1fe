//! Training-time augmentation, on the device: only a few numbers per image travel there.

use crate::data::rng::keyed;
use crate::spec::Augment;
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::RngExt;

/// Pixels of border that a random crop may take from.
const BORDER: usize = 4;

/// What an epoch's step sees of its images: drawn from (`seed`, `epoch`, `step`), each image's own.
pub struct Augmentation {
    windows: Vec<Window>,
    /// Middle of the square that is cut out of each image, row and column.
    holes: Vec<[usize; 2]>,
}

/// What a random crop takes of an image with a border.
struct Window {
    down: usize,
    right: usize,
    mirrored: bool,
}

impl Augmentation {
    /// Draws for `count` images of `height` × `width`. Windows and mirroring are the same for all
    /// kinds that have them.
    pub fn draw(
        kind: Augment,
        count: usize,
        [height, width]: [usize; 2],
        [seed, epoch, step]: [u64; 3],
    ) -> Self {
        let crops = matches!(kind, Augment::CropFlip | Augment::Crop | Augment::Cutout);
        let flips = matches!(kind, Augment::CropFlip | Augment::Flip | Augment::Cutout);
        let mut rng = keyed(seed, "augment", epoch, step);
        let windows = (0..count).map(|_| {
            let down = rng.random_range(0..=2 * BORDER);
            let right = rng.random_range(0..=2 * BORDER);
            let mirrored = rng.random::<bool>() && flips;
            Window {
                down: if crops { down } else { BORDER },
                right: if crops { right } else { BORDER },
                mirrored,
            }
        });
        let windows = windows.collect();
        let mut rng = keyed(seed, "cutout", epoch, step);
        let holes = match kind {
            Augment::Cutout => (0..count)
                .map(|_| [rng.random_range(0..height), rng.random_range(0..width)])
                .collect(),
            _ => Vec::new(),
        };
        Self { windows, holes }
    }

    /// Cuts each image's window (He et al. 2016, section 4.2) out of it: [B, C, H, W] of pixels, the
    /// border around them black.
    pub fn windows(&self, images: Tensor<4>) -> Tensor<4> {
        crop_flip(images, &self.windows)
    }

    /// Cuts a square of half the side out of each normalised image (DeVries and Taylor 2017): its
    /// pixels become 0, the mean of all images. The middle lies anywhere in the image, so that the
    /// square may reach beyond it.
    pub fn holes(&self, images: Tensor<4>) -> Tensor<4> {
        if self.holes.is_empty() {
            return images;
        }
        let [batch, channels, height, width] = images.dims();
        let device = images.device();
        let inside = |axis: usize, length: usize| {
            let middle: Vec<usize> = self.holes.iter().map(|hole| hole[axis]).collect();
            let places = Tensor::<1, Int>::arange(0..length as i64, &device);
            let apart = places.reshape([1, length]) - ints(&middle, &device).reshape([batch, 1]);
            let half = (length / 4) as i64;
            apart
                .clone()
                .greater_equal_elem(-half)
                .bool_and(apart.lower_elem(half))
        };
        let whole = [batch, channels, height, width];
        let rows = inside(0, height).reshape([batch, 1, height, 1]);
        let columns = inside(1, width).reshape([batch, 1, 1, width]);
        let hole = rows.expand(whole).bool_and(columns.expand(whole));
        images.mask_fill(hole, 0.0)
    }
}

/// Cuts each image's window out of it. Where the pixels of a window come from is computed on the
/// device.
fn crop_flip(images: Tensor<4>, windows: &[Window]) -> Tensor<4> {
    let [batch, channels, height, width] = images.dims();
    let device = images.device();
    let row = width + 2 * BORDER;
    // Where a window begins, and whether it is read forwards or backwards.
    let first = windows.iter().map(|w| {
        let column = w.right + if w.mirrored { width - 1 } else { 0 };
        w.down * row + column
    });
    let first: Vec<usize> = first.collect();
    let sign = windows.iter().map(|w| if w.mirrored { -1 } else { 1 });
    let sign: Vec<i32> = sign.collect();
    let sign = Tensor::<1, Int>::from_data(TensorData::new(sign, [batch]), &device);
    let rows = Tensor::<1, Int>::arange(0..height as i64, &device).mul_scalar(row as i64);
    let columns = Tensor::<1, Int>::arange(0..width as i64, &device);
    let from = ints(&first, &device).reshape([batch, 1, 1])
        + rows.reshape([1, height, 1])
        + columns.reshape([1, 1, width]) * sign.reshape([batch, 1, 1]);
    let from = from
        .reshape([batch, 1, height * width])
        .expand([batch, channels, height * width]);
    images
        .pad((BORDER, BORDER, BORDER, BORDER), PadMode::Constant(0.0))
        .reshape([batch, channels, (height + 2 * BORDER) * row])
        .gather(2, from)
        .reshape([batch, channels, height, width])
}

/// Numbers on the device.
pub(super) fn ints(values: &[usize], device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = values.iter().map(|&v| v as i32).collect();
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    fn image<const N: usize>(pixels: [f32; N], dims: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(pixels.to_vec(), dims), &Device::flex())
    }

    #[test]
    fn crops_and_mirrors() {
        let cut = |down, right, mirrored| {
            let window = Window {
                down,
                right,
                mirrored,
            };
            let original = image([1., 2., 3., 4., 5., 6., 7., 8.], [1, 2, 2, 2]);
            values(crop_flip(original, &[window]))
        };
        assert_eq!(cut(4, 4, false), [1., 2., 3., 4., 5., 6., 7., 8.]);
        assert_eq!(cut(4, 4, true), [2., 1., 4., 3., 6., 5., 8., 7.]);
        assert_eq!(cut(5, 4, false), [3., 4., 0., 0., 7., 8., 0., 0.]);
        assert_eq!(cut(4, 3, false), [0., 1., 0., 3., 0., 5., 0., 7.]);
        assert_eq!(cut(4, 3, true), [1., 0., 3., 0., 5., 0., 7., 0.]);
        assert_eq!(cut(0, 0, false), [0.; 8]);
    }

    #[test]
    fn a_square_of_half_the_side_is_cut_out_of_every_channel() {
        let cut = |hole| {
            let augmentation = Augmentation {
                windows: Vec::new(),
                holes: vec![hole],
            };
            let cut = values(augmentation.holes(image([1.0; 32], [1, 2, 4, 4])));
            assert_eq!(cut[..16], cut[16..]);
            let rows = cut[..16].chunks_exact(4);
            rows.map(|row| {
                row.iter()
                    .map(|p| if *p == 0.0 { '.' } else { 'x' })
                    .collect()
            })
            .collect::<Vec<String>>()
        };
        // Rows and columns from one before the middle up to the middle.
        assert_eq!(cut([2, 1]), ["xxxx", "..xx", "..xx", "xxxx"]);
        assert_eq!(cut([0, 0]), [".xxx", "xxxx", "xxxx", "xxxx"]);
        assert_eq!(cut([3, 3]), ["xxxx", "xxxx", "xx..", "xx.."]);
    }

    #[test]
    fn each_kind_does_what_its_name_says_and_no_more() {
        let draw = |kind| Augmentation::draw(kind, 500, [8, 8], [7, 1, 3]);
        let moved = |a: &Augmentation| a.windows.iter().any(|w| [w.down, w.right] != [4, 4]);
        let mirrored = |a: &Augmentation| a.windows.iter().filter(|w| w.mirrored).count();
        for (kind, crops, flips, holes) in [
            (Augment::None, false, false, 0),
            (Augment::Crop, true, false, 0),
            (Augment::Flip, false, true, 0),
            (Augment::CropFlip, true, true, 0),
            (Augment::Cutout, true, true, 500),
        ] {
            let drawn = draw(kind);
            assert_eq!(moved(&drawn), crops, "{kind}");
            assert_eq!(mirrored(&drawn) > 0, flips, "{kind}");
            assert_eq!(drawn.holes.len(), holes, "{kind}");
        }
        // Half are mirrored (deviation 11), and every window and middle occurs.
        let drawn = draw(Augment::Cutout);
        assert!(mirrored(&drawn).abs_diff(250) < 60);
        for k in 0..=8 {
            assert!(drawn.windows.iter().any(|w| w.down == k));
            assert!(drawn.windows.iter().any(|w| w.right == k));
        }
        for k in 0..8 {
            assert!(drawn.holes.iter().any(|h| h[0] == k) && drawn.holes.iter().any(|h| h[1] == k));
        }
        // The same windows for all kinds, so that they compare.
        let both = draw(Augment::CropFlip);
        let alike = both.windows.iter().zip(&drawn.windows);
        for (a, b) in alike {
            assert_eq!((a.down, a.right, a.mirrored), (b.down, b.right, b.mirrored));
        }
    }
}
