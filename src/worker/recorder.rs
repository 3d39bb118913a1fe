//! Keeps the record of the run that this process trains.

use crate::store::{
    EpochMetrics, Event, EventKind, Lock, SampleRow, Status, Store, clean, json, log, write_atomic,
};
use crate::train::{Order, Recorder};
use jiff::Timestamp;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Time between two looks at the requests.
const LOOK: Duration = Duration::from_millis(100);
/// Time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Writes events, status and log of one run, and reads what is asked of it.
pub struct RunRecorder {
    store: Store,
    id: String,
    checkpoint: PathBuf,
    events: File,
    log: File,
    status: Status,
    history: Vec<EpochMetrics>,
    looked: Option<Instant>,
    order: Order,
    leaving: Arc<AtomicBool>,
    alive: Arc<AtomicBool>,
}

impl RunRecorder {
    /// Opens the record of a claimed run. `leaving` tells that the process was asked to end.
    ///
    /// # Errors
    /// What the system said.
    pub fn open(store: &Store, id: &str, leaving: Arc<AtomicBool>) -> std::io::Result<Self> {
        let folder = store.run_dir(id);
        let alive = Arc::new(AtomicBool::new(true));
        let recorder = Self {
            checkpoint: folder.join("checkpoint"),
            events: log::open_append(&folder.join("events.jsonl"))?,
            log: log::open_append(&folder.join("log.txt"))?,
            status: store.run(id).map_err(std::io::Error::other)?.status,
            history: store.history(id).map_err(std::io::Error::other)?,
            store: store.clone(),
            id: id.into(),
            looked: None,
            order: Order::Continue,
            leaving,
            alive: alive.clone(),
        };
        // Last, so that a record that does not open leaves no heartbeat behind.
        heartbeat(store.clone(), id.into(), alive);
        Ok(recorder)
    }

    /// Whether the run ended because the process was asked to, not the run.
    pub fn was_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed) && self.store.stop_requested(&self.id).is_none()
    }

    /// A worker that was frozen past its lease must not write into a run that another has taken, and
    /// nobody may take it between this look and the last write.
    fn own(&self) -> std::io::Result<Lock> {
        let lock = self.store.lock_own(&self.id);
        lock.map_err(std::io::Error::other)?.ok_or_else(|| {
            std::io::Error::other(
                "this run is no longer this worker's: it was taken over or ended from outside",
            )
        })
    }

    fn write_log(&mut self, kind: &EventKind) -> std::io::Result<()> {
        let share = |x: Option<f64>| x.map_or("–".into(), |x| format!("{:.1} %", 100.0 * x));
        let text = match kind {
            EventKind::Started {
                epoch: 0,
                device,
                noise,
                ..
            } => format!(
                "started on {device}; {} labels are wrong ({:.1} %)",
                noise.flipped,
                100.0 * noise.actual_rate
            ),
            EventKind::Started { epoch, device, .. } => {
                format!("goes on after epoch {epoch} on {device}")
            }
            EventKind::Epoch(m) => format!(
                "epoch {}/{}: loss {:.4}, test {}, train {:.1} %, memorised {}, {:.0} images/s",
                m.epoch,
                self.status.epochs,
                m.train_loss,
                match m.f1 {
                    Some(f1) => format!("F1 {}", share(Some(f1))),
                    None => share(Some(m.test_acc)),
                },
                100.0 * m.train_acc,
                share(m.memorised),
                m.samples_per_second
            ),
            EventKind::Finished(s) => {
                let (what, last, best) = match s.units.is_empty() {
                    true => ("", Some(s.test_acc_last), Some(s.test_acc_best)),
                    false => ("F1 ", s.f1_last, s.f1_best),
                };
                format!(
                    "finished: {what}last {}, best {} in epoch {}, memorised {}",
                    share(last),
                    share(best),
                    s.best_epoch,
                    share(s.memorised)
                )
            }
            EventKind::Stopped { epoch } => format!("stopped; the checkpoint holds epoch {epoch}"),
            EventKind::Failed { reason } => format!("failed: {reason}"),
            EventKind::Paused => "paused".into(),
            EventKind::Resumed => "resumed".into(),
            EventKind::Note { text } => text.clone(),
            EventKind::Warning { text } => format!("warning: {text}"),
            EventKind::Step(_) | EventKind::Checkpoint { .. } | EventKind::Unknown => return Ok(()),
        };
        let time = Timestamp::now().strftime("%F %T");
        let line = format!("{time} {}", clean(&text));
        log::append_line(&mut self.log, line.into_bytes())
    }
}

impl Recorder for RunRecorder {
    fn record(&mut self, kind: EventKind) -> std::io::Result<()> {
        let _lock = self.own()?;
        let kind = match kind {
            // The process ends, the run does not: it goes back to the queue.
            EventKind::Stopped { epoch } if self.was_leaving() => EventKind::Note {
                text: format!(
                    "the worker was asked to end; the run waits, its checkpoint holds epoch {epoch}"
                ),
            },
            kind => kind,
        };
        log::fold(&mut self.history, &kind);
        self.status.apply(&kind, &self.history);
        self.write_log(&kind)?;
        let last = matches!(
            kind,
            EventKind::Finished(_) | EventKind::Stopped { .. } | EventKind::Failed { .. }
        );
        let event = Event {
            time: Timestamp::now(),
            kind,
        };
        log::append(&mut self.events, &event)?;
        if last {
            self.events.sync_all()?;
        }
        let path = self.store.run_dir(&self.id).join("status.json");
        json(&path, &self.status)
            .and_then(|text| write_atomic(&path, &text, last))
            .map_err(std::io::Error::other)
    }

    fn order(&mut self) -> Order {
        if self.leaving.load(Ordering::Relaxed) {
            return Order::Stop;
        }
        if self.looked.is_none_or(|t| t.elapsed() >= LOOK) {
            self.looked = Some(Instant::now());
            self.order = if self.store.stop_requested(&self.id).is_some() {
                Order::Stop
            } else if self.store.pause_requested(&self.id) {
                Order::Pause
            } else {
                Order::Continue
            };
        }
        self.order
    }

    fn keep_samples(&mut self, rows: &[SampleRow]) -> std::io::Result<()> {
        let _lock = self.own()?;
        let written = self.store.write_samples(&self.id, rows);
        written.map_err(std::io::Error::other)
    }

    fn checkpoint_dir(&self) -> &Path {
        &self.checkpoint
    }
}

impl Drop for RunRecorder {
    fn drop(&mut self) {
        self.alive.store(false, Ordering::Relaxed);
    }
}

/// Renews the lease of a run until `alive` is false or the run is another's.
fn heartbeat(store: Store, id: String, alive: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut beaten = Instant::now();
        while alive.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
            if beaten.elapsed() < HEARTBEAT {
                continue;
            }
            beaten = Instant::now();
            // A full disk shows in the events; here it only ages the lease.
            if let Ok(false) = store.renew(&id) {
                return;
            }
        }
    });
}
