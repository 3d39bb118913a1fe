//! The pivot as a heat map.

use crate::compare::{Better, Images, Pivot};
use crate::tui::screens::compare::click::Hit;
use crate::tui::screens::compare::look::Look;
use crate::tui::screens::compare::rows::clean;
use crate::tui::screens::compare::state::State;
use crate::tui::text::plural;
use crate::tui::widgets::pivot_map::PivotMap;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

/// Room for the title above the map.
fn below_title(area: Rect) -> Rect {
    let height = area.height.min(2);
    Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    }
}

pub(super) fn draw(frame: &mut Frame, area: Rect, state: &State, look: &Look) -> Line<'static> {
    let Some(pivot) = state
        .derived
        .pivot
        .as_ref()
        .filter(|p| !p.row_values.is_empty())
    else {
        frame.render_widget(Line::styled("No run fits the filter.", look.muted), area);
        return Line::default();
    };
    let title = Line::from(vec![
        Span::styled(pivot.metric.heading(), look.accent),
        Span::styled(
            match pivot.images() {
                Images::Real => "",
                Images::Synthetic => " synthetic",
                Images::Both => " partly synthetic",
            },
            look.warn,
        ),
        Span::styled(
            format!(": {} down, {} across", pivot.rows.name, pivot.cols.name),
            look.text,
        ),
        Span::styled(legend(pivot, look), look.muted),
    ]);
    frame.render_widget(
        title,
        Rect {
            height: area.height.min(1),
            ..area
        },
    );
    let map = PivotMap::of(pivot);
    frame.render_widget(map.map(state.pivot_cursor, look), below_title(area));
    detail(pivot, state, look)
}

fn legend(pivot: &Pivot, look: &Look) -> String {
    let best = match pivot.metric.better {
        Better::Higher => format!("   {} highest", look.signs.best),
        Better::Lower => format!("   {} lowest", look.signs.best),
        Better::Neither => String::new(),
    };
    format!("   mean ± std{best}")
}

/// What the cell under the cursor holds, and what should be known before it is believed.
fn detail(pivot: &Pivot, state: &State, look: &Look) -> Line<'static> {
    let (row, column) = state.pivot_cursor;
    let cell = pivot.cells.get(row).and_then(|r| r.get(column));
    let mut spans = Vec::new();
    if let Some(Some(cell)) = cell {
        let mut text = plural(cell.ids.len(), "run");
        if let Some(choice) = &cell.choice {
            text.push_str(&format!(", {}", clean(&choice.to_string())));
        }
        if cell.pending > 0 {
            text.push_str(&format!(", {} unfinished", cell.pending));
        }
        if let (Some(stat), Some(control)) = (cell.stat, control(pivot, row)) {
            let difference = stat.mean - control;
            if difference != 0.0 {
                let sign = if difference > 0.0 { "+" } else { "−" };
                let size = pivot.metric.plain(difference.abs());
                text.push_str(&format!(", {sign}{size} against fp32"));
            }
        }
        spans.push(Span::styled(text, look.text));
        if !cell.pooled.is_empty() {
            let text = format!(
                "  {} averages over {}",
                look.signs.mixed,
                cell.pooled.join(", ")
            );
            spans.push(Span::styled(clean(&text), look.warn));
        }
    } else {
        spans.push(Span::styled("no runs here", look.muted));
    }
    let pooled = pivot.pooled();
    if !pooled.is_empty() && spans.len() < 2 {
        let text = format!(
            "  {} other cells average over {}",
            look.signs.mixed,
            pooled.join(", ")
        );
        spans.push(Span::styled(clean(&text), look.warn));
    }
    Line::from(spans)
}

/// The row's mean at full precision.
fn control(pivot: &Pivot, row: usize) -> Option<f64> {
    let column = pivot
        .col_values
        .iter()
        .position(|v| pivot.cols.format(v) == "fp32")?;
    Some(pivot.cells.get(row)?.get(column)?.as_ref()?.stat?.mean)
}

pub(super) fn hit(state: &State, area: Rect, at: Position) -> Option<Hit> {
    let map = PivotMap::of(state.derived.pivot.as_ref()?);
    let map = map.bare(state.pivot_cursor);
    let (row, column) = map.layout(below_title(area)).cell(at.x, at.y)?;
    Some(Hit::Cell(row, column))
}
