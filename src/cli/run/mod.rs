//! `quell run`: train a grid and print its table.

mod guard;
mod report;

use super::context::Context;
use super::exit::{Exit, usage, usage_text};
use super::follow::{self, Bars, JsonLines, Sink, Which, follow};
use super::interrupt::Interrupts;
use super::output;
use crate::data::{self, DataError};
use crate::plan::{self, Plan};
use crate::spec::{self, DeviceChoice, Experiment};
use crate::store::{Request, RunRecord, State, Store};
use crate::worker::{self, WorkerOptions};
use guard::Guard;
use report::finish;
use serde_json::json;
use std::collections::HashMap;
use std::io::Write;

/// Train a grid of runs and print its table
///
/// Runs that exist already are not repeated; stopped, failed and lost ones go on from their
/// checkpoints. Training happens in a process of its own: closing the terminal does not end it.
/// Ctrl-C stops the runs and keeps their checkpoints. On a terminal there are progress bars and a
/// table, elsewhere JSON lines.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell run quickstart
  quell run quickstart --set noise.rates=[0.2,0.6] --set train.seeds=[0,1,2] --detach
  quell run my-grid.toml --device cpu --json > events.jsonl")]
pub(super) struct Args {
    /// Name of a preset, or a TOML file
    #[arg(value_name = "PRESET|FILE")]
    spec: String,

    /// Override a field of the spec, such as noise.rates=[0.2]; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,

    /// Train on this device: auto, cpu, wgpu, wgpu:N or software
    #[arg(long, value_name = "D")]
    device: Option<DeviceChoice>,

    /// Train so many runs at once [default: one per core on a CPU, one on a GPU]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,

    /// Print the run ids and leave; training goes on in the background
    #[arg(long)]
    detach: bool,

    /// Train again what exists already
    #[arg(long)]
    again: bool,

    /// One JSON object per line, as when stdout is no terminal
    #[arg(long)]
    json: bool,

    /// Say what would be trained, and train nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask before a large grid
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let mut overrides = args.overrides.clone();
    if let Some(device) = args.device {
        overrides.push(format!("train.device=\"{device}\""));
    }
    let folder = context.presets();
    let experiment = spec::load(&args.spec, &overrides, folder.as_deref())?;
    let store = context.store()?;
    // Scripts that detach want the ids, unless they ask for JSON.
    let lines = args.json || !(output::on_terminal() || args.detach);
    if !large_grid_agreed(&experiment, &args)? {
        return Ok(Exit::Done);
    }
    check_data(&experiment, &store)?;
    let plan = plan::plan(&experiment, &store);
    announce(&experiment, &plan, &args, lines)?;
    if args.dry_run {
        return Ok(Exit::Done);
    }

    let specs = spec::expand(&experiment);
    let queued = store.enqueue(&experiment, &specs, args.again)?;
    let ids = if args.again {
        queued.created.clone()
    } else {
        queued.ids.clone()
    };
    let log_ends: HashMap<String, u64> = ids
        .iter()
        .map(|id| {
            // A worker that is alive may have begun a new run already: all of it is news.
            let new = queued.created.contains(id);
            let end = if new { 0 } else { follow::log_end(&store, id) };
            (id.clone(), end)
        })
        .collect();
    let resumed = resume(&store, &ids)?;
    let options = WorkerOptions {
        jobs: args.jobs.map(usize::from),
        device: args.device,
    };
    let waiting = |run: &&RunRecord| !run.state.is_over();
    let to_do = store
        .runs()?
        .iter()
        .filter(|r| log_ends.contains_key(&r.id))
        .filter(waiting)
        .count();
    // The folders are there now: Ctrl-C has to be obeyed before the first step is trained.
    let interrupts = (!args.detach).then(Interrupts::watch).transpose()?;
    if to_do > 0 {
        worker::ensure_running(&store, &options)?;
    }
    if lines {
        follow::line(&json!({
            "event": "queued", "sweep": queued.sweep, "ids": ids,
            "created": queued.created, "resumed": resumed,
        }))?;
    }
    let Some(interrupts) = interrupts else {
        if !lines {
            let mut out = std::io::stdout().lock();
            for id in &ids {
                writeln!(out, "{id}")?;
            }
        }
        return Ok(Exit::Done);
    };

