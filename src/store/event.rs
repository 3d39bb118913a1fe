//! What a trainer records: one JSON object per line of `events.jsonl`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of `events.jsonl`. Shares and accuracies are in 0–1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened.
    pub time: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// Training began, or went on after `epoch` finished epochs.
    Started {
        /// Epochs that were already done.
        epoch: usize,
        /// The device, in words.
        device: String,
        /// Label noise as it was really drawn.
        noise: NoiseReport,
        /// Bytes of the model as it would be stored.
        model_bytes: u64,
        /// Bytes at full precision ÷ `model_bytes`.
        compression_ratio: f64,
        /// What the network costs; runs of an older quell do not say.
        #[serde(default)]
        cost: Option<Cost>,
        /// Training images after limits and the validation split.
        train_samples: usize,
    },
    /// Progress within an epoch, at most about twice a second.
    Step(StepMetrics),
    /// An epoch ended.
    Epoch(Box<EpochMetrics>),
    /// The checkpoint on disk now stands after this epoch.
    Checkpoint {
        /// Finished epochs.
        epoch: usize,
    },
    /// Training waits because it was asked to.
    Paused,
    /// Training goes on after a pause.
    Resumed,
    /// Something worth knowing.
    Note {
        /// The text.
        text: String,
    },
    /// Something that may spoil the result.
    Warning {
        /// The text.
        text: String,
    },
    /// All epochs are done, or early stopping ended the run.
    Finished(Box<Summary>),
    /// Stopped because it was asked to.
    Stopped {
        /// Epochs that the checkpoint holds.
        epoch: usize,
    },
    /// Ended by an error.
    Failed {
        /// What went wrong and what to do about it.
        reason: String,
    },
    /// An event of a newer quell.
    #[serde(other)]
    Unknown,
}

/// Progress within an epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// The epoch being trained, counted from 1; 0 in what is trained before the run's own epochs,
    /// such as a teacher.
    pub epoch: usize,
    /// Steps done since the beginning of the run, or of what is trained before it.
    pub step: usize,
    /// Steps in an epoch.
    pub steps_per_epoch: usize,
    /// Training loss since the last report; `None` when it was not read from the device.
    pub loss: Option<f64>,
    /// Training images per second since the last report.
    pub samples_per_second: f64,
}

/// All metrics of one epoch. Shares and accuracies are in 0–1, losses are mean cross-entropies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EpochMetrics {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Steps done since the beginning of the run.
    pub step: usize,
    /// Mean training loss over the epoch's steps (the method's own loss).
    pub train_loss: f64,
    /// Accuracy on the training images against the labels trained on.
    pub train_acc: f64,
    /// Accuracy on the part of the training set whose label is true.
    pub clean_acc: Option<f64>,
    /// Of the mislabelled training images, the share predicted as their wrong label.
    pub memorised: Option<f64>,
    /// … as their true label.
    pub corrected: Option<f64>,
    /// … as neither.
    pub other: Option<f64>,
    /// Accuracy on the validation images against their noisy labels.
    pub val_acc: Option<f64>,
    /// Accuracy on the validation images against their true labels.
    pub val_acc_clean: Option<f64>,
    /// Test loss, mean −log p of the label: the negative log-likelihood.
    pub test_loss: f64,
    /// Test accuracy.
    pub test_acc: f64,
    /// Expected calibration error on the test images, 15 bins of equal width (Guo et al. 2017).
    pub ece: Option<f64>,
    /// F1 of the test images, mean over the Action Units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
    /// Sample standard deviation of F1 over the units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1_spread: Option<f64>,
    /// Mean F1 of the validation images against their noisy labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub val_f1: Option<f64>,
    /// Mean F1 of the validation images against their true labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub val_f1_clean: Option<f64>,
    /// Each unit by itself; empty where images show classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitMetrics>,
    /// Share of the weights that are exactly zero after quantization.
    pub sparsity: Option<f64>,
    /// Learning rate at the epoch's last step.
    pub lr: f64,
    /// Training images per second, evaluation left out.
    pub samples_per_second: f64,
    /// Seconds that the epoch took, evaluation included.
    pub seconds: f64,
    /// Seconds of the evaluation alone.
    pub eval_seconds: f64,
    /// Whether the network was not yet the one that the run is about, such as before it was pruned:
    /// the summary leaves such epochs out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}

