//! Runs changing hands: from the queue to a worker and back. All of it under the run's lock.

use super::error::StoreError;
use super::event::{Event, EventKind};
use super::files::{Lock, read_json, write_json};
use super::folder::Store;
use super::lease::{self, Lease};
use super::log;
use super::record::{Meta, RunRecord, State, Status};
use jiff::Timestamp;

/// What becomes of a run whose process died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settle {
    /// Back into the queue.
    Queue,
    /// It was asked to stop anyway; the text says how it ended.
    Stopped(String),
    /// It failed; the text says why.
    Failed(String),
}

impl Store {
    /// Takes a queued run for this process. `false` when it is not to be had: no longer queued, or
    /// another worker was faster or has not quite let go of it.
    ///
    /// # Errors
    /// [`StoreError`] when the run cannot be read or written; then it stays in the queue.
    pub fn claim(&self, id: &str) -> Result<bool, StoreError> {
        let _lock = self.lock_run(id)?;
        let folder = self.run_dir(id);
        let run = self.run(id)?;
        if run.state != State::Queued || lease::read(&folder).is_some_and(|l| l.is_live()) {
            return Ok(false);
        }
        let own = Lease::own();
        lease::write(&folder, &own)?;
        self.take(run, own)
            .inspect_err(|_| lease::remove(&folder))?;
        Ok(true)
    }

    fn take(&self, run: RunRecord, own: Lease) -> Result<(), StoreError> {
        let path = self.run_dir(&run.id).join("meta.json");
        let meta = Meta {
            host: Some(own.process.host),
            pid: Some(own.process.pid),
            process_start: Some(own.process.start),
            ..read_json(&path)?
        };
        write_json(&path, &meta)?;
        self.write_state(&run.id, run.status, State::Running)
    }

    /// The lock of a run that this process holds; `None` when it is another's by now.
    ///
    /// # Errors
    /// [`StoreError`] when the run is gone or cannot be locked.
    pub fn lock_own(&self, id: &str) -> Result<Option<Lock>, StoreError> {
        let lock = self.lock_run(id)?;
        let own = lease::read(&self.run_dir(id)).is_some_and(|lease| lease.is_own());
        Ok(own.then_some(lock))
    }

    /// Says that this process still trains the run; `false` when the run is another's by now.
    ///
    /// # Errors
    /// [`StoreError`] when the lease cannot be written.
    pub fn renew(&self, id: &str) -> Result<bool, StoreError> {
        let Some(_lock) = self.lock_own(id)? else {
            return Ok(false);
        };
        lease::write(&self.run_dir(id), &Lease::own())?;
        Ok(true)
    }

    /// Gives a run of this process back to the queue, its checkpoint kept. Requests stand.
    ///
    /// # Errors
    /// [`StoreError`] when the run cannot be read or written.
    pub fn requeue(&self, id: &str) -> Result<(), StoreError> {
        if let Some(_lock) = self.lock_own(id)? {
            let status = self.run(id)?.status;
            self.write_state(id, status, State::Queued)?;
            lease::remove(&self.run_dir(id));
        }
        Ok(())
    }

    /// Lets go of a run of this process; its status says how it ended.
    ///
    /// # Errors
    /// [`StoreError`] when the run cannot be locked.
    pub fn release(&self, id: &str) -> Result<(), StoreError> {
        if let Some(_lock) = self.lock_own(id)? {
            self.let_go(id);
        }
        Ok(())
    }

    /// Notes that a run of this process failed, and lets go of it.
    ///
    /// # Errors
    /// [`StoreError`] when the run cannot be read or written; it is let go of all the same.
    pub fn fail(&self, id: &str, reason: String) -> Result<(), StoreError> {
        if let Some(_lock) = self.lock_own(id)? {
            let status = self.run(id).map(|run| run.status);
            let noted = status.and_then(|s| self.note(id, s, EventKind::Failed { reason }));
            self.let_go(id);
            noted?;
        }
        Ok(())
    }

    /// Settles a run that the dead local process `pid` left behind. `false` when there is nothing
    /// to settle: the run had ended, or has been taken up again.
    ///
    /// # Errors
    /// [`StoreError`] when the run cannot be read or written.
    pub fn settle(&self, id: &str, pid: u32, to: Settle) -> Result<bool, StoreError> {
        let _lock = self.lock_run(id)?;
        let left_by = |lease: Lease| lease.process.is_local() && lease.process.pid == pid;
        let run = self.run(id)?;
        if run.state != State::Lost || !lease::read(&self.run_dir(id)).is_some_and(left_by) {
            return Ok(false);
        }
        match to {
            Settle::Queue => {
                self.write_state(id, run.status, State::Queued)?;
                // Requests stand: a paused run pauses again when it is next taken up.
                lease::remove(&self.run_dir(id));
                return Ok(true);
            }
            Settle::Stopped(text) => {
                let epoch = run.status.epoch;
                self.note(id, run.status, EventKind::Warning { text })?;
                let status = self.run(id)?.status;
                self.note(id, status, EventKind::Stopped { epoch })?;
            }
            Settle::Failed(reason) => self.note(id, run.status, EventKind::Failed { reason })?,
        }
        self.let_go(id);
        Ok(true)
    }

    /// Removes lease and requests. The caller holds the run's lock.
    pub(super) fn let_go(&self, id: &str) {
        let folder = self.run_dir(id);
        super::control::clear(&folder);
        lease::remove(&folder);
    }

    /// Appends an event that no trainer writes, and brings the status up to it. The caller holds
    /// the run's lock.
    pub(super) fn note(
        &self,
        id: &str,
        mut status: Status,
        kind: EventKind,
    ) -> Result<(), StoreError> {
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

    /// Writes another state. The caller holds the run's lock.
    pub(super) fn write_state(
        &self,
        id: &str,
        mut status: Status,
        state: State,
    ) -> Result<(), StoreError> {
        status.state = state;
        status.updated = Timestamp::now();
        if state == State::Queued {
            status.reason = None;
            status.step = None;
        }
        write_json(&self.run_dir(id).join("status.json"), &status)
    }
}
