//! Quantizers and bit-widths that make no sense together.

use super::Checks;
use crate::spec::bits::Bits;
use crate::spec::experiment::Experiment;
use crate::spec::grid::{Cell, cells};
use crate::spec::names::{
    ActivationGrid, LayerPolicy, MethodName, ModelName, NormFolding, QuantizerName, Scales,
};

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
    if q.batch_norm == NormFolding::Folded {
        let loose = |name: &QuantizerName| match name {
            QuantizerName::Dorefa | QuantizerName::Pact => true,
            QuantizerName::Ternary | QuantizerName::Binary => {
                q.scales.unwrap_or(name.scales()) == Scales::PerTensor
            }
            _ => false,
        };
        if let Some(name) = used.iter().map(|(n, _)| *n).find(loose) {
            found.check(false, "quantizer.batch_norm", || {
                format!(
                    "the levels of {name} do not follow the size of what is quantized channel by channel, and the norm's statistics would run away: use \"kept\""
                )
            });
        }
    }
    // What is dropped is zero, and the sign of zero is 1.
    let dropped = |cell: &Cell| {
        let classifier = q.classifier.unwrap_or(cell.quantizer.end_policy());
        cell.quantizer == QuantizerName::Binary
            && cell.bits.act == 1
            && cell.method.name() == MethodName::Dropout
            && (e.model.name == ModelName::Mlp || classifier == LayerPolicy::Same)
    };
    found.check(!cells(e).iter().any(dropped), "method.names", || {
        "dropout sets features to zero, and binary activations have no zero: use method.at = \"fp32\", or more bits for activations".into()
    });
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::spec::{left_out, parse};

    const SPEC: &str = "name = \"t\"\n[data]\nset = \"bundled\"\n[model]\nname = \"cnn\"\n\
        [train]\nepochs = 3\nbatch_size = 1\nlr = 1e-3\n";

    /// Fields that are refused, with the reasons.
    fn refused(set: &[&str]) -> Vec<String> {
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        match parse(SPEC, "test", &set) {
            Ok(_) => Vec::new(),
            Err(e) => e
                .to_string()
                .lines()
                .skip(1)
                .map(|l| l.trim().into())
                .collect(),
        }
    }

    fn only(set: &[&str], field: &str, words: &str) {
        let found = refused(set);
        assert_eq!(found.len(), 1, "{set:?}: {found:?}");
        assert!(
            found[0].starts_with(field) && found[0].contains(words),
            "{found:?}"
        );
    }

    #[test]
    fn what_makes_no_sense_together_is_refused_with_the_reason() {
        let bits = |b: &str| format!("quantizer.bits=[\"{b}\"]");
        let (w4a4, w1a4, w2a4) = (bits("w4a4"), bits("w1a4"), bits("w2a4"));
        let signed = "quantizer.activations=signed";
        let norm = "model.batch_norm=true";
        only(&[&w1a4], "quantizer.bits", "no level but zero");
        only(
            &[&bits("w4a1"), signed],
            "quantizer.bits",
            "activations no level",
        );
        only(
            &["quantizer.name=ternary", &w4a4],
            "quantizer.bits",
            "take 2 bits",
        );
        only(
            &["quantizer.name=binary", &w2a4],
            "quantizer.bits",
            "take 1 bit",
        );
        only(
            &["quantizer.name=pact", &w4a4],
            "model.batch_norm",
            "fill −1 to 1",
        );
        only(
            &["quantizer.name=dorefa", &w4a4, norm, signed],
            "quantizer.activations",
            "at zero",
        );
        let channels = "quantizer.scales=per-channel";
        only(
            &["quantizer.name=dorefa", &w4a4, norm, channels],
            "quantizer.scales",
            "share",
        );
        let full = "quantizer.weight_range=full";
        only(
            &["quantizer.name=ternary", &w2a4, full],
            "quantizer.weight_range",
            "given",
        );
        only(
            &[&w4a4, "quantizer.start=3"],
            "quantizer.start",
            "nothing is left",
        );
        let late = ["quantizer.name=post-training", &w4a4, "quantizer.start=1"];
        only(&late, "quantizer.start", "after training");
        only(
            &[&w4a4, "quantizer.batch_norm=folded"],
            "quantizer.batch_norm",
            "no batch norm",
        );
        let dorefa = [
            "quantizer.name=dorefa",
            &w4a4,
            norm,
            "quantizer.batch_norm=folded",
        ];
        only(&dorefa, "quantizer.batch_norm", "run away");
        let (w1a1, dropout) = (bits("w1a1"), "method.names=[\"dropout\"]");
        let perceptron = "model.name=mlp";
        only(
            &["quantizer.name=binary", &w1a1, dropout, perceptron],
            "method.names",
            "no zero",
        );
        let two = "quantizer.name=[\"minmax\", \"binary\"]";
        only(&[two, &w4a4], "quantizer.name", "1 bit");
        // Nothing is wrong with settings that only a quantizer would have, where nothing is quantized.
        for set in [
            &["quantizer.name=pact", "quantizer.bits=[\"fp32\"]"][..],
            &["quantizer.name=dorefa", &w1a4],
            &["quantizer.name=binary", &bits("w1a1"), signed],
            &["quantizer.name=lsq", &bits("w2a1")],
            &[
                &w4a4,
                full,
                "quantizer.scales=per-tensor",
                "quantizer.start=2",
            ],
            &[&w4a4, "quantizer.batch_norm=folded", norm],
        ] {
            assert_eq!(refused(set), Vec::<String>::new(), "{set:?}");
        }
    }

    #[test]
    fn each_quantizer_takes_the_bits_that_it_can_have() {
        let set = [
            "quantizer.name=[\"minmax\", \"ternary\", \"binary\"]",
            "quantizer.bits=[\"w4a4\", \"w2a4\", \"w1a4\"]",
        ]
        .map(String::from);
        let experiment = parse(SPEC, "test", &set).unwrap();
        let cells: Vec<String> = crate::spec::cells(&experiment)
            .iter()
            .map(|c| c.label())
            .collect();
        assert_eq!(
            cells,
            ["fp32", "w4a4", "w2a4", "ternary-w2a4", "binary-w1a4"]
        );
        assert_eq!(
            left_out(&experiment),
            [
                "minmax without w1a4",
                "ternary without w4a4, w1a4",
                "binary without w4a4, w2a4"
            ]
        );
    }
}
