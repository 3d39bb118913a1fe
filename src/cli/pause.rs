//! `quell pause`: let runs wait.

use super::context::Context;
use super::exit::Exit;
use super::targets::{Targets, count};
use crate::store::{Request, State};
use std::io::Write;

/// Let runs wait until they are resumed
///
/// A paused run keeps its place in memory and goes on with the next step when it is resumed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell pause quickstart
  quell pause --all")]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let store = context.store()?;
    let mut asked = 0;
    let mut left_alone = 0;
    for run in args.targets.runs(&store)? {
        if matches!(run.state, State::Running | State::Queued) {
            store.request(&run.id, Request::Pause)?;
            asked += 1;
        } else {
            left_alone += 1;
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "asked {} to pause", count(asked))?;
    if left_alone > 0 {
        writeln!(out, "{} had nothing to pause", count(left_alone))?;
    }
    Ok(Exit::Done)
}
