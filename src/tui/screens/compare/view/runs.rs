//! The table of runs.

use crate::compare::{Kind, Role};
use crate::store::{RunRecord, State as RunState};
use crate::tui::screens::compare::click::Hit;
use crate::tui::screens::compare::look::Look;
use crate::tui::screens::compare::rows::{Row, clean};
use crate::tui::screens::compare::state::State;
use crate::tui::widgets::table::{
    TableColumn, TableLayout, TableRow, TableStyle, VirtualTable, layout,
};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Width of pointer, mark and fold sign.
const LEAD: u16 = 4;

fn columns(state: &State, look: &Look) -> Vec<TableColumn> {
    let widths = state
        .derived
        .widths
        .iter()
        .copied()
        .chain(std::iter::repeat(8));
    let columns = state.columns.iter().zip(widths);
    columns
        .map(|(field, width)| {
            let sign = match state.sort {
                Some(s) if s.field == *field && s.descending => look.signs.descending,
                Some(s) if s.field == *field => look.signs.ascending,
                _ => "",
            };
            TableColumn {
                title: format!("{}{sign}", field.label),
                width,
                right: field.role == Role::Metric
                    || matches!(field.kind, Kind::Count | Kind::Number),
            }
        })
        .collect()
}

pub(super) fn draw(
    frame: &mut Frame,
    area: Rect,
    state: &State,
    runs: &[RunRecord],
    look: &Look,
) -> Line<'static> {
    let rows = &state.derived.rows;
    if rows.is_empty() {
        frame.render_widget(Line::styled("No run fits the filter.", look.muted), area);
        return Line::default();
    }
    let columns = columns(state, look);
    let table = VirtualTable {
        columns: &columns,
        column: state.cursor.1,
        rows: rows.len(),
        cursor: state.cursor.0,
        lead: LEAD,
        row: |i| {
            rows.get(i)
                .map_or_else(TableRow::default, |row| table_row(state, runs, row, look))
        },
        style: TableStyle {
            head: look.head,
            head_on: look.accent,
            cursor: look.cursor,
            pointer: look.signs.pointer,
        },
    };
    frame.render_widget(table, area);
    rows.get(state.cursor.0)
        .map_or_else(Line::default, |row| detail(row, runs, look))
}

fn table_row(state: &State, runs: &[RunRecord], row: &Row, look: &Look) -> TableRow {
    let cells = (0..state.columns.len())
        .map(|c| state.cell(runs, row, c))
        .collect();
    let sign = |marked: bool| if marked { look.signs.marked } else { " " };
    match row {
        Row::Run { id, index, grouped } => {
            let marked = state.is_marked(id);
            let place = state.columns.iter().position(|c| c.name == "state");
            let colour = runs.get(*index).map(|r| state_style(r.state, look));
            TableRow {
                lead: format!("{}{}", sign(marked), if *grouped { "  " } else { "" }),
                cells,
                style: look.text,
                accents: place.zip(colour).into_iter().collect(),
            }
        }
        Row::Group {
            ids,
            folded,
            pooled,
            ..
        } => {
            let marked = ids.iter().all(|id| state.is_marked(id));
            let fold = if *folded {
                look.signs.folded
            } else {
                look.signs.unfolded
            };
            let mixed = if pooled.is_empty() {
                ""
            } else {
                look.signs.mixed
            };
            TableRow {
                lead: format!("{}{fold}{mixed}", sign(marked)),
                cells,
                style: look.head,
                accents: Vec::new(),
            }
        }
    }
}

/// Colour of a state; its name says the same.
fn state_style(state: RunState, look: &Look) -> Style {
    match state {
        RunState::Finished => look.good,
        RunState::Running => look.accent,
        RunState::Failed | RunState::Lost => look.error,
        RunState::Paused | RunState::Stopped => look.warn,
        RunState::Queued => look.muted,
    }
}

/// More about the row under the cursor than the table has room for.
fn detail(row: &Row, runs: &[RunRecord], look: &Look) -> Line<'static> {
    match row {
        Row::Run { id, index, .. } => {
            let reason = runs.get(*index).and_then(|r| r.status.reason.as_deref());
            let sweep = runs.get(*index).map_or("", |r| &r.meta.sweep);
            let mut spans = vec![
                Span::styled(clean(id), look.text),
                Span::styled(format!("  sweep {}", clean(sweep)), look.muted),
            ];
            if let Some(reason) = reason {
                spans.push(Span::styled(format!("  {}", clean(reason)), look.error));
            }
            Line::from(spans)
        }
        Row::Group {
            title,
            ids,
            counted,
            choice,
            pooled,
            ..
        } => {
            let mut spans = vec![
                Span::styled(clean(title), look.text),
                Span::styled(format!("  {} runs, {counted} count", ids.len()), look.muted),
            ];
            if let Some(choice) = choice {
                spans.push(Span::styled(format!("  {}", clean(choice)), look.text));
            }
            if !pooled.is_empty() {
                let text = format!("  {} averages over {}", look.signs.mixed, pooled.join(", "));
                spans.push(Span::styled(text, look.warn));
            }
            Line::from(spans)
        }
    }
}

fn places(state: &State, area: Rect) -> TableLayout {
    let widths = state.derived.widths.iter();
    let columns: Vec<TableColumn> = widths
        .map(|width| TableColumn {
            title: String::new(),
            width: *width,
            right: false,
        })
        .collect();
    layout(
        &columns,
        state.cursor.1,
        state.derived.rows.len(),
        state.cursor.0,
        LEAD,
        area,
    )
}

pub(super) fn hit(state: &State, area: Rect, at: Position) -> Option<Hit> {
    let places = places(state, area);
    let head = places.head(at.x, at.y).map(Hit::Head);
    head.or_else(|| places.row(at.y).map(Hit::Row))
}
