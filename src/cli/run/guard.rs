//! What `quell run` does while its runs are followed.

use super::super::follow::Sink;
use super::super::interrupt::Interrupts;
use crate::store::{Request, RunRecord, Store};
use crate::worker::{self, WorkerOptions};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// What is done at every look while runs are followed: obey Ctrl-C, and see that somebody trains.
pub(super) struct Guard<'a> {
    store: &'a Store,
    options: &'a WorkerOptions,
    interrupts: &'a Interrupts,
    sweep: &'a str,
    stopping: bool,
    /// When a worker was last seen or started.
    worker_seen: Instant,
    restarts: usize,
}

/// How long runs may wait without a worker before another is started.
const WORKER_PATIENCE: Duration = Duration::from_secs(5);

/// How often a worker is started again before the command gives up.
const MOST_RESTARTS: usize = 3;

impl<'a> Guard<'a> {
    /// For runs of `sweep` that have just been queued.
    pub fn new(
        store: &'a Store,
        options: &'a WorkerOptions,
        interrupts: &'a Interrupts,
        sweep: &'a str,
    ) -> Self {
        Self {
            store,
            options,
            interrupts,
            sweep,
            stopping: false,
            worker_seen: Instant::now(),
            restarts: 0,
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// When no worker stays alive, or a request cannot be left.
    pub fn look(
        &mut self,
        runs: &[&RunRecord],
        sink: &mut dyn Sink,
    ) -> anyhow::Result<ControlFlow<()>> {
        if self.interrupts.count() > 0 && !self.stopping {
            self.stopping = true;
            for run in runs.iter().filter(|r| !r.state.is_over()) {
                self.store.request(&run.id, Request::Stop)?;
            }
            sink.note(&format!(
                "stopping; checkpoints are kept: `quell resume {}` goes on, Ctrl-C again leaves at once",
                self.sweep
            ))?;
        }
        if worker::status(self.store).is_some() || runs.iter().all(|r| r.state.is_over()) {
            self.worker_seen = Instant::now();
        } else if self.worker_seen.elapsed() > WORKER_PATIENCE {
            if self.restarts == MOST_RESTARTS {
                anyhow::bail!(
                    "runs wait, but the worker ends again and again: see {} and `quell doctor`",
                    self.store.home().join("worker.log").display()
                );
            }
            self.restarts += 1;
            worker::ensure_running(self.store, self.options)?;
            self.worker_seen = Instant::now();
        }
        Ok(ControlFlow::Continue(()))
    }
}
