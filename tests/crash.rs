//! kill -9 in mid-training: nothing finished is lost, and a resumed run ends with the numbers of
//! one that was never stopped, bit for bit on the CPU backend.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(180);

const SPEC: &str = r#"
name = "crash"
[data]
set = "bundled"
train_limit = 1500
test_limit = 300
[model]
name = "cnn"
width = 0.5
[noise]
kind = "symmetric"
rates = [0.4]
[quantizer]
name = "lsq"
bits = ["fp32", "w3a3"]
[method]
names = ["dropout"]
[train]
epochs = 6
batch_size = 64
lr = 1e-3
seeds = [7]
device = "cpu"
"#;

fn quell(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quell"))
        .arg("--home")
        .arg(home)
        .args(args)
        .output()
        .unwrap()
}

fn json(home: &Path, args: &[&str]) -> Value {
    let out = quell(home, args);
    assert!(
        out.status.success(),
        "quell {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).unwrap()
}

fn runs(home: &Path) -> Vec<Value> {
    json(home, &["ls", "--json"]).as_array().unwrap().clone()
}

fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !ready() {
        assert!(begin.elapsed() < PATIENCE, "timed out waiting for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Every process of this home: the supervisor and its slots.
fn processes(home: &Path) -> Vec<u32> {
    let needle = home.to_str().unwrap().as_bytes().to_vec();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            std::fs::read(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| line.windows(needle.len()).any(|w| w == needle))
        })
        .collect()
}

fn kill_all(home: &Path) {
    let pids = processes(home);
    assert!(!pids.is_empty(), "no worker is running");
    // All at one stroke: a supervisor that outlives its slot would note how the slot died.
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    let _ = Command::new("kill").arg("-9").args(pids).status();
    wait_for("the killed processes to go", || processes(home).is_empty());
}

/// The epochs of a run without what depends on the clock.
fn numbers(home: &Path, id: &str) -> Vec<Value> {
    let shown = json(home, &["show", id, "--json"]);
    let history = shown["history"].as_array().expect("history").clone();
    history
        .into_iter()
        .map(|mut epoch| {
            let fields = epoch.as_object_mut().unwrap();
            for clock in ["samples_per_second", "seconds", "eval_seconds"] {
                fields.remove(clock);
            }
            epoch
        })
        .collect()
}

fn all(home: &Path, state: &str) -> bool {
    runs(home).iter().all(|run| run["state"] == state)
}

#[test]
fn a_killed_run_resumes_to_the_numbers_of_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("crash.toml");
    std::fs::write(&spec, SPEC).unwrap();
    let spec = spec.to_str().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));

    let out = quell(&whole, &["run", spec, "--json"]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(all(&whole, "finished"));

    let out = quell(&killed, &["run", spec, "--detach"]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    // Twice, at different depths of the run.
    for depth in [1, 3] {
        wait_for("an epoch to finish", || {
            runs(&killed)
                .iter()
                .any(|run| run["epoch"].as_u64() >= Some(depth))
        });
        kill_all(&killed);
        let states = runs(&killed);
        assert!(
            states.iter().all(|run| ["lost", "queued", "finished"].contains(&run["state"].as_str().unwrap())),
            "states after kill -9: {states:?}"
        );
        assert!(
            states.iter().any(|run| run["state"] == "lost"),
            "{states:?}"
        );
        let out = quell(&killed, &["resume", "--all"]);
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
    wait_for("the resumed runs to finish", || all(&killed, "finished"));

    for run in runs(&whole) {
        let id = run["id"].as_str().unwrap();
        let (expected, found) = (numbers(&whole, id), numbers(&killed, id));
        assert_eq!(expected.len(), 6);
        assert_eq!(expected, found, "{id} differs after kill -9");
        let samples = |home: &Path| std::fs::read(home.join("runs").join(id).join("samples.csv"));
        let (expected, found) = (samples(&whole).unwrap(), samples(&killed).unwrap());
        assert_eq!(expected.iter().filter(|&&b| b == b'\n').count(), 1 + 1350);
        assert!(expected == found, "samples of {id} differ after kill -9");
    }
}

#[test]
fn a_stop_really_stops_and_the_checkpoint_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("crash.toml");
    std::fs::write(&spec, SPEC).unwrap();
    let home = folder.path().join("home");
    let out = quell(
        &home,
        &[
            "run",
            spec.to_str().unwrap(),
            "--detach",
            "--set",
            "train.epochs=2000",
        ],
    );
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    wait_for("an epoch", || {
        runs(&home)
            .iter()
            .any(|run| run["epoch"].as_u64() >= Some(1))
    });
    let out = quell(&home, &["stop", "--all"]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    wait_for("every run to stop", || all(&home, "stopped"));
    wait_for("the worker to leave", || processes(&home).is_empty());

    let trained = runs(&home)
        .into_iter()
        .find(|run| run["epoch"].as_u64() >= Some(1))
        .unwrap();
    let (id, epoch) = (trained["id"].as_str().unwrap(), trained["epoch"].as_u64());
    let checkpoint = home
        .join("runs")
        .join(id)
        .join("checkpoint/state.safetensors");
    assert!(checkpoint.is_file(), "the checkpoint is gone");
    let out = quell(&home, &["resume", id]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    wait_for("the resumed run to go on", || {
        runs(&home)
            .iter()
            .any(|run| run["id"] == id && run["epoch"].as_u64() > epoch)
    });
    quell(&home, &["stop", "--all"]);
    wait_for("every run to stop again", || all(&home, "stopped"));
}
