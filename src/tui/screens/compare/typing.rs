//! Text that is typed: into the filter, or into a list to narrow it.

use super::state::{FilterBar, State};
use crate::compare::Filter;

/// Puts a character where the caret is.
pub fn insert(state: &mut State, c: char) {
    if c.is_control() {
        return;
    }
    if let Some(picker) = &mut state.picker {
        picker.typed(|text| text.push(c));
    } else if state.filter.editing {
        let at = byte(&state.filter, state.filter.caret);
        state.filter.text.insert(at, c);
        state.filter.caret += 1;
        parse(&mut state.filter);
    }
}

/// Deletes the character before the caret.
pub fn erase(state: &mut State) {
    if let Some(picker) = &mut state.picker {
        picker.typed(|text| {
            text.pop();
        });
    } else if state.filter.editing && state.filter.caret > 0 {
        state.filter.caret -= 1;
        let at = byte(&state.filter, state.filter.caret);
        state.filter.text.remove(at);
        parse(&mut state.filter);
    }
}

/// Deletes everything.
pub fn erase_all(state: &mut State) {
    if let Some(picker) = &mut state.picker {
        picker.typed(String::clear);
    } else if state.filter.editing {
        state.filter.text.clear();
        state.filter.caret = 0;
        parse(&mut state.filter);
    }
}

/// Moves the caret.
pub fn caret(state: &mut State, by: isize) {
    let length = state.filter.text.chars().count();
    state.filter.caret = state.filter.caret.saturating_add_signed(by).min(length);
}

fn byte(bar: &FilterBar, caret: usize) -> usize {
    let place = bar.text.char_indices().nth(caret);
    place.map_or(bar.text.len(), |(at, _)| at)
}

/// Reads what is typed; while it cannot be understood, the last accepted filter holds on.
fn parse(bar: &mut FilterBar) {
    match Filter::parse(&bar.text) {
        Ok(filter) => {
            bar.filter = filter;
            bar.error = None;
        }
        Err(error) => {
            bar.filter = bar.accepted.clone();
            let text = error.to_string();
            // With a guess at hand the list of all names would only hide the table.
            let guess = text
                .find("; known:")
                .filter(|_| text.contains("did you mean"));
            bar.error = Some(guess.map_or(text.clone(), |at| text[..at].to_owned()));
        }
    }
}
