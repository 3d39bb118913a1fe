//! The table of runs: its columns, and which of them there is room for.

use super::super::figures::{self, count, percent, time};
use super::super::state::{Order, State};
use crate::store::{EpochMetrics, RunRecord, State as RunState};
use crate::tui::app::App;
use crate::tui::theme::Theme;
use crate::tui::widgets::table::{
    TableColumn, TableLayout, TableRow, TableStyle, VirtualTable, layout,
};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Width of what stands before the columns: pointer and mark.
const LEAD: u16 = 2;

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    State,
    Data,
    Model,
    Noise,
    Bits,
    Method,
    Seed,
    Progress,
    Epoch,
    Loss,
    Accuracy,
    F1,
    Spark,
    Memorised,
    Speed,
    Left,
    Device,
}

/// Columns from left to right: head, width, and rank: the highest go first where room is short.
const COLUMNS: &[(What, &str, u16, u8)] = &[
    (What::State, "state", 10, 0),
    (What::Data, "data", 13, 13),
    (What::Model, "model", 8, 11),
    (What::Noise, "noise", 5, 2),
    (What::Bits, "bits", 5, 1),
    (What::Method, "method", 8, 3),
    (What::Seed, "seed", 4, 10),
    (What::Progress, "done", 6, 7),
    (What::Epoch, "epoch", 7, 5),
    (What::Loss, "loss", 6, 8),
    (What::Accuracy, "acc %", 5, 1),
    (What::F1, "F1 %", 5, 1),
    (What::Spark, "trend", 8, 6),
    (What::Memorised, "mem %", 5, 2),
    (What::Speed, "img/s", 6, 9),
    (What::Left, "left", 6, 4),
    (What::Device, "device", 18, 14),
];

/// The columns that fit, the most important ones at any rate; that of F1 where any run has `units`.
fn columns(width: u16, units: bool) -> Vec<&'static (What, &'static str, u16, u8)> {
    let wanted = COLUMNS.iter().filter(|c| units || c.0 != What::F1);
    let mut shown: Vec<_> = wanted.collect();
    let used = |shown: &[&(What, &str, u16, u8)]| -> u16 {
        LEAD + shown.iter().map(|c| c.2 + 1).sum::<u16>()
    };
    while used(&shown) > width + 1 && shown.len() > 3 {
        let rank = shown.iter().map(|c| c.3).max();
        shown.retain(|c| Some(c.3) != rank);
    }
    shown
}

/// What the table of this width has no room for, in words.
pub fn left_out(run: &RunRecord, width: u16, units: bool, theme: &Theme) -> Vec<String> {
    let shown = columns(width, units);
    let dropped = COLUMNS.iter().filter(|c| !shown.contains(c));
    dropped
        .map(|c| (c.1, text(c.0, run, &[], theme)))
        .filter(|(_, value)| !value.is_empty() && value != theme.look.signs.none)
        .map(|(name, value)| format!("{name} {value}"))
        .collect()
}

fn heads(width: u16, units: bool) -> Vec<TableColumn> {
    let right = |what: What| {
        !matches!(
            what,
            What::State
                | What::Data
                | What::Model
                | What::Bits
                | What::Method
                | What::Progress
                | What::Spark
                | What::Device
        )
    };
    columns(width, units)
        .into_iter()
        .map(|(what, title, width, _)| TableColumn {
            title: (*title).into(),
            width: *width,
            right: right(*what),
        })
        .collect()
}

/// Where rows are.
pub fn places(state: &State, area: Rect) -> TableLayout {
    let heads = heads(area.width, state.units);
    layout(&heads, 0, state.rows.len(), state.cursor, LEAD, area)
}

