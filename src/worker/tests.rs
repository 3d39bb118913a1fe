//! Slots with trainers that only pretend: what is asked of a run, and what becomes of it.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::slot_with;
use crate::spec::{RunSpec, expand, find_preset, parse};
use crate::store::{
    EpochMetrics, EventKind, NoiseReport, Request, Settle, State, Store, Summary, lease,
};
use crate::train::{Order, Outcome, Recorder};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The panic hook is the process's, so slots are tested one after another.
static ALONE: Mutex<()> = Mutex::new(());

struct Bed {
    _alone: MutexGuard<'static, ()>,
    _folder: tempfile::TempDir,
    store: Store,
    ids: Vec<String>,
    leaving: Arc<AtomicBool>,
}

/// A home with `count` queued runs.
fn bed(count: usize) -> Bed {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("home")).unwrap();
    let preset = find_preset("quickstart", None).unwrap().unwrap();
    let experiment = parse(&preset.text, "test", &[]).unwrap();
    let specs = expand(&experiment);
    let ids = store
        .enqueue(&experiment, &specs[..count], false)
        .unwrap()
        .ids;
    Bed {
        _alone: alone,
        _folder: folder,
        store,
        ids,
        leaving: Arc::default(),
    }
}

impl Bed {
    fn state(&self, n: usize) -> State {
        self.store.run(&self.ids[n]).unwrap().state
    }

    fn wait_for(&self, n: usize, state: State) {
        let begun = Instant::now();
        while self.state(n) != state {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "is {}, not {state}",
                self.state(n)
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Runs one slot, and `meanwhile` beside it. The slot is told to end when that fails, so that
    /// a failed assertion fails the test instead of hanging it.
    fn beside_a_slot(&self, trainer: &Training<'_>, meanwhile: impl FnOnce()) {
        std::thread::scope(|scope| {
            let slot = scope.spawn(|| slot_with(&self.store, trainer, self.leaving.clone()));
            let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(meanwhile));
            if told.is_err() {
                self.leave();
            }
            slot.join().unwrap().unwrap();
            told.unwrap();
        });
    }
}

type Training<'a> =
    dyn Fn(&RunSpec, &Path, &mut dyn Recorder) -> Result<Outcome, String> + Sync + 'a;

fn started(epoch: usize) -> EventKind {
    EventKind::Started {
        epoch,
        device: "test".into(),
        noise: NoiseReport::default(),
        model_bytes: 1,
        compression_ratio: 1.0,
        cost: None,
        train_samples: 1,
    }
}

fn epoch(epoch: usize) -> EventKind {
    EventKind::Epoch(Box::new(EpochMetrics {
        epoch,
        test_acc: 0.5,
        ..Default::default()
    }))
}

/// Obeys like the real loop: steps of a millisecond until a stop.
fn endless(_: &RunSpec, _: &Path, recorder: &mut dyn Recorder) -> Result<Outcome, String> {
    let said = |e: std::io::Error| e.to_string();
    recorder.record(started(0)).map_err(said)?;
    recorder.record(epoch(1)).map_err(said)?;
    let mut paused = false;
    loop {
        match recorder.order() {
            Order::Stop => {
                recorder
                    .record(EventKind::Stopped { epoch: 1 })
                    .map_err(said)?;
                return Ok(Outcome::Stopped { epoch: 1 });
            }
            Order::Pause if !paused => {
                recorder.record(EventKind::Paused).map_err(said)?;
                paused = true;
            }
            Order::Continue if paused => {
                recorder.record(EventKind::Resumed).map_err(said)?;
                paused = false;
            }
            _ => {}
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn at_once(_: &RunSpec, _: &Path, recorder: &mut dyn Recorder) -> Result<Outcome, String> {
    let summary = Summary::default();
    for kind in [
        started(0),
        epoch(1),
        EventKind::Finished(Box::new(summary.clone())),
    ] {
        recorder.record(kind).map_err(|e| e.to_string())?;
    }
    Ok(Outcome::Finished(Box::new(summary)))
}

#[test]
fn a_slot_trains_all_that_is_queued_in_order() {
    let bed = bed(4);
    let order = Mutex::new(Vec::new());
    bed.beside_a_slot(
        &|spec, folder, recorder| {
            let id = folder.file_name().unwrap().to_str().unwrap();
            order.lock().unwrap().push(id.to_string());
            at_once(spec, folder, recorder)
        },
        || {},
    );
    assert_eq!(order.into_inner().unwrap(), bed.ids);
    for (n, id) in bed.ids.iter().enumerate() {
        assert_eq!(bed.state(n), State::Finished);
        assert!(lease::read(&bed.store.run_dir(id)).is_none());
        let log = bed.store.log(id, 10).unwrap();
        assert_eq!(log.len(), 3, "{log:?}");
        assert!(log[0].contains("started on test") && log[2].contains("finished"));
    }
}

#[test]
fn racing_slots_train_each_run_once() {
    let bed = bed(10);
    let trained: Mutex<HashMap<String, usize>> = Mutex::default();
    let count = |spec: &RunSpec, folder: &Path, recorder: &mut dyn Recorder| {
        let id = folder.display().to_string();
        *trained.lock().unwrap().entry(id).or_default() += 1;
        at_once(spec, folder, recorder)
    };
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| slot_with(&bed.store, &count, bed.leaving.clone()).unwrap());
        }
    });
    let trained = trained.into_inner().unwrap();
    assert_eq!(trained.len(), 10);
    assert!(trained.values().all(|&n| n == 1), "{trained:?}");
}

