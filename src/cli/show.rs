//! `quell show`: everything about one run.

use super::confusion;
use super::context::Context;
use super::exit::Exit;
use super::run_json::RunJson;
use super::{output, suspects, targets};
use crate::compare::{Role, fields, flatten};
use crate::store::{EpochMetrics, LAST_EPOCHS, RunRecord, Store, UnitMetrics};
use serde_json::json;
use std::io::Write;

/// Show one run: its spec, its state and its history
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell show bundled-mlp-sym40-w2a2-s0
  quell show bundled-mlp-sym40-w2a2-s0 --confusion
  quell show bundled-mlp-sym40-w2a2-s0 --json | jq '.history[].test_acc'
  quell show bundled-mlp-sym40-w2a2-s0 --suspects 200 --by aum --csv suspects.csv")]
pub(super) struct Args {
    /// Id of the run, or a unique beginning of it
    #[arg(value_name = "RUN")]
    name: String,

    /// Which class the training images of each true class are told: a table in place of all else
    #[arg(long, conflicts_with = "json")]
    confusion: bool,

    /// One JSON object with `run`, `spec`, `status` and `history`; or the suspects
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    suspects: suspects::Args,
}

/// Lines of the log that are shown.
const LOG_LINES: usize = 10;

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let store = context.store()?;
    let run = targets::one(&store, &args.name)?;
    let mut out = std::io::stdout().lock();
    if args.suspects.show(&mut out, &store, &run, args.json)? {
        return Ok(Exit::Done);
    }
    let history = store.history(&run.id)?;
    if args.json {
        let object = json!({
            "run": serde_json::to_value(RunJson(&run))?,
            "spec": run.spec,
            "status": run.status,
            "folder": store.run_dir(&run.id),
            "history": history,
        });
        output::json(&mut out, &object)?;
    } else if args.confusion {
        print_confusion(&mut out, &run)?;
    } else {
        print(&mut out, &store, &run, &history)?;
    }
    Ok(Exit::Done)
}

/// Shown of runs with Action Units only.
const F1: &str = "test F1 [%]";

/// Columns of the history.
type Column = (&'static str, fn(&EpochMetrics) -> String);

const HISTORY: &[Column] = &[
    ("epoch", |e| e.epoch.to_string()),
    ("train loss", |e| format!("{:.4}", e.train_loss)),
    ("test loss", |e| format!("{:.4}", e.test_loss)),
    ("test acc [%]", |e| share(Some(e.test_acc))),
    (F1, |e| share(e.f1)),
    ("clean acc [%]", |e| share(e.clean_acc)),
    ("memorised [%]", |e| share(e.memorised)),
    ("corrected [%]", |e| share(e.corrected)),
    ("samples/s", |e| format!("{:.0}", e.samples_per_second)),
];

fn print(
    out: &mut impl Write,
    store: &Store,
    run: &RunRecord,
    history: &[EpochMetrics],
) -> anyhow::Result<()> {
    let mut line = |name: &str, text: &str| -> std::io::Result<()> {
        writeln!(out, "{name:24} {}", output::glyphs(&output::clean(text)))
    };
    for name in ["id", "sweep", "state", "device", "created", "host"] {
        if let Ok(field) = crate::compare::field(name) {
            line(field.name, &field.show(run))?;
        }
    }
    if let Some(reason) = &run.status.reason {
        line("reason", reason)?;
    }
    line("folder", &store.run_dir(&run.id).display().to_string())?;
    line(
        "epoch",
        &format!("{}/{}", run.status.epoch, run.spec.train.epochs),
    )?;
    if let Some(noise) = &run.status.noise {
        let asked = if run.spec.noise.uses_file() {
            "labels of a file".into()
        } else {
            format!("{} asked for", noise.nominal_rate)
        };
        line(
            "label noise",
            &format!(
                "{asked}, {:.4} really wrong ({} labels)",
                noise.actual_rate, noise.flipped
            ),
        )?;
    }
    for field in fields().iter().filter(|f| f.role == Role::Metric) {
        if !field.value(run).is_missing() {
            line(field.name, &field.show(run))?;
        }
    }
    writeln!(out, "\nspec")?;
    for (key, value) in flatten(&run.spec) {
        writeln!(out, "  {key:26} {}", output::clean(&value))?;
    }
    let units = run.status.summary.as_ref().map(|s| &s.units[..]);
    if let Some(units) = units.filter(|units| !units.is_empty()) {
        writeln!(out, "\nunits, mean of the last {LAST_EPOCHS} epochs")?;
        print_units(out, units)?;
    }
    if !history.is_empty() {
        writeln!(out, "\nhistory")?;
        print_history(out, history)?;
    }
    let log = store.log(&run.id, LOG_LINES)?;
    if !log.is_empty() {
        writeln!(out, "\nlog")?;
        for text in log {
            writeln!(out, "  {}", output::clean(&text))?;
        }
    }
    Ok(())
}

/// Training labels by true class (rows) and by the class that training is told (columns).
fn print_confusion(out: &mut impl Write, run: &RunRecord) -> anyhow::Result<()> {
    let confusion = run.status.noise.as_ref().map(|n| &n.confusion);
    let Some(confusion) = confusion.filter(|c| !c.is_empty()) else {
        anyhow::bail!(
            "{} has no confusion matrix: it was not started yet, was trained by an older quell, or has \
             more than 100 classes",
            run.id
        );
    };
    output::print_table(out, &confusion::table(confusion))?;
    let units = run.status.noise.as_ref().map(|n| &n.units[..]);
    if let Some(units) = units.filter(|units| !units.is_empty()) {
        output::print_table(out, &confusion::units(units))?;
    }
    Ok(())
}

fn print_units(out: &mut impl Write, units: &[UnitMetrics]) -> anyhow::Result<()> {
    let mut table = output::table();
    table.set_header(["unit", "F1 [%]", "accuracy [%]", "memorised [%]"]);
    for unit in units {
        let shares = [unit.f1, unit.acc, unit.memorised].map(share);
        table.add_row(std::iter::once(format!("AU {}", unit.unit)).chain(shares));
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    output::print_table(out, &table)?;
    Ok(())
}

/// A share in per cent.
fn share(x: Option<f64>) -> String {
    x.map_or_else(|| "–".into(), |x| format!("{:.1}", 100.0 * x))
}

fn print_history(out: &mut impl Write, history: &[EpochMetrics]) -> anyhow::Result<()> {
    let mut table = output::table();
    let units = history.iter().any(|epoch| epoch.f1.is_some());
    let columns = || HISTORY.iter().filter(|(name, _)| units || *name != F1);
    table.set_header(columns().map(|(name, _)| *name));
    for epoch in history {
        table.add_row(columns().map(|(_, text)| text(epoch)));
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    output::print_table(out, &table)?;
    Ok(())
}
