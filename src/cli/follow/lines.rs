//! Following as JSON lines: one object per line, `event` says what it is.

use super::super::output;
use super::super::run_json::RunJson;
use super::Sink;
use crate::store::{Event, EventKind, RunRecord, State};
use serde::Serialize;
use serde_json::json;

/// Writes news to stdout as JSON lines.
pub(in crate::cli) struct JsonLines;

/// An event of a run's log with the run's id before it.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(flatten)]
    event: &'a Event,
}

impl Sink for JsonLines {
    fn begin(&mut self, run: &RunRecord) -> anyhow::Result<()> {
        line(&json!({"event": "run", "id": run.id, "state": run.state, "run": RunJson(run)}))
    }

    fn event(&mut self, run: &RunRecord, event: &Event) -> anyhow::Result<()> {
        if event.kind == EventKind::Unknown {
            return Ok(());
        }
        line(&Line { id: &run.id, event })
    }

    fn state(&mut self, run: &RunRecord, before: State) -> anyhow::Result<()> {
        line(&json!({"event": "state", "id": run.id, "state": run.state, "before": before}))
    }

    fn tick(&mut self, _: &[&RunRecord]) -> anyhow::Result<()> {
        Ok(())
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        line(&json!({"event": "message", "text": text}))
    }
}

/// One line on stdout.
pub(in crate::cli) fn line(value: &impl Serialize) -> anyhow::Result<()> {
    output::json_line(&mut std::io::stdout().lock(), value)
}
