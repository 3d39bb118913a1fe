//! Settings of baselines that make no sense.

use super::Checks;
use crate::spec::experiment::Experiment;
use crate::spec::grid::cells;
use crate::spec::method::{ForgetRate, MethodGrid};
use crate::spec::names::{MethodName, Monitor, NoiseKind, PruneSchedule, Transition};
use crate::spec::one_or_many::OneOrMany;

/// Numbers that a setting may have.
struct Bounds {
    low: f64,
    low_itself: bool,
    high: f64,
    high_itself: bool,
    words: &'static str,
}

/// 0 up to, but not including, 1.
const SHARE: Bounds = bounds(0.0, true, 1.0, false, "use 0 up to, but not including, 1");
/// 0 to 1.
const WHOLE_SHARE: Bounds = bounds(0.0, true, 1.0, true, "use 0 to 1");
/// Above 0, at most 1.
const PART: Bounds = bounds(0.0, false, 1.0, true, "use a number above 0, at most 1");
/// At least 0.
const FACTOR: Bounds = bounds(0.0, true, f64::MAX, true, "use 0 or a number above");
/// Above 0.
const POSITIVE: Bounds = bounds(0.0, false, f64::MAX, true, "use a number above 0");

const fn bounds(
    low: f64,
    low_itself: bool,
    high: f64,
    high_itself: bool,
    words: &'static str,
) -> Bounds {
    Bounds {
        low,
        low_itself,
        high,
        high_itself,
        words,
    }
}

impl Bounds {
    fn take(&self, x: f64) -> bool {
        (x > self.low || (self.low_itself && x == self.low))
            && (x < self.high || (self.high_itself && x == self.high))
    }
}

/// Checks the settings of every baseline, used or not: what is written down should be sound.
pub(super) fn check(found: &mut Checks, e: &Experiment) {
    let m = &e.method;
    found.list("method.names", &m.names, |_| None);
    for (field, values, bounds) in numbers(m) {
        found.list(field, &values.0, |x| {
            (!bounds.take(*x)).then(|| format!("{x} is out of range: {}", bounds.words))
        });
    }
    found.list(
        "method.early-stopping.patience",
        &m.early_stopping.patience.0,
        |p| (*p == 0).then(|| "0 would stop before the first epoch: use 1 or more".into()),
    );
    found.list(
        "method.co-teaching.forget_rate",
        &m.co_teaching.forget_rate.0,
        |rate| {
            matches!(rate, ForgetRate::Share(share) if !SHARE.take(*share))
                .then(|| format!("{rate:?} is out of range: {}, or \"actual\"", SHARE.words))
        },
    );
    found.list("method.co-teaching.ramp", &m.co_teaching.ramp.0, |_| None);
    found.list("method.weight-noise.bits", &m.weight_noise.bits.0, |bits| {
        (!(2..=8).contains(bits)).then(|| format!("{bits} is out of range: use 2 to 8"))
    });
    lists(found, m);
    zeros(found, e);
    units(found, e);
    if uses(e, MethodName::EarlyStopping) {
        let watches = |m: &Monitor| *m != Monitor::Oracle;
        found.check(
            !(e.data.validation == 0.0 && m.early_stopping.monitor.0.iter().any(watches)),
            "data.validation",
            || "early stopping needs validation images: use 0.1, or method.early-stopping.monitor = \"oracle\"".into(),
        );
    }
    if uses(e, MethodName::Forward) && m.forward.transition.0.contains(&Transition::Known) {
        let kind = e.noise.kind;
        found.check(has_known_matrix(kind), "method.forward.transition", || {
            format!(
                "the transition matrix of {kind} noise is not known beforehand: use \"estimated\""
            )
        });
    }
}

/// Pruned weights must be able to be zero.
fn zeros(found: &mut Checks, e: &Experiment) {
    let cell = cells(e).into_iter().find(|cell| {
        let prunes = matches!(
            cell.method.name(),
            MethodName::PruneChannels | MethodName::PruneWeights
        );
        prunes && !cell.bits.is_full_precision() && !cell.quantizer.has_zero()
    });
    if let Some(cell) = cell {
        found.check(false, "method.names", || {
            format!(
                "{} with {}: its weights have no level at zero, so that a pruned one would come back; use method.at = \"fp32\", or another quantizer",
                cell.method.name(),
                cell.quantizer
            )
        });
    }
}

