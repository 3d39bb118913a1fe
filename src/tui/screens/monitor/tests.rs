#![allow(clippy::unwrap_used, clippy::panic)]

use super::{Order, Tab};
use crate::store::{Request, State as RunState};
use crate::tui::action::{Action, Effect, Screen};
use crate::tui::app::{App, Dialog};
use crate::tui::theme::Glyphs;
use crate::tui::update::update;
use crate::tui::view::tests::{c, press, show, with_runs};
use crossterm::event::KeyCode;

fn monitor() -> App {
    let mut app = with_runs(Glyphs::UNICODE);
    app.screen = Screen::Monitor;
    app
}

#[test]
fn snapshots() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut app = monitor();
        press(&mut app, &[KeyCode::End, KeyCode::Up, KeyCode::Up]);
        let name = |what: &str| format!("{what}_{width}x{height}");
        insta::assert_snapshot!(name("charts"), show(&mut app, width, height));
        app.monitor.log = (
            app.monitor.selected(&app.runs).unwrap().id.clone(),
            vec!["epoch 1: loss 1.2".into(), "epoch 2: loss 0.9".into()],
        );
        press(&mut app, &[c(']')]);
        insta::assert_snapshot!(name("log"), show(&mut app, width, height));
        press(&mut app, &[c(']'), KeyCode::Down]);
        insta::assert_snapshot!(name("config"), show(&mut app, width, height));
    }
}

#[test]
fn runs_of_faces_show_their_units() {
    use crate::tui::action::Snapshot;
    for (width, height) in [(80, 24), (200, 50)] {
        let mut app = crate::tui::view::tests::app(Glyphs::UNICODE);
        let snapshot = Snapshot {
            runs: Some(std::sync::Arc::new(crate::compare::testing::faces())),
            ..Snapshot::default()
        };
        update(&mut app, Action::Snapshot(Box::new(snapshot)));
        app.screen = Screen::Monitor;
        press(&mut app, &[KeyCode::End, c(']')]);
        assert_eq!(app.monitor.tab(&app.runs), Tab::Units);
        let name = format!("units_{width}x{height}");
        insta::assert_snapshot!(name, show(&mut app, width, height));
    }
    // A run without units has no tab of them.
    let mut app = monitor();
    app.monitor.tab = Tab::Units;
    assert_eq!(app.monitor.tab(&app.runs), Tab::Charts);
    press(&mut app, &[c(']')]);
    assert_eq!(app.monitor.tab, Tab::Log);
}

#[test]
fn stopping_asks_first_and_then_does() {
    let mut app = monitor();
    press(&mut app, &[KeyCode::End]);
    assert_eq!(
        app.monitor.selected(&app.runs).unwrap().state,
        RunState::Running
    );
    assert!(press(&mut app, &[c('s')]).is_empty());
    assert!(matches!(app.dialog, Some(Dialog::Confirm(_))));
    assert!(press(&mut app, &[c('n')]).is_empty());
    let effects = press(&mut app, &[c('s'), c('y')]);
    let ids = vec![app.runs[44].id.clone()];
    let request = Request::Stop;
    assert_eq!(effects, [Effect::Request { ids, request }]);
}

#[test]
fn what_trains_is_not_deleted_and_what_is_over_is_not_stopped() {
    let mut app = monitor();
    press(&mut app, &[KeyCode::End, c('d')]);
    assert!(matches!(app.dialog, Some(Dialog::Message { .. })));
    press(&mut app, &[KeyCode::Esc, KeyCode::Home]);
    assert!(press(&mut app, &[c('s'), c('y')]).is_empty());
    assert!(app.dialog.is_none());
    let effects = press(&mut app, &[c(' '), c(' '), c('d'), c('y')]);
    let ids: Vec<String> = app.runs[..2].iter().map(|r| r.id.clone()).collect();
    assert_eq!(effects, [Effect::Remove(ids)]);
}

#[test]
fn filter_and_order_keep_the_cursor_on_its_run() {
    let mut app = monitor();
    press(&mut app, &[KeyCode::Down, KeyCode::Down, c('/')]);
    let on = app.monitor.on.clone();
    let typed: Vec<KeyCode> = "noise_rate=0".chars().map(c).collect();
    press(&mut app, &typed);
    assert_eq!(app.monitor.rows.len(), 15);
    assert_eq!(app.monitor.on, on);
    press(&mut app, &[c('?'), c('<')]);
    assert!(app.monitor.filter.error.is_some());
    press(&mut app, &[KeyCode::Esc, KeyCode::Esc]);
    assert_eq!(app.monitor.rows.len(), 45);
    press(&mut app, &[c('o')]);
    assert_eq!(app.monitor.order, Order::State);
    assert_eq!(app.runs[app.monitor.rows[0]].state, RunState::Running);
    assert_eq!(app.monitor.on, on);
}

#[test]
fn clicks_choose_rows_and_tabs() {
    let mut app = monitor();
    show(&mut app, 80, 24);
    update(&mut app, Action::Click { x: 10, y: 6 });
    assert_eq!(app.monitor.cursor, 2);
    let tabs = (2..24).find(|y| {
        update(&mut app, Action::Click { x: 12, y: *y });
        app.monitor.tab == Tab::Log
    });
    assert!(tabs.is_some());
}

#[test]
fn runs_that_go_show_their_time_left() {
    use super::figures::{left, overall, progress};
    use crate::store::{EpochMetrics, StepMetrics};
    use crate::worker::WorkerState;
    let mut run = crate::tui::screens::compare::samples::runs().pop().unwrap();
    run.status.epoch = 5;
    run.status.summary = None;
    run.status.last_epoch = Some(EpochMetrics {
        seconds: 2.0,
        ..EpochMetrics::default()
    });
    run.status.step = Some(StepMetrics {
        epoch: 6,
        step: 55,
        steps_per_epoch: 10,
        ..StepMetrics::default()
    });
    assert!((progress(&run) - 5.5 / 20.0).abs() < 1e-9);
    assert!((left(&run).unwrap() - 29.0).abs() < 1e-9);
    let mut next = run.clone();
    (next.state, next.status.epoch) = (RunState::Queued, 0);
    next.status.last_epoch = None;
    let process = crate::store::ProcessId::own();
    let worker = WorkerState {
        pid: process.pid,
        process,
        jobs: 2,
        device: "cpu".into(),
    };
    let all = overall(&[run, next], Some(&worker));
    assert_eq!((all.running, all.queued), (1, 1));
    assert!((all.left.unwrap() - 40.0).abs() < 1e-9, "{:?}", all.left);
}
