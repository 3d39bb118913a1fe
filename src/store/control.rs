//! Requests from outside.

use super::error::StoreError;
use super::event::EventKind;
use super::folder::Store;
use super::lease;
use super::record::State;
use std::path::Path;

/// What a user asks of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// End it and keep the checkpoint.
    Stop,
    /// Wait.
    Pause,
    /// Go on: after a pause, or again after it was stopped, failed or lost.
    Resume,
}

const STOP: &str = "control/stop";
const PAUSE: &str = "control/pause";

impl Store {
    /// Asks something of a run. What is already so is left as it is.
    ///
    /// A run that trains finds the request at its next step; one that waits changes at once.
    ///
    /// # Errors
    /// [`StoreError`] when there is no such run, or it cannot be read or written.
    pub fn request(&self, id: &str, request: Request) -> Result<(), StoreError> {
        let _lock = self.lock_run(id)?;
        let folder = self.run_dir(id);
        let run = self.run(id)?;
        let held = lease::read(&folder).is_some_and(|lease| lease.is_live());
        match (request, run.state) {
            (Request::Stop, State::Running | State::Paused) if held => raise(&folder, STOP),
            (Request::Stop, State::Queued | State::Running | State::Paused | State::Lost) => {
                let epoch = run.status.epoch;
                self.note(id, run.status, EventKind::Stopped { epoch })?;
                // A worker that was only frozen finds that the run is no longer its own.
                self.let_go(id);
                Ok(())
            }
            (Request::Pause, State::Running) => raise(&folder, PAUSE),
            (Request::Pause, State::Queued) => self.write_state(id, run.status, State::Paused),
            (Request::Resume, State::Running | State::Paused) if held => {
                clear(&folder);
                Ok(())
            }
            (Request::Resume, State::Paused | State::Stopped | State::Failed | State::Lost) => {
                clear(&folder);
                // A worker that has just ended the run lets go of it in a moment; until then
                // nobody else can claim it.
                if !held {
                    lease::remove(&folder);
                }
                self.write_state(id, run.status, State::Queued)
            }
            // Taken up again after a pause that came while it was on its way back to the queue.
            (Request::Resume, State::Queued) => {
                clear(&folder);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Deletes a run and all it holds.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while it trains, [`StoreError::Write`] when a file resists.
    pub fn remove(&self, id: &str) -> Result<(), StoreError> {
        let lock = self.lock_run(id)?;
        let folder = self.run_dir(id);
        if lease::read(&folder).is_some_and(|lease| lease.is_live()) {
            return Err(StoreError::Busy {
                id: id.into(),
                state: self.run(id).map_or(State::Running, |run| run.state),
            });
        }
        let failed = |source| StoreError::Write {
            path: folder.clone(),
            source,
        };
        // Moved first: a reader sees the run or does not, never half of it.
        let gone = tempfile::Builder::new()
            .prefix(".gone-")
            .tempdir_in(self.runs_dir())
            .map_err(failed)?;
        std::fs::rename(&folder, gone.path().join(id)).map_err(failed)?;
        drop(lock);
        gone.close().map_err(failed)
    }

    /// Whether a stop was asked for, and since when the request stands.
    pub fn stop_requested(&self, id: &str) -> Option<std::time::SystemTime> {
        std::fs::metadata(self.run_dir(id).join(STOP))
            .ok()?
            .modified()
            .ok()
    }

    /// Whether a pause was asked for.
    pub fn pause_requested(&self, id: &str) -> bool {
        self.run_dir(id).join(PAUSE).exists()
    }
}

/// Puts a request up. One that stands already keeps its time: patience is counted from the first.
fn raise(folder: &Path, request: &str) -> Result<(), StoreError> {
    let path = folder.join(request);
    std::fs::create_dir_all(folder.join("control"))
        .and_then(|()| {
            std::fs::File::options()
                .create(true)
                .append(true)
                .open(&path)
        })
        .map(drop)
        .map_err(|source| StoreError::Write { path, source })
}

/// Takes all requests down.
pub(super) fn clear(folder: &Path) {
    for request in [STOP, PAUSE] {
        // Already gone is as good.
        let _ = std::fs::remove_file(folder.join(request));
    }
}
