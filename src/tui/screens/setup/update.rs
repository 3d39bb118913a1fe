//! What happens on a message.

use super::edit::{self, Edit};
use super::field::{FIELDS, Kind};
use super::msg::Msg;
use super::state::State;
use super::view;
use crate::plan::{Estimate, Noise, plan_with};
use crate::spec::{self, LARGE_GRID};
use crate::store::{RunRecord, State as RunState};
use crate::tui::action::{Effect, Question, Reply};

/// Changes the state by a message and says what it asks for.
pub fn update(state: &mut State, msg: Msg, runs: &[RunRecord]) -> Option<Reply> {
    let last = FIELDS.len() - 1;
    let mut reply = None;
    match msg {
        Msg::Down(by) => state.move_by(by),
        Msg::First => state.cursor = 0,
        Msg::Last => state.cursor = last,
        Msg::Cycle(by) => edit::cycle(state, by),
        Msg::Enter => reply = enter(state),
        Msg::Toggle => match state.field().kind {
            Kind::Launch => reply = launch(state),
            Kind::One => edit::cycle(state, 1),
            _ if edit::has_list(state) => edit::open_list(state),
            _ => edit::open_text(state),
        },
        Msg::Presets => edit::open_presets(state),
        Msg::Launch => reply = launch(state),
        Msg::Undo => state.undo(),
        Msg::AllFields => state.all_fields = !state.all_fields,
        Msg::Back => {
            state.drafts.remove(state.field().key);
        }
        Msg::Key(key) => {
            reply = wrong_preset(edit::key(state, key));
            state.cursor = state.cursor.min(last);
        }
        Msg::Devices(devices) => state.devices = Some(devices),
        Msg::Measured(args, result) => {
            state.measuring = None;
            state.measure_error = result.err();
            state.tried.push(args);
        }
        Msg::Noise(spec, found) => {
            state.drawing = None;
            let rate = state.plan.as_ref().and_then(|p| p.noise.as_ref());
            let rate = rate.map_or(0.0, |n| n.rate);
            let found = found.map(|counts| Noise::counted(rate, &counts));
            state.drawn = Some((spec, found));
        }
        Msg::Click { x, y, area } => reply = click(state, x, y, area),
    }
    // A field may have gone from under the cursor.
    state.move_by(0);
    let effects = replan(state, runs);
    match reply {
        None if effects.is_empty() => None,
        None => Some(Reply::Do(effects)),
        Some(Reply::Do(mut all)) => {
            all.extend(effects);
            Some(Reply::Do(all))
        }
        // A measurement that waits is asked for again at the next change.
        other => {
            if !effects.is_empty() {
                state.measuring = None;
                state.drawing = None;
            }
            other
        }
    }
}

fn wrong_preset(error: Option<String>) -> Option<Reply> {
    error.map(|text| Reply::Tell {
        title: "This preset cannot be used".into(),
        text,
    })
}

fn enter(state: &mut State) -> Option<Reply> {
    match state.field().kind {
        Kind::Launch => return launch(state),
        Kind::One | Kind::Several => edit::open_list(state),
        _ => edit::open_text(state),
    }
    None
}

fn click(state: &mut State, x: u16, y: u16, area: ratatui::layout::Rect) -> Option<Reply> {
    let hit = view::hit(state, x, y, area);
    if let Some(Edit::List(mut list)) = state.edit.take() {
        if let Some(view::Hit::Choice(index)) = hit {
            list.cursor = index;
            return wrong_preset(edit::choose(state, list, true));
        }
        return None;
    }
    if let Some(view::Hit::Field(index)) = hit {
        let again = state.cursor == index;
        state.cursor = index;
        if again || state.field().kind == Kind::Launch {
            return enter(state);
        }
    }
    None
}

fn launch(state: &mut State) -> Option<Reply> {
    let wrong = state.wrong();
    let experiment = state.experiment.clone()?;
    if !wrong.is_empty() {
        let lines: Vec<String> = wrong.iter().map(|(k, m)| format!("{k}: {m}")).collect();
        return Some(Reply::Tell {
            title: "Put this right first".into(),
            text: lines.join("\n"),
        });
    }
    if state.launching {
        return Some(Reply::Say("the grid is being queued".into()));
    }
    let count = spec::count(&experiment);
    let effects = vec![Effect::Launch(Box::new(experiment))];
    if count > LARGE_GRID {
        return Some(Reply::Ask(Question {
            title: "A large grid".into(),
            text: format!("This makes {count} runs, each with a folder of its own. Launch them?"),
            effects,
        }));
    }
    state.launching = true;
    Some(Reply::Do(effects))
}

/// Brings the plan up to date; asks for a measurement where the time is not known.
pub fn replan(state: &mut State, runs: &[RunRecord]) -> Vec<Effect> {
    let right = state.wrong().is_empty();
    let experiment = state.experiment.as_ref().filter(|_| right);
    state.plan = experiment.map(|e| plan_with(e, runs, &state.measurements));
    let Some(plan) = &state.plan else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    // What only the data can tell of the noise is found out once.
    let unknown = plan.noise.as_ref().is_some_and(|n| n.transition.is_none());
    if unknown && state.drawing.is_none() {
        let spec = state.labels_spec();
        let known = state.drawn.as_ref().map(|(of, _)| of);
        if spec.as_ref() != known {
            state.drawing.clone_from(&spec);
            effects.extend(spec.map(Effect::Noise));
        }
    }
    // Beside training a measurement would be too slow, and in its way.
    let busy = runs.iter().any(|r| r.state == RunState::Running);
    match &plan.estimate {
        Estimate::Unmeasured { needs }
            if !busy && state.measuring.is_none() && !state.tried.contains(&needs.args) =>
        {
            state.measuring = Some(needs.args.clone());
            effects.push(Effect::Measure(needs.args.clone()));
        }
        _ => {}
    }
    effects
}
