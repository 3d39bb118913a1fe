//! What has come of the runs: tables for people, a summary for scripts.

use super::super::follow;
use super::super::targets::count;
use super::super::{output, pivot_table, run_json::RunJson};
use crate::compare::{self, Pivot, Scope, key_field, metric_field};
use crate::store::{RunRecord, State};
use serde_json::json;
use std::io::Write;

/// Prints what has come of the runs.
pub(super) fn finish(runs: &[RunRecord], sweep: &str, lines: bool) -> anyhow::Result<()> {
    let tables = tables(runs)?;
    let number = |state: State| runs.iter().filter(|r| r.state == state).count();
    if lines {
        let objects: Vec<RunJson> = runs.iter().map(RunJson).collect();
        return follow::line(&json!({
            "event": "summary",
            "sweep": sweep,
            "finished": number(State::Finished),
            "failed": number(State::Failed),
            "lost": number(State::Lost),
            "stopped": number(State::Stopped),
            "runs": objects,
            "tables": tables.iter().map(pivot_table::json).collect::<Vec<_>>(),
        }));
    }
    let mut out = std::io::stdout().lock();
    for run in runs.iter().filter(|r| r.state == State::Failed) {
        let reason = run.status.reason.as_deref().unwrap_or("no reason given");
        writeln!(out, "{} failed: {}", run.id, output::clean(reason))?;
    }
    for pivot in &tables {
        writeln!(out)?;
        pivot_table::print(&mut out, pivot)?;
    }
    writeln!(
        out,
        "\n{} finished, {} failed, {} stopped",
        count(number(State::Finished)),
        number(State::Failed) + number(State::Lost),
        number(State::Stopped)
    )?;
    Ok(())
}

/// Last test accuracy, or F1, over noise rate and treatment, and the memorised share where labels are
/// wrong.
fn tables(runs: &[RunRecord]) -> anyhow::Result<Vec<Pivot>> {
    let rows = key_field("noise_rate")?;
    let cols = key_field(compare::default_columns(runs))?;
    let mut tables = Vec::new();
    let first = compare::default_metric(runs);
    let spread = (first == "f1_last").then_some("f1_spread");
    for name in [Some(first), spread, Some("memorised")]
        .into_iter()
        .flatten()
    {
        let pivot = compare::pivot(runs, rows, cols, metric_field(name)?, Scope::Finished);
        if pivot.range().is_some() {
            tables.push(pivot);
        }
    }
    Ok(tables)
}