/// Metrics of one Action Unit, all in 0–1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnitMetrics {
    /// Its number in the Facial Action Coding System.
    pub unit: u8,
    /// F1 of the test images, 2·TP / (2·TP + FP + FN); `None` where neither labels nor predictions
    /// have it.
    pub f1: Option<f64>,
    /// Accuracy on the test images.
    pub acc: Option<f64>,
    /// Of its wrong training labels, the share that is predicted as it is told.
    pub memorised: Option<f64>,
}

/// What a finished run comes to. Shares and accuracies are in 0–1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Epochs trained.
    pub epochs: usize,
    /// Best test accuracy of any epoch: an oracle.
    pub test_acc_best: f64,
    /// Its epoch; of Action Units that of `f1_best`.
    pub best_epoch: usize,
    /// Mean test accuracy of the last 10 epochs, or of all if fewer.
    pub test_acc_last: f64,
    /// Test accuracy at the epoch with the best validation accuracy, or F1 (noisy labels).
    pub test_acc_selected: Option<f64>,
    /// That epoch.
    pub selected_epoch: Option<usize>,
    /// The validation accuracy (noisy labels) of that epoch: what settings are chosen by.
    pub val_acc_selected: Option<f64>,
    /// Memorised share, mean over the same epochs as `test_acc_last`.
    pub memorised: Option<f64>,
    /// Corrected share, likewise.
    pub corrected: Option<f64>,
    /// Training accuracy on true labels, likewise.
    pub clean_acc: Option<f64>,
    /// Negative log-likelihood of the test labels, likewise.
    pub nll: Option<f64>,
    /// Expected calibration error, likewise.
    pub ece: Option<f64>,
    /// Mean F1 over the Action Units, mean over the same epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1_last: Option<f64>,
    /// Best mean F1 of any epoch: an oracle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1_best: Option<f64>,
    /// Mean F1 at the epoch with the best validation F1 (noisy labels).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1_selected: Option<f64>,
    /// The validation F1 (noisy labels) of that epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub val_f1_selected: Option<f64>,
    /// Spread of F1 over the units, mean over the same epochs as `f1_last`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1_spread: Option<f64>,
    /// Each unit by itself, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitMetrics>,
    /// Training images per second, mean over the epochs.
    pub samples_per_second: f64,
    /// Seconds of training and evaluation, all parts of a resumed run together.
    pub seconds: f64,
}

/// What a network costs in bits and in arithmetic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Bits per weight, mean over all weights, those that were pruned away among them.
    pub effective_bits: f64,
    /// Multiplications of an activation by a weight, per image.
    pub macs: u64,
    /// Σ over layers of MACs × bits of a weight × bits of an activation, per image. Full precision has
    /// 32 bits, and the image that enters the first layer 8.
    pub bit_operations: u64,
}

/// Label noise as it was drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NoiseReport {
    /// The rate asked for.
    pub nominal_rate: f64,
    /// Share of the training labels that really are wrong.
    pub actual_rate: f64,
    /// How many those are.
    pub flipped: usize,
    /// Seed of the draw.
    pub seed: u64,
    /// How many training labels of each true class (rows) are told as which class (columns); empty
    /// where it was not recorded, and for more than 100 classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<usize>>,
    /// What became of the labels of each Action Unit; empty where images show classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitNoise>,
}

/// Label noise of one Action Unit as it was drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitNoise {
    /// Its number in the Facial Action Coding System.
    pub unit: u8,
    /// Training images whose label of it is known.
    pub labels: usize,
    /// Of these, those that really show it.
    pub present: usize,
    /// Of these, those that are told not to.
    pub missed: usize,
    /// Images that do not show it and are told to.
    pub false_alarms: usize,
}

/// Number of epochs that "last" figures are averaged over.
pub const LAST_EPOCHS: usize = 10;

