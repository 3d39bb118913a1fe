//! New runs and sweeps.

use super::error::StoreError;
use super::files::{json, lock, read_json, write_atomic, write_json};
use super::folder::Store;
use super::record::{Meta, Status};
use crate::spec::{Experiment, FORMAT, RunSpec, run_id};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A name for a set of runs; it holds no results of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Version of the format.
    pub format: u32,
    /// The name, from the experiment.
    pub name: String,
    /// When it was first asked for.
    pub created: Timestamp,
    /// Its runs.
    pub ids: Vec<String>,
    /// What was last asked for under this name.
    pub experiment: Experiment,
}

/// What came of asking for a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enqueued {
    /// Name of the sweep.
    pub sweep: String,
    /// All runs of the grid.
    pub ids: Vec<String>,
    /// Those that were made now.
    pub created: Vec<String>,
    /// Those that were there before.
    pub existing: Vec<String>,
}

impl Store {
    /// Makes a run of each spec that has none yet (with `again`, another of each), and notes all of
    /// them in the sweep. Runs that exist are left as they are.
    ///
    /// # Errors
    /// [`StoreError::Write`] when a folder cannot be made; runs made before it stay.
    pub fn enqueue(
        &self,
        experiment: &Experiment,
        specs: &[RunSpec],
        again: bool,
    ) -> Result<Enqueued, StoreError> {
        let _lock = lock(&self.home().join("enqueue.lock"))?;
        let now = Timestamp::now();
        let mut out = Enqueued {
            sweep: experiment.name.clone(),
            ids: Vec::new(),
            created: Vec::new(),
            existing: Vec::new(),
        };
        for (index, spec) in specs.iter().enumerate() {
            let first = run_id(spec);
            let id = if again { self.free_id(&first) } else { first };
            if self.is_whole(&id) {
                out.existing.push(id.clone());
            } else {
                self.create(&id, spec, &experiment.name, now, index)?;
                out.created.push(id.clone());
            }
            out.ids.push(id);
        }
        self.note_sweep(experiment, &out.ids, now)?;
        Ok(out)
    }

    /// All sweeps, oldest first; unreadable ones are left out.
    ///
    /// # Errors
    /// [`StoreError::Read`] when the folder cannot be listed.
    pub fn sweeps(&self) -> Result<Vec<Sweep>, StoreError> {
        let folder = self.home().join("sweeps");
        let failed = |source| StoreError::Read {
            path: folder.clone(),
            source,
        };
        let mut sweeps: Vec<Sweep> = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            sweeps.extend(read_json(&entry.map_err(failed)?.path()).ok());
        }
        sweeps.sort_by(|a, b| (a.created, &a.name).cmp(&(b.created, &b.name)));
        Ok(sweeps)
    }

    fn free_id(&self, first: &str) -> String {
        (2..)
            .map(|n| format!("{first}-{n}"))
            .find(|id| !self.exists(id))
            .filter(|_| self.exists(first))
            .unwrap_or_else(|| first.into())
    }

    /// Whether a run is there and its files are not empty. New folders are not flushed to the disk
    /// one by one, which would take seconds for a large grid, so a power cut soon after can leave
    /// empty files; a run's spec is known here, so it is simply made again.
    fn is_whole(&self, id: &str) -> bool {
        ["spec.toml", "meta.json"].iter().all(|name| {
            std::fs::metadata(self.run_dir(id).join(name)).is_ok_and(|file| file.len() > 0)
        })
    }

    /// A run's folder, complete or not at all.
    fn create(
        &self,
        id: &str,
        spec: &RunSpec,
        sweep: &str,
        created: Timestamp,
        index: usize,
    ) -> Result<(), StoreError> {
        let folder = self.run_dir(id);
        let failed = |source: std::io::Error| StoreError::Write {
            path: folder.clone(),
            source,
        };
        let built = tempfile::Builder::new()
            .prefix(".new-")
            .tempdir_in(self.runs_dir())
            .map_err(failed)?;
        let text = toml::to_string(spec).map_err(|e| failed(std::io::Error::other(e)))?;
        write_atomic(&built.path().join("spec.toml"), text.as_bytes(), false)?;
        let meta = Meta {
            format: FORMAT,
            id: id.into(),
            sweep: sweep.into(),
            created,
            index,
            quell_version: env!("CARGO_PKG_VERSION").into(),
            host: None,
            pid: None,
            process_start: None,
        };
        for (name, bytes) in [
            ("meta.json", json(&folder, &meta)?),
            (
                "status.json",
                json(&folder, &Status::queued(spec.train.epochs))?,
            ),
        ] {
            write_atomic(&built.path().join(name), &bytes, false)?;
        }
        for name in ["checkpoint", "control"] {
            std::fs::create_dir(built.path().join(name)).map_err(failed)?;
        }
        if folder.exists() {
            // A run that lost its files would be in the way. It may hold results: keep it aside.
            let aside = format!(".aside-{id}-{}", created.as_millisecond());
            std::fs::rename(&folder, self.runs_dir().join(aside)).map_err(failed)?;
        }
        std::fs::rename(built.path(), &folder).map_err(failed)?;
        // Its folder has gone elsewhere: nothing is left to clean up.
        let _ = built.keep();
        Ok(())
    }

    fn note_sweep(
        &self,
        experiment: &Experiment,
        ids: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let path = self.sweep_path(&experiment.name);
        let mut sweep = read_json(&path).unwrap_or_else(|_| Sweep {
            format: FORMAT,
            name: experiment.name.clone(),
            created: now,
            ids: Vec::new(),
            experiment: experiment.clone(),
        });
        let known: std::collections::HashSet<String> = sweep.ids.iter().cloned().collect();
        sweep
            .ids
            .extend(ids.iter().filter(|id| !known.contains(*id)).cloned());
        sweep.experiment = experiment.clone();
        write_json(&path, &sweep)
    }

    /// The file of a sweep; names are validated to be plain before they come here.
    pub(super) fn sweep_path(&self, name: &str) -> PathBuf {
        self.home().join("sweeps").join(format!("{name}.json"))
    }
}
