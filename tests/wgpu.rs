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

/// Trains the grid on a device; the epochs of each run by its treatment.
fn train(device: &str) -> Vec<(String, String, Vec<Value>)> {
    let home = tempfile::tempdir().unwrap();
    let spec = home.path().join("spec.toml");
    std::fs::write(&spec, SPEC).unwrap();
    let out = quell(
        home.path(),
        &["run", spec.to_str().unwrap(), "--device", device, "--json"],
    );
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{errors}");
    assert!(errors.is_empty(), "written on the screen: {errors}");
    let runs = quell(home.path(), &["ls", "--json"]);
    let runs: Vec<Value> = serde_json::from_slice(&runs.stdout).unwrap();
    assert_eq!(runs.len(), 2);
    let of = |run: &Value| {
        let id = run["id"].as_str().unwrap();
        let events = home.path().join("runs").join(id).join("events.jsonl");
        let epochs = std::fs::read_to_string(events)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|event| event["event"] == "epoch")
            .collect();
        let text = |key: &str| run[key].as_str().unwrap().to_string();
        (text("bits"), text("device"), epochs)
    };
    runs.iter().map(of).collect()
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
    let (wgpu, cpu) = (train("software"), train("cpu"));
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
}
