//! `quell rm`: delete runs.

use super::context::Context;
use super::exit::{Exit, usage, usage_text};
use super::output;
use super::targets::{Targets, count};
use crate::store::State;
use std::io::Write;

/// Delete runs with their results and checkpoints
///
/// Runs that train or wait are refused: stop them first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell rm bundled-mlp-sym40-w2a2-s0
  quell stop quickstart && quell rm quickstart
  quell rm --all --yes")]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let store = context.store()?;
    let runs = args.targets.runs(&store)?;
    if let Some(run) = runs
        .iter()
        .find(|r| matches!(r.state, State::Running | State::Paused))
    {
        return Err(usage_text(format!(
            "{} is {}: stop it first with `quell stop {0}`",
            run.id, run.state
        )));
    }
    if (args.targets.is_all() || runs.len() > 1) && !args.yes && !runs.is_empty() {
        let question = format!("Delete {} with their results?", count(runs.len()));
        if !output::can_ask() {
            return Err(usage_text(format!(
                "this would delete {}: add --yes to do it",
                count(runs.len())
            )));
        }
        if !output::confirm(&question)? {
            writeln!(std::io::stdout(), "nothing deleted")?;
            return Ok(Exit::Done);
        }
    }
    for run in &runs {
        store.remove(&run.id).map_err(usage)?;
    }
    writeln!(std::io::stdout(), "deleted {}", count(runs.len()))?;
    Ok(Exit::Done)
}
