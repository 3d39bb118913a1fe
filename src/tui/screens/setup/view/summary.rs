//! What the form makes: runs, grid, time, sizes, device.

use super::super::state::State;
use crate::compare;
use crate::plan::{Estimate, Plan};
use crate::spec::{self, BaselinesAt, Experiment, MethodName};
use crate::store::clean;
use crate::tui::text::{cut, plural};
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

/// Columns of the names.
const NAME: usize = 7;

/// Draws the summary; below it, what the field under the cursor is.
pub fn draw(frame: &mut Frame, area: Rect, state: &State, theme: &Theme) {
    let look = &theme.look;
    let help = Paragraph::new(help(state))
        .style(look.muted)
        .wrap(Wrap { trim: true });
    let height = help.line_count(area.width).min(5) as u16;
    let [top, below] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(height)]).areas(area);
    let width = usize::from(area.width);
    let mut lines = match (&state.experiment, &state.plan) {
        (Some(experiment), Some(plan)) => summary(state, experiment, plan, width, theme),
        (None, _) => vec![Line::styled(
            "No preset can be used: p lists them.",
            look.warn,
        )],
        (Some(_), None) => wrong(state, width, theme),
    };
    if let (Some(experiment), Some(_)) = (&state.experiment, &state.plan) {
        let noise = state.noise();
        let drawing = state.drawing.is_some();
        // Ten classes fit into 80 columns if the map may have the margin.
        let noise = noise.map(|n| super::noise::lines(n, drawing, width + 1, theme));
        // Who looks at the noise sees what it does, whatever else has to make room.
        if let Some(noise) = noise.clone().filter(|_| state.field().group == "Noise") {
            lines = noise;
        } else {
            // The grid is spelled out, and the noise drawn, where there is room for all of it.
            let parts = [Some(grid(experiment, width, theme)), noise];
            for part in parts.into_iter().flatten() {
                if lines.len() + part.len() + 2 <= usize::from(top.height) {
                    lines.push(Line::default());
                    lines.extend(part);
                }
            }
        }
    }
    let text = Paragraph::new(lines).wrap(Wrap { trim: false });
    let with_margin = Rect {
        width: top.width + 1,
        ..top
    };
    frame.render_widget(text, with_margin);
    frame.render_widget(help, below);
}

/// What the field under the cursor is, and its choice.
fn help(state: &State) -> String {
    let field = state.field();
    let text = state.text(field);
    let all = super::super::field::choices(field, state.known_devices());
    let chosen = all.iter().find(|c| c.name == text && !c.help.is_empty());
    match chosen {
        Some(choice) if !field.kind.is_list() => {
            format!("{} {}: {}", field.help, text, choice.help)
        }
        _ => field.help.into(),
    }
}

fn wrong(state: &State, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let look = &theme.look;
    let mut lines = vec![
        Line::styled("Put this right to see the plan:", look.warn),
        Line::default(),
    ];
    for (key, reason) in state.wrong() {
        lines.push(Line::styled(key, look.head));
        let options = textwrap::Options::new(width.max(1))
            .initial_indent("  ")
            .subsequent_indent("  ");
        for line in textwrap::wrap(&clean(&reason), options) {
            lines.push(Line::styled(line.into_owned(), look.error));
        }
    }
    lines
}

fn summary(
    state: &State,
    experiment: &Experiment,
    plan: &Plan,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let look = &theme.look;
    let row = |name: &str, text: String| item(name, &text, look.text, width, theme);
    let mut runs = vec![
        Span::styled(format!("{:<NAME$}", "runs"), look.muted),
        Span::styled(plan.runs.to_string(), look.accent),
    ];
    if plan.existing > 0 {
        let text = format!(", {} exist, not repeated", plan.existing);
        runs.push(Span::styled(text, look.good));
    }
    if plan.to_resume > 0 {
        let text = format!(", {} go on", plan.to_resume);
        runs.push(Span::styled(text, look.warn));
    }
    let mut lines = vec![Line::from(runs)];
    let times = if theme.glyphs.dot == "-" { "x" } else { "×" };
    lines.extend(row(
        "grid",
        format!(
            "{} {times} {} {times} {}",
            plural(experiment.noise.rates.len(), "rate"),
            plural(spec::cells(experiment).len(), "cell"),
            plural(experiment.train.seeds.len(), "seed"),
        ),
    ));
    let others: Vec<&str> = experiment
        .method
        .names
        .iter()
        .filter(|n| **n != MethodName::None)
        .map(|n| n.as_str())
        .collect();
    if !others.is_empty() {
        let at = match experiment.method.at {
            BaselinesAt::All => "at all bits",
            BaselinesAt::Fp32 => "at fp32",
        };
        lines.extend(row("", format!("{} {at}", others.join(", "))));
    }
    if plan.control_added {
        lines.extend(row("", "fp32 added as the control".into()));
    }
    for words in spec::left_out(experiment) {
        lines.extend(row("", words));
    }
    lines.extend(time(state, plan, width, theme));
    lines.extend(device(state, experiment, width, theme));
    lines.push(Line::default());
    let names = plan.sizes.iter().map(|(name, _)| name.width());
    let most = width.saturating_sub(22).max(8);
    let widest = names.max().unwrap_or(0).clamp(8, most);
    let head = format!("{:<widest$}  model size   smaller", "bits");
    lines.push(Line::styled(head, look.head));
    for (name, size) in &plan.sizes {
        let name = cut(name, widest, theme.glyphs.ellipsis);
        let ratio = size.full_precision_bytes as f64 / size.bytes.max(1) as f64;
        lines.push(Line::from(vec![
            Span::styled(format!("{name:<widest$}"), look.text),
            Span::styled(
                format!("{:>12}", compare::bytes(size.bytes as f64)),
                look.text,
            ),
            Span::styled(format!("{ratio:>8.1} {times}"), theme.info),
        ]));
    }
    lines
}