/// Baselines that mean nothing for the labels that the data set has.
fn units(found: &mut Checks, e: &Experiment) {
    for name in &e.method.names {
        let reason = match (name, e.data.set.has_units()) {
            (MethodName::RobinHood, false) => {
                "smooths the more frequent of two labels, and images of this set have one of several classes: use label-smoothing"
            }
            (MethodName::Forward, true) => {
                "corrects by how often one class is taken for another, and coders miss a unit the more often the weaker it is: use gce or bootstrap"
            }
            (MethodName::Elr, true) => {
                "averages one distribution over classes for each image, and units do not exclude each other: use bootstrap"
            }
            (MethodName::CoTeaching, true) => {
                "leaves out whole images, and here single units of an image are labelled wrongly: use gce or bootstrap"
            }
            _ => continue,
        };
        found.check(false, "method.names", || format!("{name} {reason}"));
    }
}

fn uses(e: &Experiment, name: MethodName) -> bool {
    e.method.names.contains(&name)
}

/// Whether the kind of noise itself says how often one class is taken for another.
fn has_known_matrix(kind: NoiseKind) -> bool {
    !matches!(kind, NoiseKind::Instance | NoiseKind::Annotator) && !kind.is_from_file()
}

/// Every number among the settings with its bounds.
fn numbers(m: &MethodGrid) -> Vec<(&'static str, &OneOrMany<f64>, &'static Bounds)> {
    vec![
        (
            "method.weight-decay.lambda",
            &m.weight_decay.lambda,
            &FACTOR,
        ),
        ("method.dropout.p", &m.dropout.p, &SHARE),
        (
            "method.label-smoothing.alpha",
            &m.label_smoothing.alpha,
            &SHARE,
        ),
        ("method.robin-hood.alpha", &m.robin_hood.alpha, &SHARE),
        ("method.mixup.alpha", &m.mixup.alpha, &POSITIVE),
        ("method.gce.q", &m.gce.q, &PART),
        ("method.sce.alpha", &m.sce.alpha, &FACTOR),
        ("method.sce.beta", &m.sce.beta, &FACTOR),
        ("method.bootstrap.beta", &m.bootstrap.beta, &WHOLE_SHARE),
        ("method.elr.lambda", &m.elr.lambda, &FACTOR),
        ("method.elr.beta", &m.elr.beta, &SHARE),
        (
            "method.prune-channels.sparsity",
            &m.prune_channels.sparsity,
            &SHARE,
        ),
        (
            "method.prune-channels.start",
            &m.prune_channels.start,
            &SHARE,
        ),
        (
            "method.prune-channels.end",
            &m.prune_channels.end,
            &WHOLE_SHARE,
        ),
        (
            "method.prune-weights.sparsity",
            &m.prune_weights.sparsity,
            &SHARE,
        ),
        ("method.prune-weights.start", &m.prune_weights.start, &SHARE),
        (
            "method.prune-weights.end",
            &m.prune_weights.end,
            &WHOLE_SHARE,
        ),
        ("method.low-rank.rank", &m.low_rank.rank, &PART),
        ("method.low-rank.start", &m.low_rank.start, &SHARE),
        ("method.narrow.width", &m.narrow.width, &PART),
        (
            "method.distillation.temperature",
            &m.distillation.temperature,
            &POSITIVE,
        ),
        (
            "method.distillation.share",
            &m.distillation.share,
            &WHOLE_SHARE,
        ),
    ]
}

/// Lists of names: none is empty. A cubic schedule ends after it has begun.
fn lists(found: &mut Checks, m: &MethodGrid) {
    found.list(
        "method.early-stopping.monitor",
        &m.early_stopping.monitor.0,
        |_| None,
    );
    found.list("method.forward.transition", &m.forward.transition.0, |_| {
        None
    });
    for (name, schedule, start, end) in [
        (
            "prune-channels",
            &m.prune_channels.schedule,
            &m.prune_channels.start,
            &m.prune_channels.end,
        ),
        (
            "prune-weights",
            &m.prune_weights.schedule,
            &m.prune_weights.start,
            &m.prune_weights.end,
        ),
    ] {
        found.list(&format!("method.{name}.schedule"), &schedule.0, |_| None);
        let backwards = start.0.iter().any(|s| end.0.iter().any(|e| e <= s));
        found.check(
            !(backwards && schedule.0.contains(&PruneSchedule::Cubic)),
            &format!("method.{name}.end"),
            || {
                "the cubic schedule would end before it begins: use a larger share than `start`"
                    .into()
            },
        );
    }
}
