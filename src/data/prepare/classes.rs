//! Sets whose images show one class each, and that have a test set of their own.

use super::{Prepared, limit, report};
use crate::data::error::DataError;
use crate::data::images::{Labelled, Part};
use crate::data::labels::FileLabels;
use crate::data::noise::{flip, flip_by_image};
use crate::data::rng::keyed;
use crate::data::shape::pixel_statistics;
use crate::data::task::Task;
use crate::spec::{DataSet, DataSpec, NoiseKind, RunSpec};
use rand::seq::SliceRandom;

/// The data of a run.
///
/// # Errors
/// [`DataError`] for labels of a file that do not fit, and limits that are larger than the set.
pub fn prepare(spec: &RunSpec, train: Labelled, test: Labelled) -> Result<Prepared, DataError> {
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
            task: Task::Classes(classes),
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
    // Nobody asks a file for a rate: it has its own.
    let nominal_rate = told.is_none().then_some(spec.noise.rate);
    Ok(Prepared {
        noise: report(&train_part, nominal_rate, seed),
        train: train_part,
        validation,
        test: test_part(test, classes, &spec.data)?,
        task: Task::Classes(classes),
        passed_over: Vec::new(),
        mean,
        std,
    })
}

/// The first images of the test set; of a folder, which may list class after class, so many of them
/// mixed, the same for every seed.
fn test_part(test: Labelled, classes: usize, data: &DataSpec) -> Result<Part, DataError> {
    let there = test.labels.len();
    let count = limit("test_limit", data.test_limit, there)?;
    let mut indices: Vec<usize> = (0..there).collect();
    if data.set == DataSet::Folder && count < there {
        indices.shuffle(&mut keyed(0, "test-subset", 0, 0));
    }
    indices.truncate(count);
    let labels: Vec<u8> = indices.iter().map(|&i| test.labels[i]).collect();
    Ok(Part {
        task: Task::Classes(classes),
        images: test.images.select(&indices),
        true_labels: labels.clone(),
        labels,
        indices,
    })
}
