//! Following the store in a thread of its own.

use super::action::{Action, Snapshot};
use crate::store::{Follower, Store};
use crate::worker;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Between two looks at the store.
const EVERY: Duration = Duration::from_millis(300);
/// Lines of a log that are kept.
const LOG_LINES: usize = 500;
/// So many looks pass between looks at what changes rarely.
const RARELY: usize = 4;

/// What the interface shows and therefore wants to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Want {
    /// Runs whose histories it shows.
    pub histories: Vec<String>,
    /// The run whose log it shows.
    pub log: Option<String>,
}

/// Sends what changed until the other end of either channel is gone. What is wanted is sent at
/// once.
pub fn follow(store: &Store, wants: &Receiver<Want>, actions: &UnboundedSender<Action>) {
    let mut follower = Follower::new(store.clone());
    let mut want = Want::default();
    let mut sent = Sent::default();
    for look in 0.. {
        let mut snapshot = Snapshot::default();
        match follower.poll() {
            Ok(changed) => {
                if changed || look == 0 {
                    snapshot.runs = Some(Arc::new(follower.runs().to_vec()));
                }
                sent.error = None;
            }
            Err(error) => sent.error(&mut snapshot, error.to_string()),
        }
        sent.histories(&mut follower, &want, &mut snapshot);
        sent.log(store, &want, &mut snapshot);
        if look % RARELY == 0 || snapshot.runs.is_some() {
            sent.rare(store, &mut snapshot, look == 0);
        }
        if snapshot != Snapshot::default()
            && actions.send(Action::Snapshot(Box::new(snapshot))).is_err()
        {
            return;
        }
        match wants.recv_timeout(EVERY) {
            Ok(new) => want = wants.try_iter().last().unwrap_or(new),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// What was sent, so that nothing is sent twice.
#[derive(Default)]
struct Sent {
    /// Number of epochs and steps of the newest one, by run.
    epochs: HashMap<String, (usize, usize)>,
    log: Option<(String, Vec<String>)>,
    worker: Option<worker::WorkerState>,
    measured: usize,
    error: Option<String>,
}

impl Sent {
    fn error(&mut self, snapshot: &mut Snapshot, text: String) {
        if self.error.as_ref() != Some(&text) {
            snapshot.error = Some(text.clone());
            self.error = Some(text);
        }
    }

    fn histories(&mut self, follower: &mut Follower, want: &Want, snapshot: &mut Snapshot) {
        for id in &want.histories {
            let history = follower.history(id);
            let stamp = (history.len(), history.last().map_or(0, |e| e.step));
            if stamp.0 > 0 && self.epochs.get(id) != Some(&stamp) {
                snapshot.histories.push((id.clone(), history.to_vec()));
                self.epochs.insert(id.clone(), stamp);
            }
        }
    }

    fn log(&mut self, store: &Store, want: &Want, snapshot: &mut Snapshot) {
        let Some(id) = &want.log else { return };
        let lines = store.log(id, LOG_LINES).unwrap_or_default();
        let log = Some((id.clone(), lines));
        if self.log != log {
            self.log.clone_from(&log);
            snapshot.log = log;
        }
    }

    fn rare(&mut self, store: &Store, snapshot: &mut Snapshot, first: bool) {
        let worker = worker::status(store);
        if self.worker != worker || first {
            self.worker.clone_from(&worker);
            snapshot.worker = Some(worker);
        }
        let measurements = store.measurements().unwrap_or_default();
        if self.measured != measurements.len() || first {
            self.measured = measurements.len();
            snapshot.measurements = Some(measurements);
        }
    }
}
