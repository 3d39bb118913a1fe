//! A pivot: one key down, one key across, a metric averaged in each cell.

use super::field::{Better, Field, Role, key_field, metric_field};
use super::group::{Group, group};
use super::stat::{Scope, Stat};
use super::tune::Choice;
use super::value::Value;
use crate::spec::MethodName;
use crate::store::RunRecord;
use std::collections::HashMap;

/// Stands behind the Action Units: all of them together.
const ALL: &str = "all";

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
    /// What its runs saw.
    pub images: Images,
}

/// Whether images are of the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Images {
    /// They are.
    #[default]
    Real,
    /// They are drawn.
    Synthetic,
    /// Some are, some are drawn.
    Both,
}

impl Images {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Synthetic => "synthetic",
            Self::Both => "both",
        }
    }

    /// Of a run.
    pub fn of_run(run: &RunRecord) -> Self {
        match run.spec.data.set.is_synthetic() {
            true => Self::Synthetic,
            false => Self::Real,
        }
    }

    /// Of several together.
    pub fn of(all: impl IntoIterator<Item = Self>) -> Self {
        let both = |a, b| if a == b { a } else { Self::Both };
        all.into_iter().reduce(both).unwrap_or(Self::Real)
    }
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
    /// Column of the best cell of a row; `None` when the metric has no good end, the row has fewer than
    /// two figures, or they are of different Action Units, which do not compete.
    pub fn best(&self, row: usize) -> Option<usize> {
        if self.cols.role == Role::Axis {
            return None;
        }
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

    /// What the runs of all cells saw.
    pub fn images(&self) -> Images {
        Images::of(self.filled().map(|cell| cell.images))
    }

    /// What the runs of a row saw.
    pub fn images_of(&self, row: usize) -> Images {
        let cells = self.cells.get(row).into_iter().flatten();
        Images::of(cells.flatten().map(|cell| cell.images))
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

/// The pivot of `metric` over `rows` and `cols`, of which one may be the Action Units; after these
/// comes the metric of the whole run: of F1 the mean of the units, of accuracy and memorised share that
/// of all labels together.
pub fn pivot<'a>(
    runs: impl IntoIterator<Item = &'a RunRecord>,
    rows: &'static Field,
    cols: &'static Field,
    metric: &'static Field,
    scope: Scope,
) -> Pivot {
    let runs: Vec<&RunRecord> = runs.into_iter().collect();
    let mut found: HashMap<[Value; 2], Cell> = HashMap::new();
    let keys: Vec<&'static Field> = [rows, cols]
        .into_iter()
        .filter(|field| field.role != Role::Axis)
        .collect();
    for group in group(runs, &keys) {
        let place = |unit: &Value| {
            let mut values = group.values.iter();
            [rows, cols].map(|field| match field.role {
                Role::Axis => unit.clone(),
                _ => values.next().cloned().unwrap_or(Value::Missing),
            })
        };
        let (counted, shared) = cell(&group, scope);
        let with = |figure: &dyn Fn(&RunRecord) -> Option<f64>| {
            let figures = counted.runs.iter().filter(|run| scope.takes(run));
            Cell {
                stat: Stat::of(figures.filter_map(|run| figure(run))),
                ..shared.clone()
            }
        };
        let whole = |run: &RunRecord| metric.number(run);
        if keys.len() == 2 {
            found.insert(place(&Value::Missing), with(&whole));
            continue;
        }
        let units = units(&group);
        for &unit in &units {
            let of_unit = |run: &RunRecord| metric.number_of_unit(run, unit);
            found.insert(place(&Value::Number(unit.into())), with(&of_unit));
        }
        if !units.is_empty() {
            found.insert(place(&Value::Text(ALL.into())), with(&whole));
        }
    }
    let axis = |i: usize| {
        let mut values: Vec<Value> = found.keys().map(|key| key[i].clone()).collect();
        values.sort();
        values.dedup();
        values
    };
    let (row_values, col_values) = (axis(0), axis(1));
    let cells = row_values
        .iter()
        .map(|row| {
            let cell = |col: &Value| found.remove(&[row.clone(), col.clone()]);
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

/// The runs of a group that count, and their cell but for its figure.
fn cell<'a>(group: &Group<'a>, scope: Scope) -> (Group<'a>, Cell) {
    let (counted, choice) = group.tuned(scope);
    let waits = matches!(choice, Some(Choice::Waits { .. }));
    let shown = if waits { group } else { &counted };
    let cell = Cell {
        stat: None,
        pending: shown.runs.iter().filter(|r| !scope.takes(r)).count(),
        pooled: counted.pooled(),
        ids: shown.runs.iter().map(|r| r.id.clone()).collect(),
        images: Images::of(shown.runs.iter().map(|run| Images::of_run(run))),
        choice,
    };
    (counted, cell)
}

/// The Action Units of the sets of a group, each once.
fn units(group: &Group<'_>) -> Vec<u8> {
    let sets = group.runs.iter().map(|run| run.spec.data.set);
    let mut units: Vec<u8> = sets.flat_map(|set| set.units().iter().copied()).collect();
    units.sort_unstable();
    units.dedup();
    units
}

/// The metric that tells most of `runs`: F1 where all have Action Units, else accuracy.
pub fn default_metric<'a>(runs: impl IntoIterator<Item = &'a RunRecord>) -> &'static str {
    let mut runs = runs.into_iter().peekable();
    let any = runs.peek().is_some();
    let name = if any && runs.all(|run| run.spec.data.set.has_units()) {
        "f1_last"
    } else {
        "test_acc_last"
    };
    debug_assert!(metric_field(name).is_ok());
    name
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
    fn units_are_rows_or_columns_with_all_of_them_behind() {
        let runs = super::super::testing::faces();
        let f1 = metric_field("f1").unwrap();
        let units = super::super::field::axis_field("unit").unwrap();
        let treatment = key_field("treatment").unwrap();
        let p = pivot(&runs, units, treatment, f1, Scope::Finished);
        let rows: Vec<String> = p.row_values.iter().map(|v| units.format(v)).collect();
        assert_eq!(rows.len(), 13);
        assert_eq!(
            (rows[0].as_str(), rows[11].as_str(), rows[12].as_str()),
            ("AU 1", "AU 24", "all")
        );
        let figure = |row: usize, col: usize| p.cells[row][col].as_ref().unwrap().stat.unwrap();
        // Three folds: 51, 52 and 53 % of AU 1 at full precision.
        assert!((figure(0, 0).mean - 0.52).abs() < 1e-9 && figure(0, 0).n == 3);
        assert!((figure(0, 0).std.unwrap() - 0.01).abs() < 1e-9);
        assert!((figure(0, 1).mean - 0.64).abs() < 1e-9);
        let mean: f64 = (0..12).map(|row| figure(row, 0).mean).sum::<f64>() / 12.0;
        assert!((figure(12, 0).mean - mean).abs() < 1e-9);
        assert_eq!((p.best(3), p.best(12)), (Some(1), Some(1)));
        // Folds are repetitions, not different experiments.
        assert!(p.pooled().is_empty());
        assert_eq!(p.images(), Images::Synthetic);

        let turned = pivot(&runs, treatment, units, f1, Scope::Finished);
        assert_eq!((turned.row_values.len(), turned.col_values.len()), (2, 13));
        assert_eq!(turned.best(0), None);
        let memorised = metric_field("memorised").unwrap();
        let p = pivot(&runs, units, treatment, memorised, Scope::Finished);
        assert!(p.cells[11][0].as_ref().unwrap().stat.is_none());
        assert_eq!(p.cells[0][0].as_ref().unwrap().stat.unwrap().mean, 0.5);
        // A metric of the whole run has no figures of units.
        let bytes = metric_field("bytes").unwrap();
        let p = pivot(&runs, units, treatment, bytes, Scope::Finished);
        assert!(p.cells[0][0].as_ref().unwrap().stat.is_none());
        assert!(p.cells[12][0].as_ref().unwrap().stat.is_some());
        // Images of classes have no units.
        let p = pivot(&grid(), units, treatment, f1, Scope::Finished);
        assert!(p.row_values.is_empty() && p.images() == Images::Real);
    }

    #[test]
    fn faces_are_told_apart_by_f1() {
        let mut runs = super::super::testing::faces();
        assert_eq!(default_metric(&runs), "f1_last");
        assert_eq!(default_metric(&grid()), "test_acc_last");
        assert_eq!(default_metric(&[]), "test_acc_last");
        runs.extend(grid());
        assert_eq!(default_metric(&runs), "test_acc_last");
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
