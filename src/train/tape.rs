//! A recorder for tests: keeps what is recorded in memory, and stops where it is told to.
#![allow(clippy::unwrap_used)]

use super::{Order, Outcome, Recorder, TrainError, train};
use crate::data::prepare;
use crate::device;
use crate::spec::{DeviceChoice, RunSpec};
use crate::store::{EpochMetrics, EventKind, SampleRow};
use std::path::{Path, PathBuf};

/// Where training is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Nowhere.
    Never,
    /// At a step, counted from 1 and through the first stage.
    Step(usize),
    /// Once the checkpoint of an epoch is written.
    Epoch(usize),
}

/// What was recorded.
pub struct Tape {
    folder: PathBuf,
    stop: Stop,
    /// How often it was asked for orders: once at each step.
    pub asked: usize,
    /// All events.
    pub events: Vec<EventKind>,
    /// The training samples of the last checkpoint.
    pub samples: Vec<SampleRow>,
}

impl Recorder for Tape {
    fn record(&mut self, kind: EventKind) -> std::io::Result<()> {
        self.events.push(kind);
        Ok(())
    }

    fn order(&mut self) -> Order {
        self.asked += 1;
        let over = |kind: &EventKind| match (kind, self.stop) {
            (EventKind::Checkpoint { epoch }, Stop::Epoch(last)) => *epoch == last,
            _ => false,
        };
        if self.stop == Stop::Step(self.asked) || self.events.iter().any(over) {
            Order::Stop
        } else {
            Order::Continue
        }
    }

    fn keep_samples(&mut self, rows: &[SampleRow]) -> std::io::Result<()> {
        self.samples = rows.to_vec();
        Ok(())
    }

    fn checkpoint_dir(&self) -> &Path {
        &self.folder
    }
}

/// Trains on the CPU with the checkpoint in `folder`.
pub fn run(spec: &RunSpec, folder: &Path, stop: Stop) -> (Outcome, Tape) {
    let (outcome, tape) = try_run(spec, folder, stop);
    (outcome.unwrap(), tape)
}

/// The same, of a run that may fail.
pub fn try_run(spec: &RunSpec, folder: &Path, stop: Stop) -> (Result<Outcome, TrainError>, Tape) {
    let mut tape = Tape {
        folder: folder.into(),
        stop,
        asked: 0,
        events: Vec::new(),
        samples: Vec::new(),
    };
    let data = prepare(spec, folder).unwrap();
    let device = device::open(DeviceChoice::Cpu).unwrap();
    let outcome = train(spec, &device, &data, &mut tape);
    (outcome, tape)
}

impl Tape {
    /// Finished epochs, without what depends on the clock.
    pub fn epochs(&self) -> Vec<EpochMetrics> {
        let of = |kind: &EventKind| match kind {
            EventKind::Epoch(metrics) => Some(without_clock(metrics)),
            _ => None,
        };
        self.events.iter().filter_map(of).collect()
    }

    /// Notes, in their order.
    pub fn notes(&self) -> Vec<&str> {
        let text = self.events.iter().filter_map(|kind| match kind {
            EventKind::Note { text } => Some(text.as_str()),
            _ => None,
        });
        text.collect()
    }
}

/// The metrics of an epoch that repeat from run to run.
pub fn without_clock(metrics: &EpochMetrics) -> EpochMetrics {
    EpochMetrics {
        samples_per_second: 0.0,
        seconds: 0.0,
        eval_seconds: 0.0,
        ..metrics.clone()
    }
}
