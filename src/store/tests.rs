//! The store as a whole: states, requests, races.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::spec::{Experiment, expand, find_preset, parse};
use std::sync::atomic::{AtomicUsize, Ordering};

fn experiment() -> Experiment {
    parse(
        &find_preset("quickstart", None).unwrap().unwrap().text,
        "test",
        &[],
    )
    .unwrap()
}

fn store() -> (tempfile::TempDir, Store, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("home")).unwrap();
    let experiment = experiment();
    let ids = store
        .enqueue(&experiment, &expand(&experiment), false)
        .unwrap()
        .ids;
    (folder, store, ids)
}

fn state(store: &Store, id: &str) -> State {
    store.run(id).unwrap().state
}

#[test]
fn the_same_grid_again_finds_its_runs() {
    let (_folder, store, ids) = store();
    let experiment = experiment();
    let second = store
        .enqueue(&experiment, &expand(&experiment), false)
        .unwrap();
    assert_eq!((second.created.len(), &second.existing), (0, &ids));
    let again = store
        .enqueue(&experiment, &expand(&experiment), true)
        .unwrap();
    assert_eq!(again.created[0], format!("{}-2", ids[0]));
    assert_eq!(store.runs().unwrap().len(), 2 * ids.len());
    assert_eq!(store.sweeps().unwrap()[0].ids.len(), 2 * ids.len());
    assert_eq!(store.runs().unwrap()[0].id, ids[0]);
}

#[test]
fn what_is_written_is_read_back() {
    let (_folder, store, ids) = store();
    let specs = expand(&experiment());
    for (id, spec) in ids.iter().zip(&specs) {
        assert_eq!(&store.run(id).unwrap().spec, spec);
    }
}

#[test]
fn requests_change_waiting_runs_at_once() {
    let (_folder, store, ids) = store();
    let id = &ids[0];
    store.request(id, Request::Pause).unwrap();
    assert_eq!(state(&store, id), State::Paused);
    assert!(!store.claim(id).unwrap());
    store.request(id, Request::Resume).unwrap();
    assert_eq!(state(&store, id), State::Queued);
    store.request(id, Request::Stop).unwrap();
    assert_eq!(state(&store, id), State::Stopped);
    assert!(!store.claim(id).unwrap());
    store.request(id, Request::Resume).unwrap();
    assert!(store.claim(id).unwrap());
    assert_eq!(state(&store, id), State::Running);
    store.request(id, Request::Stop).unwrap();
    assert!(store.stop_requested(id).is_some());
    assert!(matches!(store.remove(id), Err(StoreError::Busy { .. })));
    store.requeue(id).unwrap();
    store.remove(id).unwrap();
    assert!(!store.exists(id));
}

#[test]
fn a_run_whose_process_is_gone_is_lost_and_can_be_resumed() {
    let (_folder, store, ids) = store();
    let id = &ids[0];
    assert!(store.claim(id).unwrap());
    let folder = store.run_dir(id);
    let mut gone = lease::read(&folder).unwrap();
    gone.process.start -= 1000;
    lease::write(&folder, &gone).unwrap();
    assert_eq!(state(&store, id), State::Lost);
    assert!(
        !store.claim(id).unwrap(),
        "a lost run is resumed only when asked to"
    );
    store.request(id, Request::Resume).unwrap();
    assert!(store.claim(id).unwrap());
    // On another host the heartbeat decides.
    let mut elsewhere = lease::read(&folder).unwrap();
    elsewhere.process.host = "elsewhere".into();
    lease::write(&folder, &elsewhere).unwrap();
    assert_eq!(state(&store, id), State::Running);
    elsewhere.heartbeat -= lease::LEASE * 2;
    lease::write(&folder, &elsewhere).unwrap();
    assert_eq!(state(&store, id), State::Lost);
}

