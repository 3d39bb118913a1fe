//! Drawing the Setup screen, and finding what a click meant.

mod form;
mod list;
mod noise;
mod summary;

use super::edit::Edit;
use super::state::State;
use crate::tui::theme::Theme;
use crate::tui::view::panel::panel;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};

/// What a click meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A field.
    Field(usize),
    /// An entry of the open list.
    Choice(usize),
}

/// Form and summary.
fn parts(area: Rect) -> (Rect, Rect) {
    // The form needs no more than its longest lists; the summary has use for the rest.
    let form = if area.width >= 120 { 2 } else { 4 };
    let [form, summary] =
        Layout::horizontal([Constraint::Fill(form), Constraint::Fill(3)]).areas(area);
    (form, summary)
}

/// What stands at a place of the screen.
pub fn hit(state: &State, x: u16, y: u16, area: Rect) -> Option<Hit> {
    let at = Position { x, y };
    if let Some(Edit::List(open)) = &state.edit {
        return list::hit(open, area, at).map(Hit::Choice);
    }
    let inner = parts(area).0.inner(Margin::new(1, 1));
    form::hit(state, inner, at).map(Hit::Field)
}

/// Draws the screen into `area`.
pub fn draw(frame: &mut Frame, area: Rect, state: &State, theme: &Theme) {
    let (form, summary) = parts(area);
    let title = if state.preset.is_empty() {
        "Experiment".to_string()
    } else {
        format!("Experiment, from preset {}", state.preset)
    };
    let inner = panel(frame, form, &title, true, theme);
    form::draw(frame, inner, state, theme);
    let inner = panel(frame, summary, "What this makes", false, theme);
    summary::draw(frame, inner.inner(Margin::new(1, 0)), state, theme);
    if let Some(Edit::List(open)) = &state.edit {
        list::draw(frame, area, open, theme);
    }
}
