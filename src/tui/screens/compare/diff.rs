//! What marked runs differ in, and what came out.

use super::names::short_id;
use super::rows::clean;
use super::state::{State, known};
use crate::compare::diff;
use crate::store::RunRecord;
use crate::tui::widgets::curves::letter;

/// Metrics below the configuration.
const HEADLINES: [&str; 8] = [
    "test_acc_last",
    "test_acc_best",
    "test_acc_selected",
    "memorised",
    "corrected",
    "model_bytes",
    "compression_ratio",
    "seconds",
];

/// The difference as a table of text.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffTable {
    /// Short names of the runs.
    pub heads: Vec<String>,
    /// Rows of the configuration: field and a value per run.
    pub config: Vec<(String, Vec<String>)>,
    /// Rows of metrics.
    pub metrics: Vec<(String, Vec<String>)>,
}

impl DiffTable {
    /// All rows in order, with a gap between configuration and metrics.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &[String])> {
        let gap = [("", [].as_slice())];
        let config = self.config.iter().map(|r| (r.0.as_str(), r.1.as_slice()));
        let metrics = self.metrics.iter().map(|r| (r.0.as_str(), r.1.as_slice()));
        config.chain(gap).chain(metrics)
    }
}

/// The table of the marked runs.
pub fn table(state: &State, runs: &[RunRecord]) -> DiffTable {
    let marked = state.marked_runs(runs);
    let value = |v: Option<String>| v.map_or_else(|| "–".into(), |v| clean(&v));
    let config = diff(&marked).into_iter();
    let config = config.map(|row| (row.key, row.values.into_iter().map(value).collect()));
    let mut metrics = vec![(
        "state".to_owned(),
        marked.iter().map(|r| r.state.to_string()).collect(),
    )];
    for name in HEADLINES {
        let field = known(name);
        if marked.iter().any(|r| field.number(r).is_some()) {
            metrics.push((
                field.label.into(),
                marked.iter().map(|r| field.show(r)).collect(),
            ));
        }
    }
    let heads = marked.iter().enumerate();
    DiffTable {
        heads: heads
            .map(|(i, r)| format!("{} {}", letter(i), short_id(&r.id)))
            .collect(),
        config: config.collect(),
        metrics,
    }
}
