#![allow(clippy::unwrap_used, clippy::panic)]

use super::draw;
use crate::tui::action::{Action, Effect, Screen, Snapshot};
use crate::tui::app::{App, Dialog};
use crate::tui::screens::{compare, setup};
use crate::tui::theme::{Depth, Glyphs, Theme, load};
use crate::tui::{keymap, update::update};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use std::sync::Arc;

/// An interface without runs.
pub fn app(glyphs: Glyphs) -> App {
    let (files, _) = load(None);
    let themes = files
        .iter()
        .map(|f| Theme::new(f, Depth::True, glyphs).unwrap())
        .collect();
    let mut app = App::new(themes, setup::State::new(None));
    app.setup.measuring = Some(Vec::new());
    setup::replan(&mut app.setup, &app.runs);
    app
}

/// One with runs of every state.
pub fn with_runs(glyphs: Glyphs) -> App {
    let mut app = app(glyphs);
    let runs = compare::samples::runs();
    let histories = runs
        .iter()
        .map(|r| (r.id.clone(), compare::samples::history(r)));
    let histories = histories.collect();
    let mut runs = runs;
    for run in &mut runs {
        run.status.last_epoch = compare::samples::history(run).pop();
    }
    let snapshot = Snapshot {
        runs: Some(Arc::new(runs)),
        histories,
        ..Snapshot::default()
    };
    update(&mut app, Action::Snapshot(Box::new(snapshot)));
    app
}

/// What the interface looks like.
pub fn show(app: &mut App, width: u16, height: u16) -> String {
    app.size = Rect::new(0, 0, width, height);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, app)).unwrap();
    terminal.backend().to_string()
}

/// Presses keys and gives back what they ask for.
pub fn press(app: &mut App, keys: &[KeyCode]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys {
        let key = KeyEvent::new(*key, KeyModifiers::NONE);
        if let Some(action) = keymap::action(app, key) {
            effects.extend(update(app, action));
        }
    }
    effects
}

/// A key that is a character.
pub fn c(c: char) -> KeyCode {
    KeyCode::Char(c)
}

#[test]
fn no_size_panics_on_any_screen() {
    let mut app = with_runs(Glyphs::UNICODE);
    for screen in Screen::ALL {
        app.screen = screen;
        for dialog in [None, Some(Dialog::Help(3))] {
            app.dialog = dialog;
            for (width, height) in [
                (1, 1),
                (2, 40),
                (20, 5),
                (59, 16),
                (60, 15),
                (60, 16),
                (300, 90),
            ] {
                show(&mut app, width, height);
                update(
                    &mut app,
                    Action::Click {
                        x: width,
                        y: height / 2,
                    },
                );
            }
            for size in (1..40).step_by(3) {
                show(&mut app, 60 + size, 15 + size / 2);
            }
        }
    }
}

#[test]
fn a_small_terminal_is_told_how_large_it_must_be() {
    let mut app = app(Glyphs::UNICODE);
    let text = show(&mut app, 59, 10);
    assert!(text.contains("59×10") && text.contains("60×16"), "{text}");
}

#[test]
fn ascii_terminals_get_ascii_only() {
    let mut app = with_runs(Glyphs::ASCII);
    for screen in [Screen::Setup, Screen::Monitor] {
        app.screen = screen;
        app.setup.cursor = 3;
        let text = show(&mut app, 100, 30);
        let odd: String = text.chars().filter(|c| !c.is_ascii()).collect();
        assert!(odd.is_empty(), "{odd}");
    }
}

#[test]
fn help_shows_every_key_of_the_screen() {
    let mut app = app(Glyphs::UNICODE);
    press(&mut app, &[c('?')]);
    insta::assert_snapshot!("help_100x40", show(&mut app, 100, 40));
    press(&mut app, &[KeyCode::Esc]);
    assert!(app.dialog.is_none());
}

#[test]
fn keys_switch_screens_and_themes_and_leave() {
    let mut app = app(Glyphs::UNICODE);
    press(&mut app, &[c('2')]);
    assert_eq!(app.screen, Screen::Monitor);
    press(&mut app, &[KeyCode::Tab, KeyCode::Tab]);
    assert_eq!(app.screen, Screen::Setup);
    let before = app.theme().name.clone();
    press(&mut app, &[c('T')]);
    assert_ne!(app.theme().name, before);
    update(&mut app, Action::Click { x: 20, y: 0 });
    assert_eq!(app.screen, Screen::Monitor);
    press(&mut app, &[c('q')]);
    assert!(app.quit);
}

#[test]
fn errors_are_messages_to_close() {
    let mut app = app(Glyphs::UNICODE);
    update(&mut app, Action::Done(Err("the disk is full".into())));
    assert!(show(&mut app, 80, 24).contains("the disk is full"));
    press(&mut app, &[c('q')]);
    assert!(app.dialog.is_none() && !app.quit);
}
