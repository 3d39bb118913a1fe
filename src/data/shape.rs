//! Facts of each data set.

use super::folds::fold_of;
use super::images::Images;
use super::task::Task;
use super::{digits, folder};
use crate::spec::{DataSet, DataSpec};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the number of files in a folder is believed.
const BELIEVED: Duration = Duration::from_secs(3);

/// The size of a data set's images and parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputShape {
    /// Colour channels of an image.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// What is to be told of an image.
    pub task: Task,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
}

/// The shape of a data set without reading it. The files of a folder are counted; one that cannot be
/// read yet passes for ten classes of one image each, so that a form can be filled in before it is
/// there.
pub fn shape(data: &DataSpec) -> InputShape {
    let known = |channels, side, train, test| InputShape {
        channels,
        height: side,
        width: side,
        task: match data.set.units() {
            [] => Task::Classes(data.set.classes().unwrap_or(10)),
            units => Task::Units(units),
        },
        train,
        test,
    };
    match data.set {
        DataSet::Bundled => known(1, 28, 5_000, 1_500),
        DataSet::FashionMnist | DataSet::Mnist => known(1, 28, 60_000, 10_000),
        DataSet::Cifar10 | DataSet::Cifar100 => known(3, 32, 50_000, 10_000),
        DataSet::Digits => known(1, 8, digits::ROWS.0, digits::ROWS.1),
        DataSet::SyntheticFaces => {
            let (subjects, frames) = data.faces();
            faces(data, subjects, subjects * frames)
        }
        // All coded frames as published: what a user has of them is seen when they are read.
        DataSet::Bp4d => faces(data, 41, 146_847),
        DataSet::Disfa => faces(data, 27, 130_814),
        DataSet::Folder => {
            let channels = if data.grey { 1 } else { 3 };
            let empty = known(channels, data.side(), 10, 10);
            match data.dir.as_deref().and_then(counted) {
                Some([classes, train, test]) => InputShape {
                    task: Task::Classes(classes),
                    train,
                    test,
                    ..empty
                },
                None => empty,
            }
        }
    }
}

/// The shape of so many images of so many subjects, tested on the first fold.
fn faces(data: &DataSpec, subjects: usize, images: usize) -> InputShape {
    let tested = (0..subjects).filter(|&place| fold_of(place) == 1).count();
    let test = images * tested / subjects.max(1);
    InputShape {
        channels: if data.grey { 1 } else { 3 },
        height: data.side(),
        width: data.side(),
        task: Task::Units(data.set.units()),
        train: images - test,
        test,
    }
}

/// Classes, training images and test images of a folder; `None` where there is no such folder.
///
/// A plan asks many times over, and counting 60,000 files takes a tenth of a second: what was
/// counted is believed for a few seconds.
fn counted(dir: &Path) -> Option<[usize; 3]> {
    static LAST: Mutex<Option<Count>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let known = last
        .as_ref()
        .filter(|count| count.of == dir && count.at.elapsed() < BELIEVED);
    if let Some(count) = known {
        return count.found;
    }
    let listing = folder::list(dir).ok();
    let found = listing.map(|l| [l.classes.len(), l.train.len(), l.test.len()]);
    *last = Some(Count {
        of: dir.into(),
        at: Instant::now(),
        found,
    });
    found
}

/// What was counted in a folder, and when.
struct Count {
    of: PathBuf,
    at: Instant,
    found: Option<[usize; 3]>,
}

/// Mean and standard deviation of ImageNet's pixels scaled to 0–1: red, green, blue.
pub const IMAGENET: ([f32; 3], [f32; 3]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

/// Mean and standard deviation per channel of pixels scaled to 0–1, over the whole training set.
pub fn pixel_statistics(set: DataSet, train: &Images) -> (Vec<f32>, Vec<f32>) {
    let (mean, std): (&[f32], &[f32]) = match set {
        DataSet::Bundled | DataSet::FashionMnist => (&[0.2860], &[0.3530]),
        DataSet::Mnist => (&[0.1307], &[0.3081]),
        DataSet::Cifar10 => (&[0.4914, 0.4822, 0.4465], &[0.2470, 0.2435, 0.2616]),
        // As published with many of its results; 0.50708, 0.48655, 0.44092 and 0.26733, 0.25644,
        // 0.27615 to five digits.
        DataSet::Cifar100 => (&[0.5071, 0.4865, 0.4409], &[0.2673, 0.2564, 0.2762]),
        // Computed from the first 1,437 rows of scikit-learn's file.
        DataSet::Digits => (&[0.3054], &[0.3753]),
        DataSet::Folder | DataSet::SyntheticFaces | DataSet::Bp4d | DataSet::Disfa => {
            return measured(train);
        }
    };
    (mean.into(), std.into())
}

/// The same, computed.
pub fn measured(images: &Images) -> (Vec<f32>, Vec<f32>) {
    let plane = (images.height * images.width).max(1);
    let mut counts = vec![[0u64; 256]; images.channels];
    for (i, pixels) in images.pixels.chunks_exact(plane).enumerate() {
        for pixel in pixels {
            counts[i % images.channels][usize::from(*pixel)] += 1;
        }
    }
    let moment = |counts: &[u64; 256], power: i32| {
        let whole: u64 = counts.iter().sum();
        let values = counts.iter().enumerate();
        let sum: f64 = values
            .map(|(value, n)| *n as f64 * (value as f64 / 255.0).powi(power))
            .sum();
        sum / whole.max(1) as f64
    };
    counts
        .iter()
        .map(|counts| {
            let mean = moment(counts, 1);
            let variance = moment(counts, 2) - mean * mean;
            // Images of one colour have none to divide by.
            (
                mean as f32,
                variance.max(0.0).sqrt().max(1.0 / 255.0) as f32,
            )
        })
        .unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_each_channel() {
        let images = Images {
            pixels: [[0, 255, 0, 255], [51, 51, 51, 51]].repeat(3).concat(),
            count: 3,
            channels: 2,
            height: 2,
            width: 2,
        };
        let (mean, std) = measured(&images);
        assert!((mean[0] - 0.5).abs() < 1e-6 && (mean[1] - 0.2).abs() < 1e-6);
        assert!((std[0] - 0.5).abs() < 1e-6);
        assert_eq!(std[1], 1.0 / 255.0);
    }

    #[test]
    fn a_folder_that_is_not_there_has_a_shape_all_the_same() {
        let data = DataSpec {
            dir: Some("/nowhere/at/all".into()),
            size: Some(64),
            grey: true,
            ..DataSpec::new(DataSet::Folder)
        };
        let shape = shape(&data);
        assert_eq!((shape.channels, shape.height, shape.width), (1, 64, 64));
        assert!(shape.task.classes() > 1 && shape.train > 0 && shape.test > 0);
    }
}