    let mut sink: Box<dyn Sink> = if lines {
        Box::new(JsonLines)
    } else {
        Box::new(Bars::new())
    };
    let mut guard = Guard::new(&store, &options, &interrupts, &queued.sweep);
    let which = Which::Ids(log_ends);
    let runs = follow(&store, &which, sink.as_mut(), |runs, sink| {
        guard.look(runs, sink)
    })?;
    drop(sink);
    finish(&runs, &queued.sweep, lines)?;
    Ok(if interrupts.count() > 0 {
        Exit::Interrupted
    } else if runs.iter().any(|r| r.state != State::Finished) {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// Asks before a large grid; without a terminal to ask on it is refused without `--yes`.
fn large_grid_agreed(experiment: &Experiment, args: &Args) -> anyhow::Result<bool> {
    let runs = spec::count(experiment);
    if runs <= spec::LARGE_GRID || args.yes || args.dry_run {
        return Ok(true);
    }
    if !output::can_ask() {
        return Err(usage_text(format!(
            "this grid has {runs} runs, more than {}: add --yes if that is meant, or shorten its lists",
            spec::LARGE_GRID
        )));
    }
    Ok(output::confirm(&format!(
        "This grid has {runs} runs. Train them all?"
    ))?)
}

/// Finds the files of the data set, of its labels and of weights, and as many images as are asked for, before
/// anything is queued.
fn check_data(experiment: &Experiment, store: &Store) -> anyhow::Result<()> {
    let wanted = &experiment.data;
    data::locate(wanted, &store.data_home()).map_err(usage)?;
    for (field, file) in [
        ("noise.file", &experiment.noise.file),
        ("model.weights", &experiment.model.weights),
    ] {
        if let Some(file) = file.as_deref().filter(|file| !file.is_file()) {
            let text = format!("{field}: there is no file {}", file.display());
            return Err(usage_text(text));
        }
    }
    let shape = data::shape(wanted);
    for (field, limit, there) in [
        ("train_limit", wanted.train_limit, shape.train),
        ("test_limit", wanted.test_limit, shape.test),
    ] {
        if let Some(asked) = limit.filter(|n| *n > there) {
            return Err(usage(DataError::TooMany {
                field,
                asked,
                there,
            }));
        }
    }
    Ok(())
}

/// Puts runs that ended without finishing back into the queue.
fn resume(store: &Store, ids: &[String]) -> anyhow::Result<Vec<String>> {
    let mut resumed = Vec::new();
    for id in ids {
        let state = store.run(id)?.state;
        if matches!(state, State::Stopped | State::Failed | State::Lost) {
            store.request(id, Request::Resume)?;
            resumed.push(id.clone());
        }
    }
    Ok(resumed)
}

/// Says what will be trained: on stderr for people, as the first line of JSON.
fn announce(experiment: &Experiment, plan: &Plan, args: &Args, lines: bool) -> anyhow::Result<()> {
    if lines {
        return follow::line(&json!({
            "event": "plan",
            "name": experiment.name,
            "runs": plan.runs,
            "existing": plan.existing,
            "to_resume": plan.to_resume,
            "control_added": plan.control_added,
            "estimated_seconds": plan.estimate.seconds(),
            "estimated_by": plan.estimate.by(),
            "dry_run": args.dry_run,
        }));
    }
    let text = output::glyphs(&output::clean(&plan.sentence()));
    writeln!(std::io::stderr(), "{}: {text}", experiment.name)?;
    Ok(())
}
