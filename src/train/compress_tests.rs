//! Compressed runs, trained for real on few images: what is zero stays zero, and a run that was
//! stopped ends with the numbers of one that was not.
#![allow(clippy::unwrap_used)]

use super::Outcome;
use super::checkpoint::{self, Progress};
use super::step::Learner;
use super::tape::{Stop, Tape, run, without_clock};
use crate::data::shape;
use crate::device::{Opened, open_cpu};
use crate::model::Role;
use crate::spec::{ModelName, RunSpec, expand, parse};
use crate::store::EpochMetrics;
use std::collections::BTreeMap;
use std::path::Path;

fn spec(lines: &str) -> RunSpec {
    let text = format!(
        "name = \"t\"\n[data]\nset = \"bundled\"\ntrain_limit = 120\ntest_limit = 40\n[noise]\nrates = [0.4]\n\
         [train]\nepochs = 4\nbatch_size = 32\nlr = 1e-2\n{lines}"
    );
    // The last point of the grid: quantized where anything is.
    expand(&parse(&text, "test", &[]).unwrap()).pop().unwrap()
}

pub(super) fn trained(spec: &RunSpec, folder: &Path, stop: Stop) -> Tape {
    let (outcome, tape) = run(spec, folder, stop);
    let stopped = matches!(outcome, Outcome::Stopped { .. });
    assert_eq!(stopped, stop != Stop::Never);
    tape
}

/// Values of all parameters as the checkpoint has them, their shapes, and the epochs' metrics without
/// what a clock said.
pub(super) fn found(
    spec: &RunSpec,
    folder: &Path,
) -> (BTreeMap<String, Vec<f32>>, Learner, Progress) {
    let Opened { device, .. } = open_cpu(None);
    let mut learner = Learner::new(spec, shape(&spec.data), &device);
    let progress = checkpoint::load(folder, spec, &mut learner, &device).unwrap();
    let values = learner.params.list.iter().map(|p| {
        let values: Vec<f32> = p.value.clone().into_data().try_into_vec().unwrap();
        (p.name.clone(), values)
    });
    (values.collect(), learner, progress.unwrap().progress)
}

pub(super) fn figures(history: &[EpochMetrics]) -> Vec<EpochMetrics> {
    history.iter().map(without_clock).collect()
}

/// Trains whole, and stopped after each of the epochs in turn; returns what the whole run has.
fn resumes_exactly(spec: &RunSpec) -> (BTreeMap<String, Vec<f32>>, Learner, Progress, Tape) {
    let folder = tempfile::tempdir().unwrap();
    let kept = trained(spec, folder.path(), Stop::Never);
    let (values, learner, progress) = found(spec, folder.path());
    let parts = tempfile::tempdir().unwrap();
    for stop in 1..spec.train.epochs {
        trained(spec, parts.path(), Stop::Epoch(stop));
    }
    trained(spec, parts.path(), Stop::Never);
    let (again, _, resumed) = found(spec, parts.path());
    assert_eq!(values, again, "{:?}", spec.method);
    assert_eq!(figures(&progress.history), figures(&resumed.history));
    (values, learner, progress, kept)
}

fn zeros(values: &[f32]) -> usize {
    values.iter().filter(|v| **v == 0.0).count()
}

fn provisional(progress: &Progress) -> Vec<bool> {
    progress.history.iter().map(|e| e.provisional).collect()
}

#[test]
fn pruned_weights_stay_zero_and_resume_exactly() {
    for more in [
        "optimizer = \"adam\"\n",
        "optimizer = \"sgd-nesterov\"\n[quantizer]\nname = \"lsq\"\nbits = [\"w4a4\"]\n",
    ] {
        let spec = spec(&format!(
            "{more}[model]\nname = \"mlp\"\nwidth = 0.1\n[method]\nnames = [\"prune-weights\"]\n\
             [method.prune-weights]\nsparsity = 0.75\nschedule = \"cubic\"\nstart = 0.25\nend = 0.75\n"
        ));
        let (values, learner, progress, kept) = resumes_exactly(&spec);
        for parameter in &learner.params.list {
            if parameter.role == Role::Weight {
                let values = &values[&parameter.name];
                let wanted = (0.75 * values.len() as f64).round_ties_even() as usize;
                // In single precision hardly any weight is zero by itself.
                assert_eq!(zeros(values), wanted, "{}", parameter.name);
            }
        }
        assert_eq!(provisional(&progress), [true, true, false, false]);
        let notes = kept.notes();
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("epoch 2: 65.6 % of weights"), "{notes:?}");
        assert!(notes[1].contains("epoch 3: 75.0 % of weights"), "{notes:?}");
    }
}

