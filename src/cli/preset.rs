//! `quell preset`: specs that come with quell, and the user's own.

use super::context::Context;
use super::exit::{Exit, usage_text};
use super::output;
use crate::spec;
use std::io::Write;

/// List presets, or print one as TOML
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell preset list
  quell preset show quickstart > mine.toml && quell run mine.toml")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the presets
    #[command(after_help = "Example:\n  quell preset list")]
    List {
        /// One JSON array of objects
        #[arg(long)]
        json: bool,
    },
    /// Print a preset as TOML
    #[command(after_help = "Example:\n  quell preset show quickstart > mine.toml")]
    Show {
        /// Name of the preset
        name: String,
    },
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let folder = context.presets();
    let presets = spec::presets(folder.as_deref())?;
    let mut out = std::io::stdout().lock();
    match &args.command {
        Command::List { json } => {
            let rows: Vec<_> = presets.iter().map(Row::of).collect();
            if *json {
                output::json(&mut out, &rows)?;
                return Ok(Exit::Done);
            }
            let mut table = output::table();
            table.set_header(["preset", "runs", "what", "from"]);
            for row in rows {
                table.add_row([
                    row.name,
                    row.runs.map_or_else(|| "–".into(), |n| n.to_string()),
                    output::clean(&row.description),
                    row.from,
                ]);
            }
            output::print_table(&mut out, &table)?;
        }
        Command::Show { name } => {
            let found = presets.iter().find(|p| p.name == *name).ok_or_else(|| {
                let known: Vec<_> = presets.iter().map(|p| p.name.as_str()).collect();
                usage_text(format!(
                    "there is no preset `{name}`; presets: {}",
                    known.join(", ")
                ))
            })?;
            out.write_all(found.text.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

#[derive(serde::Serialize)]
struct Row {
    name: String,
    runs: Option<usize>,
    description: String,
    from: String,
}

impl Row {
    fn of(preset: &spec::Preset) -> Self {
        let parsed = spec::parse(&preset.text, &preset.name, &[]);
        Self {
            name: preset.name.clone(),
            runs: parsed.as_ref().ok().map(spec::count),
            description: match parsed {
                Ok(experiment) => experiment.description,
                Err(error) => error.to_string(),
            },
            from: preset
                .path
                .as_ref()
                .map_or_else(|| "quell".into(), |p| p.display().to_string()),
        }
    }
}
