//! Networks that tell Action Units, trained for real on few drawn faces.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::Outcome;
use super::batches::OnDevice;
use super::objective::{Batch, Objective};
use super::step::Learner;
use super::tape::{Stop, run};
use crate::data::{Part, Prepared, UNKNOWN, prepare};
use crate::method::{self, Smoothing};
use crate::spec::{Mixup, RunSpec, expand, parse};
use crate::store::EventKind;
use burn::tensor::{Device, Tensor, TensorData};
use std::path::Path;

const SPEC: &str = r#"
name = "faces"
[data]
set = "synthetic-faces"
size = 24
grey = true
subjects = 9
frames = 14
validation = 0.2
[model]
name = "cnn"
width = 0.25
[noise]
kind = "annotator"
rates = [0.2]
[train]
epochs = 2
batch_size = 16
lr = 1e-3
"#;

fn spec(set: &[&str]) -> RunSpec {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    expand(&parse(SPEC, "test", &set).unwrap()).pop().unwrap()
}

#[test]
fn a_run_tells_of_each_unit() {
    let folder = tempfile::tempdir().unwrap();
    let (outcome, tape) = run(&spec(&[]), folder.path(), Stop::Never);
    let epochs = tape.epochs();
    assert_eq!(epochs.len(), 2);
    for epoch in &epochs {
        let numbers: Vec<u8> = epoch.units.iter().map(|u| u.unit).collect();
        assert_eq!(numbers, [1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24]);
        let scores: Vec<f64> = epoch.units.iter().filter_map(|u| u.f1).collect();
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        assert!((epoch.f1.unwrap() - mean).abs() < 1e-12);
        let accuracy = epoch.units.iter().filter_map(|u| u.acc).sum::<f64>() / 12.0;
        assert!((epoch.test_acc - accuracy).abs() < 1e-12);
        assert!(epoch.val_f1.is_some() && epoch.val_f1_clean.is_some());
        assert!(epoch.f1_spread.is_some() && epoch.ece.is_some());
        // What became of a wrong label is one of two things.
        let (memorised, corrected) = (epoch.memorised.unwrap(), epoch.corrected.unwrap());
        assert!((memorised + corrected - 1.0).abs() < 1e-12);
        assert_eq!(epoch.other, Some(0.0));
    }
    let Outcome::Finished(summary) = outcome else {
        panic!("it did not finish")
    };
    assert_eq!((summary.units.len(), summary.f1_last.is_some()), (12, true));
    let selected = epochs
        .iter()
        .find(|e| Some(e.epoch) == summary.selected_epoch);
    assert_eq!(summary.val_f1_selected, selected.unwrap().val_f1);
    let Some(EventKind::Started {
        train_samples,
        noise,
        ..
    }) = tape.events.first()
    else {
        panic!("it did not begin")
    };
    // Six subjects in two folds, one of them held out.
    assert_eq!(*train_samples, 5 * 14);
    assert_eq!(noise.units.len(), 12);
    assert_eq!(tape.samples.len(), 5 * 14 * 12);
    let sample = &tape.samples[13];
    assert_eq!(
        (sample.unit, sample.index),
        (Some(2), tape.samples[12].index)
    );
    assert!(tape.samples.iter().all(|s| s.aum.is_some()));
    let wrong = tape.samples.iter().filter(|s| s.mislabelled).count();
    assert_eq!(wrong, noise.flipped);
}

#[test]
fn labels_are_learned() {
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(&[
        "train.epochs=40",
        "train.lr=2e-3",
        "model={name=\"au-cnn\", width=0.5}",
        "noise.rates=[0.0]",
    ]);
    let (_, tape) = run(&spec, folder.path(), Stop::Never);
    let epochs = tape.epochs();
    let (first, last) = (&epochs[0], epochs.last().unwrap());
    assert!(
        last.train_loss < 0.5 * first.train_loss,
        "{}",
        last.train_loss
    );
    assert!(last.train_acc > 0.9, "{}", last.train_acc);
    // Nothing is wrong that could be memorised.
    assert_eq!(last.memorised, None);
}

/// Every method that a set of faces can have, alone or at few bits, goes on from its checkpoint as if
/// it had not been stopped.
#[test]
fn a_run_that_was_stopped_ends_like_one_that_was_not() {
    let bits = ["quantizer.name=lsq", "quantizer.bits=[\"w2a2\"]"];
    for (method, set) in [
        ("none", &bits[..]),
        ("robin-hood", &[]),
        ("label-smoothing", &[]),
        ("mixup", &[]),
        ("gce", &[]),
        ("sce", &bits),
        ("bootstrap", &[]),
        ("dropout", &[]),
        ("prune-channels", &bits),
        ("distillation", &[]),
    ] {
        let names = format!("method.names=[\"{method}\"]");
        let set = [set, &[names.as_str()]].concat();
        let spec = spec(&set);
        let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (_, expected) = run(&spec, whole.path(), Stop::Never);
        run(&spec, parts.path(), Stop::Epoch(1));
        let (_, found) = run(&spec, parts.path(), Stop::Never);
        assert_eq!(expected.epochs()[1..], found.epochs(), "{method}");
        assert_eq!(expected.samples, found.samples, "{method}");
        let loss = expected.epochs()[1].train_loss;
        assert!(loss.is_finite() && loss > 0.0, "{method}: {loss}");
    }
}

