//! A run's numbers do not depend on what trains beside it, nor on how many threads it has: on the CPU backend they are
//! the same to the last bit.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const SPEC: &str = r#"
name = "beside"
[data]
set = "bundled"
train_limit = 300
test_limit = 100
augment = "crop-flip"
[model]
name = "resnet20"
width = 0.5
[noise]
rates = [0.0, 0.4]
[quantizer]
name = "lsq"
bits = ["fp32", "w3a3"]
[method]
names = ["none", "dropout"]
at = "fp32"
[train]
epochs = 2
batch_size = 64
lr = 1e-3
seeds = [3]
"#;

fn quell(home: &Path, args: &[&str]) -> Vec<u8> {
    let out = Command::new(env!("CARGO_BIN_EXE_quell"))
        .arg("--home")
        .arg(home)
        .args(args)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{args:?}: {errors}");
    out.stdout
}

/// The epochs of every run by its id, without times, and the bytes of its trained parameters.
fn train(jobs: &str, model: &str, width: f64) -> BTreeMap<String, (Vec<Value>, Vec<u8>)> {
    let home = tempfile::tempdir().unwrap();
    let spec = home.path().join("spec.toml");
    std::fs::write(&spec, SPEC).unwrap();
    let spec = spec.to_str().unwrap();
    let (model, width) = (
        format!("model.name={model}"),
        format!("model.width={width}"),
    );
    let args = ["run", spec, "--device", "cpu", "--jobs", jobs, "--json"];
    quell(
        home.path(),
        &[&args[..], &["--set", &model, "--set", &width]].concat(),
    );
    let runs: Vec<Value> = serde_json::from_slice(&quell(home.path(), &["ls", "--json"])).unwrap();
    let of = |run: &Value| {
        let id = run["id"].as_str().unwrap().to_string();
        let shown = quell(home.path(), &["show", &id, "--json"]);
        let shown: Value = serde_json::from_slice(&shown).unwrap();
        let mut history = shown["history"].as_array().unwrap().clone();
        for epoch in &mut history {
            let fields = epoch.as_object_mut().unwrap();
            fields.retain(|name, _| !name.contains("second"));
        }
        let checkpoint = home.path().join("runs").join(&id);
        let checkpoint = std::fs::read(checkpoint.join("checkpoint/state.safetensors")).unwrap();
        // Its header holds the times of the epochs.
        let header = u64::from_le_bytes(checkpoint[..8].try_into().unwrap()) as usize;
        (id, (history, checkpoint[8 + header..].to_vec()))
    };
    runs.iter().map(of).collect()
}

#[test]
fn a_run_is_the_same_alone_on_all_cores_and_beside_others_on_one() {
    for (model, width) in [
        ("resnet20", 0.5),
        ("cnn", 0.5),
        // Their 1×1 and 7×7 convolutions and max-pooling are burn's own operations.
        ("resnet18", 0.1),
        ("cnn9", 0.1),
        ("imagenet-resnet50", 0.1),
    ] {
        let (alone, beside) = (train("1", model, width), train("3", model, width));
        assert_eq!(alone.len(), 6, "{:?}", alone.keys());
        assert!(alone.values().all(|(history, _)| history.len() == 2));
        assert_eq!(
            alone.keys().collect::<Vec<_>>(),
            beside.keys().collect::<Vec<_>>()
        );
        for (id, (history, parameters)) in &alone {
            let (other_history, other_parameters) = &beside[id];
            assert_eq!(history, other_history, "{id}");
            assert!(parameters == other_parameters, "{id}: parameters differ");
        }
    }
}
