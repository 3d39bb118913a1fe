//! What is shown of the run under the cursor: charts, log, configuration.

use super::super::state::State;
use crate::store::{EpochMetrics, RunRecord, clean};
use crate::tui::text::cut;
use crate::tui::theme::Theme;
use crate::tui::widgets::curves::{Curves, CurvesStyle, Series};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

type Value = fn(&EpochMetrics) -> Option<f64>;

/// A chart: title, whether it shows shares, and its curves.
struct Chart {
    title: &'static str,
    percent: bool,
    curves: &'static [(&'static str, Value)],
}

const ACCURACY: Chart = Chart {
    title: "test accuracy",
    percent: true,
    curves: &[("", |e| Some(e.test_acc))],
};
const F1: Chart = Chart {
    title: "test F1",
    percent: true,
    curves: &[("", |e| e.f1)],
};
const MEMORISED: Chart = Chart {
    title: "memorised share",
    percent: true,
    curves: &[("", |e| e.memorised)],
};
const LOSS: Chart = Chart {
    title: "loss",
    percent: false,
    curves: &[
        ("training", |e| Some(e.train_loss)),
        ("test", |e| Some(e.test_loss)),
    ],
};

/// The charts of a run, the most telling one first.
fn charts_of(run: &RunRecord) -> [Chart; 3] {
    let score = if run.spec.data.set.has_units() {
        F1
    } else {
        ACCURACY
    };
    [score, MEMORISED, LOSS]
}

/// Width below which a chart is not worth its place.
const NARROW: u16 = 24;
/// Height below which a legend would leave no room for the curves.
const SHORT: u16 = 11;
/// Between two charts side by side.
const GAP: u16 = 2;

/// Draws the charts side by side, as many as there is room for, or one below the other.
pub fn charts(
    frame: &mut Frame,
    area: Rect,
    run: &RunRecord,
    history: &[EpochMetrics],
    stacked: bool,
    theme: &Theme,
) {
    let all = charts_of(run);
    let places = if stacked {
        let fit = usize::from(area.height / 7).clamp(1, all.len());
        Layout::vertical(vec![Constraint::Fill(1); fit]).split(area)
    } else {
        let fit = usize::from((area.width + GAP) / (NARROW + GAP)).clamp(1, all.len());
        Layout::horizontal(vec![Constraint::Fill(1); fit])
            .spacing(GAP)
            .split(area)
    };
    let clean_run = run.spec.noise.rate == 0.0;
    for (i, (chart, place)) in all.iter().zip(places.iter()).enumerate() {
        let [title, rest] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(*place);
        let short = place.height < SHORT;
        let color = |n: usize| {
            let colors = &theme.look.series;
            colors[(i + n) % colors.len().max(1)]
        };
        let series: Vec<Series> = chart
            .curves
            .iter()
            .enumerate()
            .map(|(n, (name, value))| Series {
                // Names make a legend below the chart.
                name: if short { String::new() } else { (*name).into() },
                points: history
                    .iter()
                    .filter_map(|e| Some((e.epoch as f64, value(e)?)))
                    .collect(),
                color: color(n),
            })
            .collect();
        let mut head = vec![Span::styled(chart.title, theme.look.head)];
        for (n, series) in series.iter().enumerate().take(if short { 2 } else { 1 }) {
            let Some((_, value)) = series.points.last() else {
                continue;
            };
            let text = match (chart.percent, n) {
                (true, _) => format!(" {:.1} %", 100.0 * value),
                (false, 0) => format!(" {value:.3}"),
                (false, _) => format!(" {} {value:.3}", chart.curves[n].0),
            };
            head.push(Span::styled(text, theme.look.text.fg(series.color)));
        }
        frame.render_widget(Line::from(head), title);
        let empty = match chart.title {
            "memorised share" if clean_run => "no label of this run is wrong",
            _ => "nothing measured yet",
        };
        frame.render_widget(
            Curves {
                series: &series,
                x_label: "epoch",
                percent: chart.percent,
                empty,
                style: CurvesStyle {
                    axis: theme.look.muted,
                    text: theme.look.muted,
                    marker: theme.look.signs.marker,
                    lines: theme.look.signs.lines,
                },
            },
            rest,
        );
    }
}

/// Draws the end of the log, or what came before it.
pub fn log(frame: &mut Frame, area: Rect, state: &State, run: &RunRecord, theme: &Theme) {
    let lines: &[String] = if state.log.0 == run.id {
        &state.log.1
    } else {
        &[]
    };
    if lines.is_empty() {
        let text = "nothing logged yet";
        frame.render_widget(Line::styled(text, theme.look.muted), area);
        return;
    }
    let end = lines.len().saturating_sub(state.back).max(1);
    let shown: Vec<Line> = lines[end.saturating_sub(usize::from(area.height))..end]
        .iter()
        .map(|l| cut(&clean(l), area.width.into(), theme.glyphs.ellipsis))
        .map(|l| Line::styled(l, theme.look.text))
        .collect();
    frame.render_widget(Paragraph::new(shown), area);
}

/// Draws the configuration.
pub fn config(frame: &mut Frame, area: Rect, run: &RunRecord, theme: &Theme) {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut push = |name: &str, value: String| pairs.push((name.into(), clean(&value)));
    push("run", run.id.clone());
    push("sweep", run.meta.sweep.clone());
    let text = toml::to_string(&run.spec).unwrap_or_default();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, value)) = line.split_once(" = ") {
            push(&format!("{section}{key}"), value.replace('"', ""));
        }
    }
    if let Some(noise) = &run.status.noise {
        push("noise drawn", format!("{:.4}", noise.actual_rate));
    }
    if let (Some(bytes), Some(ratio)) = (run.status.model_bytes, run.status.compression_ratio) {
        push("model", format!("{bytes} bytes, {ratio:.1} × smaller"));
    }
    let widest = pairs.iter().map(|p| p.0.len()).max().unwrap_or(0);
    let line = |(name, value): (String, String)| {
        Line::from(vec![
            Span::styled(format!("{name:<widest$}  "), theme.look.muted),
            Span::styled(value, theme.look.text),
        ])
    };
    let lines: Vec<Line> = pairs.into_iter().map(line).collect();
    // Columns of a newspaper, where there is room for several.
    let wide = usize::from(area.width / 56).max(1);
    let height = usize::from(area.height.max(1));
    let columns = lines.len().div_ceil(height).clamp(1, wide);
    let places = Layout::horizontal(vec![Constraint::Fill(1); columns])
        .spacing(1)
        .split(area);
    for (chunk, place) in lines.chunks(height.max(1)).zip(places.iter()) {
        frame.render_widget(Paragraph::new(chunk.to_vec()), *place);
    }
}

/// Draws why a run failed, and gives back the room below.
pub fn reason(frame: &mut Frame, area: Rect, run: &RunRecord, theme: &Theme) -> Rect {
    let Some(reason) = run.status.reason.as_ref().filter(|_| {
        use crate::store::State as S;
        matches!(run.state, S::Failed | S::Lost)
    }) else {
        return area;
    };
    let text = Paragraph::new(clean(reason))
        .style(theme.look.error)
        .wrap(Wrap { trim: true });
    let height = text.line_count(area.width).min(3) as u16;
    let [top, rest] =
        Layout::vertical([Constraint::Length(height), Constraint::Fill(1)]).areas(area);
    frame.render_widget(text, top);
    rest
}
