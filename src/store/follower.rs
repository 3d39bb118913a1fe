//! Follows the store as it changes: polled by interfaces, cheap while nothing does.

use super::error::StoreError;
use super::event::{EpochMetrics, EventKind, StepMetrics};
use super::folder::{Store, effective, sort};
use super::log;
use super::record::{RunRecord, State};
use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

/// Runs that are over are looked at in every so many polls only.
const OVER_EVERY: u64 = 8;
/// Progress reports kept per run.
const STEPS_KEPT: usize = 500;

/// What tells that a file changed: time, length, and number, because a file that is written beside
/// and renamed within one tick of the clock may have the time and length of the old one.
type Stamp = Option<(SystemTime, u64, u64)>;

/// A view of all runs that is brought up to date by [`poll`](Self::poll).
#[derive(Debug)]
pub struct Follower {
    store: Store,
    polls: u64,
    folder: Stamp,
    runs: Vec<RunRecord>,
    stamps: HashMap<String, Stamp>,
    tails: HashMap<String, Tail>,
}

#[derive(Debug, Default)]
struct Tail {
    offset: u64,
    epochs: Vec<EpochMetrics>,
    steps: Vec<StepMetrics>,
}

impl Follower {
    /// Follows a store; nothing is read before the first poll.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            polls: 0,
            folder: None,
            runs: Vec::new(),
            stamps: HashMap::new(),
            tails: HashMap::new(),
        }
    }

    /// The runs as of the last poll, in the order of the queue.
    pub fn runs(&self) -> &[RunRecord] {
        &self.runs
    }

    /// Reads what changed; `true` when anything did.
    ///
    /// # Errors
    /// [`StoreError::Read`] when the folder of runs cannot be listed.
    pub fn poll(&mut self) -> Result<bool, StoreError> {
        let all = self.polls.is_multiple_of(OVER_EVERY);
        self.polls += 1;
        self.look(all)
    }

    /// [`poll`](Self::poll) that looks at every run now, those that are over as well.
    ///
    /// # Errors
    /// As [`poll`](Self::poll).
    pub fn refresh(&mut self) -> Result<bool, StoreError> {
        self.look(true)
    }

    fn look(&mut self, all: bool) -> Result<bool, StoreError> {
        let mut changed = false;
        let folder = stamp(&self.store.runs_dir());
        if folder != self.folder || all {
            self.folder = folder;
            changed |= self.list()?;
        }
        let mut moved = false;
        for run in &mut self.runs {
            if run.state.is_over() && run.state != State::Lost && !all {
                continue;
            }
            let folder = self.store.run_dir(&run.id);
            let now = stamp(&folder.join("status.json"));
            let known = self.stamps.entry(run.id.clone()).or_default();
            if now != *known {
                // A file that is half there now is read at the next poll.
                if let Ok(new) = self.store.run(&run.id) {
                    *known = now;
                    if new.meta.created != run.meta.created {
                        // Deleted and made anew between two polls.
                        moved = true;
                        self.tails.remove(&run.id);
                    }
                    changed |= new != *run;
                    *run = new;
                }
            } else if matches!(run.status.state, State::Running | State::Paused) {
                let state = effective(&folder, run.status.state);
                changed |= state != run.state;
                run.state = state;
            }
        }
        if moved {
            sort(&mut self.runs);
        }
        Ok(changed)
    }

    /// Brings the list of runs up to date; `true` when one came or went.
    fn list(&mut self) -> Result<bool, StoreError> {
        let ids: HashSet<String> = self.store.ids()?.into_iter().collect();
        let before = self.runs.len();
        self.runs.retain(|run| ids.contains(&run.id));
        self.stamps.retain(|id, _| ids.contains(id));
        self.tails.retain(|id, _| ids.contains(id));
        let mut changed = self.runs.len() != before;
        let known: HashSet<String> = self.runs.iter().map(|r| r.id.clone()).collect();
        for id in ids.difference(&known) {
            let stamp = stamp(&self.store.run_dir(id).join("status.json"));
            if let Ok(run) = self.store.run(id) {
                self.stamps.insert(id.clone(), stamp);
                self.runs.push(run);
                changed = true;
            }
        }
        if changed {
            sort(&mut self.runs);
        }
        Ok(changed)
    }

    /// The epochs of a run, read on from where the last call ended.
    pub fn history(&mut self, id: &str) -> &[EpochMetrics] {
        &self.tail(id).epochs
    }

    /// The newest progress reports of a run, likewise.
    pub fn steps(&mut self, id: &str) -> &[StepMetrics] {
        &self.tail(id).steps
    }

    fn tail(&mut self, id: &str) -> &Tail {
        let path = self.store.run_dir(id).join("events.jsonl");
        let tail = self.tails.entry(id.into()).or_default();
        // An unreadable log shows what was read before.
        let _ = read_on(&path, tail);
        tail
    }
}

fn read_on(path: &Path, tail: &mut Tail) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    if length < tail.offset {
        // Another run's log under the same name: begin anew.
        *tail = Tail::default();
    }
    if length == tail.offset {
        return Ok(());
    }
    file.seek(SeekFrom::Start(tail.offset))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let (events, used) = log::parse(&bytes);
    tail.offset += used as u64;
    for event in events {
        log::fold(&mut tail.epochs, &event.kind);
        if let EventKind::Step(step) = event.kind {
            tail.steps.push(step);
        }
    }
    let extra = tail.steps.len().saturating_sub(STEPS_KEPT);
    tail.steps.drain(..extra);
    Ok(())
}

fn stamp(path: &Path) -> Stamp {
    let stamp = |m: Metadata| Some((m.modified().ok()?, m.len(), m.ino()));
    std::fs::metadata(path).ok().and_then(stamp)
}
