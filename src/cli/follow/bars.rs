//! Following as progress bars on a terminal: one per run that trains, and one for all.

use super::super::output;
use super::Sink;
use super::plain::words;
use crate::compare::field;
use crate::store::{Event, EventKind, RunRecord, State};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::HashMap;

/// Progress bars on stderr.
pub(in crate::cli) struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    runs: HashMap<String, ProgressBar>,
}

impl Bars {
    /// The bars; nothing is drawn before the first look.
    pub fn new() -> Self {
        let all = MultiProgress::new();
        let total = all.add(ProgressBar::new(0));
        total.set_style(style("{prefix} {wide_bar} {percent:>3} %"));
        Self {
            all,
            total,
            runs: HashMap::new(),
        }
    }

    fn show(&mut self, run: &RunRecord) {
        let steps = run.status.step.as_ref().map_or(0, |s| s.steps_per_epoch);
        let done = match &run.status.step {
            Some(step) if steps > 0 && step.epoch > 0 => step.step,
            _ => 0,
        };
        let (all, total) = (&self.all, &self.total);
        let bar = self.runs.entry(run.id.clone()).or_insert_with(|| {
            let bar = all.insert_before(total, ProgressBar::new(1));
            bar.set_style(style("{prefix} {wide_bar} {msg}"));
            bar.set_prefix(label(run));
            bar
        });
        if steps > 0 {
            bar.set_length((steps * run.spec.train.epochs) as u64);
            bar.set_position(done as u64);
        }
        bar.set_message(message(run));
    }

    fn hide(&mut self, id: &str) {
        if let Some(bar) = self.runs.remove(id) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    fn line(&self, text: &str) -> anyhow::Result<()> {
        self.all.println(output::glyphs(&output::clean(text)))?;
        Ok(())
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        for bar in self.runs.values().chain([&self.total]) {
            bar.finish_and_clear();
        }
    }
}

impl Sink for Bars {
    fn begin(&mut self, _: &RunRecord) -> anyhow::Result<()> {
        Ok(())
    }

    fn event(&mut self, run: &RunRecord, event: &Event) -> anyhow::Result<()> {
        match &event.kind {
            EventKind::Finished(_)
            | EventKind::Stopped { .. }
            | EventKind::Failed { .. }
            | EventKind::Warning { .. } => match words(run, &event.kind) {
                Some(text) => self.line(&format!("{}  {text}", run.id)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn state(&mut self, run: &RunRecord, _: State) -> anyhow::Result<()> {
        if run.state == State::Lost {
            self.line(&format!("{}  lost: its process is gone", run.id))?;
        }
        Ok(())
    }

    fn tick(&mut self, runs: &[&RunRecord]) -> anyhow::Result<()> {
        let mut epochs = 0;
        let mut done = 0;
        let mut over = 0;
        for run in runs {
            epochs += run.spec.train.epochs;
            over += usize::from(run.state.is_over());
            done += match run.state {
                // Early stopping ends a run before its last epoch.
                State::Finished => run.spec.train.epochs,
                _ => run.status.epoch,
            };
            if matches!(run.state, State::Running | State::Paused) {
                self.show(run);
            } else {
                self.hide(&run.id);
            }
        }
        self.total.set_prefix(format!("{over}/{} runs", runs.len()));
        self.total.set_length(epochs as u64);
        self.total.set_position(done as u64);
        Ok(())
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        self.line(text)
    }
}

/// A run in few words: its line has to fit beside a bar.
fn label(run: &RunRecord) -> String {
    let show = |name: &str| field(name).map_or_else(|_| String::new(), |f| f.show(run));
    let text = format!(
        "noise {} {} seed {}",
        show("noise_rate"),
        show("treatment"),
        show("seed")
    );
    output::clean(&text)
}

fn message(run: &RunRecord) -> String {
    if run.state == State::Paused {
        return "paused".into();
    }
    let epochs = run.spec.train.epochs;
    let mut text = match &run.status.step {
        Some(step) if step.epoch == 0 => {
            let done = step.step / step.steps_per_epoch.max(1);
            format!("first stage, epoch {done}/{epochs}")
        }
        _ => format!("epoch {}/{epochs}", run.status.epoch),
    };
    if let Some(e) = &run.status.last_epoch {
        text.push_str(&format!(" acc {:.1} %", 100.0 * e.test_acc));
        if let Some(memorised) = e.memorised {
            text.push_str(&format!(" mem {:.1} %", 100.0 * memorised));
        }
    }
    if let Some(step) = &run.status.step {
        text.push_str(&format!(" {:.0}/s", step.samples_per_second));
    }
    text
}

fn style(template: &str) -> ProgressStyle {
    let chars = if output::is_utf8() {
        "━╸─"
    } else {
        "=>-"
    };
    // The templates are constants of this file.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars(chars)
}
