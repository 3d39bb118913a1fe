//! A pivot: one key down, one key across, a metric averaged in each cell.

use super::field::{Better, Field, key_field};
use super::group::{Group, group};
use super::stat::{Scope, Stat};
use super::tune::Choice;
use super::value::Value;
use crate::spec::MethodName;
use crate::store::RunRecord;
use std::collections::HashMap;

/// One cell of a pivot.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Mean ± std over the runs that count; `None` when none has a figure yet.
    pub stat: Option<Stat>,
    /// The runs of the cell: those of the chosen setting, where one is chosen.
    pub ids: Vec<String>,
    /// Runs that do not count yet.
    pub pending: usize,
    /// Spec fields besides the seed in which the runs differ: the mean mixes experiments.
    pub pooled: Vec<String>,
    /// What became of several settings of a method.
    pub choice: Option<Choice>,
}

/// A metric over two keys.
#[derive(Clone, Debug)]
pub struct Pivot {
    /// The key of the rows.
    pub rows: &'static Field,
    /// The key of the columns.
    pub cols: &'static Field,
    /// The metric in the cells.
    pub metric: &'static Field,
    /// Values of the rows, in order: numbers ascending, bit-widths from full precision down.
    pub row_values: Vec<Value>,
    /// Values of the columns, likewise.
    pub col_values: Vec<Value>,
    /// `cells[row][column]`; `None` where there is no run.
    pub cells: Vec<Vec<Option<Cell>>>,
}

impl Pivot {
    /// Column of the best cell of a row; `None` when the metric has no good end or the row has
    /// fewer than two figures.
    pub fn best(&self, row: usize) -> Option<usize> {
        let figures: Vec<(usize, f64)> = self
            .cells
            .get(row)?
            .iter()
            .enumerate()
            .filter_map(|(i, c)| Some((i, c.as_ref()?.stat?.mean)))
            .collect();
        if figures.len() < 2 {
            return None;
        }
        let better = |a: &&(usize, f64), b: &&(usize, f64)| a.1.total_cmp(&b.1);
        match self.metric.better {
            Better::Higher => figures.iter().rev().max_by(better).map(|(i, _)| *i),
            Better::Lower => figures.iter().min_by(better).map(|(i, _)| *i),
            Better::Neither => None,
        }
    }

    /// Smallest and largest mean of all cells, for a colour scale.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.stats().map(|s| s.mean).fold(None, |range, x| {
            Some(range.map_or((x, x), |(low, high): (f64, f64)| (low.min(x), high.max(x))))
        })
    }

    /// Spec fields that some cell averages over besides the seed, each once.
    pub fn pooled(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.filled().flat_map(|c| &c.pooled) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// How many cells show a chosen setting, and how many wait for the choice.
    pub fn choices(&self) -> (usize, usize) {
        let made = |cell: &&Cell| cell.choice.as_ref().is_some_and(|c| c.setting().is_some());
        let (made, waiting): (Vec<&Cell>, Vec<&Cell>) =
            self.filled().filter(|c| c.choice.is_some()).partition(made);
        (made.len(), waiting.len())
    }

    /// Number of runs that do not count yet.
    pub fn pending(&self) -> usize {
        self.filled().map(|c| c.pending).sum()
    }

    /// Smallest and largest number of runs behind a figure.
    pub fn counts(&self) -> Option<(usize, usize)> {
        let counts: Vec<usize> = self.stats().map(|s| s.n).collect();
        Some((*counts.iter().min()?, *counts.iter().max()?))
    }

    fn filled(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().flatten().flatten()
    }

    fn stats(&self) -> impl Iterator<Item = &Stat> {
        self.filled().filter_map(|c| c.stat.as_ref())
    }
}

/// The pivot of `metric` over `rows` and `cols`.
pub fn pivot<'a>(
    runs: impl IntoIterator<Item = &'a RunRecord>,
    rows: &'static Field,
    cols: &'static Field,
    metric: &'static Field,
    scope: Scope,
) -> Pivot {
    let mut groups: HashMap<Vec<Value>, Group> = group(runs, &[rows, cols])
        .into_iter()
        .map(|g| (g.values.clone(), g))
        .collect();
    let axis = |i: usize| {
        let mut values: Vec<Value> = groups.keys().map(|key| key[i].clone()).collect();
        values.sort();
        values.dedup();
        values
    };
    let (row_values, col_values) = (axis(0), axis(1));
    let cells = row_values
        .iter()
        .map(|row| {
            let cell = |col: &Value| {
                let group = groups.remove(&vec![row.clone(), col.clone()])?;
                let (counted, choice) = group.tuned(scope);
                let waits = matches!(choice, Some(Choice::Waits { .. }));
                let shown = if waits { &group } else { &counted };
                Some(Cell {
                    stat: counted.stat(metric, scope),
                    pending: shown.runs.iter().filter(|r| !scope.takes(r)).count(),
                    pooled: counted.pooled(),
                    ids: shown.runs.iter().map(|r| r.id.clone()).collect(),
                    choice,
                })
            };
            col_values.iter().map(cell).collect()
        })
        .collect();
    Pivot {
        rows,
        cols,
        metric,
        row_values,
        col_values,
        cells,
    }
}

