//! Methods that remember something from step to step, or train something first: a run that was
//! stopped anywhere ends like one that was not, bit for bit.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::Outcome;
use super::tape::{Stop, run};
use crate::spec::{RunSpec, expand, parse};
use crate::store::EpochMetrics;
use std::path::Path;

const SPEC: &str = r#"
name = "resume"
[data]
set = "bundled"
train_limit = 200
test_limit = 50
[model]
name = "mlp"
width = 0.1
[noise]
rates = [0.4]
[train]
epochs = 2
batch_size = 64
lr = 1e-3
"#;

/// Steps of an epoch: 180 images, 64 each.
const STEPS: usize = 3;

fn spec(set: &[&str]) -> RunSpec {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    let experiment = parse(SPEC, "test", &set).unwrap();
    expand(&experiment).pop().unwrap()
}

/// The arrays of the checkpoint in a folder; its header holds times.
fn arrays(folder: &Path) -> Vec<u8> {
    let file = std::fs::read(folder.join("state.safetensors")).unwrap();
    let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    file[8 + header..].to_vec()
}

#[test]
fn a_run_that_was_stopped_anywhere_ends_like_one_that_was_not() {
    let lsq = ["quantizer.name=lsq", "quantizer.bits=[\"w3a3\"]"];
    let late = [&lsq[..], &["quantizer.start=1"]].concat();
    let late_plus = [
        "quantizer.name=lsq-plus",
        "quantizer.bits=[\"w3a3\"]",
        "quantizer.start=1",
    ];
    let afterwards = ["quantizer.name=post-training", "quantizer.bits=[\"w2a2\"]"];
    let estimated = "method.forward.transition=estimated";
    for (method, set, first) in [
        ("mixup", &[][..], false),
        ("elr", &[], false),
        ("co-teaching", &["method.co-teaching.ramp=1"], false),
        ("co-teaching", &lsq, false),
        ("distillation", &lsq, true),
        ("forward", &[estimated], true),
        ("weight-noise", &[], false),
        ("none", &late_plus, false),
        ("none", &afterwards, false),
        ("co-teaching", &late, false),
        ("forward", &[&late[..], &[estimated]].concat(), true),
    ] {
        let names = format!("method.names=[\"{method}\"]");
        let spec = spec(&[&[names.as_str()], set].concat());
        let whole = tempfile::tempdir().unwrap();
        let (_, expected) = run(&spec, whole.path(), Stop::Never);
        let own = 2 * STEPS;
        assert_eq!(
            expected.asked,
            if first { 2 * own } else { own },
            "{method}"
        );
        assert_eq!(expected.epochs().len(), 2, "{method}");
        // In each epoch of both stages.
        for stop_at in (2..=expected.asked).step_by(STEPS) {
            let what = format!("{method}, stopped at {stop_at}");
            let folder = tempfile::tempdir().unwrap();
            let (outcome, before) = run(&spec, folder.path(), Stop::Step(stop_at));
            let done = stop_at.saturating_sub(expected.asked - own) / STEPS;
            assert_eq!(outcome, Outcome::Stopped { epoch: done }, "{what}");
            assert_eq!(before.epochs(), expected.epochs()[..done], "{what}");
            let (outcome, after) = run(&spec, folder.path(), Stop::Never);
            assert!(matches!(outcome, Outcome::Finished(_)), "{what}");
            assert_eq!(after.epochs(), expected.epochs()[done..], "{what}");
            // Nothing is trained twice.
            let again = after.asked;
            assert_eq!(again, expected.asked - (stop_at / STEPS) * STEPS, "{what}");
            assert!(arrays(folder.path()) == arrays(whole.path()), "{what}");
        }
    }
}

#[test]
fn a_first_stage_is_the_plain_run_and_tells_of_itself_in_notes() {
    let plain = tempfile::tempdir().unwrap();
    let (_, of_plain) = run(&spec(&[]), plain.path(), Stop::Never);
    let last = of_plain.epochs()[1].test_acc;
    for (set, what) in [
        (
            &[
                "method.names=[\"distillation\"]",
                "quantizer.bits=[\"w2a2\"]",
            ][..],
            "the teacher",
        ),
        (
            &[
                "method.names=[\"forward\"]",
                "method.forward.transition=estimated",
            ],
            "a plain network",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (_, tape) = run(&spec(set), folder.path(), Stop::Never);
        assert!(arrays(&folder.path().join("first")) == arrays(plain.path()));
        let notes = tape.notes();
        assert_eq!(notes[0], format!("first trains {what} for 2 epochs"));
        let mean = 50.0 * (of_plain.epochs()[0].test_acc + last);
        let trained = format!("{what} is trained: test accuracy {mean:.1} % (last)");
        assert!(notes[1].starts_with(&trained), "{notes:?}, not {trained}");
        assert_eq!(notes.len(), if what == "the teacher" { 2 } else { 3 });
        let numbers: Vec<usize> = tape.epochs().iter().map(|e| e.epoch).collect();
        assert_eq!(numbers, [1, 2]);
        let (_, tape) = run(&spec(set), folder.path(), Stop::Never);
        assert!(
            tape.notes().is_empty() && tape.asked == 0,
            "{:?}",
            tape.notes()
        );
    }
}

#[test]
fn the_two_networks_of_co_teaching_begin_apart_and_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    run(
        &spec(&["method.names=[\"co-teaching\"]"]),
        folder.path(),
        Stop::Never,
    );
    let file = std::fs::read(folder.path().join("state.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&file).unwrap();
    let values = |name: &str| -> Vec<f32> {
        let view = file.tensor(name).unwrap();
        let bytes = view.data().chunks_exact(4);
        bytes
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect()
    };
    let (first, second) = (values("hidden1.weight"), values("method/hidden1.weight"));
    let alike = first
        .iter()
        .zip(&second)
        .filter(|(a, b)| (*a - *b).abs() < 1e-3);
    // Weights have a standard deviation of 0.05 there.
    assert!(alike.count() < first.len() / 20);
    let count = |prefix: &str| {
        let names = file.names().into_iter();
        names.filter(|name| name.starts_with(prefix)).count()
    };
    // Adam keeps two arrays for each of the eight parameters.
    assert_eq!((count("optimizer/"), count("method/optimizer/")), (16, 16));
}

#[test]
fn quantization_begins_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let epochs = |name: &str, set: &[&str]| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        run(&spec(set), &folder, Stop::Never).1.epochs()
    };
    let plain = epochs("plain", &[]);
    for name in ["minmax", "lsq", "lsq-plus", "ternary", "binary"] {
        let bits = match name {
            "binary" => "quantizer.bits=[\"w1a4\"]",
            _ => "quantizer.bits=[\"w2a4\"]",
        };
        let quantizer = format!("quantizer.name={name}");
        let late = epochs(name, &[&quantizer, bits, "quantizer.start=1"]);
        // The first epoch is that of full precision, and no epoch of the quantized network.
        let first = EpochMetrics {
            provisional: true,
            ..plain[0].clone()
        };
        assert_eq!(late[0], first, "{name}");
        assert!(!late[1].provisional);
        assert_ne!(late[1].train_loss, plain[1].train_loss, "{name}");
        assert!(late[1].train_loss.is_finite());
    }
    let set = ["quantizer.name=post-training", "quantizer.bits=[\"w2a2\"]"];
    let afterwards = epochs("afterwards", &set);
    for (there, plain) in afterwards.iter().zip(&plain) {
        assert_eq!(there.train_loss, plain.train_loss);
        assert_ne!(there.test_loss, plain.test_loss);
        assert!(!there.provisional);
    }
}
