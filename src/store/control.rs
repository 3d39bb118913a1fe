//! Requests from outside, and runs changing hands.

use super::error::StoreError;
use super::event::{Event, EventKind};
use super::files::{read_json, write_json};
use super::folder::Store;
use super::lease::{self, Lease};
use super::log;
use super::record::{Meta, State, Status};
use jiff::Timestamp;
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
    /// [`StoreError`] when the run cannot be read or written.
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
                clear(&folder);
                Ok(())
            }
            (Request::Pause, State::Running) => raise(&folder, PAUSE),
            (Request::Pause, State::Queued) => self.write_state(id, run.status, State::Paused),
            (Request::Resume, State::Running | State::Paused) if held => {
                lower(&folder, STOP);
                lower(&folder, PAUSE);
                Ok(())
            }
            (Request::Resume, State::Paused | State::Stopped | State::Failed | State::Lost) => {
                clear(&folder);
                lease::remove(&folder);
                self.write_state(id, run.status, State::Queued)
            }
            _ => Ok(()),
        }
    }

    /// Takes a queued run for this process. `false` when it is not to be had: no longer queued, or
    /// another worker was faster.
    ///
    /// # Errors
    /// [`StoreError`] when the run cannot be read or written.
    pub fn claim(&self, id: &str) -> Result<bool, StoreError> {
        let _lock = self.lock_run(id)?;
        let folder = self.run_dir(id);
        let status: Status = read_json(&folder.join("status.json"))?;
        if status.state != State::Queued || lease::read(&folder).is_some_and(|l| l.is_live()) {
            return Ok(false);
        }
        let own = Lease::own();
        lease::write(&folder, &own)?;
        let path = folder.join("meta.json");
        let meta = Meta {
            host: Some(own.process.host),
            pid: Some(own.process.pid),
            process_start: Some(own.process.start),
            ..read_json(&path)?
        };
        write_json(&path, &meta)?;
        self.write_state(id, status, State::Running)?;
        Ok(true)
    }

    /// Gives a claimed run back to the queue, its checkpoint kept.
    ///
    /// # Errors
    /// [`StoreError`] when the run cannot be read or written.
    pub fn requeue(&self, id: &str) -> Result<(), StoreError> {
        let _lock = self.lock_run(id)?;
        let folder = self.run_dir(id);
        let status: Status = read_json(&folder.join("status.json"))?;
        lease::remove(&folder);
        self.write_state(id, status, State::Queued)
    }

    /// Ends a claim; the status says how the run ended.
    pub fn release(&self, id: &str) {
        let folder = self.run_dir(id);
        lease::remove(&folder);
        clear(&folder);
    }

    /// Notes that a run failed for a reason that its own process could not write down.
    ///
    /// # Errors
    /// [`StoreError`] when the run cannot be read or written.
    pub fn fail(&self, id: &str, reason: String) -> Result<(), StoreError> {
        let _lock = self.lock_run(id)?;
        let status: Status = read_json(&self.run_dir(id).join("status.json"))?;
        self.note(id, status, EventKind::Failed { reason })?;
        self.release(id);
        Ok(())
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
                state: self.run(id)?.state,
            });
        }
        // Renamed first: a reader sees the run or does not, never half of it.
        let gone = self.home().join("runs").join(format!(".gone-{id}"));
        let failed = |source| StoreError::Write {
            path: folder.clone(),
            source,
        };
        std::fs::rename(&folder, &gone).map_err(failed)?;
        drop(lock);
        std::fs::remove_dir_all(&gone).map_err(failed)
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

    /// Appends an event that no trainer writes, and brings the status up to it.
    fn note(&self, id: &str, mut status: Status, kind: EventKind) -> Result<(), StoreError> {
        let path = self.run_dir(id).join("events.jsonl");
        let history = self.history(id)?;
        let event = Event {
            time: Timestamp::now(),
            kind,
        };
        log::open_append(&path)
            .and_then(|mut file| log::append(&mut file, &event))
            .map_err(|source| StoreError::Write { path, source })?;
        status.apply(&event.kind, &history);
        write_json(&self.run_dir(id).join("status.json"), &status)
    }

    fn write_state(&self, id: &str, mut status: Status, state: State) -> Result<(), StoreError> {
        status.state = state;
        status.updated = Timestamp::now();
        if state == State::Queued {
            status.reason = None;
            status.step = None;
        }
        write_json(&self.run_dir(id).join("status.json"), &status)
    }
}

fn raise(folder: &Path, request: &str) -> Result<(), StoreError> {
    let path = folder.join(request);
    std::fs::create_dir_all(folder.join("control"))
        .and_then(|()| std::fs::write(&path, b""))
        .map_err(|source| StoreError::Write { path, source })
}

fn lower(folder: &Path, request: &str) {
    // Already gone is as good.
    let _ = std::fs::remove_file(folder.join(request));
}

fn clear(folder: &Path) {
    lower(folder, STOP);
    lower(folder, PAUSE);
}