/// The grid, cell by cell: treatments down, noise rates across, seeds in each.
fn grid(experiment: &Experiment, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let look = &theme.look;
    let seeds = experiment.train.seeds.len();
    let fit = (width.saturating_sub(24) / 7).max(1);
    let rates: Vec<f64> = experiment.noise.rates.iter().copied().take(fit).collect();
    let head: String = rates
        .iter()
        .map(|r| format!("{:>7}", format!("{:.0} %", 100.0 * r)))
        .collect();
    let mut lines = vec![Line::styled(
        format!("{:<22}{head}", "runs at noise"),
        look.head,
    )];
    let all = spec::cells(experiment);
    for cell in &all {
        // Settings are told where there is more than one of them.
        let alike = |c: &&spec::Cell| c.label() == cell.label();
        let name = match all.iter().filter(alike).count() {
            1 => cell.label(),
            _ => format!("{} {}", cell.label(), cell.method.settings()),
        };
        let cells = format!("{seeds:>7}").repeat(rates.len());
        lines.push(Line::from(vec![
            Span::styled(format!("{name:<22}"), look.text),
            Span::styled(cells, theme.info),
        ]));
    }
    lines
}

/// A name and what belongs to it, wrapped beside the name.
fn item(name: &str, text: &str, style: Style, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let room = width.saturating_sub(NAME).max(1);
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    textwrap::wrap(text, room)
        .iter()
        .zip(names)
        .map(|(text, name)| {
            Line::from(vec![
                Span::styled(format!("{name:<NAME$}"), theme.look.muted),
                Span::styled(text.to_string(), style),
            ])
        })
        .collect()
}

fn time(state: &State, plan: &Plan, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let look = &theme.look;
    let line = |text: String, style| item("time", &text, style, width, theme);
    match &plan.estimate {
        Estimate::Nothing => line("nothing is left to train".into(), look.good),
        Estimate::Measured { seconds, by } => {
            let mut lines = line(format!("about {}", compare::seconds(*seconds)), look.accent);
            let by = format!("measured here, by {}", clean(by));
            lines.extend(item("", &by, look.muted, width, theme));
            lines
        }
        Estimate::Unmeasured { needs } => {
            let text = if state.measuring.is_some() {
                "measuring this machine".to_string() + theme.glyphs.ellipsis
            } else if let Some(error) = &state.measure_error {
                format!("not known: {}", clean(error))
            } else if state.tried.contains(&needs.args) {
                // It ended a moment ago and is about to be read.
                format!("reading the measurement{}", theme.glyphs.ellipsis)
            } else {
                "measured when nothing trains".into()
            };
            line(text, look.warn)
        }
    }
}

fn device(
    state: &State,
    experiment: &Experiment,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let look = &theme.look;
    let choice = experiment.train.device.to_string();
    let (text, style) = match &state.devices {
        None => (choice, look.text),
        Some(Err(error)) => (format!("{choice} ({})", clean(error)), look.warn),
        Some(Ok(devices)) => {
            let found = match choice.as_str() {
                "auto" => devices
                    .iter()
                    .find(|d| d.kind.ends_with("gpu"))
                    .or_else(|| devices.iter().find(|d| d.id == "cpu")),
                "wgpu" => devices.iter().find(|d| d.id.starts_with("wgpu")),
                id => devices.iter().find(|d| d.id == id),
            };
            match found {
                Some(d) => (format!("{}: {}", clean(&d.id), clean(&d.name)), look.text),
                None => (format!("{choice}: not found here"), look.warn),
            }
        }
    };
    item("device", &text, style, width, theme)
}