impl EpochMetrics {
    /// What tells best networks: test accuracy, or mean F1 of Action Units, `None` where none has one.
    pub fn test_score(&self) -> Option<f64> {
        match self.units.is_empty() {
            true => Some(self.test_acc),
            false => self.f1,
        }
    }

    /// The same of the validation images and their noisy labels.
    pub fn validation_score(&self) -> Option<f64> {
        match self.units.is_empty() {
            true => self.val_acc,
            false => self.val_f1,
        }
    }

    /// The same of the validation images and their true labels.
    pub fn clean_validation_score(&self) -> Option<f64> {
        match self.units.is_empty() {
            true => self.val_acc_clean,
            false => self.val_f1_clean,
        }
    }
}

impl Summary {
    /// Sums up a run from its epochs, in order. Empty input gives zeros. Accuracies and shares are
    /// those of the epochs that are not provisional, if there are any.
    pub fn from_epochs(epochs: &[EpochMetrics]) -> Self {
        let mut counted: Vec<&EpochMetrics> = epochs.iter().filter(|e| !e.provisional).collect();
        if counted.is_empty() {
            counted = epochs.iter().collect();
        }
        let tail = &counted[counted.len().saturating_sub(LAST_EPOCHS)..];
        let mean = |values: Vec<f64>| {
            let n = values.len();
            (n > 0).then(|| values.iter().sum::<f64>() / n as f64)
        };
        let tail_mean =
            |f: fn(&EpochMetrics) -> Option<f64>| mean(tail.iter().filter_map(|e| f(e)).collect());
        // The first of equals: `max_by` alone would take the last.
        let first_best = |f: fn(&EpochMetrics) -> Option<f64>| {
            (counted.iter().copied())
                .filter(|e| f(e).is_some())
                .rev()
                .max_by(|a, b| f(a).partial_cmp(&f(b)).unwrap_or(std::cmp::Ordering::Equal))
        };
        // Of Action Units, F1 tells which network is the better one: most of them are rarely there.
        let best = first_best(EpochMetrics::test_score);
        let selected = first_best(EpochMetrics::validation_score);
        Self {
            epochs: epochs.len(),
            test_acc_best: first_best(|e| Some(e.test_acc)).map_or(0.0, |e| e.test_acc),
            best_epoch: best.map_or(0, |e| e.epoch),
            test_acc_last: tail_mean(|e| Some(e.test_acc)).unwrap_or(0.0),
            test_acc_selected: selected.map(|e| e.test_acc),
            selected_epoch: selected.map(|e| e.epoch),
            val_acc_selected: selected.and_then(|e| e.val_acc),
            memorised: tail_mean(|e| e.memorised),
            corrected: tail_mean(|e| e.corrected),
            clean_acc: tail_mean(|e| e.clean_acc),
            nll: tail_mean(|e| Some(e.test_loss)),
            ece: tail_mean(|e| e.ece),
            f1_last: tail_mean(|e| e.f1),
            f1_best: best.and_then(|e| e.f1),
            f1_selected: selected.and_then(|e| e.f1),
            val_f1_selected: selected.and_then(|e| e.val_f1),
            f1_spread: tail_mean(|e| e.f1_spread),
            units: unit_means(tail),
            samples_per_second: mean(epochs.iter().map(|e| e.samples_per_second).collect())
                .unwrap_or(0.0),
            seconds: epochs.iter().map(|e| e.seconds).sum(),
        }
    }
}

/// The metrics of each Action Unit, means over `epochs`.
fn unit_means(epochs: &[&EpochMetrics]) -> Vec<UnitMetrics> {
    let Some(last) = epochs.last() else {
        return Vec::new();
    };
    let of = |place: usize, unit: u8| {
        let mean = |get: fn(&UnitMetrics) -> Option<f64>| {
            let units = epochs.iter().filter_map(|e| e.units.get(place));
            let values: Vec<f64> = units.filter_map(get).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        UnitMetrics {
            unit,
            f1: mean(|u| u.f1),
            acc: mean(|u| u.acc),
            memorised: mean(|u| u.memorised),
        }
    };
    let units = last.units.iter().enumerate();
    units.map(|(place, u)| of(place, u.unit)).collect()
}
