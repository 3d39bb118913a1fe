//! Who trains a run: `lease.json`, made and broken under the run's lock.

use super::error::StoreError;
use super::files::{json, read_json, write_atomic};
use super::process::ProcessId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A worker on another host counts as gone when its heartbeat is older than this.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The holder of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The process that trains.
    pub process: ProcessId,
    /// When it last said so.
    pub heartbeat: Timestamp,
}

impl Lease {
    /// A lease of this process, beginning now.
    pub fn own() -> Self {
        Self {
            process: ProcessId::own(),
            heartbeat: Timestamp::now(),
        }
    }

    /// Whether this process holds it.
    pub fn is_own(&self) -> bool {
        self.process == ProcessId::own()
    }

    /// Whether its holder still trains: on this host its process, elsewhere its heartbeat.
    pub fn is_live(&self) -> bool {
        if self.process.is_local() {
            self.process.is_alive()
        } else {
            Timestamp::now().duration_since(self.heartbeat) < LEASE
        }
    }
}

/// The file in a run's folder.
pub fn path(run: &Path) -> PathBuf {
    run.join("lease.json")
}

/// The lease of a run, if one is there and readable.
pub fn read(run: &Path) -> Option<Lease> {
    read_json(&path(run)).ok()
}

/// Writes a lease or its new heartbeat.
pub fn write(run: &Path, lease: &Lease) -> Result<(), StoreError> {
    let path = path(run);
    write_atomic(&path, &json(&path, lease)?, false)
}

/// Gives a lease back.
pub fn remove(run: &Path) {
    // Already gone is as good.
    let _ = std::fs::remove_file(path(run));
}