#[test]
fn racing_claims_give_each_run_to_one() {
    let (_folder, store, ids) = store();
    let won = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for id in &ids {
                    won.fetch_add(usize::from(store.claim(id).unwrap()), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(won.into_inner(), ids.len());
}

#[test]
fn a_broken_folder_hides_no_other() {
    let (_folder, store, ids) = store();
    std::fs::write(store.run_dir(&ids[0]).join("meta.json"), b"{\"for").unwrap();
    std::fs::write(store.run_dir(&ids[1]).join("spec.toml"), b"").unwrap();
    assert_eq!(store.runs().unwrap().len(), ids.len() - 2);
    let broken: Vec<String> = store
        .broken()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(broken.len(), 2);
    assert!(broken.iter().any(|b| b.contains("meta.json")), "{broken:?}");
}

#[test]
fn targets_cannot_leave_the_home() {
    let (_folder, store, ids) = store();
    for target in ["../home", "..", "/etc", "", "a\u{1b}[2J"] {
        assert!(!store.exists(target));
        assert!(store.run_dir(target).starts_with(store.home()));
        let error = store.resolve(target).unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'));
    }
    assert_eq!(store.resolve("quickstart").unwrap(), ids);
    assert_eq!(store.resolve(&ids[3]).unwrap(), [ids[3].clone()]);
    assert!(matches!(
        store.resolve("bundled"),
        Err(StoreError::Ambiguous { .. })
    ));
}

#[test]
fn the_follower_sees_what_changes_and_nothing_else() {
    let (_folder, store, ids) = store();
    let mut follower = Follower::new(store.clone());
    assert!(follower.poll().unwrap());
    assert_eq!(follower.runs().len(), ids.len());
    assert!(!follower.poll().unwrap());
    store.request(&ids[2], Request::Stop).unwrap();
    assert!(follower.poll().unwrap());
    assert_eq!(follower.runs()[2].state, State::Stopped);
    store.remove(&ids[2]).unwrap();
    assert!(follower.poll().unwrap());
    assert_eq!(follower.runs().len(), ids.len() - 1);

    let path = store.run_dir(&ids[0]).join("events.jsonl");
    let mut file = log::open_append(&path).unwrap();
    for epoch in 1..=3 {
        let metrics = EpochMetrics {
            epoch,
            ..Default::default()
        };
        let kind = EventKind::Epoch(Box::new(metrics));
        log::append(
            &mut file,
            &Event {
                time: jiff::Timestamp::now(),
                kind,
            },
        )
        .unwrap();
        assert_eq!(follower.history(&ids[0]).len(), epoch);
    }
}

#[test]
fn a_home_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let error = Store::open(&file).unwrap_err().to_string();
    assert!(
        error.contains("--home") && error.contains("file"),
        "{error}"
    );
}

fn record(store: &Store, id: &str, kinds: impl IntoIterator<Item = EventKind>) {
    let mut file = log::open_append(&store.run_dir(id).join("events.jsonl")).unwrap();
    for kind in kinds {
        let time = jiff::Timestamp::now();
        log::append(&mut file, &Event { time, kind }).unwrap();
    }
}

fn epoch(epoch: usize) -> EventKind {
    EventKind::Epoch(Box::new(EpochMetrics {
        epoch,
        test_acc: epoch as f64 / 10.0,
        ..Default::default()
    }))
}

#[test]
fn a_damaged_status_is_had_again_from_the_events() {
    let (_folder, store, ids) = store();
    let id = &ids[0];
    record(
        &store,
        id,
        [epoch(1), epoch(2), EventKind::Stopped { epoch: 2 }],
    );
    let path = store.run_dir(id).join("status.json");
    for text in [&b""[..], b"{\"format\":1,\"sta", b"\0\0\0\0", b"[]"] {
        std::fs::write(&path, text).unwrap();
        let run = store.run(id).unwrap();
        assert_eq!((run.state, run.status.epoch), (State::Stopped, 2));
        assert_eq!(run.status.summary.unwrap().test_acc_best, 0.2);
    }
    std::fs::remove_file(&path).unwrap();
    store.request(id, Request::Resume).unwrap();
    assert!(store.claim(id).unwrap());
}

#[test]
fn damaged_files_of_every_kind_are_named_and_never_panic() {
    let (_folder, store, ids) = store();
    let id = &ids[0];
    record(&store, id, [epoch(1)]);
    for name in [
        "spec.toml",
        "meta.json",
        "status.json",
        "events.jsonl",
        "lease.json",
    ] {
        let path = store.run_dir(id).join(name);
        let whole = std::fs::read(&path).unwrap_or_default();
        let mut damaged = vec![Vec::new(), whole[..whole.len() / 2].to_vec()];
        for at in (0..whole.len()).step_by(7) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            damaged.push(flipped);
        }
        for text in damaged {
            std::fs::write(&path, &text).unwrap();
            if let Err(e) = store.run(id) {
                assert!(e.to_string().contains(name), "{name}: {e}");
            }
            let _ = (store.history(id), store.runs().unwrap());
        }
        std::fs::write(&path, whole).unwrap();
    }
    assert_eq!(store.runs().unwrap().len(), ids.len());
}

