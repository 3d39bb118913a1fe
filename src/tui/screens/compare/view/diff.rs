//! What marked runs differ in.

use crate::store::RunRecord;
use crate::tui::screens::compare::click::Hit;
use crate::tui::screens::compare::diff::{DiffTable, table};
use crate::tui::screens::compare::look::Look;
use crate::tui::screens::compare::names::labels;
use crate::tui::screens::compare::rows::clean;
use crate::tui::screens::compare::state::State;
use crate::tui::widgets::table::{TableColumn, TableRow, TableStyle, VirtualTable, layout};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

const LEAD: u16 = 1;

fn columns(table: &DiffTable) -> Vec<TableColumn> {
    let width = |texts: &mut dyn Iterator<Item = &str>| texts.map(|t| t.width()).max().unwrap_or(0);
    let rows: Vec<_> = table.rows().collect();
    let first = width(&mut rows.iter().map(|r| r.0));
    let mut columns = vec![TableColumn {
        title: "field".into(),
        width: first.max(5) as u16 + 1,
        right: false,
    }];
    for (index, head) in table.heads.iter().enumerate() {
        let mut texts = rows
            .iter()
            .filter_map(|r| r.1.get(index).map(String::as_str));
        columns.push(TableColumn {
            title: head.clone(),
            width: width(&mut texts).max(head.width()) as u16 + 1,
            right: false,
        });
    }
    columns
}

pub(super) fn draw(
    frame: &mut Frame,
    area: Rect,
    state: &State,
    runs: &[RunRecord],
    look: &Look,
) -> Line<'static> {
    let marked = state.marked_runs(runs);
    if marked.is_empty() {
        let text = "Mark runs with space in the Runs view; their differences show here.";
        frame.render_widget(Line::styled(text, look.muted), area);
        return Line::default();
    }
    let table = table(state, runs);
    let columns = columns(&table);
    let rows: Vec<_> = table.rows().collect();
    let config = table.config.len();
    let widget = VirtualTable {
        columns: &columns,
        column: state.diff_cursor.1,
        rows: rows.len(),
        cursor: state.diff_cursor.0.min(rows.len().saturating_sub(1)),
        lead: LEAD,
        row: |i| {
            let (name, values) = rows.get(i).copied().unwrap_or_default();
            TableRow {
                lead: String::new(),
                cells: std::iter::once(name.to_owned())
                    .chain(values.iter().cloned())
                    .collect(),
                style: if i < config { look.text } else { look.good },
                accents: vec![(0, look.muted)],
            }
        },
        style: TableStyle {
            head: look.head,
            head_on: look.accent,
            cursor: look.cursor,
            pointer: look.signs.pointer,
        },
    };
    frame.render_widget(widget, area);
    let at = state.diff_cursor.1.saturating_sub(1).min(marked.len() - 1);
    let mut spans = vec![
        Span::styled(format!("{}  ", table.heads[at]), look.accent),
        Span::styled(clean(&marked[at].id), look.text),
    ];
    if marked.len() > 1 && config == 0 {
        spans.push(Span::styled("  the specs are equal", look.muted));
    } else if marked.len() > 1 {
        spans.push(Span::styled(
            format!("  {}", labels(&marked)[at]),
            look.muted,
        ));
    }
    Line::from(spans)
}

pub(super) fn hit(state: &State, runs: &[RunRecord], area: Rect, at: Position) -> Option<Hit> {
    let table = table(state, runs);
    let count = table.rows().count();
    let cursor = state.diff_cursor.0.min(count.saturating_sub(1));
    let places = layout(
        &columns(&table),
        state.diff_cursor.1,
        count,
        cursor,
        LEAD,
        area,
    );
    places.row(at.y).map(Hit::DiffRow)
}
