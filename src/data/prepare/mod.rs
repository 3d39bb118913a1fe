//! The data of one run: subset, validation split and noisy labels, all drawn from the run's seed.

mod classes;
mod mask;
mod units;

pub use mask::save_mask;

use super::error::DataError;
use super::images::Part;
use super::noise::{self, confusion};
use super::open::{Content, open};
use super::shape::{IMAGENET, InputShape};
use super::task::Task;
use crate::spec::RunSpec;
use crate::store::NoiseReport;
use std::path::Path;

/// The data of one run.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What is trained on.
    pub train: Part,
    /// What is held out of the training set, with noise like it.
    pub validation: Option<Part>,
    /// The test set; its labels are true.
    pub test: Part,
    /// Label noise of the training part as it was drawn.
    pub noise: NoiseReport,
    /// What is to be told of an image.
    pub task: Task,
    /// What of the data set could not be used, in words.
    pub passed_over: Vec<String>,
    /// Mean per channel of pixels scaled to 0–1.
    pub mean: Vec<f32>,
    /// Standard deviation per channel of pixels scaled to 0–1.
    pub std: Vec<f32>,
}

/// Loads and prepares the data of a run. Subset, split and noise depend on the data, the noise, the
/// seed and the fold, never on bit-width or method, so that runs compare in pairs.
///
/// # Errors
/// [`DataError`] when files are missing or broken, or when a limit is larger than the set.
pub fn prepare(spec: &RunSpec, data_home: &Path) -> Result<Prepared, DataError> {
    let mut data = match open(&spec.data, data_home)? {
        Content::Split(train, test) => classes::prepare(spec, train, test)?,
        Content::Coded(coded, passed_over) => Prepared {
            passed_over,
            ..units::prepare(spec, coded)?
        },
    };
    // Weights that were learned on ImageNet expect its normalisation. Noise was drawn before: it is the
    // same whatever the network and its weights are.
    if spec.model.weights.is_some() {
        (data.mean, data.std) = (IMAGENET.0.into(), IMAGENET.1.into());
    }
    Ok(data)
}

/// What the noise did to a training part. Files have no nominal rate: the actual one stands for it.
fn report(train: &Part, nominal_rate: Option<f64>, seed: u64) -> NoiseReport {
    let known = (0..train.labels.len())
        .filter(|&i| train.is_known(i))
        .count();
    let flipped = (0..train.labels.len())
        .filter(|&i| train.mislabelled(i))
        .count();
    let actual_rate = flipped as f64 / known.max(1) as f64;
    NoiseReport {
        nominal_rate: nominal_rate.unwrap_or(actual_rate),
        actual_rate,
        flipped,
        seed,
        confusion: confusion(train),
        units: noise::units(train),
    }
}

impl Prepared {
    /// What a network is given.
    pub fn shape(&self) -> InputShape {
        let images = &self.train.images;
        InputShape {
            channels: images.channels,
            height: images.height,
            width: images.width,
            task: self.task,
            train: images.count,
            test: self.test.images.count,
        }
    }
}

fn limit(field: &'static str, asked: Option<usize>, there: usize) -> Result<usize, DataError> {
    match asked {
        Some(asked) if asked > there => Err(DataError::TooMany {
            field,
            asked,
            there,
        }),
        Some(asked) => Ok(asked),
        None => Ok(there),
    }
}

#[cfg(test)]
mod tests;
