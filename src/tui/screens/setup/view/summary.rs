//! What the form makes: runs, grid, time, sizes, device.

use super::super::state::State;
use crate::plan::{Estimate, Plan};
use crate::spec::{self, BaselinesAt, Experiment, MethodName};
use crate::store::clean;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

/// Draws the summary; below it, what the field under the cursor is.
pub fn draw(frame: &mut Frame, area: Rect, state: &State, theme: &Theme) {
    let look = &theme.look;
    let help = Paragraph::new(help(state))
        .style(look.muted)
        .wrap(Wrap { trim: true });
    let height = help.line_count(area.width).min(5) as u16;
    let [top, below] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(height)]).areas(area);
    let lines = match (&state.experiment, &state.plan) {
        (Some(experiment), Some(plan)) => summary(state, experiment, plan, theme),
        (None, _) => vec![Line::styled(
            "No preset can be used: p lists them.",
            look.warn,
        )],
        (Some(_), None) => wrong(state, theme),
    };
    let mut lines = lines;
    if let (Some(experiment), Some(_)) = (&state.experiment, &state.plan) {
        let grid = grid(experiment, usize::from(area.width), theme);
        // The grid is spelled out where there is room for all of it.
        if lines.len() + grid.len() + 2 <= usize::from(top.height) {
            lines.push(Line::default());
            lines.extend(grid);
        }
    }
    let text = Paragraph::new(lines).wrap(Wrap { trim: false });
    frame.render_widget(text, top);
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

fn wrong(state: &State, theme: &Theme) -> Vec<Line<'static>> {
    let look = &theme.look;
    let mut lines = vec![
        Line::styled("Put this right to see the plan:", look.warn),
        Line::default(),
    ];
    for (key, reason) in state.wrong() {
        lines.push(Line::styled(key, look.head));
        lines.push(Line::styled(format!("  {}", clean(&reason)), look.error));
    }
    lines
}

fn summary(
    state: &State,
    experiment: &Experiment,
    plan: &Plan,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let look = &theme.look;
    let row = |name: &str, text: String| {
        Line::from(vec![
            Span::styled(format!("{name:<7}"), look.muted),
            Span::styled(text, look.text),
        ])
    };
    let mut runs = vec![
        Span::styled(format!("{:<7}", "runs"), look.muted),
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
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let times = if theme.glyphs.dot == "-" { "x" } else { "×" };
    lines.push(row(
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
        lines.push(row("", format!("{} {at}", others.join(", "))));
    }
    if plan.control_added {
        lines.push(row("", "fp32 added as the control".into()));
    }
    lines.extend(time(state, plan, theme));
    lines.push(device(state, experiment, theme));
    lines.push(Line::default());
    lines.push(Line::styled("bits      model size   smaller", look.head));
    for (bits, size) in &plan.sizes {
        let ratio = size.full_precision_bytes as f64 / size.bytes.max(1) as f64;
        lines.push(Line::from(vec![
            Span::styled(format!("{:<8}", bits.to_string()), look.text),
            Span::styled(format!("{:>12}", bytes(size.bytes)), look.text),
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
    for (method, bits) in spec::cells(experiment) {
        let name = match method {
            MethodName::None => bits.to_string(),
            method => format!("{bits} {method}"),
        };
        let cells = format!("{seeds:>7}").repeat(rates.len());
        lines.push(Line::from(vec![
            Span::styled(format!("{name:<22}"), look.text),
            Span::styled(cells, theme.info),
        ]));
    }
    lines
}

fn time(state: &State, plan: &Plan, theme: &Theme) -> Vec<Line<'static>> {
    let look = &theme.look;
    let name = Span::styled(format!("{:<7}", "time"), look.muted);
    let line = |text: String, style| Line::from(vec![name.clone(), Span::styled(text, style)]);
    match &plan.estimate {
        Estimate::Nothing => vec![line("nothing is left to train".into(), look.good)],
        Estimate::Measured { seconds, by } => {
            let indent = Span::raw(" ".repeat(7));
            let text = format!("about {}, measured here", words(*seconds));
            let by = Span::styled(format!("by {}", clean(by)), look.muted);
            vec![line(text, look.accent), Line::from(vec![indent, by])]
        }
        Estimate::Unmeasured { needs } => {
            let text = if state.measuring.is_some() {
                "measuring this machine".to_string() + theme.glyphs.ellipsis
            } else if let Some(error) = &state.measure_error {
                format!("not known: {}", clean(error))
            } else if state.tried.contains(&needs.args) {
                "not known".into()
            } else {
                "measured when nothing trains".into()
            };
            vec![line(text, look.warn)]
        }
    }
}

fn device(state: &State, experiment: &Experiment, theme: &Theme) -> Line<'static> {
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
    Line::from(vec![
        Span::styled(format!("{:<7}", "device"), look.muted),
        Span::styled(text, style),
    ])
}

fn words(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "a second".into(),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5_400.0 => format!("{:.0} min", s / 60.0),
        s if s < 129_600.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

fn bytes(n: u64) -> String {
    match n as f64 {
        n if n < 1_000.0 => format!("{n:.0} B"),
        n if n < 1e6 => format!("{:.1} kB", n / 1e3),
        n => format!("{:.2} MB", n / 1e6),
    }
}
