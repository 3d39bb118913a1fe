//! The form: a field per line, what is wrong right below it.

use super::super::edit::Edit;
use super::super::field::{FIELDS, Field, Kind, launch};
use super::super::state::State;
use crate::tui::text::cut;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const GROUP: usize = 10;
const LABEL: usize = 14;

/// A line of the form.
#[derive(Clone, Debug, PartialEq)]
enum Row {
    Field(usize),
    Wrong(usize, String),
}

/// All lines but the launch button.
fn rows(state: &State) -> Vec<Row> {
    let wrong = state.wrong();
    let mut shown = state.shown();
    shown.pop();
    let mut rows = Vec::new();
    for i in &shown {
        rows.push(Row::Field(*i));
        for (key, reason) in &wrong {
            if key == FIELDS[*i].key {
                rows.push(Row::Wrong(*i, reason.clone()));
            }
        }
    }
    // What belongs to no field in view stands above the button.
    let in_view = |key: &str| shown.iter().any(|i| FIELDS[*i].key == key);
    for (key, reason) in wrong.iter().filter(|w| !in_view(&w.0)) {
        rows.push(Row::Wrong(launch(), format!("{key}: {reason}")));
    }
    rows
}

/// The first row in view: the cursor is always among those that follow.
fn first(rows: &[Row], state: &State, height: usize) -> usize {
    let at = rows
        .iter()
        .rposition(|r| matches!(r, Row::Field(i) | Row::Wrong(i, _) if *i == state.cursor))
        .unwrap_or(if state.cursor == launch() {
            rows.len()
        } else {
            0
        });
    let most = rows.len().saturating_sub(height);
    at.saturating_sub(height * 2 / 3).min(most)
}

/// Where rows scroll, and the launch button: below the last row, or at the bottom.
fn parts(area: Rect, rows: usize) -> (Rect, Rect) {
    let height = area.height.saturating_sub(1).min(rows as u16);
    let list = Rect { height, ..area };
    let button = Rect {
        y: area.y + height,
        height: area.height.min(1),
        ..area
    };
    (list, button)
}

/// The field at a place.
pub fn hit(state: &State, area: Rect, at: Position) -> Option<usize> {
    let rows = rows(state);
    let (list, button) = parts(area, rows.len());
    if button.contains(at) {
        return Some(launch());
    }
    if !list.contains(at) {
        return None;
    }
    let first = first(&rows, state, list.height.into());
    match rows.get(first + usize::from(at.y - list.y))? {
        Row::Field(i) | Row::Wrong(i, _) => Some(*i),
    }
}

/// Draws the form.
pub fn draw(frame: &mut Frame, area: Rect, state: &State, theme: &Theme) {
    let look = &theme.look;
    let rows = rows(state);
    let (list, button) = parts(area, rows.len());
    let first = first(&rows, state, list.height.into());
    let mut group = "";
    for (y, row) in (list.y..list.bottom()).zip(&rows[first.min(rows.len())..]) {
        let place = Rect {
            y,
            height: 1,
            ..list
        };
        match row {
            Row::Wrong(_, reason) => {
                let text = format!("    ! {reason}");
                let text = cut(&text, area.width.into(), theme.glyphs.ellipsis);
                frame.render_widget(Line::styled(text, look.error), place);
            }
            Row::Field(i) => {
                let head = FIELDS[*i].group != group;
                group = FIELDS[*i].group;
                field(frame, place, state, *i, head, theme);
            }
        }
    }
    let marks = [
        (first > 0, list.y, look.signs.ascending),
        (
            rows.len() - first > usize::from(list.height),
            list.bottom().saturating_sub(1),
            look.signs.descending,
        ),
    ];
    for (more, y, sign) in marks {
        if more && list.width > 0 && list.height > 0 {
            let x = list.right() - 1;
            frame.buffer_mut().set_string(x, y, sign, look.muted);
        }
    }
    if button.bottom() <= area.bottom() && button.height > 0 {
        field(frame, button, state, launch(), true, theme);
    }
}

/// Draws a field, with the name of its group where it is the `head` of one.
fn field(frame: &mut Frame, area: Rect, state: &State, index: usize, head: bool, theme: &Theme) {
    let look = &theme.look;
    let field = &FIELDS[index];
    let on = index == state.cursor;
    if on {
        frame.buffer_mut().set_style(area, look.cursor);
    }
    let pointer = if on { look.signs.pointer } else { " " };
    if field.kind == Kind::Launch {
        let text = if state.launching {
            format!("queueing{}", theme.glyphs.ellipsis)
        } else {
            match state.plan.as_ref().map(|p| p.runs) {
                Some(1) => "[ Launch 1 run ]".into(),
                Some(runs) => format!("[ Launch {runs} runs ]"),
                None => "[ Launch ]".into(),
            }
        };
        let style = if state.plan.is_some() {
            look.accent
        } else {
            look.muted
        };
        let line = Line::from(vec![
            Span::raw(format!("{pointer} {}", " ".repeat(GROUP))),
            Span::styled(text, style),
        ]);
        frame.render_widget(line, area);
        return;
    }
    let group = if head { field.group } else { "" };
    let label = if on { look.text } else { look.muted };
    let mut spans = vec![
        Span::styled(format!("{pointer} "), look.accent),
        Span::styled(format!("{group:<GROUP$}"), look.head),
        Span::styled(format!("{:<LABEL$}", field.label), label),
    ];
    let start = 2 + GROUP + LABEL;
    let room = usize::from(area.width).saturating_sub(start + 1);
    let editing = match &state.edit {
        Some(Edit::Text(input)) if on => Some(input),
        _ => None,
    };
    if let Some(input) = editing {
        let scroll = input.visual_scroll(room);
        let text = skip_columns(input.value(), scroll);
        spans.push(Span::styled(text, look.accent));
        let x = area.x + (start + input.visual_cursor().saturating_sub(scroll)) as u16;
        if x < area.right() {
            frame.set_cursor_position(Position { x, y: area.y });
        }
    } else {
        spans.extend(shown(field, state, on, room, theme));
    }
    frame.render_widget(Line::from(spans), area);
}

fn shown(field: &Field, state: &State, on: bool, room: usize, theme: &Theme) -> Vec<Span<'static>> {
    let look = &theme.look;
    let text = state.text(field);
    if text.is_empty() && !state.drafts.contains_key(field.key) {
        let text = cut(field.empty, room, theme.glyphs.ellipsis);
        return vec![Span::styled(text, look.muted)];
    }
    let wrong = state.wrong().iter().any(|w| w.0 == field.key);
    let style = if wrong { look.error } else { look.text };
    let arrows = on && field.kind == Kind::One && room > text.width() + 4;
    let text = cut(&text, room, theme.glyphs.ellipsis);
    if arrows {
        return vec![
            Span::styled("< ", look.accent),
            Span::styled(text, style),
            Span::styled(" >", look.accent),
        ];
    }
    vec![Span::styled(text, style)]
}

/// The text without its first columns.
fn skip_columns(text: &str, columns: usize) -> String {
    let mut left = columns;
    text.chars()
        .skip_while(|c| {
            let skip = left > 0;
            left = left.saturating_sub(c.width().unwrap_or(0));
            skip
        })
        .collect()
}
