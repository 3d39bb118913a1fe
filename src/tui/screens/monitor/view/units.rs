//! Action Units by treatment: the runs of the same sweep at the same noise, as far as they are.

use crate::compare::{Images, Pivot, Scope, Value, axis_field, key_field, metric_field, pivot};
use crate::spec::Cell;
use crate::store::RunRecord;
use crate::tui::theme::Theme;
use crate::tui::widgets::pivot_map::PivotMap;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// Lines of charts that are left where the table stands below them.
const CHARTS: u16 = 14;

/// F1 of each unit under each treatment.
fn table(run: &RunRecord, runs: &[RunRecord]) -> Option<Pivot> {
    let own = &run.spec;
    let alike = |other: &&RunRecord| {
        other.meta.sweep == run.meta.sweep
            && other.spec.data == own.data
            && other.spec.noise == own.noise
    };
    let units = axis_field("unit").ok()?;
    let treatment = key_field("treatment").ok()?;
    let f1 = metric_field("f1_last").ok()?;
    Some(pivot(
        runs.iter().filter(alike),
        units,
        treatment,
        f1,
        Scope::All,
    ))
}

/// Draws the table, all of them together and the run's own treatment in view, or what stands `back`
/// lines before.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    run: &RunRecord,
    runs: &[RunRecord],
    back: usize,
    theme: &Theme,
) {
    let Some(table) = table(run, runs) else {
        return;
    };
    let [head, rest] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let synthetic = match table.images() {
        Images::Real => "",
        _ => " synthetic",
    };
    let rate = 100.0 * run.spec.noise.rate;
    let title = Line::from(vec![
        Span::styled("F1 of each unit [%]", theme.look.head),
        Span::styled(synthetic, theme.look.warn),
        Span::styled(
            format!(" at {rate:.0} % noise, over seeds and folds so far"),
            theme.look.muted,
        ),
        Span::styled(
            match table.pooled().join(", ") {
                fields if fields.is_empty() => String::new(),
                fields => format!(", and {fields}"),
            },
            theme.look.warn,
        ),
    ]);
    frame.render_widget(title, head);
    let own = Cell::of(&run.spec);
    let own = Value::Treatment(own.quantizer, own.bits, own.method.name());
    let column = table.col_values.iter().position(|v| *v == own).unwrap_or(0);
    let map = PivotMap::of(&table);
    let row = table.row_values.len().saturating_sub(1 + back);
    frame.render_widget(map.map((row, column), &theme.look), rest);
}

/// Draws the table in the lower part of the place of a run's charts, where the run has units and there
/// is room; gives back what is left for the charts.
pub fn beside(
    frame: &mut Frame,
    area: Rect,
    run: &RunRecord,
    runs: &[RunRecord],
    theme: &Theme,
) -> Rect {
    let units = run.spec.data.set.units().len() as u16;
    // Title, heads and the mean besides the units.
    let lines = units + 3;
    if units == 0 || area.height < lines + CHARTS {
        return area;
    }
    let [charts, _, table] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(lines),
    ])
    .areas(area);
    draw(frame, table, run, runs, 0, theme);
    charts
}