#[test]
fn a_stale_lease_is_taken_over_once() {
    for _ in 0..20 {
        let (_folder, store, ids) = store();
        let (id, folder) = (&ids[0], store.run_dir(&ids[0]));
        assert!(store.claim(id).unwrap());
        let mut gone = lease::read(&folder).unwrap();
        gone.process.host = "elsewhere".into();
        gone.heartbeat -= lease::LEASE * 2;
        lease::write(&folder, &gone).unwrap();
        let won = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    store.request(id, Request::Resume).unwrap();
                    won.fetch_add(usize::from(store.claim(id).unwrap()), Ordering::Relaxed);
                });
            }
        });
        assert_eq!(won.into_inner(), 1);
        assert_eq!(state(&store, id), State::Running);
    }
}

#[test]
fn only_the_holder_can_give_a_run_back() {
    let (_folder, store, ids) = store();
    let (id, folder) = (&ids[0], store.run_dir(&ids[0]));
    assert!(store.claim(id).unwrap());
    let mut other = lease::read(&folder).unwrap();
    other.process.host = "elsewhere".into();
    lease::write(&folder, &other).unwrap();
    store.release(id).unwrap();
    store.requeue(id).unwrap();
    store.fail(id, "not mine".into()).unwrap();
    assert!(!store.renew(id).unwrap());
    assert_eq!(lease::read(&folder), Some(other));
    assert_eq!(state(&store, id), State::Running);
}

#[test]
fn deleting_and_making_anew_races_with_requests() {
    let (_folder, store, ids) = store();
    let id = &ids[0];
    let experiment = experiment();
    let specs = expand(&experiment);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..30 {
                    let _ = store.request(id, Request::Stop);
                    let _ = store.request(id, Request::Resume);
                }
            });
        }
        for _ in 0..30 {
            store.remove(id).unwrap();
            store.enqueue(&experiment, &specs[..1], false).unwrap();
        }
    });
    assert!(matches!(state(&store, id), State::Queued | State::Stopped));
    let left = std::fs::read_dir(store.home().join("runs")).unwrap();
    assert_eq!(left.count(), ids.len());
}

#[test]
fn a_run_that_is_not_there_is_said_to_be_unknown() {
    let (_folder, store, _) = store();
    for id in ["never", "../runs", ""] {
        for result in [store.request(id, Request::Stop), store.remove(id)] {
            assert!(matches!(result, Err(StoreError::Unknown { .. })), "{id}");
        }
    }
}

#[test]
fn a_run_made_anew_under_its_name_has_a_history_of_its_own() {
    let (_folder, store, ids) = store();
    let id = &ids[0];
    let experiment = experiment();
    let mut follower = Follower::new(store.clone());
    record(&store, id, [epoch(1)]);
    follower.poll().unwrap();
    assert_eq!(follower.history(id)[0].epoch, 1);
    store.remove(id).unwrap();
    store
        .enqueue(&experiment, &expand(&experiment)[..1], false)
        .unwrap();
    record(&store, id, [epoch(5), epoch(6)]);
    follower.refresh().unwrap();
    let epochs: Vec<usize> = follower.history(id).iter().map(|e| e.epoch).collect();
    assert_eq!(epochs, [5, 6]);
}

#[test]
fn two_thousand_runs_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut experiment = experiment();
    experiment.train.seeds = (0..2000).collect();
    let specs = &expand(&experiment)[..2000];
    store.enqueue(&experiment, specs, false).unwrap();
    let mut follower = Follower::new(store.clone());
    assert!(follower.poll().unwrap());
    assert_eq!(follower.runs().len(), 2000);
    // Often enough to look at those that are over as well.
    for _ in 0..10 {
        assert!(!follower.poll().unwrap(), "nothing changed");
    }
    let id = follower.runs()[1234].id.clone();
    store.request(&id, Request::Stop).unwrap();
    assert!(follower.poll().unwrap());
    assert_eq!(follower.runs()[1234].id, id);
    assert_eq!(follower.runs()[1234].state, State::Stopped);
}

