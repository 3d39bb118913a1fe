//! Sets whose images have a label for each of several Action Units, divided into folds by subject.

use super::{Prepared, limit, report};
use crate::data::coded::Coded;
use crate::data::error::DataError;
use crate::data::folds::fold_of;
use crate::data::images::Part;
use crate::data::noise::{Annotator, Truth, flip};
use crate::data::rng::keyed;
use crate::data::shape::measured;
use crate::data::task::Task;
use crate::spec::{NoiseKind, RunSpec};
use rand::seq::SliceRandom;
use std::collections::BTreeSet;

/// The data of a run: tested on the subjects of its fold, trained on the others, of whom some are held
/// out for validation. No two parts share a subject.
///
/// # Errors
/// [`DataError`] for limits that are larger than the set, and folds without images.
pub fn prepare(spec: &RunSpec, coded: Coded) -> Result<Prepared, DataError> {
    let seed = spec.train.seed;
    let fold = spec.train.fold.unwrap_or(1);
    let (mut test, mut pool): (Vec<usize>, Vec<usize>) =
        (0..coded.images.count).partition(|&i| fold_of(usize::from(coded.subjects[i])) == fold);
    if test.is_empty() || pool.is_empty() {
        return Err(DataError::EmptyFold {
            fold,
            subjects: coded.subjects.iter().collect::<BTreeSet<_>>().len(),
        });
    }
    let count = limit("test_limit", spec.data.test_limit, test.len())?;
    if count < test.len() {
        // The same for every seed. Frames stand in order: the first ones show few subjects.
        test.shuffle(&mut keyed(0, "test-subset", 0, 0));
        test.truncate(count);
    }
    pool.shuffle(&mut keyed(seed, "subset", 0, 0));
    pool.truncate(limit("train_limit", spec.data.train_limit, pool.len())?);
    let held_out = held_out(&coded, &pool, spec.data.validation, seed);
    if held_out.is_empty() && spec.data.validation > 0.0 {
        return Err(DataError::OneSubject { fold });
    }
    let (validation, train): (Vec<usize>, Vec<usize>) =
        (pool.iter().copied()).partition(|&i| held_out.contains(&coded.subjects[i]));

    let annotator = (spec.noise.kind == NoiseKind::Annotator).then(|| {
        let (labels, intensities) = rows(&coded, &pool);
        let truth = truth(coded.units, &labels, intensities.as_deref());
        Annotator::of_rate(spec.noise.rate, &truth)
    });
    let noisy = |indices: Vec<usize>, purpose: &str| {
        let (true_labels, intensities) = rows(&coded, &indices);
        let mut rng = keyed(seed, purpose, 0, 0);
        let labels = match annotator {
            Some(annotator) => {
                let truth = truth(coded.units, &true_labels, intensities.as_deref());
                annotator.code(&truth, &mut rng)
            }
            None => flip_known(&true_labels, spec, &mut rng),
        };
        part(&coded, indices, true_labels, labels)
    };
    let train = noisy(train, "noise");
    let validation = (!validation.is_empty()).then(|| noisy(validation, "validation-noise"));
    let (labels, _) = rows(&coded, &test);
    let test = part(&coded, test, labels.clone(), labels);
    let (mean, std) = measured(&train.images);
    Ok(Prepared {
        noise: report(&train, Some(spec.noise.rate), seed),
        task: Task::Units(coded.units),
        train,
        validation,
        test,
        passed_over: Vec::new(),
        mean,
        std,
    })
}

/// The subjects that are held out: that share of those who are there, at least one if any.
fn held_out(coded: &Coded, pool: &[usize], share: f64, seed: u64) -> BTreeSet<u16> {
    let there: BTreeSet<u16> = pool.iter().map(|&i| coded.subjects[i]).collect();
    let mut order: Vec<u16> = there.into_iter().collect();
    order.shuffle(&mut keyed(seed, "validation-subjects", 0, 0));
    let least = usize::from(share > 0.0);
    let count = ((order.len() as f64 * share).round() as usize).max(least);
    // Someone has to be trained on.
    order.truncate(count.min(order.len().saturating_sub(1)));
    order.into_iter().collect()
}

/// Labels and intensities of some images, in rows.
fn rows(coded: &Coded, indices: &[usize]) -> (Vec<u8>, Option<Vec<f32>>) {
    let units = coded.units.len();
    let places = || indices.iter().flat_map(|&i| i * units..(i + 1) * units);
    let labels = places().map(|place| coded.labels[place]).collect();
    let intensities = coded.intensities.as_ref();
    (
        labels,
        intensities.map(|all| places().map(|place| all[place]).collect()),
    )
}

fn truth<'a>(units: &'a [u8], labels: &'a [u8], intensities: Option<&'a [f32]>) -> Truth<'a> {
    Truth {
        units,
        labels,
        intensities,
    }
}

/// Noise that depends on a label alone, of those that are known.
fn flip_known(labels: &[u8], spec: &RunSpec, rng: &mut rand_chacha::ChaCha8Rng) -> Vec<u8> {
    let known = |&place: &usize| Task::Units(&[]).is_known(labels[place]);
    let places: Vec<usize> = (0..labels.len()).filter(known).collect();
    let before: Vec<u8> = places.iter().map(|&place| labels[place]).collect();
    let mut noisy = labels.to_vec();
    for (&place, label) in places.iter().zip(flip(&before, 2, &spec.noise, rng)) {
        noisy[place] = label;
    }
    noisy
}

fn part(coded: &Coded, indices: Vec<usize>, true_labels: Vec<u8>, labels: Vec<u8>) -> Part {
    Part {
        task: Task::Units(coded.units),
        images: coded.images.select(&indices),
        true_labels,
        labels,
        indices,
    }
}
