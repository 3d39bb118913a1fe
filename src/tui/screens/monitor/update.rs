//! What happens on a message.

use super::msg::Msg;
use super::state::{Order, State, Tab};
use super::view;
use crate::compare::Filter;
use crate::store::{Request, RunRecord, State as RunState};
use crate::tui::action::{Effect, Question, Reply};
use crate::tui::line;
use crossterm::event::{KeyCode, KeyEvent};

/// Lines before the last of the longest table of units.
const UNITS: usize = 12;

/// Changes the state by a message and says what it asks for.
pub fn update(state: &mut State, msg: Msg, runs: &[RunRecord]) -> Option<Reply> {
    match msg {
        Msg::Down(by) => state.go(state.cursor.saturating_add_signed(by), runs),
        Msg::First => state.go(0, runs),
        Msg::Last => state.go(usize::MAX, runs),
        Msg::Turn(by) => {
            let tabs = Tab::of(state.selected(runs));
            let shown = state.tab(runs);
            let at = tabs.iter().position(|t| *t == shown).unwrap_or(0);
            state.show(tabs[(at as isize + by).rem_euclid(tabs.len() as isize) as usize]);
        }
        Msg::Mark => mark(state, runs),
        Msg::Stop => return stop(state, runs),
        Msg::Pause => return pause(state, runs),
        Msg::Resume => return resume(state, runs),
        Msg::Delete => return delete(state, runs),
        Msg::Sort => {
            let at = Order::ALL.iter().position(|o| *o == state.order);
            state.order = Order::ALL[(at.unwrap_or(0) + 1) % Order::ALL.len()];
            state.refresh(runs);
        }
        Msg::Filter => state.filter.editing = true,
        Msg::Scroll(by) => {
            // The table of units is shorter than most logs, and keeps within itself.
            let most = state.log.1.len().saturating_sub(1).max(UNITS);
            state.back = state.back.saturating_add_signed(by).min(most);
        }
        Msg::Key(key) => typed(state, key, runs),
        Msg::Back => back(state, runs),
        Msg::Click { x, y, area } => match view::hit(state, runs, x, y, area) {
            Some(view::Hit::Row(row)) => state.go(row, runs),
            Some(view::Hit::Tab(tab)) => state.show(tab),
            Some(view::Hit::Filter) => state.filter.editing = true,
            None => {}
        },
    }
    None
}

fn mark(state: &mut State, runs: &[RunRecord]) {
    if let Some(id) = state.selected(runs).map(|r| r.id.clone()) {
        if !state.marked.remove(&id) {
            state.marked.insert(id);
        }
        state.go(state.cursor + 1, runs);
    }
}

fn back(state: &mut State, runs: &[RunRecord]) {
    if state.filter.editing {
        state.filter.editing = false;
    } else if !state.marked.is_empty() {
        state.marked.clear();
    } else {
        state.filter = super::state::FilterLine::default();
        state.refresh(runs);
    }
}

fn typed(state: &mut State, key: KeyEvent, runs: &[RunRecord]) {
    match key.code {
        KeyCode::Enter | KeyCode::Esc => state.filter.editing = false,
        _ => {
            line::edit(&mut state.filter.input, key);
            match Filter::parse(state.filter.input.value()) {
                Ok(filter) => {
                    state.filter.filter = filter;
                    state.filter.error = None;
                    state.refresh(runs);
                }
                Err(error) => state.filter.error = Some(error.to_string()),
            }
        }
    }
}

/// The targets that are in one of these states.
fn among(state: &State, runs: &[RunRecord], of: &[RunState]) -> Vec<String> {
    let targets = state.targets(runs).into_iter();
    let fit = targets.filter(|r| of.contains(&r.state));
    fit.map(|r| r.id.clone()).collect()
}

fn nothing(what: &str) -> Option<Reply> {
    Some(Reply::Say(format!("nothing here to {what}")))
}

/// The runs in words.
fn words(ids: &[String]) -> String {
    match ids {
        [one] => one.clone(),
        more => format!("{} runs", more.len()),
    }
}

fn stop(state: &mut State, runs: &[RunRecord]) -> Option<Reply> {
    let live = [
        RunState::Running,
        RunState::Paused,
        RunState::Queued,
        RunState::Lost,
    ];
    let ids = among(state, runs, &live);
    if ids.is_empty() {
        return nothing("stop");
    }
    Some(Reply::Ask(Question {
        title: "Stop".into(),
        text: format!(
            "Stop {}? Checkpoints are kept: r goes on from there.",
            words(&ids)
        ),
        effects: vec![Effect::Request {
            ids,
            request: Request::Stop,
        }],
    }))
}

fn pause(state: &mut State, runs: &[RunRecord]) -> Option<Reply> {
    let going = among(state, runs, &[RunState::Running, RunState::Queued]);
    let (ids, request) = if going.is_empty() {
        let paused = among(state, runs, &[RunState::Paused]);
        (paused, Request::Resume)
    } else {
        (going, Request::Pause)
    };
    if ids.is_empty() {
        return nothing("pause");
    }
    Some(Reply::Do(vec![Effect::Request { ids, request }]))
}

fn resume(state: &mut State, runs: &[RunRecord]) -> Option<Reply> {
    let waiting = [
        RunState::Paused,
        RunState::Stopped,
        RunState::Failed,
        RunState::Lost,
    ];
    let ids = among(state, runs, &waiting);
    if ids.is_empty() {
        return nothing("resume");
    }
    Some(Reply::Do(vec![Effect::Request {
        ids,
        request: Request::Resume,
    }]))
}

fn delete(state: &mut State, runs: &[RunRecord]) -> Option<Reply> {
    let targets = state.targets(runs);
    if targets.is_empty() {
        return nothing("delete");
    }
    let busy = [RunState::Running, RunState::Paused];
    let live = targets.iter().filter(|r| busy.contains(&r.state)).count();
    if live > 0 {
        return Some(Reply::Tell {
            title: "Cannot delete".into(),
            text: format!("{live} of the chosen runs are training or paused. Stop them first: s."),
        });
    }
    let ids: Vec<String> = targets.iter().map(|r| r.id.clone()).collect();
    Some(Reply::Ask(Question {
        title: "Delete".into(),
        text: format!(
            "Delete {} with all results and checkpoints? This cannot be undone.",
            words(&ids)
        ),
        effects: vec![Effect::Remove(ids)],
    }))
}
