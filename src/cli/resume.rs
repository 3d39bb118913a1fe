//! `quell resume`: go on with what was paused, stopped, failed or lost.

use super::context::Context;
use super::exit::Exit;
use super::targets::{Targets, count};
use crate::spec::DeviceChoice;
use crate::store::{Request, State};
use crate::worker::{self, WorkerOptions};
use std::io::Write;

/// Go on with runs that were paused or stopped, have failed or were lost
///
/// They continue from their newest checkpoint, in the background.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell resume quickstart
  quell resume --all && quell watch")]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,

    /// Train on this device instead of the one in the spec
    #[arg(long, value_name = "D")]
    device: Option<DeviceChoice>,

    /// Train so many runs at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let store = context.store()?;
    let mut asked = 0;
    let mut left_alone = 0;
    for run in args.targets.runs(&store)? {
        match run.state {
            State::Paused | State::Stopped | State::Failed | State::Lost => {
                store.request(&run.id, Request::Resume)?;
                asked += 1;
            }
            State::Finished => left_alone += 1,
            // Queued runs may have been left without a worker.
            State::Queued => asked += 1,
            State::Running => left_alone += 1,
        }
    }
    let mut out = std::io::stdout().lock();
    if asked > 0 {
        let options = WorkerOptions {
            jobs: args.jobs.map(usize::from),
            device: args.device,
        };
        worker::ensure_running(&store, &options)?;
    }
    writeln!(out, "{} go on in the background", count(asked))?;
    if left_alone > 0 {
        writeln!(out, "{} finished or running already", count(left_alone))?;
    }
    Ok(Exit::Done)
}
