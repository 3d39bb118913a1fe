//! What is open over the form: a line of text, or a list.

use super::field::{Choice, Kind, choices};
use super::state::State;
use super::value;
use crate::tui::line;
use crossterm::event::{KeyCode, KeyEvent};
use toml::{Table, Value};
use tui_input::Input;

/// What is open.
#[derive(Clone, Debug)]
pub enum Edit {
    /// A line of text in the field under the cursor.
    Text(Input),
    /// A list.
    List(List),
}

/// A list to choose from.
#[derive(Clone, Debug)]
pub struct List {
    /// What is chosen.
    pub title: String,
    /// The entries.
    pub choices: Vec<Choice>,
    /// The entry under the cursor.
    pub cursor: usize,
    /// Which are chosen; `None` where only one can be.
    pub chosen: Option<Vec<bool>>,
    /// Whether it lists presets.
    pub presets: bool,
}

/// Opens the text of a field.
pub fn open_text(state: &mut State) {
    let text = state.text(state.field());
    state.edit = Some(Edit::Text(Input::new(text)));
}

/// Opens the list of a field, where it has one.
pub fn open_list(state: &mut State) {
    let field = state.field();
    let mut all = choices(field, state.known_devices());
    if all.is_empty() {
        return;
    }
    let now = value::get(&state.table, field.key);
    // One value of a list may stand alone.
    let list = match now {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    // What stands in the field can be taken out again, in the list or not.
    if field.kind.is_list() {
        for value in list {
            let (value, name) = (value.to_string(), value::show(value));
            if !all.iter().any(|c| same(&c.value, &value)) {
                let help = String::new();
                all.push(Choice { value, name, help });
            }
        }
    }
    let on = |c: &Choice| list.iter().any(|v| same(&c.value, &v.to_string()));
    let chosen = field.kind.is_list().then(|| all.iter().map(on).collect());
    let cursor = if field.kind == Kind::One {
        current(&all, now)
    } else {
        0
    };
    state.edit = Some(Edit::List(List {
        title: field.label.into(),
        choices: all,
        cursor,
        chosen,
        presets: false,
    }));
}

/// Opens the list of presets.
pub fn open_presets(state: &mut State) {
    let presets = state.all_presets();
    let entry = |p: &crate::spec::Preset| {
        let table: Table = toml::from_str(&p.text).unwrap_or_default();
        let help = table.get("description").and_then(Value::as_str);
        Choice {
            value: p.name.clone(),
            name: p.name.clone(),
            help: help.unwrap_or_default().into(),
        }
    };
    let choices: Vec<Choice> = presets.iter().map(entry).collect();
    let cursor = choices.iter().position(|c| c.name == state.preset);
    state.edit = Some(Edit::List(List {
        title: "Presets".into(),
        choices,
        cursor: cursor.unwrap_or(0),
        chosen: None,
        presets: true,
    }));
}

/// Whether two values are the same, as TOML or as numbers.
fn same(a: &str, b: &str) -> bool {
    a == b || matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}

fn current(choices: &[Choice], now: Option<&Value>) -> usize {
    let now = now.map(Value::to_string).unwrap_or_default();
    choices
        .iter()
        .position(|c| same(&c.value, &now))
        .unwrap_or(0)
}

fn parse(text: &str) -> Option<Value> {
    let table: Table = toml::from_str(&format!("v = {text}")).ok()?;
    table.get("v").cloned()
}

/// Takes the choice so many places further on.
pub fn cycle(state: &mut State, by: isize) {
    let field = state.field();
    if field.kind != Kind::One {
        return;
    }
    let all = choices(field, state.known_devices());
    if all.is_empty() {
        return;
    }
    let at = current(&all, value::get(&state.table, field.key)) as isize;
    let next = &all[(at + by).rem_euclid(all.len() as isize) as usize];
    state.set(field, &next.name, Ok(parse(&next.value)));
}

/// A key while something is open. `Some` with a message where something is wrong with a preset.
pub fn key(state: &mut State, key: KeyEvent) -> Option<String> {
    match state.edit.take()? {
        Edit::Text(mut input) => match key.code {
            KeyCode::Esc => {}
            KeyCode::Enter | KeyCode::Tab | KeyCode::Down | KeyCode::Up => {
                let (field, text) = (state.field(), input.value());
                state.set(field, text, value::read(field, text));
                match key.code {
                    KeyCode::Down | KeyCode::Tab => state.move_by(1),
                    KeyCode::Up => state.move_by(-1),
                    _ => {}
                }
            }
            _ => {
                line::edit(&mut input, key);
                state.edit = Some(Edit::Text(input));
            }
        },
        Edit::List(mut list) => {
            let last = list.choices.len().saturating_sub(1);
            match key.code {
                KeyCode::Esc | KeyCode::Char('q') => return None,
                KeyCode::Down | KeyCode::Char('j') => list.cursor = (list.cursor + 1).min(last),
                KeyCode::Up | KeyCode::Char('k') => list.cursor = list.cursor.saturating_sub(1),
                KeyCode::Home | KeyCode::Char('g') => list.cursor = 0,
                KeyCode::End | KeyCode::Char('G') => list.cursor = last,
                KeyCode::Char(' ') => return choose(state, list, true),
                KeyCode::Enter => return choose(state, list, false),
                _ => {}
            }
            state.edit = Some(Edit::List(list));
        }
    }
    None
}

/// Takes the entry under the cursor. Where several can be chosen, `toggle` turns it on or off and
/// the list stays open.
pub fn choose(state: &mut State, mut list: List, toggle: bool) -> Option<String> {
    let at = list.cursor;
    let choice = list.choices.get(at).cloned()?;
    if list.presets {
        let presets = state.all_presets();
        let preset = presets.iter().find(|p| p.name == choice.value)?;
        return state.fill(preset).err();
    }
    let field = state.field();
    let Some(chosen) = &mut list.chosen else {
        state.set(field, &choice.name, Ok(parse(&choice.value)));
        return None;
    };
    if toggle {
        if let Some(on) = chosen.get_mut(at) {
            *on = !*on;
        }
        let on = list.choices.iter().zip(chosen.iter()).filter(|c| *c.1);
        let values: Vec<&Choice> = on.map(|c| c.0).collect();
        let text: Vec<&str> = values.iter().map(|c| c.name.as_str()).collect();
        let array = values.iter().filter_map(|c| parse(&c.value)).collect();
        state.set(field, &text.join(", "), Ok(Some(Value::Array(array))));
        state.edit = Some(Edit::List(list));
    }
    None
}

/// Whether the field under the cursor has a list to open.
pub fn has_list(state: &State) -> bool {
    !choices(state.field(), state.known_devices()).is_empty()
}