fn first_batch<'a>(data: &Prepared, indices: &'a [usize], smoothing: &Smoothing) -> Batch<'a> {
    let device = Device::flex();
    let images = OnDevice::new(&data.train.images, &data.mean, &data.std, &device);
    let labels = labels(&data.train, indices);
    let targets = smoothing.targets(&labels, data.task);
    let weights = method::label_weights(&labels, &method::unit_weights(&data.train), data.task);
    Batch {
        indices,
        x: images.batch(indices),
        task: data.task,
        targets: Tensor::from_data(TensorData::new(targets, [labels.len(), 2]), &device),
        weights: Some(Tensor::from_data(
            TensorData::new(weights, [labels.len()]),
            &device,
        )),
        dropout: Vec::new(),
        epoch: 1,
        step: 0,
        lr: 1e-3,
    }
}

fn labels(part: &Part, indices: &[usize]) -> Vec<u8> {
    let places = indices.iter().flat_map(|&i| part.places(i));
    places.map(|place| part.labels[place]).collect()
}

/// Binary cross-entropy with logits z for the share y.
fn entropy(z: f32, y: f64) -> f64 {
    let z = f64::from(z);
    z.max(0.0) - z * y + (-z.abs()).exp().ln_1p()
}

#[test]
fn the_loss_is_the_weighted_mean_over_known_labels() {
    let spec = spec(&[]);
    let mut data = prepare(&spec, Path::new("")).unwrap();
    let indices = [3, 0, 7, 11];
    // Some that nobody knows.
    for place in [36, 37, 90, 132] {
        data.train.labels[place] = UNKNOWN;
        data.train.true_labels[place] = UNKNOWN;
    }
    let labels = labels(&data.train, &indices);
    let weights = method::unit_weights(&data.train);
    let known = labels.iter().filter(|&&l| l != UNKNOWN).count();
    assert_eq!(known, 44);
    for alpha in [0.0, 0.2] {
        let mut learner = Learner::new(&spec, data.shape(), &Device::flex());
        let batch = first_batch(&data, &indices, &Smoothing::Every(alpha));
        let (logits, _) = learner.forward(batch.x.clone(), Vec::new());
        let logits: Vec<f32> = logits.inner().into_data().try_into_vec().unwrap();
        let losses = logits.iter().zip(&labels).enumerate();
        let wanted: f64 = losses
            .filter(|(_, (_, label))| **label != UNKNOWN)
            .map(|(place, (z, label))| {
                let y = (1.0 - alpha) * f64::from(*label) + alpha / 2.0;
                weights[place % 12] * entropy(*z, y) / known as f64
            })
            .sum();
        let stepped = Objective::CrossEntropy.step(&mut learner, batch).unwrap();
        let found: f32 = stepped.loss.into_scalar();
        assert!((f64::from(found) - wanted).abs() < 1e-5, "{found} {wanted}");
    }
}

#[test]
fn mixed_faces_have_mixed_targets() {
    let spec = spec(&[]);
    let data = prepare(&spec, Path::new("")).unwrap();
    let indices: Vec<usize> = (0..6).collect();
    let labels = labels(&data.train, &indices);
    let weights = method::unit_weights(&data.train);
    let mut learner = Learner::new(&spec, data.shape(), &Device::flex());
    let batch = first_batch(&data, &indices, &Smoothing::Every(0.0));
    let mixture = method::Mixture::draw(1.0, 6, 5, 1, 0);
    let (logits, _) = learner.forward(mixture.mix(batch.x.clone()), Vec::new());
    let logits: Vec<f32> = logits.inner().into_data().try_into_vec().unwrap();
    let wanted: f64 = logits
        .iter()
        .enumerate()
        .map(|(place, z)| {
            let (image, unit) = (place / 12, place % 12);
            let other = mixture.partners[image] * 12 + unit;
            let y = mixture.share * f64::from(labels[place])
                + (1.0 - mixture.share) * f64::from(labels[other]);
            weights[unit] * entropy(*z, y) / labels.len() as f64
        })
        .sum();
    let mut mixup = Objective::Mixup(Mixup { alpha: 1.0 }, 5);
    let stepped = mixup.step(&mut learner, batch).unwrap();
    let found: f32 = stepped.loss.into_scalar();
    assert!((f64::from(found) - wanted).abs() < 1e-5, "{found} {wanted}");
    assert!(stepped.logits.is_none());
}
