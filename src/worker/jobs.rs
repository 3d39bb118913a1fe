//! How many runs train at once, and on how many threads each.

use super::spawn::quell;
use super::{WorkerOptions, parity};
use crate::device::DeviceInfo;
use crate::spec::DeviceChoice;
use crate::store::{Parity, RunRecord, Store};
use std::process::Stdio;

/// How the machine is shared out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Runs at once.
    pub jobs: usize,
    /// Processor cores.
    pub cores: usize,
    /// Whether a GPU trains.
    pub on_gpu: bool,
    /// In words.
    pub device: String,
}

impl Share {
    /// Threads of the CPU backend for a run that trains beside others, `at_once` with itself.
    pub fn threads(&self, at_once: usize) -> usize {
        if self.on_gpu {
            return self.cores;
        }
        (self.cores / at_once.clamp(1, self.jobs)).max(1)
    }
}

/// Shares the machine out among the queued runs. On the CPU several runs of one thread each do more
/// than one run on all cores; on a GPU one run has it to itself.
pub fn share(store: &Store, options: &WorkerOptions, queued: &[RunRecord]) -> Share {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let device_of = |run: &RunRecord| options.device.unwrap_or(run.spec.train.device);
    let gpu = if queued.iter().all(|run| device_of(run) == DeviceChoice::Cpu) {
        None
    } else if queued.iter().any(|run| {
        matches!(
            device_of(run),
            DeviceChoice::Wgpu(_) | DeviceChoice::Software
        )
    }) {
        Some("wgpu".to_string())
    } else {
        gpu(store)
    };
    let on_gpu = gpu.is_some();
    Share {
        jobs: options
            .jobs
            .unwrap_or(if on_gpu { 1 } else { cores })
            .max(1),
        cores,
        on_gpu,
        device: gpu.unwrap_or_else(|| "CPU".into()),
    }
}

/// The best GPU, asked of a child process: a driver that crashes takes only that one down.
fn gpu(store: &Store) -> Option<String> {
    let output = quell(store.home(), "devices")
        .ok()?
        .arg("--probe")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let devices: Vec<DeviceInfo> = serde_json::from_slice(&output.stdout).ok()?;
    devices
        .into_iter()
        .find(|device| device.kind.ends_with("-gpu"))
        // `auto` trains on the CPU where the GPU was found to compute wrong.
        .filter(|device| !matches!(parity::known(store, device), Some(Parity::Differs { .. })))
        .map(|device| device.name)
}
