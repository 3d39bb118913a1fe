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
    std::fs::write(store.run_dir(&ids[0]).join("status.json"), b"{\"sta").unwrap();
    std::fs::write(store.run_dir(&ids[1]).join("spec.toml"), b"").unwrap();
    assert_eq!(store.runs().unwrap().len(), ids.len() - 2);
    let broken: Vec<String> = store
        .broken()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(broken.len(), 2);
    assert!(
        broken.iter().any(|b| b.contains("status.json")),
        "{broken:?}"
    );
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
