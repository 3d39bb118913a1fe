//! `quell watch`: follow whatever trains.

use super::context::Context;
use super::exit::Exit;
use super::follow::{Bars, JsonLines, Plain, Sink, Which, follow};
use super::output;
use crate::store::State;
use std::io::Write;
use std::ops::ControlFlow;

/// Follow all runs that are not over, until none is left
///
/// Ctrl-C ends the watching, never the training.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell watch
  quell watch --json | jq -c 'select(.event == \"epoch\") | [.id, .epoch, .test_acc]'")]
pub(super) struct Args {
    /// Lines of text instead of progress bars
    #[arg(long)]
    plain: bool,

    /// One JSON object per line
    #[arg(long, conflicts_with = "plain")]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let store = context.store()?;
    let mut sink: Box<dyn Sink> = if args.json {
        Box::new(JsonLines)
    } else if args.plain || !output::on_terminal() {
        Box::new(Plain)
    } else {
        Box::new(Bars::new())
    };
    let runs = follow(&store, &Which::Live, sink.as_mut(), |_, _| {
        Ok(ControlFlow::Continue(()))
    })?;
    drop(sink);
    if runs.is_empty() && !args.json {
        writeln!(std::io::stdout(), "nothing trains or waits")?;
    }
    let failed = runs
        .iter()
        .any(|r| matches!(r.state, State::Failed | State::Lost));
    Ok(if failed { Exit::Failed } else { Exit::Done })
}
