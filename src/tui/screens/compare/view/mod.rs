//! Drawing the screen, and finding what a click meant.

mod curves;
mod diff;
mod list;
mod pivot;
mod runs;

use super::click::Hit;
use super::look::Look;
use super::rows::clean;
use super::state::{State, View};
use crate::compare::Scope;
use crate::store::RunRecord;
use crate::tui::text::plural;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// What stands before a filter.
const FILTER: &str = "/ ";

/// Where the parts of the screen are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Parts {
    tabs: Rect,
    filter: Rect,
    error: Rect,
    body: Rect,
    detail: Rect,
}

/// Lines for what is wrong with the filter: two where all names that would be right are listed.
fn error_lines(state: &State) -> u16 {
    match &state.filter.error {
        None => 0,
        Some(text) if text.contains("known:") => 2,
        Some(_) => 1,
    }
}

fn parts(state: &State, area: Rect) -> Parts {
    let mut rest = area;
    let mut top = |wanted: u16| {
        let height = wanted.min(rest.height);
        let part = Rect { height, ..rest };
        rest = Rect {
            y: rest.y + height,
            height: rest.height - height,
            ..rest
        };
        part
    };
    let tabs = top(1);
    let filter = top(1);
    let error = top(error_lines(state));
    let height = rest.height.min(1);
    let body = Rect {
        height: rest.height - height,
        ..rest
    };
    let detail = Rect {
        y: body.bottom(),
        height,
        ..rest
    };
    Parts {
        tabs,
        filter,
        error,
        body,
        detail,
    }
}

/// Draws the screen into `area`.
pub fn draw(frame: &mut Frame, area: Rect, state: &State, runs: &[RunRecord], look: &Look) {
    let area = area.intersection(frame.area());
    if area.width == 0 || area.height == 0 {
        return;
    }
    let parts = parts(state, area);
    tabs(frame, parts.tabs, state, look);
    filter(frame, &parts, state, look);
    let line = if state.derived.total == 0 {
        let text = "No runs yet: launch some on the Setup screen.";
        frame.render_widget(Line::styled(text, look.muted), parts.body);
        Line::default()
    } else {
        match state.view {
            View::Runs => runs::draw(frame, parts.body, state, runs, look),
            View::Pivot => pivot::draw(frame, parts.body, state, look),
            View::Curves => curves::draw(frame, parts.body, state, look),
            View::Diff => diff::draw(frame, parts.body, state, runs, look),
        }
    };
    let line = match &state.message {
        Some(Ok(text)) => Line::styled(clean(text), look.good),
        Some(Err(text)) => Line::styled(clean(text), look.error),
        None => line,
    };
    frame.render_widget(line, parts.detail);
    if let Some(picker) = &state.picker {
        list::draw(frame, area, picker, state, look);
    }
}

/// Names of the views with their places.
fn tab_places(area: Rect) -> impl Iterator<Item = (View, Rect)> {
    let mut x = area.x;
    View::ALL.into_iter().map(move |view| {
        let width = view.title().width() as u16 + 2;
        let place = Rect { x, width, ..area }.intersection(area);
        x = x.saturating_add(width + 1);
        (view, place)
    })
}

fn tabs(frame: &mut Frame, area: Rect, state: &State, look: &Look) {
    for (view, place) in tab_places(area) {
        let line = if view == state.view {
            Line::styled(format!("[{}]", view.title()), look.accent)
        } else {
            Line::styled(format!(" {} ", view.title()), look.muted)
        };
        frame.render_widget(line, place);
    }
    let derived = &state.derived;
    let mut text = if derived.taken == derived.total {
        plural(derived.total, "run")
    } else {
        format!("{} of {}", derived.taken, plural(derived.total, "run"))
    };
    if !state.marked.is_empty() {
        text.push_str(&format!(", {} marked", state.marked.len()));
    }
    if state.scope == Scope::All {
        text.push_str(", unfinished count");
    }
    let width = text.width() as u16;
    let tabs_end = tab_places(area).map(|t| t.1.right()).max().unwrap_or(0);
    if area.right() > tabs_end + width {
        let place = Rect {
            x: area.right() - width,
            width,
            ..area
        };
        frame.render_widget(Line::styled(text, look.muted), place);
    }
}

fn filter(frame: &mut Frame, parts: &Parts, state: &State, look: &Look) {
    let bar = &state.filter;
    let line = if bar.text.is_empty() && !bar.editing {
        Line::styled(
            format!("{FILTER}filter: noise_rate>=0.4 bits=w4a4 state=finished"),
            look.muted,
        )
    } else {
        let sign = if bar.editing { look.accent } else { look.muted };
        let style = if bar.error.is_some() {
            look.error
        } else {
            look.text
        };
        Line::from(vec![
            Span::styled(FILTER, sign),
            Span::styled(clean(&bar.text), style),
        ])
    };
    frame.render_widget(line, parts.filter);
    if bar.editing && parts.filter.height > 0 && state.picker.is_none() {
        let before: String = bar.text.chars().take(bar.caret).collect();
        let x = parts.filter.x + (FILTER.width() + before.width()) as u16;
        if x < parts.filter.right() {
            frame.set_cursor_position(Position {
                x,
                y: parts.filter.y,
            });
        }
    }
    if let Some(error) = &bar.error {
        let text = ratatui::widgets::Paragraph::new(format!("  ! {}", clean(error)))
            .style(look.error)
            .wrap(ratatui::widgets::Wrap { trim: false });
        frame.render_widget(text, parts.error);
    }
}

/// What stands at a place of the screen.
pub(super) fn hit(state: &State, runs: &[RunRecord], x: u16, y: u16, area: Rect) -> Option<Hit> {
    let parts = parts(state, area);
    let at = Position { x, y };
    if let Some(picker) = &state.picker {
        return Some(list::hit(picker, area, at));
    }
    if let Some((view, _)) = tab_places(parts.tabs).find(|(_, place)| place.contains(at)) {
        return Some(Hit::View(view));
    }
    if parts.filter.contains(at) {
        return Some(Hit::Filter);
    }
    if !parts.body.contains(at) {
        return None;
    }
    match state.view {
        View::Runs => runs::hit(state, parts.body, at),
        View::Pivot => pivot::hit(state, parts.body, at),
        View::Curves => None,
        View::Diff => diff::hit(state, runs, parts.body, at),
    }
}
