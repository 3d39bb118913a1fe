//! Static facts of each data set.

use crate::spec::DataSet;

/// The size of a data set's images and parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputShape {
    /// Colour channels of an image.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Number of classes.
    pub classes: usize,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
}

/// The shape of `set`, known without reading it.
pub fn shape(set: DataSet) -> InputShape {
    let (channels, side, train, test) = match set {
        DataSet::Bundled => (1, 28, 5_000, 1_500),
        DataSet::FashionMnist | DataSet::Mnist => (1, 28, 60_000, 10_000),
        DataSet::Cifar10 | DataSet::Cifar100 => (3, 32, 50_000, 10_000),
    };
    InputShape {
        channels,
        height: side,
        width: side,
        classes: set.classes(),
        train,
        test,
    }
}

/// Mean and standard deviation per channel of pixels scaled to 0–1, over the whole training set.
pub fn pixel_statistics(set: DataSet) -> (&'static [f32], &'static [f32]) {
    match set {
        DataSet::Bundled | DataSet::FashionMnist => (&[0.2860], &[0.3530]),
        DataSet::Mnist => (&[0.1307], &[0.3081]),
        DataSet::Cifar10 => (&[0.4914, 0.4822, 0.4465], &[0.2470, 0.2435, 0.2616]),
        // As published with many of its results; 0.50708, 0.48655, 0.44092 and 0.26733, 0.25644,
        // 0.27615 to five digits.
        DataSet::Cifar100 => (&[0.5071, 0.4865, 0.4409], &[0.2673, 0.2564, 0.2762]),
    }
}
