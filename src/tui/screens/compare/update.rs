//! What happens when something happens: pure, so that tests need no terminal.

use super::choose::choose;
use super::click;
use super::export;
use super::metrics::CURVE_METRICS;
use super::msg::{Effect, Msg};
use super::picker::{Choice, Picker};
use super::rows::Row;
use super::state::{FilterBar, Sorted, State, View};
use super::typing;
use super::view;
use crate::compare::{Kind, Role, Scope, field, fields};
use crate::store::RunRecord;

/// Changes the state. The caller carries out the effects.
pub fn update(state: &mut State, msg: Msg, runs: &[RunRecord]) -> Vec<Effect> {
    let mut effects = Vec::new();
    match msg {
        Msg::Show(view) => state.view = view,
        Msg::Turn(by) => {
            let count = View::ALL.len() as isize;
            let index = (state.view.index() as isize + by).rem_euclid(count);
            state.view = View::ALL[index as usize];
        }
        Msg::Down(by) => {
            down(state, by);
            return effects;
        }
        Msg::Right(by) => {
            right(state, by);
            return effects;
        }
        Msg::First => return update(state, Msg::Down(isize::MIN / 2), runs),
        Msg::Last => return update(state, Msg::Down(isize::MAX / 2), runs),
        Msg::Mark => {
            mark(state);
            // On to the next row, so that neighbours are marked by pressing the key again.
            if state.view == View::Runs {
                down(state, 1);
            }
        }
        Msg::Unmark => state.marked.clear(),
        Msg::Open => open(state),
        Msg::FoldAll => fold_all(state, runs),
        Msg::Sort => sort(state, state.cursor.1),
        Msg::Group => state.picker = Some(Picker::open(Choice::Group, state)),
        Msg::Columns => state.picker = Some(Picker::open(Choice::Columns, state)),
        Msg::PivotRows => state.picker = Some(Picker::open(Choice::PivotRows, state)),
        Msg::PivotColumns => state.picker = Some(Picker::open(Choice::PivotColumns, state)),
        Msg::Swap => {
            let (rows, columns) = (state.pivot_keys.0, state.pivot_columns());
            state.pivot_keys = (columns, Some(rows));
            state.pivot_cursor = (state.pivot_cursor.1, state.pivot_cursor.0);
        }
        Msg::Metric => {
            let choice = match state.view {
                View::Curves => Choice::CurveMetric,
                _ => Choice::PivotMetric,
            };
            state.picker = Some(Picker::open(choice, state));
        }
        Msg::NextMetric(by) => next_metric(state, by),
        Msg::Scope => {
            state.scope = match state.scope {
                Scope::Finished => Scope::All,
                Scope::All => Scope::Finished,
            }
        }
        Msg::Filter => {
            state.filter.editing = true;
            state.filter.caret = state.filter.text.chars().count();
        }
        Msg::Type(' ') if columns_open(state) => toggle_column(state),
        Msg::Type(c) => typing::insert(state, c),
        Msg::Erase => typing::erase(state),
        Msg::EraseAll => typing::erase_all(state),
        Msg::Caret(by) => typing::caret(state, by),
        Msg::Accept => accept(state),
        Msg::Back => back(state),
        Msg::Export => match export::file(state, runs) {
            Ok((name, sheet)) => effects.push(Effect::Export { name, sheet }),
            Err(reason) => state.message = Some(Err(reason)),
        },
        Msg::Exported(result) => {
            state.message = Some(result.map(|path| format!("Written: {path}")));
        }
        Msg::Histories(read) => state.histories.extend(read),
        Msg::Click { x, y, area } => {
            if let Some(next) = view::hit(state, runs, x, y, area) {
                return click::follow(state, next, runs);
            }
        }
    }
    state.refresh(runs);
    effects
}

fn down(state: &mut State, by: isize) {
    if let Some(picker) = &mut state.picker {
        picker.down(by);
        return;
    }
    let (at, count) = match state.view {
        View::Runs => (&mut state.cursor.0, state.derived.rows.len()),
        View::Pivot => {
            let rows = state
                .derived
                .pivot
                .as_ref()
                .map_or(0, |p| p.row_values.len());
            (&mut state.pivot_cursor.0, rows)
        }
        View::Curves => return next_metric(state, by.signum()),
        View::Diff => (&mut state.diff_cursor.0, usize::MAX),
    };
    *at = at.saturating_add_signed(by).min(count.saturating_sub(1));
}

fn right(state: &mut State, by: isize) {
    let (at, count) = match state.view {
        View::Runs => (&mut state.cursor.1, state.columns.len()),
        View::Pivot => {
            let columns = state
                .derived
                .pivot
                .as_ref()
                .map_or(0, |p| p.col_values.len());
            (&mut state.pivot_cursor.1, columns)
        }
        View::Curves => return next_metric(state, by.signum()),
        View::Diff => (&mut state.diff_cursor.1, state.marked.len() + 1),
    };
    *at = at.saturating_add_signed(by).min(count.saturating_sub(1));
}

