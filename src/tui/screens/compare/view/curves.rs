//! Curves of several runs in one chart.

use crate::compare::Images;
use crate::tui::screens::compare::look::Look;
use crate::tui::screens::compare::metrics::CURVE_METRICS;
use crate::tui::screens::compare::state::State;
use crate::tui::widgets::curves::{Curves, CurvesStyle, MAX_SERIES, Series};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::text::{Line, Span};

pub(super) fn draw(frame: &mut Frame, area: Rect, state: &State, look: &Look) -> Line<'static> {
    let shown = &state.derived.curves;
    if shown.is_empty() {
        let text = "No run that fits the filter has finished an epoch yet.";
        frame.render_widget(Line::styled(text, look.muted), area);
        return Line::default();
    }
    let metric = CURVE_METRICS[state.curve_metric.min(CURVE_METRICS.len() - 1)];
    let what = match (state.marked.is_empty(), state.marked.len() > MAX_SERIES) {
        (true, _) => format!("the {} best runs (none is marked)", shown.len()),
        (false, true) => format!(
            "the first {MAX_SERIES} of {} marked runs",
            state.marked.len()
        ),
        (false, false) => format!("{} marked runs", shown.len()),
    };
    let title = Line::from(vec![
        Span::styled(metric.label, look.accent),
        Span::styled(
            match state.derived.images {
                Images::Real => "",
                Images::Synthetic => " synthetic",
                Images::Both => " partly synthetic",
            },
            look.warn,
        ),
        Span::styled(format!(": {what}"), look.text),
    ]);
    frame.render_widget(
        title,
        Rect {
            height: area.height.min(1),
            ..area
        },
    );
    let area = Rect {
        y: area.y + area.height.min(1),
        height: area.height.saturating_sub(1),
        ..area
    };
    let mut waiting = 0;
    let series: Vec<Series> = shown
        .iter()
        .enumerate()
        .map(|(index, (id, name))| {
            let history = state.histories.get(id);
            waiting += usize::from(history.is_none());
            let points = history.into_iter().flatten();
            Series {
                name: name.clone(),
                points: points
                    .filter_map(|e| Some((e.epoch as f64, (metric.get)(e)?)))
                    .collect(),
                color: match look.series.len() {
                    0 => Color::Reset,
                    n => look.series[index % n],
                },
            }
        })
        .collect();
    let chart = Curves {
        series: &series,
        x_label: "epoch",
        percent: metric.percent,
        empty: if waiting > 0 {
            "reading…"
        } else {
            "These runs have no such figure."
        },
        style: CurvesStyle {
            axis: look.muted,
            text: look.text,
            marker: look.signs.marker,
            lines: look.signs.lines,
        },
    };
    frame.render_widget(chart, area);
    if waiting > 0 {
        Line::styled(format!("reading {waiting} histories…"), look.muted)
    } else {
        Line::default()
    }
}
