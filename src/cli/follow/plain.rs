//! Following as plain lines of text.

use super::super::output;
use super::Sink;
use crate::compare::metric_field;
use crate::store::{Event, EventKind, RunRecord, State};
use std::io::Write;

/// Writes news to stdout, a line each.
pub(in crate::cli) struct Plain;

impl Sink for Plain {
    fn begin(&mut self, run: &RunRecord) -> anyhow::Result<()> {
        print(&format!("{}  {}", run.id, run.state))
    }

    fn event(&mut self, run: &RunRecord, event: &Event) -> anyhow::Result<()> {
        match words(run, &event.kind) {
            Some(text) => print(&format!("{}  {text}", run.id)),
            None => Ok(()),
        }
    }

    fn state(&mut self, run: &RunRecord, _: State) -> anyhow::Result<()> {
        // Other states are told by their events; of a lost run nobody writes.
        if matches!(run.state, State::Lost | State::Queued) {
            print(&format!("{}  {}", run.id, run.state))?;
        }
        Ok(())
    }

    fn tick(&mut self, _: &[&RunRecord]) -> anyhow::Result<()> {
        Ok(())
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        print(text)
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", output::glyphs(&output::clean(text)))?;
    out.flush()?;
    Ok(())
}

/// An event in words; `None` for those that are too small to tell.
pub(super) fn words(run: &RunRecord, kind: &EventKind) -> Option<String> {
    let share = |name: &str, x: Option<f64>| {
        let text = x.map(|x| format!("{} {:.1} %", name, 100.0 * x));
        text.map_or_else(String::new, |t| format!(", {t}"))
    };
    Some(match kind {
        EventKind::Started {
            epoch: 0,
            device,
            noise,
            ..
        } => format!(
            "started on {device}, {:.1} % of labels wrong",
            100.0 * noise.actual_rate
        ),
        EventKind::Started { epoch, device, .. } => {
            format!("goes on after epoch {epoch} on {device}")
        }
        EventKind::Epoch(e) => format!(
            "epoch {}/{}: loss {:.4}{}{}, {:.0} samples/s",
            e.epoch,
            run.spec.train.epochs,
            e.train_loss,
            share("test acc", Some(e.test_acc)),
            share("memorised", e.memorised),
            e.samples_per_second
        ),
        EventKind::Finished(s) => {
            let time = metric_field("seconds").map_or_else(
                |_| String::new(),
                |f| format!(", {}", f.format_number(s.seconds)),
            );
            format!(
                "finished{}{}{time}",
                share("test acc", Some(s.test_acc_last)),
                share("memorised", s.memorised)
            )
        }
        EventKind::Stopped { epoch } => format!("stopped after epoch {epoch}"),
        EventKind::Failed { reason } => format!("failed: {reason}"),
        EventKind::Paused => "paused".into(),
        EventKind::Resumed => "resumed".into(),
        EventKind::Note { text } => text.clone(),
        EventKind::Warning { text } => format!("warning: {text}"),
        EventKind::Step(_) | EventKind::Checkpoint { .. } | EventKind::Unknown => return None,
    })
}
