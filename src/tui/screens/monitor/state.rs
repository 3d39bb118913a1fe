//! What the Monitor screen knows.

use crate::compare::Filter;
use crate::store::{RunRecord, State as RunState};
use std::collections::BTreeSet;
use tui_input::Input;

/// What is shown of the run under the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Its curves.
    #[default]
    Charts,
    /// Its Action Units beside those of the other treatments.
    Units,
    /// Its log.
    Log,
    /// Its configuration.
    Config,
}

impl Tab {
    /// Those of a run, in order.
    pub fn of(run: Option<&RunRecord>) -> &'static [Self] {
        match run {
            Some(run) if run.spec.data.set.has_units() => {
                &[Self::Charts, Self::Units, Self::Log, Self::Config]
            }
            _ => &[Self::Charts, Self::Log, Self::Config],
        }
    }

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Charts => "Charts",
            Self::Units => "Units",
            Self::Log => "Log",
            Self::Config => "Config",
        }
    }
}

/// What the table is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The order in which runs are trained.
    #[default]
    Queue,
    /// What needs a look first: training, waiting, failed, the rest.
    State,
    /// Best test accuracy, or F1, first.
    Accuracy,
    /// Most memorised first.
    Memorised,
}

impl Order {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Queue, Self::State, Self::Accuracy, Self::Memorised];

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::State => "state",
            Self::Accuracy => "test accuracy or F1",
            Self::Memorised => "memorised",
        }
    }
}

/// The filter as it is typed and as it holds.
#[derive(Clone, Debug, Default)]
pub struct FilterLine {
    /// What is typed.
    pub input: Input,
    /// Whether keys go to it.
    pub editing: bool,
    /// Why what is typed cannot be understood; the last good filter holds then.
    pub error: Option<String>,
    /// The filter that holds.
    pub filter: Filter,
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Row under the cursor.
    pub cursor: usize,
    /// The run under the cursor, which the cursor stays on when rows move.
    pub on: Option<String>,
    /// What is shown of it.
    pub tab: Tab,
    /// What the table is sorted by.
    pub order: Order,
    /// Which runs are shown.
    pub filter: FilterLine,
    /// Marked runs.
    pub marked: BTreeSet<String>,
    /// End of the log of a run.
    pub log: (String, Vec<String>),
    /// Lines between the end of the log, or of the table of units, and what is in view.
    pub back: usize,
    /// Places of the runs shown in the list of all runs; made by [`State::refresh`].
    pub rows: Vec<usize>,
    /// Whether any of them has Action Units.
    pub units: bool,
}

impl State {
    /// Whether typed characters are text rather than keys.
    pub fn typing(&self) -> bool {
        self.filter.editing
    }

    /// Brings the rows up to date; the cursor stays on its run.
    pub fn refresh(&mut self, runs: &[RunRecord]) {
        let filter = &self.filter.filter;
        self.rows = (0..runs.len())
            .filter(|i| filter.matches(&runs[*i]))
            .collect();
        let has_units = |i: &usize| runs[*i].spec.data.set.has_units();
        self.units = self.rows.iter().any(has_units);
        match self.order {
            Order::Queue => {}
            Order::State => self.rows.sort_by_key(|i| urgency(runs[*i].state)),
            Order::Accuracy => sort_down(&mut self.rows, |i| accuracy(&runs[i])),
            Order::Memorised => sort_down(&mut self.rows, |i| {
                let last = runs[i].status.last_epoch.as_ref();
                last.and_then(|e| e.memorised)
            }),
        }
        let ids: BTreeSet<&str> = runs.iter().map(|r| r.id.as_str()).collect();
        self.marked.retain(|id| ids.contains(id.as_str()));
        let place = self
            .on
            .as_ref()
            .and_then(|id| self.rows.iter().position(|i| runs[*i].id == *id));
        self.cursor = place
            .unwrap_or(self.cursor)
            .min(self.rows.len().saturating_sub(1));
        // A run that the filter hides is come back to.
        if !self.on.as_ref().is_some_and(|id| ids.contains(id.as_str())) {
            self.on = self.selected(runs).map(|r| r.id.clone());
        }
    }

    /// Moves the cursor to a row.
    pub fn go(&mut self, row: usize, runs: &[RunRecord]) {
        self.cursor = row.min(self.rows.len().saturating_sub(1));
        let on = self.selected(runs).map(|r| r.id.clone());
        if on != self.on {
            self.back = 0;
        }
        self.on = on;
    }

    /// The tab that is shown: a run without Action Units has no tab of them.
    pub fn tab(&self, runs: &[RunRecord]) -> Tab {
        let there = Tab::of(self.selected(runs)).contains(&self.tab);
        if there { self.tab } else { Tab::Charts }
    }

    /// Shows a tab, from its end.
    pub fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.back = 0;
    }

    /// The run under the cursor.
    pub fn selected<'a>(&self, runs: &'a [RunRecord]) -> Option<&'a RunRecord> {
        runs.get(*self.rows.get(self.cursor)?)
    }

    /// The runs that a command is for: the marked ones, else the one under the cursor.
    pub fn targets<'a>(&self, runs: &'a [RunRecord]) -> Vec<&'a RunRecord> {
        if self.marked.is_empty() {
            return self.selected(runs).into_iter().collect();
        }
        let marked = |r: &&RunRecord| self.marked.contains(&r.id);
        runs.iter().filter(marked).collect()
    }

    /// Runs around the cursor, at least those in view of a screen of this height.
    pub fn in_view(&self, runs: &[RunRecord], height: usize) -> Vec<String> {
        let first = self.cursor.saturating_sub(height);
        let rows = self.rows.iter().skip(first).take(2 * height + 1);
        rows.filter_map(|i| runs.get(*i))
            .map(|r| r.id.clone())
            .collect()
    }
}

/// Test accuracy after the newest epoch, or F1 of Action Units.
fn accuracy(run: &RunRecord) -> Option<f64> {
    let last = run.status.last_epoch.as_ref()?;
    Some(last.f1.unwrap_or(last.test_acc))
}

fn sort_down(rows: &mut [usize], value: impl Fn(usize) -> Option<f64>) {
    let key = |i: usize| value(i).unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|a, b| key(*b).total_cmp(&key(*a)));
}

fn urgency(state: RunState) -> u8 {
    match state {
        RunState::Running => 0,
        RunState::Paused => 1,
        RunState::Failed | RunState::Lost => 2,
        RunState::Queued => 3,
        RunState::Stopped => 4,
        RunState::Finished => 5,
    }
}
