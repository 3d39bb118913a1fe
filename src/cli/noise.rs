//! `quell data noise`: what the label noise of a spec does, before anything is trained.

use super::confusion;
use super::context::Context;
use super::exit::Exit;
use super::output;
use crate::data::prepare;
use crate::spec::{self, Cell, RunSpec};
use serde_json::json;
use std::io::Write;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell data noise human-labels --set noise.file=CIFAR-10_human.pt
  quell data noise my-grid.toml --json")]
pub(super) struct Args {
    /// Name of a preset, or a TOML file
    #[arg(value_name = "PRESET|FILE")]
    spec: String,

    /// Override a field of the spec, such as noise.rates=[0.2]; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,

    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Draws the labels of the highest rate and the first seed, and counts them.
pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let folder = context.presets();
    let experiment = spec::load(&args.spec, &args.overrides, folder.as_deref())?;
    let rate = experiment.noise.rates.iter().copied().fold(0.0, f64::max);
    let seed = experiment.train.seeds.first().copied().unwrap_or(0);
    let run = RunSpec::at(&experiment, rate, &Cell::CONTROL, seed);
    let found = prepare(&run, &context.store()?.data_home())?.noise;
    let mut out = std::io::stdout().lock();
    if args.json {
        let all = json!({
            "set": run.data.set,
            "kind": run.noise.kind,
            "nominal_rate": found.nominal_rate,
            "actual_rate": found.actual_rate,
            "flipped": found.flipped,
            "seed": found.seed,
            "confusion": found.confusion,
            "units": found.units,
        });
        writeln!(out, "{all}")?;
        return Ok(Exit::Done);
    }
    let rate = match run.noise.kind.is_from_file() {
        true => String::new(),
        false => format!(" of nominal rate {rate}"),
    };
    writeln!(
        out,
        "{}, {} noise{rate}, seed {seed}: {} of the training labels are wrong, {:.2} %",
        run.data.set,
        run.noise.kind,
        found.flipped,
        100.0 * found.actual_rate
    )?;
    if !found.units.is_empty() {
        output::print_table(&mut out, &confusion::units(&found.units))?;
    } else if !found.confusion.is_empty() {
        output::print_table(&mut out, &confusion::table(&found.confusion))?;
    }
    Ok(Exit::Done)
}
