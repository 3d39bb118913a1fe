//! What the Compare screen knows.

use super::picker::Picker;
use super::rows::Row;
use crate::compare::{Field, Filter, Images, Pivot, Scope, field, fields};
use crate::store::{EpochMetrics, RunRecord};
use std::collections::{BTreeSet, HashMap};

/// A view of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The table of all runs.
    #[default]
    Runs,
    /// A metric over two keys.
    Pivot,
    /// Metrics over epochs.
    Curves,
    /// What the marked runs differ in.
    Diff,
}

impl View {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Runs, Self::Pivot, Self::Curves, Self::Diff];

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Runs => "Runs",
            Self::Pivot => "Pivot",
            Self::Curves => "Curves",
            Self::Diff => "Diff",
        }
    }

    /// Its place in [`View::ALL`].
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|v| *v == self).unwrap_or(0)
    }
}

/// The filter as it is typed and as it holds.
#[derive(Clone, Debug, Default)]
pub struct FilterBar {
    /// What is typed.
    pub text: String,
    /// Characters before the caret.
    pub caret: usize,
    /// Whether keys go to it.
    pub editing: bool,
    /// Why what is typed cannot be understood; the last accepted filter holds then.
    pub error: Option<String>,
    /// The filter that holds.
    pub filter: Filter,
    /// The last filter that was accepted.
    pub accepted: Filter,
}

/// Sorting of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sorted {
    /// By this field.
    pub field: &'static Field,
    /// Largest first.
    pub descending: bool,
}

/// What the runs of the table are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Everything but the seed: repetitions of one experiment.
    Repetitions,
    /// One key.
    Key(&'static Field),
}

/// Keys that say what an experiment is, the seed left out.
const REPETITION_KEYS: [&str; 19] = [
    "dataset",
    "model",
    "noise_kind",
    "noise_rate",
    "treatment",
    "setting",
    "epochs",
    "width",
    "batch_norm",
    "batch_size",
    "lr",
    "optimizer",
    "schedule",
    "train_limit",
    "augment",
    "activations",
    "stem",
    "classifier",
    "quantizer",
];

impl Grouping {
    /// The keys that runs of one group agree in.
    pub fn keys(self) -> Vec<&'static Field> {
        match self {
            Self::Key(key) => vec![key],
            Self::Repetitions => REPETITION_KEYS.iter().map(|n| known(n)).collect(),
        }
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Repetitions => "all but the seed",
            Self::Key(field) => field.name,
        }
    }
}

/// How many of the best runs have curves when none is marked.
pub const TOP_RUNS: usize = 6;

/// The state of the screen. What follows from the runs is kept beside it and made anew by
/// [`State::refresh`], so that drawing costs no more than what is in view.
#[derive(Clone, Debug)]
pub struct State {
    /// The view shown.
    pub view: View,
    /// The filter, for all views.
    pub filter: FilterBar,
    /// An open list to choose from.
    pub picker: Option<Picker>,
    /// Marked runs, in the order of marking.
    pub marked: Vec<String>,
    /// Whether unfinished runs count in averages.
    pub scope: Scope,
    /// Said once in the last line.
    pub message: Option<Result<String, String>>,
    /// Columns of the table.
    pub columns: Vec<&'static Field>,
    /// Row and column under the cursor of the table.
    pub cursor: (usize, usize),
    /// How the table is sorted; without, newest first.
    pub sort: Option<Sorted>,
    /// What the table is grouped by.
    pub group: Option<Grouping>,
    /// Folded groups, by their title.
    pub folded: BTreeSet<String>,
    /// Keys of the pivot's rows and columns; `None` until there are runs to choose by.
    pub pivot_keys: (&'static Field, Option<&'static Field>),
    /// Metric of the pivot; `None` until there are runs to choose by.
    pub pivot_metric: Option<&'static Field>,
    /// Row and column under the cursor of the pivot.
    pub pivot_cursor: (usize, usize),
    /// Which of [`CURVE_METRICS`] the curves show.
    pub curve_metric: usize,
    /// Row and column under the cursor of the difference.
    pub diff_cursor: (usize, usize),
    /// Histories of the runs that curves were drawn of.
    pub histories: HashMap<String, Vec<EpochMetrics>>,
    /// Everything below follows from the above and the runs.
    pub derived: Derived,
}

