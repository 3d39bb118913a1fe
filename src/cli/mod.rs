//! The command line: one file per subcommand. Its JSON is described in `docs/cli.md`.

mod bench;
mod coding;
mod compare;
mod confusion;
mod context;
mod data;
mod devices;
mod doctor;
mod exit;
mod follow;
mod interrupt;
mod ls;
mod noise;
mod output;
mod parity;
mod pause;
mod pivot_table;
mod preset;
mod preview;
mod probe;
mod resume;
mod rm;
mod run;
mod run_json;
mod show;
mod stop;
mod suspects;
mod targets;
mod watch;
mod worker;

use crate::tui;
use clap::{Parser, Subcommand};
use context::Context;
use exit::Exit;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// A terminal lab for low-bit training on noisy labels.
///
/// Without a subcommand quell opens its terminal interface, filled in with the preset
/// `quickstart`. Training goes on in the background when the interface is left.
#[derive(Debug, Parser)]
#[command(
    name = "quell",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  quell                                  open the interface
  quell run quickstart                   train a small grid and print its table
  quell run quickstart --set train.seeds=[0,1,2] --detach
  quell compare --rows noise_rate --cols bits --metric memorised

Exit codes: 0 done, 1 a run failed, 2 wrong usage or spec, 130 interrupted."
)]
struct Cli {
    /// Folder of all runs; else QUELL_HOME, else the platform's data directory
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Ls(ls::Args),
    Show(show::Args),
    Compare(compare::Args),
    Stop(stop::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Rm(rm::Args),
    Watch(watch::Args),
    Preset(preset::Args),
    Data(data::Args),
    Devices(devices::Args),
    Doctor(doctor::Args),
    Parity(parity::Args),
    Bench(bench::Args),
    #[command(hide = true)]
    Worker(worker::Args),
    #[command(hide = true)]
    WorkerSlot(worker::SlotArgs),
}

/// Runs the command line of this process and says how it ended.
pub fn main() -> ExitCode {
    // clap writes help and errors itself; wrong usage is exit code 2.
    let cli = Cli::parse();
    let context = Context::new(cli.home);
    let result = match cli.command {
        None => interface(&context),
        Some(Command::Run(args)) => run::run(args, &context),
        Some(Command::Ls(args)) => ls::run(&args, &context),
        Some(Command::Show(args)) => show::run(&args, &context),
        Some(Command::Compare(args)) => compare::run(&args, &context),
        Some(Command::Stop(args)) => stop::run(&args, &context),
        Some(Command::Pause(args)) => pause::run(&args, &context),
        Some(Command::Resume(args)) => resume::run(&args, &context),
        Some(Command::Rm(args)) => rm::run(&args, &context),
        Some(Command::Watch(args)) => watch::run(&args, &context),
        Some(Command::Preset(args)) => preset::run(&args, &context),
        Some(Command::Data(args)) => data::run(&args, &context),
        Some(Command::Devices(args)) => devices::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args, &context),
        Some(Command::Parity(args)) => parity::run(&args, &context),
        Some(Command::Bench(args)) => bench::run(&args, &context),
        Some(Command::Worker(args)) => worker::run(&args, &context),
        Some(Command::WorkerSlot(args)) => worker::run_slot(&args, &context),
    };
    exit::report(result)
}

/// The terminal interface, or the list of runs where there is no terminal to draw on.
fn interface(context: &Context) -> anyhow::Result<Exit> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return ls::run(&ls::Args::default(), context);
    }
    if std::env::var("TERM").is_ok_and(|t| t == "dumb") {
        return Err(exit::usage_text(
            "this terminal (TERM=dumb) cannot show the interface: use `quell run`, `quell ls` and \
             `quell watch` instead",
        ));
    }
    let store = context.store()?;
    let config = context::config_dir();
    tui::run(store, tui::TuiOptions { config })?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound_and_every_subcommand_has_an_example() {
        let command = Cli::command();
        command.clone().debug_assert();
        for sub in command.get_subcommands().filter(|s| !s.is_hide_set()) {
            let help = sub.get_after_help().map(ToString::to_string);
            assert!(
                help.is_some_and(|h| h.contains("Example") && h.contains("quell ")),
                "{} has no example",
                sub.get_name()
            );
        }
    }
}
