//! The supervisor: starts slots while runs are queued, and cleans up after those that die.

use super::jobs::{Share, share};
use super::spawn::{WorkerState, lock_path, slot_process, state_path};
use super::{WorkerError, WorkerOptions};
use crate::store::{
    Follower, Lock, ProcessId, RunRecord, Settle, State, Store, host, try_lock, write_json,
};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tokio::signal::unix::{SignalKind, signal};

/// Time between two looks at slots and queue.
const TICK: Duration = Duration::from_millis(300);
/// A stop that is not obeyed after this long is enforced.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// So many slots in a row may end without having claimed a run.
const MOST_FRUITLESS: u32 = 10;

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
    while let Some(lock) = acquire(store)? {
        let left = runtime.block_on(work(store, options));
        release(store, lock);
        // A run may have been queued after the last look and before the lock was free.
        if left? || !is_queued(&store.runs()?) {
            break;
        }
    }
    Ok(())
}

/// The lock of the home's only supervisor on this host. Whoever asks whether one lives holds it for
/// an instant, so one refusal says nothing.
fn acquire(store: &Store) -> Result<Option<Lock>, WorkerError> {
    for _ in 0..10 {
        if let Some(lock) = try_lock(&lock_path(store))? {
            return Ok(Some(lock));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}

fn release(store: &Store, lock: Lock) {
    // Already gone is as good.
    let _ = std::fs::remove_file(state_path(store));
    drop(lock);
}

fn is_queued(runs: &[RunRecord]) -> bool {
    runs.iter().any(|run| run.state == State::Queued)
}

/// Works until nothing is queued and no slot lives; `true` when the process was asked to end.
async fn work(store: &Store, options: &WorkerOptions) -> Result<bool, WorkerError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut follower = Follower::new(store.clone());
    follower.refresh()?;
    let mut queued = follower.runs().to_vec();
    queued.retain(|run| run.state == State::Queued);
    let mut supervisor = Supervisor {
        store,
        options,
        share: share(store, options, &queued),
        slots: Vec::new(),
        fruitless: 0,
        leaving: None,
    };
    drop(queued);
    let process = ProcessId::own();
    let state = WorkerState {
        pid: process.pid,
        process,
        jobs: supervisor.share.jobs,
        device: supervisor.share.device.clone(),
    };
    write_json(&state_path(store), &state)?;
    loop {
        follower.poll()?;
        supervisor.bury_the_dead(&mut follower)?;
        if supervisor.slots.is_empty() {
            // Before it leaves, it looks at runs that had ended as well: one may be queued again.
            follower.refresh()?;
            if supervisor.leaving.is_some() || !is_queued(follower.runs()) {
                return Ok(supervisor.leaving.is_some());
            }
        }
        supervisor.enforce_stops(follower.runs());
        if supervisor.leaving.is_none() {
            supervisor.fill(follower.runs())?;
        }
        tokio::select! {
            () = tokio::time::sleep(TICK * (1 + supervisor.fruitless)) => {}
            _ = terminate.recv() => supervisor.leave(),
            _ = interrupt.recv() => supervisor.leave(),
        }
    }
}

struct Supervisor<'a> {
    store: &'a Store,
    options: &'a WorkerOptions,
    share: Share,
    slots: Vec<Child>,
    /// Slots in a row that ended without having claimed a run.
    fruitless: u32,
    /// Since when it has been asked to end.
    leaving: Option<Instant>,
}

