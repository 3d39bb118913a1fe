//! The supervisor: starts slots while runs are queued, and cleans up after those that die.

use super::jobs::{Share, share};
use super::spawn::{WorkerState, lock_path, quell, state_path};
use super::{WorkerError, WorkerOptions};
use crate::store::{Lock, ProcessId, RunRecord, State, Store, try_lock, write_json};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};

/// Time between two looks at slots and queue.
const TICK: Duration = Duration::from_millis(300);
/// A stop that is not obeyed after this long is enforced.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// Trains all that is queued in this home; returns when nothing is left, or at once when another
/// supervisor of this host is at it.
///
/// # Errors
/// [`WorkerError`] when the store cannot be used.
pub fn supervise(store: &Store, options: &WorkerOptions) -> Result<(), WorkerError> {
    // A session of its own: the terminal's hang-up no longer reaches it. It fails only for a
    // process that leads a session already.
    let _ = rustix::process::setsid();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    while let Some(lock) = try_lock(&lock_path(store))? {
        let left = runtime.block_on(work(store, options))?;
        release(store, lock);
        // A run may have been queued after the last look and before the lock was free.
        if left || queued(store)?.is_empty() {
            break;
        }
    }
    Ok(())
}

fn release(store: &Store, lock: Lock) {
    // Already gone is as good.
    let _ = std::fs::remove_file(state_path(store));
    drop(lock);
}

fn queued(store: &Store) -> Result<Vec<RunRecord>, WorkerError> {
    let mut runs = store.runs()?;
    runs.retain(|run| run.state == State::Queued);
    Ok(runs)
}

/// Works until nothing is queued and no slot lives; `true` when the process was asked to end.
async fn work(store: &Store, options: &WorkerOptions) -> Result<bool, WorkerError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let share = share(store, options, &queued(store)?);
    let process = ProcessId::own();
    let state = WorkerState {
        pid: process.pid,
        process,
        jobs: share.jobs,
        device: share.device.clone(),
    };
    write_json(&state_path(store), &state)?;
    let mut slots: Vec<Child> = Vec::new();
    let mut leaving = false;
    loop {
        let runs = store.runs()?;
        let mut kept = Vec::new();
        for mut slot in slots {
            match slot.try_wait()? {
                None => kept.push(slot),
                Some(exit) if exit.success() => {}
                Some(exit) => bury(store, slot.id(), exit, &runs)?,
            }
        }
        slots = kept;
        let waiting = runs.iter().filter(|r| r.state == State::Queued).count();
        if slots.is_empty() && (waiting == 0 || leaving) {
            return Ok(leaving);
        }
        if !leaving {
            // A paused run keeps its process but frees its place.
            let paused = runs
                .iter()
                .filter(|r| r.state == State::Paused && held_by(r, &slots))
                .count();
            let busy = runs
                .iter()
                .filter(|r| r.state == State::Running && held_by(r, &slots))
                .count();
            // Slots that have not claimed yet count as taken.
            let idle = slots.len().saturating_sub(paused + busy);
            let wanted = (share.jobs + paused).min(paused + busy + waiting);
            for _ in (busy + paused + idle)..wanted {
                slots.push(start(store, options, &share)?);
            }
            enforce_stops(store, &runs, &slots);
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = terminate.recv() => {
                leaving = true;
                for slot in &slots {
                    send(slot.id(), Signal::TERM);
                }
            }
        }
    }
}

fn held_by(run: &RunRecord, slots: &[Child]) -> bool {
    slots.iter().any(|slot| Some(slot.id()) == run.meta.pid)
}

fn start(store: &Store, options: &WorkerOptions, share: &Share) -> Result<Child, WorkerError> {
    let mut command = quell(store.home(), "worker-slot").map_err(WorkerError::Start)?;
    if let Some(device) = options.device {
        command.args(["--device", &device.to_string()]);
    }
    command
        .env("RAYON_NUM_THREADS", share.threads.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(WorkerError::Start)
}

/// Says of the run that a dead slot held how it died. A driver that crashes after the run's last
/// record does no harm.
fn bury(store: &Store, pid: u32, exit: ExitStatus, runs: &[RunRecord]) -> Result<(), WorkerError> {
    for run in runs {
        if run.meta.pid == Some(pid) && matches!(store.run(&run.id)?.state, State::Lost) {
            store.fail(
                &run.id,
                format!(
                    "the training process died ({exit}); the checkpoint of epoch {} is kept, `quell resume {}` goes on from it",
                    run.status.epoch, run.id
                ),
            )?;
        }
    }
    Ok(())
}

/// Ends slots that do not obey a stop.
fn enforce_stops(store: &Store, runs: &[RunRecord], slots: &[Child]) {
    for run in runs.iter().filter(|run| held_by(run, slots)) {
        let overdue = store
            .stop_requested(&run.id)
            .and_then(|since| SystemTime::now().duration_since(since).ok())
            .is_some_and(|waited| waited > STOP_PATIENCE);
        if let (true, Some(pid)) = (overdue, run.meta.pid) {
            send(pid, Signal::KILL);
        }
    }
}

fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // Gone already is as good.
        let _ = kill_process(pid, signal);
    }
}
