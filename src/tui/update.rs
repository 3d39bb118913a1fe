//! What happens on an action: no I/O here.

use super::action::{Action, Effect, Launched, Reply, Screen, Snapshot};
use super::app::{App, Dialog};
use super::screens::{compare, monitor, setup};
use super::{keymap, view};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use std::sync::Arc;

/// Changes the state by an action and says what it asks for.
pub fn update(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => app.quit = true,
        Action::Suspend => return vec![Effect::Suspend],
        Action::Show(screen) => show(app, screen),
        Action::Turn(by) => {
            let at = app.screen.index() as isize + by;
            show(app, Screen::ALL[at.rem_euclid(3) as usize]);
        }
        Action::NextTheme => {
            app.theme = (app.theme + 1) % app.themes.len();
            app.notice = Some(Ok(format!("theme {}", app.theme().name)));
        }
        Action::Help => app.dialog = Some(Dialog::Help(0)),
        Action::Scroll(by) => {
            if let Some(Dialog::Help(at)) = &mut app.dialog {
                let most = view::help_lines(&app.compare).saturating_sub(1);
                *at = (i32::from(*at) + by).clamp(0, i32::from(most)) as u16;
            }
        }
        Action::Yes => {
            if let Some(Dialog::Confirm(question)) = app.dialog.take() {
                return question.effects;
            }
        }
        Action::Close => app.dialog = None,
        Action::Paste(text) => {
            let press = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            let typed = text.chars().map(press);
            let actions: Vec<Action> = typed.filter_map(|k| keymap::action(app, k)).collect();
            return actions.into_iter().flat_map(|a| update(app, a)).collect();
        }
        Action::Setup(msg) => {
            app.notice = None;
            let reply = setup::update(&mut app.setup, msg, &app.runs);
            return answer(app, reply);
        }
        Action::Monitor(msg) => {
            app.notice = None;
            let reply = monitor::update(&mut app.monitor, msg, &app.runs);
            return answer(app, reply);
        }
        Action::Compare(msg) => return tell_compare(app, msg),
        Action::Click { x, y } => return click(app, x, y),
        Action::Wheel { x, y, by } => return wheel(app, x, y, by),
        Action::Resized(width, height) => app.size = Rect::new(0, 0, width, height),
        Action::Snapshot(snapshot) => return take(app, *snapshot),
        Action::Done(result) => match result {
            Ok(text) if text.is_empty() => {}
            Ok(text) => app.notice = Some(Ok(text)),
            Err(text) => {
                app.dialog = Some(Dialog::Message {
                    title: "Could not be done".into(),
                    text,
                });
            }
        },
        Action::Launched(result) => launched(app, result),
    }
    Vec::new()
}

fn show(app: &mut App, screen: Screen) {
    app.dialog = None;
    app.notice = None;
    app.screen = screen;
}

fn answer(app: &mut App, reply: Option<Reply>) -> Vec<Effect> {
    match reply {
        None => {}
        Some(Reply::Do(effects)) => return effects,
        Some(Reply::Ask(question)) => app.dialog = Some(Dialog::Confirm(question)),
        Some(Reply::Say(text)) => app.notice = Some(Ok(text)),
        Some(Reply::Tell { title, text }) => app.dialog = Some(Dialog::Message { title, text }),
    }
    Vec::new()
}

fn tell_compare(app: &mut App, msg: compare::Msg) -> Vec<Effect> {
    let effects = compare::update(&mut app.compare, msg, &app.runs);
    effects.into_iter().map(Effect::Compare).collect()
}

fn launched(app: &mut App, result: Result<Launched, String>) {
    app.setup.launching = false;
    match result {
        Ok(l) => {
            show(app, Screen::Monitor);
            let mut text = format!("{} runs queued", l.created);
            if l.resumed > 0 {
                text.push_str(&format!(", {} go on from their checkpoints", l.resumed));
            }
            if l.existing > 0 {
                text.push_str(&format!(", {} were there already", l.existing));
            }
            app.notice = Some(Ok(text));
        }
        Err(text) => {
            app.dialog = Some(Dialog::Message {
                title: "Could not launch".into(),
                text,
            });
        }
    }
}

fn take(app: &mut App, snapshot: Snapshot) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(runs) = snapshot.runs {
        app.runs = runs;
        let runs = Arc::clone(&app.runs);
        app.monitor.refresh(&runs);
        app.compare.refresh(&runs);
        // Who comes back finds what trains, unless they went elsewhere already.
        if !app.settled && app.screen == Screen::Setup && app.unfinished() > 0 {
            app.screen = Screen::Monitor;
        }
        app.settled = true;
    }
    if let Some(worker) = snapshot.worker {
        app.worker = worker;
    }
    if let Some(log) = snapshot.log {
        app.monitor.log = log;
    }
    if !snapshot.histories.is_empty() {
        let known = snapshot.histories.iter().cloned();
        app.histories.extend(known);
        effects = tell_compare(app, compare::Msg::Histories(snapshot.histories));
    }
    if let Some(measurements) = snapshot.measurements {
        app.setup.measurements = measurements;
    }
    if let Some(error) = snapshot.error {
        app.notice = Some(Err(error));
    }
    effects.extend(setup::replan(&mut app.setup, &app.runs));
    effects
}

fn click(app: &mut App, x: u16, y: u16) -> Vec<Effect> {
    if let Some(dialog) = &app.dialog {
        if !matches!(dialog, Dialog::Confirm(_)) {
            app.dialog = None;
        }
        return Vec::new();
    }
    let parts = view::parts(app.size, app.screen);
    if let Some(screen) = view::tab_at(parts.tabs, x, y) {
        show(app, screen);
        return Vec::new();
    }
    let area = parts.body;
    if !area.contains(ratatui::layout::Position { x, y }) {
        return Vec::new();
    }
    match app.screen {
        Screen::Setup => update(app, Action::Setup(setup::Msg::Click { x, y, area })),
        Screen::Monitor => update(app, Action::Monitor(monitor::Msg::Click { x, y, area })),
        Screen::Compare => tell_compare(app, compare::Msg::Click { x, y, area }),
    }
}

fn wheel(app: &mut App, x: u16, y: u16, by: isize) -> Vec<Effect> {
    if app.dialog.is_some() {
        return update(app, Action::Scroll(by as i32));
    }
    match app.screen {
        Screen::Setup => update(app, Action::Setup(setup::Msg::Down(by.signum()))),
        Screen::Monitor
            if monitor::scrolls(
                &app.monitor,
                &app.runs,
                view::parts(app.size, app.screen).body,
                x,
                y,
            ) =>
        {
            update(app, Action::Monitor(monitor::Msg::Scroll(-by)))
        }
        Screen::Monitor => update(app, Action::Monitor(monitor::Msg::Down(by))),
        Screen::Compare => tell_compare(app, compare::Msg::Down(by)),
    }
}
