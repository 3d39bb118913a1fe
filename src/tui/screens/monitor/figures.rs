//! Figures of runs that are made from their records.

use crate::store::{RunRecord, State};
use crate::worker::WorkerState;

/// Share of the epochs that is done, the steps of the epoch that goes on included.
pub fn progress(run: &RunRecord) -> f64 {
    let status = &run.status;
    if run.state == State::Finished {
        return 1.0;
    }
    let within = status.step.as_ref().filter(|s| s.epoch > status.epoch);
    let within = within.map_or(0.0, |s| {
        let begun = status.epoch * s.steps_per_epoch;
        let done = s.step.saturating_sub(begun) as f64;
        (done / s.steps_per_epoch.max(1) as f64).min(1.0)
    });
    (status.epoch as f64 + within) / status.epochs.max(1) as f64
}

/// Training images per second: now, or on average once it is over.
pub fn speed(run: &RunRecord) -> Option<f64> {
    let status = &run.status;
    let speed = match run.state {
        State::Running | State::Paused => status.step.as_ref().map(|s| s.samples_per_second),
        _ => status.summary.as_ref().map(|s| s.samples_per_second),
    };
    let last = || status.last_epoch.as_ref().map(|e| e.samples_per_second);
    speed.filter(|s| *s > 0.0).or_else(last)
}

/// Newest training loss.
pub fn loss(run: &RunRecord) -> Option<f64> {
    let status = &run.status;
    let step = status.step.as_ref().and_then(|s| s.loss);
    let epoch = || status.last_epoch.as_ref().map(|e| e.train_loss);
    let live = matches!(run.state, State::Running | State::Paused);
    step.filter(|_| live).or_else(epoch)
}

/// Seconds that an epoch of the run takes, where that was measured.
fn epoch_seconds(run: &RunRecord) -> Option<f64> {
    let status = &run.status;
    if let Some(epoch) = &status.last_epoch {
        return Some(epoch.seconds);
    }
    let samples = status.train_samples? as f64;
    let speed = status.step.as_ref()?.samples_per_second;
    (speed > 0.0).then_some(samples / speed)
}

/// Epochs that are left of what a run trains before its own.
fn first_stage_left(run: &RunRecord) -> f64 {
    let status = &run.status;
    let step = status.step.as_ref().filter(|step| step.epoch == 0);
    step.map_or(0.0, |step| {
        status.epochs as f64 - step.step as f64 / step.steps_per_epoch.max(1) as f64
    })
}

/// Seconds until a run ends that trains now.
pub fn left(run: &RunRecord) -> Option<f64> {
    let open = matches!(run.state, State::Running | State::Paused);
    open.then(|| {
        let epochs = (1.0 - progress(run)) * run.status.epochs as f64 + first_stage_left(run);
        epoch_seconds(run).map(|s| s * epochs)
    })?
}

/// All runs together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overall {
    /// Runs.
    pub total: usize,
    /// Of these, finished.
    pub finished: usize,
    /// Training.
    pub running: usize,
    /// Waiting for their turn.
    pub queued: usize,
    /// Failed or lost.
    pub failed: usize,
    /// Seconds until the last one ends, where that can be known.
    pub left: Option<f64>,
}

/// Sums all runs up.
pub fn overall(runs: &[RunRecord], worker: Option<&WorkerState>) -> Overall {
    let count = |states: &[State]| runs.iter().filter(|r| states.contains(&r.state)).count();
    Overall {
        total: runs.len(),
        finished: count(&[State::Finished]),
        running: count(&[State::Running]),
        queued: count(&[State::Queued]),
        failed: count(&[State::Failed, State::Lost]),
        left: worker.and_then(|w| all_left(runs, w.jobs.max(1))),
    }
}

/// Seconds until the queue is empty; `None` where a waiting run is like none that was measured.
fn all_left(runs: &[RunRecord], jobs: usize) -> Option<f64> {
    let (mut sum, mut longest, mut any) = (0.0, 0.0_f64, false);
    for run in runs {
        let seconds = match run.state {
            State::Running => left(run)?,
            State::Queued => {
                let epochs = run.status.epochs.saturating_sub(run.status.epoch) as f64;
                let alike = runs.iter().rev().filter(|r| {
                    r.spec.model == run.spec.model
                        && r.spec.data == run.spec.data
                        && r.spec.train.batch_size == run.spec.train.batch_size
                        && r.spec.quantizer.is_some() == run.spec.quantizer.is_some()
                });
                alike.filter_map(epoch_seconds).next()? * epochs
            }
            _ => continue,
        };
        any = true;
        sum += seconds;
        longest = longest.max(seconds);
    }
    any.then(|| longest.max(sum / jobs as f64))
}

/// A time in few characters.
pub fn time(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match s {
        0..=99 => format!("{s}s"),
        100..=5_999 => format!("{}m{:02}s", s / 60, s % 60),
        6_000..=172_799 => format!("{}h{:02}m", s / 3_600, s / 60 % 60),
        _ => format!("{}d{:02}h", s / 86_400, s / 3_600 % 24),
    }
}

/// A number in few characters.
pub fn count(x: f64) -> String {
    match x {
        x if x >= 99_950.0 => format!("{:.0}k", x / 1_000.0),
        x if x >= 9_995.0 => format!("{:.1}k", x / 1_000.0),
        x => format!("{x:.0}"),
    }
}

/// A share in per cent.
pub fn percent(x: f64) -> String {
    format!("{:.1}", 100.0 * x)
}