#[test]
fn pause_resume_and_stop_reach_a_training_run() {
    let bed = bed(1);
    let id = &bed.ids[0];
    bed.beside_a_slot(&endless, || {
        bed.wait_for(0, State::Running);
        bed.store.request(id, Request::Pause).unwrap();
        bed.wait_for(0, State::Paused);
        bed.store.request(id, Request::Resume).unwrap();
        bed.wait_for(0, State::Running);
        bed.store.request(id, Request::Pause).unwrap();
        bed.wait_for(0, State::Paused);
        bed.store.request(id, Request::Stop).unwrap();
        bed.wait_for(0, State::Stopped);
    });
    assert_eq!(bed.state(0), State::Stopped);
    assert_eq!(bed.store.run(id).unwrap().status.epoch, 1);
    assert!(bed.store.stop_requested(id).is_none());
    bed.store.request(id, Request::Resume).unwrap();
    bed.beside_a_slot(&at_once, || {});
    assert_eq!(bed.state(0), State::Finished);
}

#[test]
fn a_run_stopped_and_resumed_at_once_is_trained_on_by_one_slot() {
    let bed = bed(1);
    let id = &bed.ids[0];
    let at_work = AtomicUsize::new(0);
    let most = AtomicUsize::new(0);
    let begun = AtomicUsize::new(0);
    let trainer = |spec: &RunSpec, folder: &Path, recorder: &mut dyn Recorder| {
        begun.fetch_add(1, Ordering::SeqCst);
        most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let outcome = endless(spec, folder, recorder);
        // Slow to let go after its last record.
        std::thread::sleep(Duration::from_millis(20));
        at_work.fetch_sub(1, Ordering::SeqCst);
        outcome
    };
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    slot_with(&bed.store, &trainer, bed.leaving.clone()).unwrap();
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
        }
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..8 {
                bed.wait_for(0, State::Running);
                bed.store.request(id, Request::Stop).unwrap();
                bed.wait_for(0, State::Stopped);
                bed.store.request(id, Request::Resume).unwrap();
            }
            bed.wait_for(0, State::Running);
            bed.store.request(id, Request::Stop).unwrap();
            bed.wait_for(0, State::Stopped);
        }));
        over.store(true, Ordering::Relaxed);
        bed.leave();
        told.unwrap();
    });
    assert_eq!(most.into_inner(), 1, "two slots trained one run");
    assert_eq!(begun.into_inner(), 9);
}

#[test]
fn a_panic_fails_its_run_and_no_other() {
    let bed = bed(3);
    let first = bed.ids[0].clone();
    let trainer = move |spec: &RunSpec, folder: &Path, recorder: &mut dyn Recorder| {
        assert!(!folder.ends_with(&first), "the driver\u{1b}[31m broke");
        at_once(spec, folder, recorder)
    };
    bed.beside_a_slot(&trainer, || {});
    let run = bed.store.run(&bed.ids[0]).unwrap();
    assert_eq!(run.state, State::Failed);
    let reason = run.status.reason.unwrap();
    assert!(reason.contains("the driver broke") && reason.contains("checkpoint"));
    let raw = std::fs::read_to_string(bed.store.run_dir(&bed.ids[0]).join("log.txt")).unwrap();
    assert!(raw.contains("the driver broke"), "{raw:?}");
    assert_eq!(
        (bed.state(1), bed.state(2)),
        (State::Finished, State::Finished)
    );
}