impl Supervisor<'_> {
    /// Takes note of slots that ended.
    fn bury_the_dead(&mut self, follower: &mut Follower) -> Result<(), WorkerError> {
        let mut kept = Vec::new();
        let mut dead = Vec::new();
        for mut slot in std::mem::take(&mut self.slots) {
            match slot.try_wait()? {
                None => kept.push(slot),
                Some(exit) => dead.push((slot.id(), exit)),
            }
        }
        self.slots = kept;
        if dead.is_empty() {
            return Ok(());
        }
        // What they did last may be newer than the last look.
        follower.refresh()?;
        for (pid, exit) in dead {
            let mut took_one = false;
            for run in follower.runs().iter().filter(|run| trained_by(run, pid)) {
                took_one = true;
                if run.state == State::Lost {
                    self.settle(run, pid, exit);
                }
            }
            self.fruitless = if took_one { 0 } else { self.fruitless + 1 };
        }
        follower.refresh()?;
        if self.fruitless >= MOST_FRUITLESS && self.slots.is_empty() && is_queued(follower.runs()) {
            return Err(WorkerError::Fruitless {
                deaths: self.fruitless,
                log: self.store.home().join("worker.log"),
            });
        }
        Ok(())
    }

    /// Says of the run that a dead slot held how it died. A driver that crashes after the run's
    /// last record does no harm.
    fn settle(&self, run: &RunRecord, pid: u32, exit: ExitStatus) {
        let to = if self.store.stop_requested(&run.id).is_some() {
            Settle::Stopped(format!(
                "the training process ended before it obeyed the stop ({exit})"
            ))
        } else if self.leaving.is_some() {
            Settle::Queue
        } else {
            Settle::Failed(format!(
                "the training process died ({exit}); the checkpoint of epoch {} is kept, `quell resume {}` goes on from it",
                run.status.epoch, run.id
            ))
        };
        // The run stays lost when this cannot be written: no reason to leave the others untrained.
        if let Err(e) = self.store.settle(&run.id, pid, to) {
            eprintln!("{}: {e}", run.id);
        }
    }

    /// Starts slots for the runs that wait and find a place.
    fn fill(&mut self, runs: &[RunRecord]) -> Result<(), WorkerError> {
        let own = |run: &&RunRecord| self.slots.iter().any(|slot| trained_by(run, slot.id()));
        let count = |state| runs.iter().filter(move |run| run.state == state);
        let busy = count(State::Running).filter(own).count();
        // A paused run keeps its process but frees its place.
        let paused = count(State::Paused).filter(own).count();
        // Slots of a supervisor that was killed train on, and take a place.
        let foreign = count(State::Running)
            .filter(|run| is_here(run) && !own(run))
            .count();
        let waiting = count(State::Queued).count();
        // Slots that have not claimed yet count as taken.
        let idle = self.slots.len().saturating_sub(busy + paused);
        let free = self.share.jobs.saturating_sub(busy + idle + foreign);
        let threads = self.share.threads(busy + foreign + waiting.max(idle));
        for _ in 0..free.min(waiting.saturating_sub(idle)) {
            self.slots.push(self.start(threads)?);
        }
        Ok(())
    }

    fn start(&self, threads: usize) -> Result<Child, WorkerError> {
        slot_process(self.store, self.options.device)?
            .env("RAYON_NUM_THREADS", threads.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(WorkerError::Start)
    }

    /// Asks all slots to end: their runs go back to the queue.
    fn leave(&mut self) {
        self.leaving.get_or_insert_with(Instant::now);
        for slot in &self.slots {
            send(slot.id(), Signal::TERM);
        }
    }

    /// Ends slots that do not obey a stop, or do not end.
    fn enforce_stops(&self, runs: &[RunRecord]) {
        let all = self.leaving.is_some_and(|t| t.elapsed() > STOP_PATIENCE);
        for pid in self.slots.iter().map(Child::id) {
            let overdue = |run: &RunRecord| {
                !run.state.is_over()
                    && trained_by(run, pid)
                    && self
                        .store
                        .stop_requested(&run.id)
                        .and_then(|since| SystemTime::now().duration_since(since).ok())
                        .is_some_and(|waited| waited > STOP_PATIENCE)
            };
            if all || runs.iter().any(overdue) {
                send(pid, Signal::KILL);
            }
        }
    }
}

/// Whether the run's last worker was of this host: on a shared home others have the same numbers.
fn is_here(run: &RunRecord) -> bool {
    run.meta.host.as_deref() == Some(host().as_str())
}

fn trained_by(run: &RunRecord, pid: u32) -> bool {
    run.meta.pid == Some(pid) && is_here(run)
}

fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // Gone already is as good.
        let _ = kill_process(pid, signal);
    }
}
