//! The rows of the table and everything else that follows from the runs.

use super::names::labels;
use super::state::{Derived, Grouping, State, TOP_RUNS, View};
use crate::compare::{
    Field, Group, Images, Kind, Role, Scope, SortKey, default_columns, default_metric, group,
    key_field, metric, metric_field, pivot, sort,
};
use crate::store::RunRecord;
use crate::tui::widgets::curves::MAX_SERIES;
use std::cmp::Ordering;
use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

/// One row of the table.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A run.
    Run {
        /// Its id.
        id: String,
        /// Its place among all runs when the rows were made.
        index: usize,
        /// Whether it stands below the head of its group.
        grouped: bool,
    },
    /// The head of a group.
    Group {
        /// What its runs agree in.
        title: String,
        /// Its runs.
        ids: Vec<String>,
        /// How many of them count in the averages.
        counted: usize,
        /// What became of several settings of a method, in words.
        choice: Option<String>,
        /// A text per column: mean ± std, or what all agree in.
        cells: Vec<String>,
        /// Whether its runs are not shown.
        folded: bool,
        /// Fields in which its runs differ besides the seed.
        pooled: Vec<String>,
    },
}

/// The runs of a group that its figures are made of.
struct Counted<'a> {
    runs: Group<'a>,
    choice: Option<String>,
    pooled: Vec<String>,
}

/// Groups of more runs than this are not looked through for differences.
const POOLED_LIMIT: usize = 500;

impl State {
    /// Makes everything anew that follows from the runs. Called when runs or state have changed.
    pub fn refresh(&mut self, runs: &[RunRecord]) {
        let taken = self.taken(runs);
        let mut derived = Derived {
            total: runs.len(),
            taken: taken.len(),
            ..Derived::default()
        };
        match self.view {
            View::Runs => {
                derived.rows = self.rows(runs, &taken);
                derived.widths = self.widths(runs, &derived.rows);
            }
            View::Pivot => {
                if self.pivot_keys.1.is_none() && !taken.is_empty() {
                    self.pivot_keys.1 = key_field(default_columns(taken.iter().copied())).ok();
                }
                if self.pivot_metric.is_none() && !taken.is_empty() {
                    self.pivot_metric = metric_field(default_metric(taken.iter().copied())).ok();
                }
                derived.pivot = Some(pivot(
                    taken.iter().copied(),
                    self.pivot_keys.0,
                    self.pivot_columns(),
                    self.pivot_metric(),
                    self.scope,
                ));
            }
            View::Curves => {
                derived.curves = self.curves(runs, taken);
                let drawn = |id: &String| runs.iter().find(|r| r.id == *id).map(Images::of_run);
                derived.images = Images::of(derived.curves.iter().filter_map(|(id, _)| drawn(id)));
            }
            View::Diff => {}
        }
        self.derived = derived;
        self.clamp();
    }

    /// Keeps cursors on what there is.
    fn clamp(&mut self) {
        let rows = self.derived.rows.len();
        if self.view == View::Runs {
            self.cursor.0 = self.cursor.0.min(rows.saturating_sub(1));
        }
        self.cursor.1 = self.cursor.1.min(self.columns.len().saturating_sub(1));
        if let Some(pivot) = &self.derived.pivot {
            let (rows, columns) = (pivot.row_values.len(), pivot.col_values.len());
            self.pivot_cursor.0 = self.pivot_cursor.0.min(rows.saturating_sub(1));
            self.pivot_cursor.1 = self.pivot_cursor.1.min(columns.saturating_sub(1));
        }
    }

    fn rows(&self, runs: &[RunRecord], taken: &[&RunRecord]) -> Vec<Row> {
        let mut taken = taken.to_vec();
        match self.sort {
            Some(by) => sort(
                &mut taken,
                &[SortKey {
                    field: by.field,
                    descending: by.descending,
                }],
            ),
            None => taken.reverse(),
        }
        let places: HashMap<&str, usize> = runs
            .iter()
            .zip(0..)
            .map(|(r, i)| (r.id.as_str(), i))
            .collect();
        let place = |run: &RunRecord| places.get(run.id.as_str()).copied().unwrap_or(usize::MAX);
        let row = |run: &RunRecord, grouped| Row::Run {
            id: run.id.clone(),
            index: place(run),
            grouped,
        };
        let Some(by) = self.group else {
            return taken.into_iter().map(|r| row(r, false)).collect();
        };
        let keys = by.keys();
        let mut groups: Vec<(Group, Counted)> = group(taken, &keys)
            .into_iter()
            .map(|group| {
                let counted = self.counted(&group, by);
                (group, counted)
            })
            .collect();
        if let Some(by) = self.sort.filter(|s| s.field.role == Role::Metric) {
            let mean = |g: &(Group, Counted)| g.1.runs.stat(by.field, self.scope).map(|s| s.mean);
            groups.sort_by(|a, b| match (mean(a), mean(b)) {
                (Some(x), Some(y)) if by.descending => y.total_cmp(&x),
                (Some(x), Some(y)) => x.total_cmp(&y),
                (x, y) => y.is_some().cmp(&x.is_some()).then(Ordering::Equal),
            });
        }
        let mut rows = Vec::new();
        for (group, counted) in &groups {
            let head = self.group_row(group, counted, by, &keys);
            let folded = matches!(head, Row::Group { folded: true, .. });
            rows.push(head);
            if !folded {
                rows.extend(group.runs.iter().map(|r| row(r, true)));
            }
        }
        rows
    }

