//! The folders of the store: opening a home, listing and reading runs.

use super::error::StoreError;
use super::event::{EpochMetrics, Event};
use super::files::{Lock, lock, read_json};
use super::record::{Meta, RunRecord, State, Status};
use super::text::clean;
use super::{lease, log};
use crate::spec::RunSpec;
use std::path::{Path, PathBuf};

/// Only the end of a long log is read, in bytes.
const LOG_TAIL: u64 = 1 << 20;

/// A home: the folder of all runs, sweeps and measurements.
#[derive(Clone, Debug)]
pub struct Store {
    home: PathBuf,
}

impl Store {
    /// Opens a home, and makes it if need be.
    ///
    /// # Errors
    /// [`StoreError::Home`] when it cannot be made or written.
    pub fn open(home: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Home {
            path: home.into(),
            source,
        };
        let home = std::path::absolute(home).map_err(failed)?;
        for folder in ["runs", "sweeps"] {
            std::fs::create_dir_all(home.join(folder)).map_err(failed)?;
        }
        // Permissions alone do not tell (a read-only file system), so write something.
        tempfile::NamedTempFile::new_in(home.join("runs")).map_err(failed)?;
        Ok(Self { home })
    }

    /// The folder of everything.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Where data sets are looked for.
    pub fn data_home(&self) -> PathBuf {
        self.home.join("data")
    }

    /// The folder of all runs.
    pub(super) fn runs_dir(&self) -> PathBuf {
        self.home.join("runs")
    }

    /// The folder of a run. An id that is no plain name leads to a folder that cannot exist, never
    /// out of the home.
    pub fn run_dir(&self, id: &str) -> PathBuf {
        self.runs_dir()
            .join(if is_plain(id) { id } else { ".none" })
    }

    /// Whether there is such a run.
    pub fn exists(&self, id: &str) -> bool {
        self.run_dir(id).join("spec.toml").is_file()
    }

    /// Names of all run folders, unsorted. Names that no run can have are not listed.
    ///
    /// # Errors
    /// [`StoreError::Read`] when the folder cannot be listed.
    pub fn ids(&self) -> Result<Vec<String>, StoreError> {
        let folder = self.runs_dir();
        let failed = |source| StoreError::Read {
            path: folder.clone(),
            source,
        };
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if let Some(name) = name.to_str().filter(|n| is_plain(n)) {
                ids.push(name.to_string());
            }
        }
        Ok(ids)
    }

    /// All readable runs in the order of the queue.
    ///
    /// # Errors
    /// [`StoreError::Read`] when the folder cannot be listed; broken runs are left to
    /// [`broken`](Self::broken).
    pub fn runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        let mut runs: Vec<RunRecord> = self
            .ids()?
            .iter()
            .filter_map(|id| self.run(id).ok())
            .collect();
        sort(&mut runs);
        Ok(runs)
    }

    /// Why some run folders cannot be read.
    ///
    /// # Errors
    /// [`StoreError::Read`] when the folder cannot be listed.
    pub fn broken(&self) -> Result<Vec<StoreError>, StoreError> {
        Ok(self
            .ids()?
            .iter()
            .filter_map(|id| self.run(id).err())
            .collect())
    }

    /// One run.
    ///
    /// # Errors
    /// [`StoreError`] names the file that is missing or broken.
    pub fn run(&self, id: &str) -> Result<RunRecord, StoreError> {
        let folder = self.run_dir(id);
        let spec_path = folder.join("spec.toml");
        let text = std::fs::read_to_string(&spec_path).map_err(|source| StoreError::Read {
            path: spec_path.clone(),
            source,
        })?;
        let spec: RunSpec = toml::from_str(&text).map_err(|e| StoreError::Broken {
            path: spec_path,
            message: e.to_string(),
        })?;
        let meta: Meta = read_json(&folder.join("meta.json"))?;
        let status = match read_json(&folder.join("status.json")) {
            Ok(status) => status,
            // It went with its folder just now.
            Err(e) if !folder.join("spec.toml").exists() => return Err(e),
            // It only sums up the events, so it can be had again.
            Err(e) => Status::from_events(spec.train.epochs, &self.events(id).map_err(|_| e)?),
        };
        let state = effective(&folder, status.state);
        Ok(RunRecord {
            id: id.into(),
            spec,
            meta,
            status,
            state,
        })
    }

    /// All events of a run.
    ///
    /// # Errors
    /// [`StoreError::Read`] when the log cannot be read.
    pub fn events(&self, id: &str) -> Result<Vec<Event>, StoreError> {
        log::read(&self.run_dir(id).join("events.jsonl"))
    }

    /// The epochs of a run in order, each once.
    ///
    /// # Errors
    /// [`StoreError::Read`] when the log cannot be read.
    pub fn history(&self, id: &str) -> Result<Vec<EpochMetrics>, StoreError> {
        let mut history = Vec::new();
        for event in self.events(id)? {
            log::fold(&mut history, &event.kind);
        }
        Ok(history)
    }

    /// The last lines of a run's log, safe to print.
    ///
    /// # Errors
    /// [`StoreError::Read`] when the log is there but cannot be read.
    pub fn log(&self, id: &str, max_lines: usize) -> Result<Vec<String>, StoreError> {
        let path = self.run_dir(id).join("log.txt");
        let text =
            log::tail(&path, LOG_TAIL).map_err(|source| StoreError::Read { path, source })?;
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(max_lines);
        Ok(lines[from..].iter().map(|line| clean(line)).collect())
    }

    /// The lock under which a run changes hands and is written.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] without such a run, [`StoreError::Write`] when it cannot be locked.
    pub fn lock_run(&self, id: &str) -> Result<Lock, StoreError> {
        if !self.run_dir(id).is_dir() {
            return Err(StoreError::Unknown {
                target: clean(id),
                hint: "; `quell ls` lists all".into(),
            });
        }
        lock(&self.run_dir(id).join("run.lock"))
    }
}

/// Whether a name can be a run's: nothing in it leads out of the folder or onto a screen.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// The order of the queue.
pub fn sort(runs: &mut [RunRecord]) {
    runs.sort_by(|a, b| {
        (a.meta.created, a.meta.index, &a.id).cmp(&(b.meta.created, b.meta.index, &b.id))
    });
}

/// The state to show: a run that is said to run, but whose holder is gone, is lost.
pub fn effective(folder: &Path, written: State) -> State {
    let holder = |none| lease::read(folder).map_or(none, |lease| lease.is_live());
    let live = match written {
        State::Running => holder(false),
        // Paused while it was queued: nobody holds it.
        State::Paused => holder(true),
        _ => true,
    };
    if live { written } else { State::Lost }
}