/// What follows from state and runs.
#[derive(Clone, Debug, Default)]
pub struct Derived {
    /// Number of all runs.
    pub total: usize,
    /// Number of runs that the filter takes.
    pub taken: usize,
    /// Rows of the table, without folded ones.
    pub rows: Vec<Row>,
    /// Widths of the columns.
    pub widths: Vec<u16>,
    /// The pivot, of the view that shows it.
    pub pivot: Option<Pivot>,
    /// Runs whose curves are shown, and their names in the legend.
    pub curves: Vec<(String, String)>,
    /// What those runs saw.
    pub images: Images,
}

impl Default for State {
    fn default() -> Self {
        Self {
            view: View::Runs,
            filter: FilterBar::default(),
            picker: None,
            marked: Vec::new(),
            scope: Scope::Finished,
            message: None,
            columns: DEFAULT_COLUMNS.iter().map(|n| known(n)).collect(),
            cursor: (0, 0),
            sort: None,
            group: None,
            folded: BTreeSet::new(),
            pivot_keys: (known("noise_rate"), None),
            pivot_metric: None,
            pivot_cursor: (0, 0),
            curve_metric: 0,
            diff_cursor: (0, 0),
            histories: HashMap::new(),
            derived: Derived::default(),
        }
    }
}

/// Columns that the table begins with; the first ones fit into 80 characters.
const DEFAULT_COLUMNS: [&str; 14] = [
    "state",
    "model",
    "noise_rate",
    "treatment",
    "seed",
    "test_acc_last",
    "memorised",
    "test_acc_best",
    "test_acc_selected",
    "model_bytes",
    "epoch",
    "dataset",
    "seconds",
    "id",
];

/// A field named in this program; a test checks that each exists.
pub(super) fn known(name: &str) -> &'static Field {
    field(name).unwrap_or(&fields()[0])
}

impl State {
    /// The runs that the filter takes.
    pub fn taken<'a>(&self, runs: &'a [RunRecord]) -> Vec<&'a RunRecord> {
        self.filter.filter.apply(runs)
    }

    /// Whether typed characters are text rather than keys.
    pub fn typing(&self) -> bool {
        self.filter.editing || self.picker.is_some()
    }

    /// The runs whose histories the view needs.
    pub fn wanted_histories(&self) -> Vec<String> {
        match self.view {
            View::Curves => self.derived.curves.iter().map(|c| c.0.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a run is marked.
    pub fn is_marked(&self, id: &str) -> bool {
        self.marked.iter().any(|m| m == id)
    }

    /// The key of the pivot's columns.
    pub fn pivot_columns(&self) -> &'static Field {
        self.pivot_keys.1.unwrap_or(known("bits"))
    }

    /// The metric of the pivot.
    pub fn pivot_metric(&self) -> &'static Field {
        self.pivot_metric.unwrap_or(known("test_acc_last"))
    }

    /// Marked runs that exist, in the order of marking.
    pub fn marked_runs<'a>(&self, runs: &'a [RunRecord]) -> Vec<&'a RunRecord> {
        let by_id: HashMap<&str, &RunRecord> = runs.iter().map(|r| (r.id.as_str(), r)).collect();
        let found = self.marked.iter().filter_map(|id| by_id.get(id.as_str()));
        found.copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_named_here_exists() {
        let names = DEFAULT_COLUMNS
            .iter()
            .chain(&REPETITION_KEYS)
            .chain(&["bits"]);
        for name in names {
            assert_eq!(known(name).name, *name);
        }
    }
}
