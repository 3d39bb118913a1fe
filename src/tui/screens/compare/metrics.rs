//! The quantities that curves can show.

use crate::store::EpochMetrics;

/// A curve's quantity.
#[derive(Clone, Copy, Debug)]
pub struct CurveMetric {
    /// Its name, in CSV too.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Whether it is a share.
    pub percent: bool,
    /// Its value at an epoch.
    pub get: fn(&EpochMetrics) -> Option<f64>,
}

/// The quantities that curves are drawn of.
pub const CURVE_METRICS: [CurveMetric; 14] = [
    curve("test_acc", "test accuracy [%]", true, |e| Some(e.test_acc)),
    curve("memorised", "memorised [%]", true, |e| e.memorised),
    curve("test_loss", "test loss", false, |e| Some(e.test_loss)),
    curve("train_loss", "train loss", false, |e| Some(e.train_loss)),
    curve("train_acc", "train accuracy [%]", true, |e| {
        Some(e.train_acc)
    }),
    curve("clean_acc", "clean accuracy [%]", true, |e| e.clean_acc),
    curve("corrected", "corrected [%]", true, |e| e.corrected),
    curve(
        "val_acc",
        "validation accuracy, noisy labels [%]",
        true,
        |e| e.val_acc,
    ),
    curve("f1", "test F1 [%]", true, |e| e.f1),
    curve("f1_spread", "F1 spread over units [%]", true, |e| {
        e.f1_spread
    }),
    curve("val_f1", "validation F1, noisy labels [%]", true, |e| {
        e.val_f1
    }),
    curve("ece", "ECE [%]", true, |e| e.ece),
    curve("sparsity", "sparsity [%]", true, |e| e.sparsity),
    curve("samples_per_second", "samples/s", false, |e| {
        Some(e.samples_per_second)
    }),
];

const fn curve(
    name: &'static str,
    label: &'static str,
    percent: bool,
    get: fn(&EpochMetrics) -> Option<f64>,
) -> CurveMetric {
    CurveMetric {
        name,
        label,
        percent,
        get,
    }
}
