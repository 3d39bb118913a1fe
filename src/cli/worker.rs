//! `quell worker` and `quell worker-slot`: the processes that train. Users never start them.

use super::context::Context;
use super::exit::Exit;
use crate::spec::DeviceChoice;
use crate::worker::{self, WorkerOptions};

/// Train what is queued, until nothing is left
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Train so many runs at once
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,

    /// Train on this device instead of the one in the spec
    #[arg(long, value_name = "D")]
    device: Option<DeviceChoice>,
}

/// Claim and train runs one after another
#[derive(Debug, clap::Args)]
pub(super) struct SlotArgs {
    /// Train on this device instead of the one in the spec
    #[arg(long, value_name = "D")]
    device: Option<DeviceChoice>,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let options = WorkerOptions {
        jobs: args.jobs,
        device: args.device,
    };
    worker::supervise(&context.store()?, &options)?;
    Ok(Exit::Done)
}

pub(super) fn run_slot(args: &SlotArgs, context: &Context) -> anyhow::Result<Exit> {
    let options = WorkerOptions {
        jobs: None,
        device: args.device,
    };
    worker::slot(&context.store()?, &options)?;
    Ok(Exit::Done)
}