#[test]
fn a_pruned_channel_puts_out_zero_and_resumes_exactly() {
    for (model, sparsity) in [
        ("name = \"cnn\"\nwidth = 0.2", 0.5),
        ("name = \"au-cnn\"\nwidth = 0.25", 0.5),
        ("name = \"resnet20\"\nwidth = 0.25", 0.25),
    ] {
        let spec = spec(&format!(
            "[model]\n{model}\n[quantizer]\nbits = [\"w4a4\"]\n[method]\nnames = [\"prune-channels\"]\n\
             [method.prune-channels]\nsparsity = {sparsity}\n"
        ));
        let (values, learner, progress, kept) = resumes_exactly(&spec);
        assert_eq!(provisional(&progress), [true, true, false, false]);
        assert_eq!(kept.notes().len(), 1);
        let channel_gone = |layer: &str| {
            let rows = learner
                .params
                .list
                .iter()
                .find(|p| p.name == format!("{layer}.weight"));
            let out = rows.unwrap().shape[0];
            let weight = &values[&format!("{layer}.weight")];
            let fan_in = weight.len() / out;
            let gone: Vec<usize> = (0..out)
                .filter(|o| weight[o * fan_in..][..fan_in].iter().all(|w| *w == 0.0))
                .collect();
            for of in ["bias", "norm.scale", "norm.shift"] {
                if let Some(values) = values.get(&format!("{layer}.{of}")) {
                    assert!(gone.iter().all(|o| values[*o] == 0.0), "{layer}.{of}");
                }
            }
            gone
        };
        let mut layers: Vec<(&str, &str)> = vec![("conv1", "conv2"), ("conv5", "classifier")];
        if spec.model.has_batch_norm() {
            layers = vec![
                ("block1.conv1", "block1.conv2"),
                ("block9.conv1", "block9.conv2"),
            ];
            assert!(channel_gone("stem").is_empty() && channel_gone("block4.conv2").is_empty());
        }
        if spec.model.name == ModelName::AuCnn {
            layers = vec![("conv6", "hidden"), ("hidden", "classifier")];
        }
        for (layer, behind) in layers {
            let gone = channel_gone(layer);
            let of = |name: &str| learner.params.list.iter().find(|p| p.name == name);
            let channels = of(&format!("{layer}.weight")).unwrap().shape[0];
            assert!(!gone.is_empty(), "{layer}");
            let name = format!("{behind}.weight");
            let shape = &of(&name).unwrap().shape;
            let area: usize = shape[2..].iter().product();
            for (i, w) in values[&name].iter().enumerate() {
                assert!(
                    !gone.contains(&(i / area % shape[1] % channels)) || *w == 0.0,
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn layers_of_low_rank_are_trained_and_resume_exactly() {
    for more in ["", "[quantizer]\nname = \"lsq\"\nbits = [\"w4a4\"]\n"] {
        let spec = spec(&format!(
            "{more}[model]\nname = \"cnn\"\nwidth = 0.25\n[method]\nnames = [\"low-rank\"]\n"
        ));
        let (values, learner, progress, kept) = resumes_exactly(&spec);
        assert_eq!(provisional(&progress), [true, true, false, false]);
        assert_eq!(values["conv5.left"].len(), 32 * 8);
        assert_eq!(values["conv5.right"].len(), 8 * 16 * 9);
        assert!(values.contains_key("conv1.weight") && values.contains_key("classifier.weight"));
        assert!(!values.contains_key("conv5.weight"));
        assert_eq!(values.contains_key("conv5.right_step"), !more.is_empty());
        let left = learner
            .params
            .list
            .iter()
            .filter(|p| p.role == Role::Weight);
        let left: usize = left.map(|p| p.shape.iter().product::<usize>()).sum();
        assert!(kept.notes()[0].contains(&format!("4 of 6 layers factored; {left} of")));
    }
}

#[test]
fn factors_of_nearly_full_rank_compute_nearly_the_same() {
    use burn::tensor::{Tensor, TensorData};
    let mut spec =
        spec("[model]\nname = \"cnn\"\nwidth = 0.25\n[method]\nnames = [\"low-rank\"]\n");
    let Opened { device, .. } = open_cpu(None);
    let logits = |learner: &Learner| -> Vec<f32> {
        let pixels: Vec<f32> = (0..2 * 784).map(|i| (0.37 * i as f32).sin()).collect();
        let x = Tensor::<4>::from_data(TensorData::new(pixels, [2, 1, 28, 28]), &device);
        learner.evaluate(x).into_data().try_into_vec().unwrap()
    };
    let mut gaps = Vec::new();
    // Only conv5, [32, 16·9], has fewer weights as two factors of 0.8 of its rank; 0.05 cuts deep.
    for rank in [0.8, 0.05] {
        if let crate::spec::Method::LowRank(settings) = &mut spec.method {
            settings.rank = rank;
        }
        let mut learner = Learner::new(&spec, shape(&spec.data), &device);
        let before = logits(&learner);
        let note = learner.compress(3, &device).unwrap();
        assert!(note.is_some() && learner.compress(4, &device).unwrap().is_none());
        let after = logits(&learner);
        let scale = before.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let gap = before
            .iter()
            .zip(&after)
            .map(|(b, a)| (b - a).abs() / scale);
        gaps.push(gap.fold(0.0f32, f32::max));
    }
    assert!(gaps[0] > 0.0 && gaps[0] < 0.3 && gaps[1] > 0.3, "{gaps:?}");
}

#[test]
fn a_narrow_run_trains_the_network_of_that_width() {
    let with = |model: &str, method: &str| {
        let spec = spec(&format!(
            "[model]\nname = \"mlp\"\nwidth = {model}\n{method}"
        ));
        let folder = tempfile::tempdir().unwrap();
        trained(&spec, folder.path(), Stop::Never);
        found(&spec, folder.path())
    };
    let narrow = "[method]\nnames = [\"narrow\"]\n[method.narrow]\nwidth = 0.5\n";
    let (half, _, progress) = with("0.2", narrow);
    let (same, _, control) = with("0.1", "");
    assert_eq!(half, same);
    assert_eq!(figures(&progress.history), figures(&control.history));
}