/// Draws the table.
pub fn draw(frame: &mut Frame, area: Rect, app: &App, theme: &Theme) {
    let state = &app.monitor;
    let look = &theme.look;
    let shown = columns(area.width, state.units);
    let heads = heads(area.width, state.units);
    let sorted = match state.order {
        Order::Queue => None,
        Order::State => Some(What::State),
        Order::Accuracy if state.units => Some(What::F1),
        Order::Accuracy => Some(What::Accuracy),
        Order::Memorised => Some(What::Memorised),
    };
    let column = shown.iter().position(|c| Some(c.0) == sorted);
    let row = |index: usize| {
        let Some(run) = state.rows.get(index).and_then(|i| app.runs.get(*i)) else {
            return TableRow::default();
        };
        let history = app.histories.get(&run.id).map_or(&[][..], Vec::as_slice);
        let cell = |c: &&(What, &str, u16, u8)| text(c.0, run, history, theme);
        let accents = shown.iter().enumerate();
        TableRow {
            lead: if state.marked.contains(&run.id) {
                look.signs.marked.into()
            } else {
                String::new()
            },
            cells: shown.iter().map(cell).collect(),
            style: if run.state == RunState::Queued {
                look.muted
            } else {
                look.text
            },
            accents: accents
                .filter_map(|(i, c)| Some((i, accent(c.0, run, theme)?)))
                .collect(),
        }
    };
    frame.render_widget(
        VirtualTable {
            columns: &heads,
            column: column.unwrap_or(usize::MAX),
            rows: state.rows.len(),
            cursor: state.cursor,
            lead: LEAD,
            row,
            style: TableStyle {
                head: look.muted,
                head_on: look.accent,
                cursor: look.cursor,
                pointer: look.signs.pointer,
            },
        },
        area,
    );
}

/// The look of a state.
pub fn state_style(state: RunState, theme: &Theme) -> Style {
    let look = &theme.look;
    match state {
        RunState::Running => look.accent,
        RunState::Paused | RunState::Stopped => look.warn,
        RunState::Finished => look.good,
        RunState::Failed | RunState::Lost => look.error,
        RunState::Queued => look.muted,
    }
}

fn accent(what: What, run: &RunRecord, theme: &Theme) -> Option<Style> {
    match what {
        What::State | What::Progress => Some(state_style(run.state, theme)),
        What::Spark => Some(theme.info),
        What::Device | What::Speed | What::Seed => Some(theme.look.muted),
        _ => None,
    }
}

fn text(what: What, run: &RunRecord, history: &[EpochMetrics], theme: &Theme) -> String {
    let none = || theme.look.signs.none.to_string();
    let or = |value: Option<String>| value.unwrap_or_else(none);
    let (spec, status) = (&run.spec, &run.status);
    let last = status.last_epoch.as_ref();
    match what {
        What::State => format!("{} {}", theme.glyphs.state(run.state), run.state),
        What::Data => spec.data.set.to_string(),
        What::Model => spec.model.name.to_string(),
        What::Noise => format!("{}%", shorten(100.0 * spec.noise.rate)),
        What::Bits => spec.bits().to_string(),
        What::Method => match spec.method.name() {
            crate::spec::MethodName::None => none(),
            name => short_method(name).into(),
        },
        What::Seed => match spec.train.fold {
            Some(fold) => format!("{} f{fold}", spec.train.seed),
            None => spec.train.seed.to_string(),
        },
        What::Progress => theme.glyphs.progress(figures::progress(run), 6),
        What::Epoch => format!("{}/{}", status.epoch, status.epochs),
        What::Loss => or(figures::loss(run).map(|l| format!("{l:.3}"))),
        What::Accuracy => or(last.map(|e| percent(e.test_acc))),
        What::F1 => or(last.and_then(|e| e.f1).map(percent)),
        What::Spark => {
            let score = |e: &EpochMetrics| e.f1.unwrap_or(e.test_acc);
            let values: Vec<f64> = history.iter().map(score).collect();
            theme.glyphs.sparkline(&values, 8)
        }
        What::Memorised => or(last.and_then(|e| e.memorised).map(percent)),
        What::Speed => or(figures::speed(run).map(count)),
        What::Left => match run.state {
            RunState::Finished => String::new(),
            _ => or(figures::left(run).map(time)),
        },
        What::Device => or(status.device.as_deref().map(crate::store::clean)),
    }
}

/// A number without zeros that say nothing.
fn shorten(x: f64) -> String {
    let text = format!("{x:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

fn short_method(name: crate::spec::MethodName) -> &'static str {
    use crate::spec::MethodName as M;
    match name {
        M::EarlyStopping => "early",
        M::WeightDecay => "w. decay",
        M::LabelSmoothing => "smooth",
        M::CoTeaching => "co-teach",
        M::PruneChannels => "channels",
        M::PruneWeights => "prune",
        M::Distillation => "distil",
        M::WeightNoise => "w. noise",
        M::Bootstrap => "bootstr.",
        M::RobinHood => "robin h.",
        other => other.as_str(),
    }
}
