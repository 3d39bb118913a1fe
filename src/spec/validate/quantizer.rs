//! Quantizers and bit-widths that make no sense together.

use super::Checks;
use crate::spec::bits::Bits;
use crate::spec::experiment::Experiment;
use crate::spec::grid::cells;
use crate::spec::names::{ActivationGrid, NormFolding, QuantizerName, Scales};

pub(super) fn check(found: &mut Checks, e: &Experiment) {
    let q = &e.quantizer;
    found.list("quantizer.name", &q.name.0, |_| None);
    found.list("quantizer.bits", &q.bits, |_| None);
    found.check(
        (0.0..1.0).contains(&q.ema_momentum),
        "quantizer.ema_momentum",
        || {
            format!(
                "{} is out of range: use 0 up to, but not including, 1",
                q.ema_momentum
            )
        },
    );
    pairs(found, e);
    // What is left is of account only where something is quantized.
    let used = used(e);
    if used.is_empty() {
        return;
    }
    let first = |test: fn(QuantizerName) -> bool| used.iter().map(|(n, _)| *n).find(|n| test(*n));
    if q.activations == ActivationGrid::Signed
        && let Some(name) = first(|n| matches!(n, QuantizerName::Dorefa | QuantizerName::Pact))
    {
        found.check(false, "quantizer.activations", || {
            format!("{name} clips activations at zero: use \"unsigned\", or another quantizer")
        });
    }
    if q.weight_range.is_some()
        && let Some(name) = first(|n| !n.has_weight_range())
    {
        found.check(false, "quantizer.weight_range", || {
            format!("the levels of {name} are given: leave it out")
        });
    }
    if q.scales == Some(Scales::PerChannel)
        && let Some(name) = first(|n| matches!(n, QuantizerName::Dorefa | QuantizerName::Pact))
    {
        found.check(false, "quantizer.scales", || {
            format!(
                "the weights of {name} share one largest value: use \"per-tensor\", or leave it out"
            )
        });
    }
    found.check(q.start < e.train.epochs, "quantizer.start", || {
        format!(
            "after {} epochs nothing is left to train: use less than train.epochs",
            q.start
        )
    });
    found.check(
        q.start == 0 || !used.iter().any(|(n, _)| *n == QuantizerName::PostTraining),
        "quantizer.start",
        || "post-training quantizes after training whatever stands here: leave it out".into(),
    );
    found.check(
        q.batch_norm == NormFolding::Kept || e.model.has_batch_norm(),
        "quantizer.batch_norm",
        || {
            format!(
                "{} has no batch norm to fold: leave it out, or use model.batch_norm = true",
                e.model.name
            )
        },
    );
    if !e.model.has_batch_norm()
        && let Some((name, bits)) = used.iter().find(|(n, b)| n.needs_batch_norm(*b))
    {
        found.check(false, "model.batch_norm", || {
            format!(
                "the weights of {name} at {bits} fill −1 to 1 whatever a layer's width, and without batch norm activations grow layer by layer: use true, or another quantizer"
            )
        });
    }
}

/// Each quantizer has a bit-width, and each bit-width a quantizer.
fn pairs(found: &mut Checks, e: &Experiment) {
    let q = &e.quantizer;
    let quantized: Vec<Bits> = (q.bits.iter().copied())
        .filter(|b| !b.is_full_precision())
        .collect();
    let refuses = |name: QuantizerName, bits: Bits| name.cannot_have(bits, q.activations);
    for bits in &quantized {
        let mut reasons = q.name.0.iter().map(|n| refuses(*n, *bits));
        if let Some(Some(first)) = reasons.next()
            && reasons.all(|reason| reason.is_some())
        {
            found.check(false, "quantizer.bits", || first);
        }
    }
    for name in &q.name.0 {
        let mut reasons = quantized.iter().map(|b| refuses(*name, *b));
        if let Some(Some(first)) = reasons.next()
            && reasons.all(|reason| reason.is_some())
            && q.name.0.len() > 1
        {
            found.check(false, "quantizer.name", || first);
        }
    }
}

/// The pairs of quantizer and bit-width that are run.
fn used(e: &Experiment) -> Vec<(QuantizerName, Bits)> {
    let mut used = Vec::new();
    for cell in cells(e) {
        if !cell.bits.is_full_precision() && !used.contains(&(cell.quantizer, cell.bits)) {
            used.push((cell.quantizer, cell.bits));
        }
    }
    used
}