    /// What the figures of a group are made of.
    fn counted<'a>(&self, group: &Group<'a>, by: Grouping) -> Counted<'a> {
        if by == Grouping::Repetitions || group.runs.len() > POOLED_LIMIT {
            return Counted {
                runs: group.clone(),
                choice: None,
                pooled: Vec::new(),
            };
        }
        let (runs, choice) = group.tuned(self.scope);
        Counted {
            pooled: runs.pooled(),
            runs,
            choice: choice.map(|c| c.to_string()),
        }
    }

    fn group_row(
        &self,
        group: &Group,
        counted: &Counted,
        by: Grouping,
        keys: &[&'static Field],
    ) -> Row {
        let title = match by {
            Grouping::Key(key) => format!("{} {}", key.label, key.format(&group.values[0])),
            Grouping::Repetitions => {
                let parts = keys.iter().zip(&group.values);
                parts
                    .filter(|(_, v)| !v.is_missing())
                    .map(|(k, v)| k.format(v))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
        };
        Row::Group {
            ids: group.runs.iter().map(|r| r.id.clone()).collect(),
            counted: (counted.runs.runs.iter().filter(|r| self.scope.takes(r))).count(),
            choice: counted.choice.clone(),
            cells: self
                .columns
                .iter()
                .map(|c| group_cell(group, &counted.runs, c, self.scope))
                .collect(),
            folded: self.folded.contains(&title),
            pooled: counted.pooled.clone(),
            title,
        }
    }

    fn widths(&self, runs: &[RunRecord], rows: &[Row]) -> Vec<u16> {
        let mut widths: Vec<usize> = self.columns.iter().map(|c| c.label.width() + 2).collect();
        for row in rows {
            for (width, column) in widths.iter_mut().zip(0..) {
                let text = self.cell(runs, row, column);
                *width = (*width).max(text.width());
            }
        }
        widths.into_iter().map(|w| w.min(60) as u16).collect()
    }

    /// The text of a row in a column.
    pub fn cell(&self, runs: &[RunRecord], row: &Row, column: usize) -> String {
        match row {
            Row::Group { cells, .. } => cells.get(column).cloned().unwrap_or_default(),
            Row::Run { index, .. } => match (runs.get(*index), self.columns.get(column)) {
                (Some(run), Some(field)) => clean(&field.format(&field.value(run))),
                _ => String::new(),
            },
        }
    }

    /// Marked runs, or the best ones if none is marked; with their names in the legend.
    fn curves(&self, runs: &[RunRecord], mut taken: Vec<&RunRecord>) -> Vec<(String, String)> {
        let mut shown = self.marked_runs(runs);
        if shown.is_empty() {
            let score = |r: &RunRecord| metric(r, "test_acc_last").unwrap_or(f64::MIN);
            taken.retain(|r| r.status.epoch > 0);
            taken.sort_by(|a, b| score(b).total_cmp(&score(a)));
            taken.truncate(TOP_RUNS);
            shown = taken;
        }
        shown.truncate(MAX_SERIES);
        let names = labels(&shown);
        shown.iter().map(|r| r.id.clone()).zip(names).collect()
    }
}

/// Mean ± std of a metric; of a key the value that all agree in, else how many there are.
fn group_cell(group: &Group, counted: &Group, field: &Field, scope: Scope) -> String {
    if field.role == Role::Metric {
        let stat = counted.stat(field, scope);
        return stat.map_or_else(|| "–".into(), |s| field.format_stat(&s));
    }
    let mut values: Vec<_> = group.runs.iter().map(|r| field.value(r)).collect();
    values.sort();
    values.dedup();
    match values.as_slice() {
        [one] => clean(&field.format(one)),
        many if field.kind == Kind::Text && many.len() > 9 => "…".into(),
        many => format!("{} values", many.len()),
    }
}

/// Text without control characters: names come from files that others may have written.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
