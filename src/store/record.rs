//! What the folder of a run says about it: `meta.json`, `status.json`, and both together.

use super::event::{Cost, EpochMetrics, Event, EventKind, NoiseReport, StepMetrics, Summary};
use crate::spec::RunSpec;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Waits for a worker.
    Queued,
    /// Trains.
    Running,
    /// Waits because it was asked to.
    Paused,
    /// All epochs are done.
    Finished,
    /// Ended because it was asked to.
    Stopped,
    /// Ended by an error.
    Failed,
    /// Said to run, but its process is gone or its heartbeat is too old.
    Lost,
}

impl State {
    /// The name as `ls --json` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }

    /// Whether nothing more will happen without a user's request.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Finished | Self::Stopped | Self::Failed | Self::Lost
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `meta.json`: who made and who runs it. Written by the enqueuer, then by the claiming worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Version of the format.
    pub format: u32,
    /// The run.
    pub id: String,
    /// The sweep that first asked for it.
    pub sweep: String,
    /// When it was queued.
    pub created: Timestamp,
    /// Place in its sweep: with `created` the order of the queue.
    pub index: usize,
    /// Version of quell that made it.
    pub quell_version: String,
    /// Host of the worker that trains or trained it.
    #[serde(default)]
    pub host: Option<String>,
    /// Process id of that worker.
    #[serde(default)]
    pub pid: Option<u32>,
    /// Start time of that process, seconds since 1970.
    #[serde(default)]
    pub process_start: Option<u64>,
}

/// `status.json`: the last known state, derivable from the events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the format.
    pub format: u32,
    /// The state as its writer saw it; a reader may find [`State::Lost`].
    pub state: State,
    /// When it was written.
    pub updated: Timestamp,
    /// Finished epochs.
    pub epoch: usize,
    /// Epochs asked for.
    pub epochs: usize,
    /// The device, in words, once known.
    #[serde(default)]
    pub device: Option<String>,
    /// Label noise, once drawn.
    #[serde(default)]
    pub noise: Option<NoiseReport>,
    /// Bytes of the model, once built.
    #[serde(default)]
    pub model_bytes: Option<u64>,
    /// Bytes at full precision ÷ `model_bytes`.
    #[serde(default)]
    pub compression_ratio: Option<f64>,
    /// What the network costs, once built.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// Training images in use, once loaded.
    #[serde(default)]
    pub train_samples: Option<usize>,
    /// The newest progress within an epoch.
    #[serde(default)]
    pub step: Option<StepMetrics>,
    /// The newest finished epoch.
    #[serde(default)]
    pub last_epoch: Option<EpochMetrics>,
    /// Summary of the epochs so far; final once finished.
    #[serde(default)]
    pub summary: Option<Summary>,
    /// Why it failed.
    #[serde(default)]
    pub reason: Option<String>,
}

/// One run as the store knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// The run's id and folder name.
    pub id: String,
    /// Its frozen spec.
    pub spec: RunSpec,
    /// Who made and runs it.
    pub meta: Meta,
    /// Its last status; `status.state` is what the writer said.
    pub status: Status,
    /// The state after looking at lease and process: what to show.
    pub state: State,
}

impl Status {
    /// The status of a run that waits for a worker.
    pub fn queued(epochs: usize) -> Self {
        Self {
            format: crate::spec::FORMAT,
            state: State::Queued,
            updated: Timestamp::now(),
            epoch: 0,
            epochs,
            device: None,
            noise: None,
            model_bytes: None,
            compression_ratio: None,
            cost: None,
            train_samples: None,
            step: None,
            last_epoch: None,
            summary: None,
            reason: None,
        }
    }

    /// The status that a run's events come to, for when its file is damaged.
    pub fn from_events(epochs: usize, events: &[Event]) -> Self {
        let mut status = Self::queued(epochs);
        let mut history = Vec::new();
        for event in events {
            super::log::fold(&mut history, &event.kind);
            status.apply(&event.kind, &history);
            status.updated = event.time;
        }
        status
    }

    /// Takes over what an event says; `history` is what the epochs up to it are.
    pub fn apply(&mut self, event: &EventKind, history: &[EpochMetrics]) {
        self.updated = Timestamp::now();
        match event {
            EventKind::Started {
                epoch,
                device,
                noise,
                model_bytes,
                compression_ratio,
                cost,
                train_samples,
            } => {
                self.state = State::Running;
                self.epoch = *epoch;
                self.device = Some(device.clone());
                self.noise = Some(noise.clone());
                self.model_bytes = Some(*model_bytes);
                self.compression_ratio = Some(*compression_ratio);
                self.cost.clone_from(cost);
                self.train_samples = Some(*train_samples);
                // Epochs after the checkpoint were lost with the process and come again.
                self.last_epoch = history.last().cloned();
                self.summary = (!history.is_empty()).then(|| Summary::from_epochs(history));
                self.step = None;
                self.reason = None;
            }
            EventKind::Step(step) => self.step = Some(step.clone()),
            EventKind::Epoch(metrics) => {
                self.epoch = metrics.epoch;
                self.last_epoch = Some((**metrics).clone());
                self.summary = Some(Summary::from_epochs(history));
            }
            EventKind::Paused => self.state = State::Paused,
            EventKind::Resumed => self.state = State::Running,
            EventKind::Finished(summary) => {
                self.state = State::Finished;
                self.summary = Some((**summary).clone());
            }
            EventKind::Stopped { epoch } => {
                self.state = State::Stopped;
                self.epoch = *epoch;
            }
            EventKind::Failed { reason } => {
                self.state = State::Failed;
                self.reason = Some(reason.clone());
            }
            EventKind::Checkpoint { .. }
            | EventKind::Note { .. }
            | EventKind::Warning { .. }
            | EventKind::Unknown => {}
        }
    }
}