#[test]
fn a_run_emptied_by_a_power_cut_is_made_again_and_kept_aside() {
    let (_folder, store, ids) = store();
    std::fs::write(store.run_dir(&ids[0]).join("spec.toml"), b"").unwrap();
    std::fs::write(store.run_dir(&ids[1]).join("meta.json"), b"").unwrap();
    let experiment = experiment();
    let made = store
        .enqueue(&experiment, &expand(&experiment), false)
        .unwrap();
    assert_eq!(made.created, ids[..2]);
    assert!(store.broken().unwrap().is_empty());
    let left = std::fs::read_dir(store.home().join("runs")).unwrap();
    assert_eq!(left.count(), ids.len() + 2);
}

#[test]
fn a_lock_waited_for_is_that_of_the_folder_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (run, gone) = (folder.path().join("run"), folder.path().join("gone"));
    std::fs::create_dir(&run).unwrap();
    let path = run.join("run.lock");
    let first = files::lock(&path).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| files::lock(&path).unwrap());
        // Long enough for it to wait on the old file.
        std::thread::sleep(std::time::Duration::from_millis(100));
        std::fs::rename(&run, &gone).unwrap();
        std::fs::create_dir(&run).unwrap();
        drop(first);
        let second = waiting.join().unwrap();
        assert!(try_lock(&path).unwrap().is_none(), "two hold the lock");
        drop(second);
        assert!(try_lock(&path).unwrap().is_some());
    });
}

#[test]
fn a_process_killed_after_its_last_record_spoils_nothing() {
    let (_folder, store, ids) = store();
    let (id, folder) = (&ids[0], store.run_dir(&ids[0]));
    assert!(store.claim(id).unwrap());
    let mut dead = lease::read(&folder).unwrap();
    dead.process.start -= 1000;
    lease::write(&folder, &dead).unwrap();
    let mut status = store.run(id).unwrap().status;
    status.apply(&EventKind::Finished(Box::default()), &[]);
    write_json(&folder.join("status.json"), &status).unwrap();
    let failed = Settle::Failed("signal: 11 (SIGSEGV)".into());
    assert!(!store.settle(id, dead.process.pid, failed).unwrap());
    assert_eq!(state(&store, id), State::Finished);
}

#[test]
fn provisional_epochs_do_not_count() {
    let epoch = |epoch, test_acc, val_acc, provisional| EpochMetrics {
        epoch,
        test_acc,
        val_acc: Some(val_acc),
        memorised: Some(test_acc / 2.0),
        seconds: 1.0,
        provisional,
        ..EpochMetrics::default()
    };
    let mut epochs = vec![
        epoch(1, 0.9, 0.8, true),
        epoch(2, 0.5, 0.6, false),
        epoch(3, 0.7, 0.4, false),
    ];
    let summary = Summary::from_epochs(&epochs);
    assert_eq!((summary.test_acc_best, summary.best_epoch), (0.7, 3));
    assert_eq!(
        (summary.test_acc_selected, summary.selected_epoch),
        (Some(0.5), Some(2))
    );
    assert_eq!(summary.val_acc_selected, Some(0.6));
    assert!((summary.test_acc_last - 0.6).abs() < 1e-12);
    assert!((summary.memorised.unwrap() - 0.3).abs() < 1e-12);
    // Time was spent on all of them.
    assert_eq!((summary.epochs, summary.seconds), (3, 3.0));
    epochs.truncate(1);
    assert_eq!(Summary::from_epochs(&epochs).test_acc_last, 0.9);
    let written = serde_json::to_string(&epochs[0]).unwrap();
    assert_eq!(
        serde_json::from_str::<EpochMetrics>(&written).unwrap(),
        epochs[0]
    );
    epochs[0].provisional = false;
    assert!(
        !serde_json::to_string(&epochs[0])
            .unwrap()
            .contains("provisional")
    );
}
