//! The data of one run: subset, validation split and noisy labels, all drawn from the run's seed.

use super::error::DataError;
use super::images::{Labelled, Part};
use super::labels::FileLabels;
use super::noise::{confusion, flip, flip_by_image};
use super::open::open;
use super::rng::keyed;
use super::shape::{InputShape, pixel_statistics};
use crate::spec::{DataSet, DataSpec, NoiseKind, RunSpec};
use crate::store::NoiseReport;
use rand::seq::SliceRandom;
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
    /// Number of classes.
    pub classes: usize,
    /// Mean per channel of pixels scaled to 0–1.
    pub mean: Vec<f32>,
    /// Standard deviation per channel of pixels scaled to 0–1.
    pub std: Vec<f32>,
}

/// Loads and prepares the data of a run. Subset, split and noise depend on the data, the noise and
/// the seed, never on bit-width or method, so that runs compare in pairs.
///
/// # Errors
/// [`DataError`] when files are missing or broken, or when a limit is larger than the set.
pub fn prepare(spec: &RunSpec, data_home: &Path) -> Result<Prepared, DataError> {
    let (train, test) = open(&spec.data, data_home)?;
    // Every class of a folder has a training image.
    let seen = || train.labels.iter().max().map_or(0, |&l| usize::from(l) + 1);
    let classes = spec.data.set.classes().unwrap_or_else(seen);
    let mapped = spec.noise.map.iter().flatten();
    if let Some(class) = mapped.max().filter(|c| usize::from(**c) >= classes) {
        return Err(DataError::NoClass {
            class: *class,
            last: classes.saturating_sub(1),
        });
    }
    let seed = spec.train.seed;

    let there = train.labels.len();
    let mut order: Vec<usize> = (0..there).collect();
    order.shuffle(&mut keyed(seed, "subset", 0, 0));
    order.truncate(limit("train_limit", spec.data.train_limit, there)?);
    let held_out = (order.len() as f64 * spec.data.validation).round() as usize;
    let validation: Vec<usize> = order.split_off(order.len() - held_out);

    let (mean, std) = pixel_statistics(spec.data.set, &train.images);
    let told = FileLabels::read(&spec.noise, &train.labels, classes)?;
    let noisy = |indices: Vec<usize>, purpose: &str| {
        let true_labels: Vec<u8> = indices.iter().map(|&i| train.labels[i]).collect();
        let images = train.images.select(&indices);
        let labels = match (&told, spec.noise.kind) {
            (Some(told), _) => told.of(&indices)?,
            (None, NoiseKind::Instance) => flip_by_image(
                &images,
                (&mean, &std),
                &true_labels,
                classes,
                spec.noise.rate,
                (seed, purpose),
            ),
            (None, _) => flip(
                &true_labels,
                classes,
                &spec.noise,
                &mut keyed(seed, purpose, 0, 0),
            ),
        };
        Ok(Part {
            images,
            true_labels,
            labels,
            indices,
        })
    };
    let train_part = noisy(order, "noise")?;
    let validation = (!validation.is_empty())
        .then(|| noisy(validation, "validation-noise"))
        .transpose()?;
    let flipped = (0..train_part.labels.len())
        .filter(|&i| train_part.mislabelled(i))
        .count();
    let actual_rate = flipped as f64 / train_part.labels.len().max(1) as f64;
    Ok(Prepared {
        noise: NoiseReport {
            // Nobody asks a file for a rate: it has its own.
            nominal_rate: if told.is_some() {
                actual_rate
            } else {
                spec.noise.rate
            },
            actual_rate,
            flipped,
            seed,
            confusion: confusion(&train_part, classes),
        },
        train: train_part,
        validation,
        test: test_part(test, &spec.data)?,
        classes,
        mean,
        std,
    })
}

impl Prepared {
    /// What a network is given.
    pub fn shape(&self) -> InputShape {
        let images = &self.train.images;
        InputShape {
            channels: images.channels,
            height: images.height,
            width: images.width,
            classes: self.classes,
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

/// The first images of the test set; of a folder, which may list class after class, so many of them
/// mixed, the same for every seed.
fn test_part(test: Labelled, data: &DataSpec) -> Result<Part, DataError> {
    let there = test.labels.len();
    let count = limit("test_limit", data.test_limit, there)?;
    let mut indices: Vec<usize> = (0..there).collect();
    if data.set == DataSet::Folder && count < there {
        indices.shuffle(&mut keyed(0, "test-subset", 0, 0));
    }
    indices.truncate(count);
    let labels: Vec<u8> = indices.iter().map(|&i| test.labels[i]).collect();
    Ok(Part {
        images: test.images.select(&indices),
        true_labels: labels.clone(),
        labels,
        indices,
    })
}

/// Writes which training images are told a wrong label: columns `index` (place in the original
/// training set), `true`, `noisy`, `part`. Written beside and renamed.
///
/// # Errors
/// [`DataError::Write`] names the file.
pub fn save_mask(path: &Path, data: &Prepared) -> Result<(), DataError> {
    let failed = |source: std::io::Error| DataError::Write {
        path: path.into(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut table = csv::Writer::from_writer(file);
    let wrong = |e: csv::Error| failed(e.into());
    table
        .write_record(["index", "true", "noisy", "part"])
        .map_err(wrong)?;
    let parts = [
        ("train", Some(&data.train)),
        ("validation", data.validation.as_ref()),
    ];
    for (name, part) in parts.into_iter().filter_map(|(n, p)| p.map(|p| (n, p))) {
        for i in (0..part.labels.len()).filter(|&i| part.mislabelled(i)) {
            table
                .serialize((part.indices[i], part.true_labels[i], part.labels[i], name))
                .map_err(wrong)?;
        }
    }
    let file = table
        .into_inner()
        .map_err(|e| failed(std::io::Error::other(e.to_string())))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

#[cfg(test)]
#[path = "prepare_tests.rs"]
mod tests;
