//! The table of all keys and metrics.

use super::field::{Better, Field, Kind, Role};
use super::value::Value;
use crate::spec::FULL_PRECISION;
use crate::store::{Cost, EpochMetrics, RunRecord, State, Summary, UnitMetrics};

/// Other names that are understood, and the field each stands for.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("noise", "noise_rate"),
    ("rate", "noise_rate"),
    ("actual", "actual_noise_rate"),
    ("wbits", "weight_bits"),
    ("abits", "act_bits"),
    ("data", "dataset"),
    ("set", "dataset"),
    ("net", "model"),
    ("quant", "quantizer"),
    ("baseline", "method"),
    ("batch", "batch_size"),
    ("optimiser", "optimizer"),
    ("bn", "batch_norm"),
    ("acc", "test_acc_last"),
    ("test_acc", "test_acc_last"),
    ("last", "test_acc_last"),
    ("best", "test_acc_best"),
    ("selected", "test_acc_selected"),
    ("f1", "f1_last"),
    ("spread", "f1_spread"),
    ("au", "unit"),
    ("mem", "memorised"),
    ("memorized", "memorised"),
    ("bytes", "model_bytes"),
    ("ratio", "compression_ratio"),
    ("bops", "bit_operations"),
    ("effective", "effective_bits"),
    ("speed", "samples_per_second"),
    ("time", "seconds"),
];

const fn key(
    name: &'static str,
    label: &'static str,
    kind: Kind,
    help: &'static str,
    get: fn(&RunRecord) -> Value,
) -> Field {
    Field {
        name,
        label,
        role: Role::Key,
        kind,
        better: Better::Neither,
        help,
        get,
        of_unit: None,
    }
}

const fn metric(
    name: &'static str,
    label: &'static str,
    kind: Kind,
    better: Better,
    help: &'static str,
    get: fn(&RunRecord) -> Value,
) -> Field {
    Field {
        name,
        label,
        role: Role::Metric,
        kind,
        better,
        help,
        get,
        of_unit: None,
    }
}

impl Field {
    /// With a figure of each Action Unit as well.
    const fn per_unit(mut self, get: fn(&UnitMetrics) -> Option<f64>) -> Self {
        self.of_unit = Some(get);
        self
    }
}

fn text(text: impl std::fmt::Display) -> Value {
    Value::Text(text.to_string())
}

fn count(n: usize) -> Value {
    Value::Number(n as f64)
}

fn maybe(number: Option<f64>) -> Value {
    number.map_or(Value::Missing, Value::Number)
}

/// A figure of the summary; missing until an epoch is done.
fn summed(run: &RunRecord, get: fn(&Summary) -> Option<f64>) -> Value {
    let summary = run.status.summary.as_ref().filter(|s| s.epochs > 0);
    maybe(summary.and_then(get))
}

fn newest(run: &RunRecord, get: fn(&EpochMetrics) -> Option<f64>) -> Value {
    maybe(run.status.last_epoch.as_ref().and_then(get))
}

fn cost(run: &RunRecord, get: fn(&Cost) -> f64) -> Value {
    maybe(run.status.cost.as_ref().map(get))
}

/// Full precision says nothing about a quantizer's details.
fn of_quantizer(run: &RunRecord, get: fn(&crate::spec::QuantizerSpec) -> String) -> Value {
    text(
        run.spec
            .quantizer
            .as_ref()
            .map_or_else(|| "off".into(), get),
    )
}

/// While a run trains its speed is that of its newest step, afterwards the mean of its epochs.
fn speed(run: &RunRecord) -> Value {
    let now = run.status.step.as_ref().map(|s| s.samples_per_second);
    let mean = run
        .status
        .summary
        .as_ref()
        .filter(|s| s.epochs > 0)
        .map(|s| s.samples_per_second);
    let figure = if run.state == State::Running {
        now.or(mean)
    } else {
        mean.or(now)
    };
    maybe(figure)
}

use Better::{Higher, Lower, Neither};

