//! `quell stop`: end training, keep the checkpoint.

use super::context::Context;
use super::exit::Exit;
use super::targets::{Targets, count};
use crate::store::{Request, Store};
use std::io::Write;
use std::time::{Duration, Instant};

/// Stop runs; their checkpoints are kept
///
/// Queued runs leave the queue. The command waits until training has really ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell stop quickstart                  every run of a sweep
  quell stop bundled-mlp-sym40-w2a2-s0   one run, by its id or the beginning of it
  quell stop --all --no-wait")]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,

    /// Ask, and do not wait until they have stopped
    #[arg(long)]
    no_wait: bool,
}

/// How long a stop is waited for: a step of the slowest network on the slowest device.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let store = context.store()?;
    let mut asked = Vec::new();
    let mut over = 0;
    for run in args.targets.runs(&store)? {
        if run.state.is_over() {
            over += 1;
        } else {
            store.request(&run.id, Request::Stop)?;
            asked.push(run.id);
        }
    }
    let mut out = std::io::stdout().lock();
    if over > 0 {
        writeln!(out, "{} had ended already", count(over))?;
    }
    if asked.is_empty() {
        return Ok(Exit::Done);
    }
    writeln!(out, "asked {} to stop", count(asked.len()))?;
    out.flush()?;
    if args.no_wait {
        return Ok(Exit::Done);
    }
    let left = wait(&store, &asked)?;
    if left == 0 {
        writeln!(
            out,
            "stopped; checkpoints are kept, `quell resume` goes on from them"
        )?;
        Ok(Exit::Done)
    } else {
        anyhow::bail!(
            "{} did not stop within {} s; see `quell doctor`",
            count(left),
            PATIENCE.as_secs()
        )
    }
}

/// Waits until all of `ids` are over; gives the number of those that are not.
fn wait(store: &Store, ids: &[String]) -> anyhow::Result<usize> {
    let begun = Instant::now();
    let mut left: Vec<&String> = ids.iter().collect();
    loop {
        let mut still = Vec::new();
        for id in left {
            if store.exists(id) && !store.run(id)?.state.is_over() {
                still.push(id);
            }
        }
        left = still;
        if left.is_empty() || begun.elapsed() > PATIENCE {
            return Ok(left.len());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
