//! What is on screen, as a sheet for CSV.

use super::metrics::CURVE_METRICS;
use super::rows::Row;
use super::state::{State, View, known};
use crate::compare::{Images, Role, diff, group};
use crate::export::{self, Sheet};
use crate::store::{EpochMetrics, RunRecord};
use jiff::{Timestamp, tz::TimeZone};

/// Name and contents of the file that an export of the view writes.
///
/// # Errors
/// In words, when there is nothing to write.
pub fn file(state: &State, runs: &[RunRecord]) -> Result<(String, Sheet), String> {
    let sheet = match state.view {
        View::Runs => table(state, runs),
        View::Pivot => state
            .derived
            .pivot
            .as_ref()
            .map(export::pivot)
            .unwrap_or_else(empty),
        View::Curves => curves(state, runs),
        View::Diff => difference(state, runs),
    };
    if sheet.rows.is_empty() {
        return Err(match state.view {
            View::Diff => "Nothing to export: mark runs with space in the Runs view first".into(),
            _ => "Nothing to export: no run fits the filter".into(),
        });
    }
    let now = Timestamp::now().to_zoned_datetime(TimeZone::system());
    let now = now.strftime("%Y%m%d-%H%M%S");
    let view = state.view.title().to_lowercase();
    Ok((format!("quell-{view}-{now}.csv"), sheet))
}

fn empty() -> Sheet {
    Sheet {
        header: Vec::new(),
        rows: Vec::new(),
    }
}

/// Runs in the order of the screen, folded ones left out; groups as means.
fn table(state: &State, runs: &[RunRecord]) -> Sheet {
    if let Some(by) = state.group {
        let keys = by.keys();
        let metrics: Vec<_> = state
            .columns
            .iter()
            .copied()
            .filter(|c| c.role == Role::Metric)
            .collect();
        let groups = group(state.taken(runs), &keys);
        return export::groups(&groups, &keys, &metrics, state.scope);
    }
    let shown: Vec<&RunRecord> = state
        .derived
        .rows
        .iter()
        .filter_map(|row| match row {
            Row::Run { index, .. } => runs.get(*index),
            Row::Group { .. } => None,
        })
        .collect();
    let id = known("id");
    let mut fields = state.columns.clone();
    if !fields.contains(&id) {
        fields.insert(0, id);
    }
    export::runs(&shown, &fields)
}

/// One row per run and epoch, with all quantities, not only the one on screen.
fn curves(state: &State, runs: &[RunRecord]) -> Sheet {
    let mut header: Vec<String> = ["id", "name", "epoch"].map(String::from).into();
    header.extend(CURVE_METRICS.iter().map(|m| m.name.to_owned()));
    let mut rows = Vec::new();
    let mut images = Vec::new();
    for (id, name) in &state.derived.curves {
        let run = runs.iter().find(|run| run.id == *id);
        let seen = run.map_or(Images::Real, Images::of_run);
        for epoch in state.histories.get(id).into_iter().flatten() {
            let mut row = vec![id.clone(), name.clone(), epoch.epoch.to_string()];
            let figure = |get: fn(&EpochMetrics) -> Option<f64>| {
                get(epoch).map_or_else(String::new, |v| v.to_string())
            };
            row.extend(CURVE_METRICS.iter().map(|m| figure(m.get)));
            rows.push(row);
            images.push(seen);
        }
    }
    Sheet { header, rows }.say_images(images)
}

/// One row per field, one column per marked run; metrics unrounded.
fn difference(state: &State, runs: &[RunRecord]) -> Sheet {
    let marked = state.marked_runs(runs);
    let mut header = vec!["field".to_owned()];
    header.extend(marked.iter().map(|r| r.id.clone()));
    let mut rows = Vec::new();
    if !marked.is_empty() {
        for row in diff(&marked) {
            let mut cells = vec![row.key];
            cells.extend(row.values.into_iter().map(Option::unwrap_or_default));
            rows.push(cells);
        }
        let metrics = crate::compare::fields()
            .iter()
            .filter(|f| f.role == Role::Metric);
        for field in [known("state"), known("dataset")]
            .into_iter()
            .chain(metrics)
        {
            let mut cells = vec![field.name.to_owned()];
            cells.extend(marked.iter().map(|r| field.value(r).text()));
            rows.push(cells);
        }
    }
    Sheet { header, rows }
}