/// Runs under the cursor: all of a group or cell.
fn under_cursor(state: &State) -> Vec<String> {
    match state.view {
        View::Runs => match state.derived.rows.get(state.cursor.0) {
            Some(Row::Run { id, .. }) => vec![id.clone()],
            Some(Row::Group { ids, .. }) => ids.clone(),
            None => Vec::new(),
        },
        View::Pivot => {
            let (row, column) = state.pivot_cursor;
            let pivot = state.derived.pivot.as_ref();
            let cell = pivot.and_then(|p| p.cells.get(row)?.get(column)?.as_ref());
            cell.map_or_else(Vec::new, |c| c.ids.clone())
        }
        View::Curves => Vec::new(),
        View::Diff => {
            let column = state.diff_cursor.1.checked_sub(1);
            let id = column.and_then(|c| state.marked.get(c));
            id.cloned().into_iter().collect()
        }
    }
}

pub(super) fn mark(state: &mut State) {
    let ids = under_cursor(state);
    let all = ids.iter().all(|id| state.is_marked(id));
    if all {
        state.marked.retain(|m| !ids.contains(m));
    } else {
        for id in ids {
            if !state.is_marked(&id) {
                state.marked.push(id);
            }
        }
    }
}

fn open(state: &mut State) {
    match state.view {
        View::Runs => {
            if let Some(Row::Group { title, .. }) = state.derived.rows.get(state.cursor.0) {
                let title = title.clone();
                if !state.folded.remove(&title) {
                    state.folded.insert(title);
                }
            }
        }
        View::Pivot => {
            // The curves of the runs behind the cell: they are marked, and nothing else is.
            let ids = under_cursor(state);
            if !ids.is_empty() {
                state.marked = ids;
                state.view = View::Curves;
            }
        }
        View::Curves | View::Diff => {}
    }
}

fn fold_all(state: &mut State, runs: &[RunRecord]) {
    let titles = |state: &State| {
        let rows = state.derived.rows.iter();
        rows.filter_map(|r| match r {
            Row::Group { title, .. } => Some(title.clone()),
            Row::Run { .. } => None,
        })
        .collect::<std::collections::BTreeSet<_>>()
    };
    let titles = titles(state);
    if titles.is_subset(&state.folded) {
        state.folded.clear();
    } else {
        state.folded = titles;
    }
    state.cursor.0 = 0;
    state.refresh(runs);
}

pub(super) fn sort(state: &mut State, column: usize) {
    let Some(field) = state.columns.get(column).copied() else {
        return;
    };
    // Metrics and numbers begin with the largest, names with the first.
    let first = field.role == Role::Metric || field.kind == Kind::Time;
    state.sort = match state.sort {
        Some(s) if s.field == field && s.descending == first => Some(Sorted {
            field,
            descending: !first,
        }),
        Some(s) if s.field == field => None,
        _ => Some(Sorted {
            field,
            descending: first,
        }),
    };
}

fn next_metric(state: &mut State, by: isize) {
    if state.view == View::Curves {
        let count = CURVE_METRICS.len() as isize;
        state.curve_metric = (state.curve_metric as isize + by).rem_euclid(count) as usize;
        return;
    }
    let metrics: Vec<_> = fields().iter().filter(|f| f.role == Role::Metric).collect();
    let at = metrics
        .iter()
        .position(|f| *f == state.pivot_metric())
        .unwrap_or(0);
    let next = (at as isize + by).rem_euclid(metrics.len().max(1) as isize);
    if let Some(metric) = metrics.get(next as usize) {
        state.pivot_metric = Some(metric);
    }
}

pub(super) fn columns_open(state: &State) -> bool {
    state
        .picker
        .as_ref()
        .is_some_and(|p| p.choice == Choice::Columns)
}

pub(super) fn toggle_column(state: &mut State) {
    let item = state.picker.as_ref().and_then(|p| p.current());
    let Some(field) = item.and_then(|i| field(&i.name).ok()) else {
        return;
    };
    if !state.columns.contains(&field) {
        state.columns.push(field);
    } else if state.columns.len() > 1 {
        state.columns.retain(|c| *c != field);
    }
}

pub(super) fn accept(state: &mut State) {
    if let Some(picker) = state.picker.take() {
        if let Some(item) = picker.current() {
            choose(state, picker.choice, &item.name);
        }
    } else if state.filter.error.is_none() {
        state.filter.editing = false;
        state.filter.accepted = state.filter.filter.clone();
    }
}

fn back(state: &mut State) {
    if state.picker.take().is_some() || state.message.take().is_some() {
        return;
    }
    state.filter = FilterBar::default();
}