#[test]
fn an_error_is_the_reason_that_users_read() {
    let bed = bed(1);
    bed.beside_a_slot(&|_, _, _| Err("no such data".into()), || {});
    let run = bed.store.run(&bed.ids[0]).unwrap();
    assert_eq!(run.state, State::Failed);
    assert_eq!(run.status.reason.as_deref(), Some("no such data"));
}

#[test]
fn a_slot_asked_to_end_gives_its_run_back() {
    let bed = bed(2);
    bed.beside_a_slot(&endless, || {
        bed.wait_for(0, State::Running);
        bed.leave();
    });
    assert_eq!((bed.state(0), bed.state(1)), (State::Queued, State::Queued));
    assert!(lease::read(&bed.store.run_dir(&bed.ids[0])).is_none());
    // Nobody who followed the run saw it end.
    let events = bed.store.events(&bed.ids[0]).unwrap();
    let stopped = |kind: &EventKind| matches!(kind, EventKind::Stopped { .. });
    assert!(!events.iter().any(|e| stopped(&e.kind)));
}

#[test]
fn a_user_s_stop_counts_more_than_the_end_of_the_worker() {
    let bed = bed(1);
    let leaving = bed.leaving.clone();
    let store = bed.store.clone();
    let id = bed.ids[0].clone();
    let trainer = move |spec: &RunSpec, folder: &Path, recorder: &mut dyn Recorder| {
        store.request(&id, Request::Stop).unwrap();
        leaving.store(true, Ordering::Relaxed);
        endless(spec, folder, recorder)
    };
    bed.beside_a_slot(&trainer, || {});
    assert_eq!(bed.state(0), State::Stopped);
}

#[test]
fn a_worker_that_lost_its_run_leaves_it_alone() {
    let bed = bed(1);
    let store = bed.store.clone();
    let id = bed.ids[0].clone();
    let folder = store.run_dir(&id);
    // Frozen past its lease: meanwhile a worker elsewhere has the run.
    let mut other = lease::Lease::own();
    other.process.host = "elsewhere".into();
    let theirs = other.clone();
    let trainer = move |_: &RunSpec, folder: &Path, recorder: &mut dyn Recorder| {
        recorder.record(started(0)).map_err(|e| e.to_string())?;
        lease::write(folder, &theirs).unwrap();
        recorder.record(epoch(1)).map_err(|e| e.to_string())?;
        Err("wrote into a run that is not its own".into())
    };
    bed.beside_a_slot(&trainer, || {});
    assert_eq!(lease::read(&folder), Some(other));
    let run = store.run(&id).unwrap();
    assert_eq!((run.state, run.status.epoch), (State::Running, 0));
    assert!(run.status.reason.is_none());
}

#[test]
fn a_damaged_folder_does_not_hold_up_the_queue() {
    let bed = bed(3);
    let folder = bed.store.run_dir(&bed.ids[0]);
    // A lock that cannot be opened, as on a folder of another user.
    std::fs::create_dir(folder.join("run.lock")).unwrap();
    let folder = bed.store.run_dir(&bed.ids[1]);
    std::fs::create_dir(folder.join("events.jsonl")).unwrap();
    bed.beside_a_slot(&at_once, || {});
    assert_eq!(bed.state(0), State::Queued);
    assert_ne!(bed.state(1), State::Running);
    assert_eq!(bed.state(2), State::Finished);
}

#[test]
fn what_a_dead_slot_left_is_settled_once() {
    let bed = bed(4);
    for id in &bed.ids {
        assert!(bed.store.claim(id).unwrap());
        let folder = bed.store.run_dir(id);
        let mut dead = lease::read(&folder).unwrap();
        dead.process.start -= 1000;
        lease::write(&folder, &dead).unwrap();
    }
    let pid = std::process::id();
    let settle = |n: usize, to| bed.store.settle(&bed.ids[n], pid, to).unwrap();
    assert!(
        !bed.store
            .settle(&bed.ids[0], pid + 1, Settle::Queue)
            .unwrap()
    );
    assert!(settle(0, Settle::Queue));
    assert!(settle(1, Settle::Stopped("killed".into())));
    assert!(settle(2, Settle::Failed("signal: 9 (SIGKILL)".into())));
    // Resumed by a user before the supervisor came to it.
    bed.store.request(&bed.ids[3], Request::Resume).unwrap();
    assert!(!settle(3, Settle::Failed("late".into())));
    let states: Vec<State> = (0..4).map(|n| bed.state(n)).collect();
    assert_eq!(
        states,
        [State::Queued, State::Stopped, State::Failed, State::Queued]
    );
    assert!(!settle(2, Settle::Queue), "settled twice");
}
