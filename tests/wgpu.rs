//! Training on wgpu, on a software Vulkan driver: the same grid on the `software` device and on the
//! CPU backend gives the same numbers up to rounding. `QUELL_TEST_WGPU=1` (set by `.ci/run`) makes
//! a missing driver a failure; elsewhere it is said and the test ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

// One batch shape throughout: each new one costs the driver's compiler seconds.
const SPEC: &str = r#"
name = "wgpu"
[data]
set = "bundled"
train_limit = 64
test_limit = 64
validation = 0.0
[model]
name = "cnn"
width = 0.25
[noise]
kind = "symmetric"
rates = [0.4]
[quantizer]
name = "lsq"
bits = ["fp32", "w4a4"]
[method]
names = ["none"]
[train]
epochs = 3
batch_size = 64
optimizer = "adam"
lr = 1e-3
seeds = [0]
"#;

fn quell(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quell"))
        .arg("--home")
        .arg(home)
        .args(args)
        // Fewer kernels are tried, so fewer are compiled.
        .env("CUBECL_AUTOTUNE_LEVEL", "minimal")
        .env_remove("XDG_RUNTIME_DIR")
        .output()
        .unwrap()
}

fn has_software() -> bool {
    let home = tempfile::tempdir().unwrap();
    let out = quell(home.path(), &["devices", "--json"]);
    assert!(
        out.stderr.is_empty(),
        "a driver wrote on the screen: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    let devices: Vec<Value> = serde_json::from_slice(&out.stdout).unwrap();
    devices.iter().any(|d| d["id"] == "software")
}

/// Runs the spec on a device, with more arguments.
fn run(home: &Path, device: &str, more: &[&str]) -> Output {
    let spec = home.join("spec.toml");
    std::fs::write(&spec, SPEC).unwrap();
    let args = ["run", spec.to_str().unwrap(), "--device", device, "--json"];
    quell(home, &[&args[..], more].concat())
}

fn runs(home: &Path) -> Vec<Value> {
    serde_json::from_slice(&quell(home, &["ls", "--json"]).stdout).unwrap()
}

/// The events of a kind that a run recorded.
fn events(home: &Path, run: &Value, kind: &str) -> Vec<Value> {
    let folder = home.join("runs").join(run["id"].as_str().unwrap());
    let text = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let events = text.lines().map(|l| serde_json::from_str(l).unwrap());
    events.filter(|e: &Value| e["event"] == kind).collect()
}

/// Trains the grid on a device; the epochs of each run by its treatment.
fn train(home: &Path, device: &str) -> Vec<(String, String, Vec<Value>)> {
    let out = run(home, device, &[]);
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{errors}");
    assert!(errors.is_empty(), "written on the screen: {errors}");
    let runs = runs(home);
    assert_eq!(runs.len(), 2);
    let of = |run: &Value| {
        let text = |key: &str| run[key].as_str().unwrap().to_string();
        (text("bits"), text("device"), events(home, run, "epoch"))
    };
    runs.iter().map(of).collect()
}

/// Puts another verdict on the software device into the home, and trains one run more.
fn with_verdict(home: &Path, verdict: &str) -> (Output, Value) {
    let path = home.join("parity.json");
    let mut known: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(known.len(), 1, "checked once: {known:?}");
    known[0]["verdict"] = verdict.into();
    known[0]["reason"] = "the tests say so".into();
    std::fs::write(&path, serde_json::to_string(&known).unwrap()).unwrap();
    let before: Vec<Value> = runs(home).iter().map(|run| run["id"].clone()).collect();
    let one = [
        "--again",
        "--set",
        "quantizer.bits=[\"fp32\"]",
        "--set",
        "train.epochs=1",
    ];
    let out = run(home, "software", &one);
    let mut new = runs(home);
    new.retain(|run| !before.contains(&run["id"]));
    assert_eq!(new.len(), 1);
    (out, new.remove(0))
}

fn a_device_is_used_as_its_check_allows(home: &Path) {
    let (out, run) = with_verdict(home, "without-fusion");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{errors}");
    let notes = events(home, &run, "note");
    let told = notes.iter().any(|note| {
        let text = note["text"].as_str().unwrap();
        text.contains("not fused") && text.contains("the tests say so")
    });
    assert!(told, "{notes:?}");
    assert_eq!(events(home, &run, "epoch").len(), 1);

    let (out, run) = with_verdict(home, "differs");
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(run["state"], "failed");
    let reason = run["reason"].as_str().unwrap();
    for word in ["the tests say so", "--device cpu", "parity.json"] {
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn wgpu_trains_as_the_cpu_backend_does() {
    if !has_software() {
        assert!(
            std::env::var_os("QUELL_TEST_WGPU").is_none(),
            "there is no software Vulkan driver (Debian: mesa-vulkan-drivers)"
        );
        eprintln!("not tested: there is no software Vulkan driver");
        return;
    }
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (wgpu, cpu) = (train(home.path(), "software"), train(other.path(), "cpu"));
    for ((bits, device, there), (same, _, here)) in wgpu.iter().zip(&cpu) {
        assert_eq!(bits, same);
        assert!(device.contains("vulkan"), "trained on {device}");
        assert_eq!((there.len(), here.len()), (3, 3));
        for (there, here) in there.iter().zip(here) {
            // Rounding differs by the order of sums; it grows a little with each step.
            for key in ["train_loss", "test_loss"] {
                let (a, b) = (there[key].as_f64().unwrap(), here[key].as_f64().unwrap());
                assert!(
                    (a - b).abs() < 0.01 * b.abs(),
                    "{bits}, epoch {}: {key} is {a} on wgpu, {b} on the CPU",
                    here["epoch"]
                );
            }
            let (a, b) = (&there["test_acc"], &here["test_acc"]);
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() < 0.07, "{bits}: accuracy {a} and {b}");
        }
    }
    a_device_is_used_as_its_check_allows(home.path());
}