/// Every field: keys, then metrics.
#[rustfmt::skip] // one field, two lines: a table
pub(super) static FIELDS: &[Field] = &[
    key("id", "run", Kind::Text, "the run's id",
        |r| text(&r.id)),
    key("sweep", "sweep", Kind::Text, "the sweep that first asked for it",
        |r| text(&r.meta.sweep)),
    key("state", "state", Kind::Text, "queued, running, paused, finished, stopped, failed or lost",
        |r| text(r.state)),
    key("dataset", "data", Kind::Text, "the data set",
        |r| text(r.spec.data.set)),
    key("model", "model", Kind::Text, "the network",
        |r| text(r.spec.model.name)),
    key("method", "method", Kind::Text, "the baseline",
        |r| text(r.spec.method.name())),
    key("setting", "setting", Kind::Text, "the baseline's settings, such as p 0.3",
        |r| Some(r.spec.method.settings()).filter(|s| !s.is_empty()).map_or(Value::Missing, text)),
    key("quantizer", "quantizer", Kind::Text, "the quantizer; off at full precision",
        |r| text(r.spec.quantizer_name())),
    key("bits", "bits", Kind::Bits, "bits of weights and activations, such as w4a4; fp32",
        |r| Value::Bits(r.spec.bits())),
    key("weight_bits", "w bits", Kind::Width, "bits per weight; 32 is full precision",
        |r| Value::Width(r.spec.weight_bits())),
    key("act_bits", "a bits", Kind::Width, "bits per activation; 32 is full precision",
        |r| Value::Width(r.spec.act_bits())),
    key("treatment", "treatment", Kind::Bits, "bits and baseline in one, such as fp32+dropout",
        |r| Value::Treatment(
            r.spec.quantizer.as_ref().map_or(crate::spec::QuantizerName::Minmax, |q| q.name),
            r.spec.bits(), r.spec.method.name())),
    key("noise_kind", "noise kind", Kind::Text, "how labels are re-drawn",
        |r| text(r.spec.noise.kind)),
    key("noise_rate", "noise", Kind::Number, "nominal noise rate, 0–1",
        |r| Value::Number(r.spec.noise.rate)),
    key("actual_noise_rate", "actual noise", Kind::Number, "share of training labels that really are wrong",
        |r| maybe(r.status.noise.as_ref().map(|n| n.actual_rate))),
    key("seed", "seed", Kind::Count, "seed of noise, subset, weights and order",
        |r| Value::Number(r.spec.train.seed as f64)),
    key("fold", "fold", Kind::Count, "which third of the subjects is tested on; missing where a set has a test set",
        |r| r.spec.train.fold.map_or(Value::Missing, count)),
    Field { role: Role::Axis, ..key("unit", "unit", Kind::Unit, "each Action Unit by itself, of runs that have them; rows or columns of a pivot only",
        |_| Value::Missing) },
    key("epoch", "epoch", Kind::Count, "finished epochs",
        |r| count(r.status.epoch)),
    key("epochs", "epochs", Kind::Count, "epochs asked for",
        |r| count(r.spec.train.epochs)),
    key("device", "device", Kind::Text, "where it trains or trained; before that, where it was asked to",
        |r| r.status.device.as_ref().map_or_else(|| text(r.spec.train.device), text)),
    key("width", "width", Kind::Number, "factor on the network's width",
        |r| Value::Number(r.spec.model.width)),
    key("batch_norm", "batch norm", Kind::Flag, "whether the network has batch norm",
        |r| Value::Flag(r.spec.model.has_batch_norm())),
    key("weights", "weights", Kind::Text, "file of the weights that it began with; missing where they were drawn",
        |r| r.spec.model.weights.as_deref().and_then(std::path::Path::file_name)
            .map_or(Value::Missing, |name| text(name.to_string_lossy()))),
    key("batch_size", "batch", Kind::Count, "images per step",
        |r| count(r.spec.train.batch_size)),
    key("lr", "lr", Kind::Number, "learning rate at the start",
        |r| Value::Number(r.spec.train.lr)),
    key("optimizer", "optimizer", Kind::Text, "the optimiser",
        |r| text(r.spec.train.optimizer)),
    key("schedule", "schedule", Kind::Text, "learning-rate schedule",
        |r| text(r.spec.train.schedule)),
    key("train_limit", "train limit", Kind::Count, "training images asked for; missing when all are used",
        |r| r.spec.data.train_limit.map_or(Value::Missing, count)),
    key("augment", "augment", Kind::Text, "training-time augmentation",
        |r| text(r.spec.data.augment)),
    key("activations", "activations", Kind::Text, "grid of the activations; off at full precision",
        |r| of_quantizer(r, |q| q.activations.to_string())),
    key("stem", "stem", Kind::Text, "policy of the first layer; off at full precision",
        |r| of_quantizer(r, |q| q.stem.to_string())),
    key("classifier", "classifier", Kind::Text, "policy of the last layer; off at full precision",
        |r| of_quantizer(r, |q| q.classifier.to_string())),
    key("created", "created", Kind::Time, "when it was queued",
        |r| Value::Number(r.meta.created.as_millisecond() as f64 / 1000.0)),
    key("host", "host", Kind::Text, "host of its worker",
        |r| r.meta.host.as_ref().map_or(Value::Missing, text)),

    metric("test_acc_last", "test acc (last)", Kind::Share, Higher, "test accuracy, mean of the last 10 epochs",
        |r| summed(r, |s| Some(s.test_acc_last))).per_unit(|u| u.acc),
    metric("test_acc_best", "test acc (best)", Kind::Share, Higher, "best test accuracy of any epoch: an oracle",
        |r| summed(r, |s| Some(s.test_acc_best))),
    metric("test_acc_selected", "test acc (selected)", Kind::Share, Higher, "test accuracy at the epoch of best validation accuracy",
        |r| summed(r, |s| s.test_acc_selected)),
    metric("memorised", "memorised", Kind::Share, Lower, "mislabelled training images predicted as their wrong label",
        |r| summed(r, |s| s.memorised)).per_unit(|u| u.memorised),
    metric("corrected", "corrected", Kind::Share, Higher, "mislabelled training images predicted as their true label",
        |r| summed(r, |s| s.corrected)),
    metric("clean_acc", "clean acc", Kind::Share, Higher, "accuracy on training images whose label is true",
        |r| summed(r, |s| s.clean_acc)),
    metric("val_acc_selected", "val acc (selected)", Kind::Share, Higher, "best validation accuracy (noisy labels): what settings are chosen by",
        |r| summed(r, |s| s.val_acc_selected)),
    metric("nll", "NLL", Kind::Loss, Lower, "negative log-likelihood of the test labels: test loss, mean of the last 10 epochs",
        |r| summed(r, |s| s.nll)),
    metric("ece", "ECE", Kind::Share, Lower, "expected calibration error on the test images, 15 bins, mean of the last 10 epochs",
        |r| summed(r, |s| s.ece)),
    metric("f1_last", "F1 (last)", Kind::Share, Higher, "test F1, mean over the Action Units and the last 10 epochs",
        |r| summed(r, |s| s.f1_last)).per_unit(|u| u.f1),
    metric("f1_best", "F1 (best)", Kind::Share, Higher, "best test F1 of any epoch, mean over the Action Units: an oracle",
        |r| summed(r, |s| s.f1_best)),
    metric("f1_selected", "F1 (selected)", Kind::Share, Higher, "test F1 at the epoch of best validation F1",
        |r| summed(r, |s| s.f1_selected)),
    metric("f1_spread", "F1 spread", Kind::Share, Lower, "standard deviation of F1 over the Action Units, mean of the last 10 epochs",
        |r| summed(r, |s| s.f1_spread)),
    metric("val_f1_selected", "val F1 (selected)", Kind::Share, Higher, "best validation F1 (noisy labels): what settings are chosen by where there are Action Units",
        |r| summed(r, |s| s.val_f1_selected)),
    metric("train_loss", "train loss", Kind::Loss, Neither, "training loss of the newest epoch",
        |r| newest(r, |e| Some(e.train_loss))),
    metric("train_acc", "train acc", Kind::Share, Neither, "accuracy on the labels trained on, newest epoch",
        |r| newest(r, |e| Some(e.train_acc))),
    metric("test_loss", "test loss", Kind::Loss, Lower, "test loss (−log p of the label) of the newest epoch",
        |r| newest(r, |e| Some(e.test_loss))),
    metric("test_acc_now", "test acc (now)", Kind::Share, Higher, "test accuracy of the newest epoch",
        |r| newest(r, |e| Some(e.test_acc))),
    metric("model_bytes", "model size", Kind::Bytes, Lower, "bytes of the model as it would be stored",
        |r| maybe(r.status.model_bytes.map(|b| b as f64))),
    metric("compression_ratio", "compression", Kind::Factor, Higher, "bytes at full precision ÷ model bytes",
        |r| maybe(r.status.compression_ratio)),
    metric("effective_bits", "effective bits", Kind::Number, Lower, "bits per weight, mean over all weights",
        |r| cost(r, |c| c.effective_bits)),
    metric("sparsity", "sparsity", Kind::Share, Neither, "weights that are exactly zero after quantization, newest epoch",
        |r| newest(r, |e| e.sparsity)),
    metric("macs", "MACs", Kind::Operations, Lower, "multiplications by a weight, per image",
        |r| cost(r, |c| c.macs as f64)),
    metric("bit_operations", "bit operations", Kind::Operations, Lower, "MACs × bits of weight × bits of activation, per image",
        |r| cost(r, |c| c.bit_operations as f64)),
    metric("samples_per_second", "samples/s", Kind::Throughput, Higher, "training images per second",
        speed),
    metric("seconds", "time", Kind::Seconds, Neither, "seconds of training and evaluation",
        |r| summed(r, |s| Some(s.seconds))),
];

/// Whether a width means "not quantized".
pub(super) fn is_full(bits: f64) -> bool {
    bits == f64::from(FULL_PRECISION)
}