/// The key that keeps treatments apart: `bits` when only plain runs of one quantizer are there,
/// else `treatment`, so that a baseline's runs are not averaged with the control's.
pub fn default_columns<'a>(runs: impl IntoIterator<Item = &'a RunRecord>) -> &'static str {
    let mut quantizers: Vec<&str> = Vec::new();
    for run in runs {
        let name = run.spec.quantizer_name();
        if run.spec.method.name() != MethodName::None {
            return "treatment";
        }
        if run.spec.quantizer.is_some() && !quantizers.contains(&name) {
            quantizers.push(name);
        }
    }
    let name = if quantizers.len() > 1 {
        "treatment"
    } else {
        "bits"
    };
    debug_assert!(key_field(name).is_ok());
    name
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::field::metric_field;
    use super::super::testing::grid;
    use super::*;
    use crate::store::State;

    fn make(runs: &[RunRecord], cols: &str, metric: &str) -> Pivot {
        let rows = key_field("noise_rate").unwrap();
        pivot(
            runs,
            rows,
            key_field(cols).unwrap(),
            metric_field(metric).unwrap(),
            Scope::Finished,
        )
    }

    #[test]
    fn axes_are_ordered_and_cells_filled() {
        let p = make(&grid(), "treatment", "test_acc_last");
        let rows: Vec<_> = p.row_values.iter().map(Value::text).collect();
        let cols: Vec<_> = p.col_values.iter().map(Value::text).collect();
        assert_eq!(rows, ["0", "0.4"]);
        assert_eq!(cols, ["fp32", "w4a4", "w2a2", "fp32+dropout"]);
        assert!(
            p.cells
                .iter()
                .flatten()
                .all(|c| c.as_ref().unwrap().ids.len() == 3)
        );
        assert_eq!(p.counts(), Some((3, 3)));
        assert!(p.pooled().is_empty());
        let (low, high) = p.range().unwrap();
        assert!(low < high);
    }

    #[test]
    fn best_follows_the_metric() {
        let runs = grid();
        let acc = make(&runs, "treatment", "test_acc_last");
        let means: Vec<f64> = acc.cells[1]
            .iter()
            .map(|c| c.as_ref().unwrap().stat.unwrap().mean)
            .collect();
        let best = acc.best(1).unwrap();
        assert!(means.iter().all(|m| *m <= means[best]));
        // Nothing is mislabelled at rate 0, so nothing is best there.
        assert_eq!(make(&runs, "treatment", "memorised").best(0), None);
        assert_eq!(make(&runs, "treatment", "seconds").best(1), None);
    }

    #[test]
    fn the_setting_is_chosen_for_each_row() {
        let runs = super::super::testing::tuned();
        let p = make(&runs, "treatment", "test_acc_last");
        let settings: Vec<_> = p
            .cells
            .iter()
            .map(|row| {
                row[0]
                    .as_ref()
                    .unwrap()
                    .choice
                    .as_ref()
                    .unwrap()
                    .setting()
                    .unwrap()
            })
            .collect();
        assert_eq!(settings, ["p 0.1", "p 0.3"]);
        assert_eq!(p.choices(), (2, 0));
        assert!(p.pooled().is_empty());
        assert_eq!(p.cells[0][0].as_ref().unwrap().ids.len(), 2);
        // Settings on an axis are not chosen from.
        let apart = make(&runs, "setting", "test_acc_last");
        assert_eq!((apart.col_values.len(), apart.choices()), (3, (0, 0)));
    }

    #[test]
    fn unfinished_runs_wait_and_mixing_is_said() {
        let mut runs = grid();
        runs[0].state = State::Running;
        let p = make(&runs, "bits", "test_acc_last");
        assert_eq!(p.pending(), 1);
        assert_eq!(p.pooled(), ["method.name", "method.p"]);
        assert_eq!(default_columns(&runs), "treatment");
        runs.retain(|r| r.spec.method.name() == MethodName::None);
        assert_eq!(default_columns(&runs), "bits");
    }
}
