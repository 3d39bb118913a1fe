//! `quell ls`: every run there is.

use super::context::Context;
use super::exit::Exit;
use super::output::{self, Colours, colours};
use super::run_json::RunJson;
use crate::compare::{Field, Filter, Kind, Role, field, fields, parse_sort, sort};
use crate::export;
use crate::store::{RunRecord, State};
use comfy_table::{Cell, CellAlignment, Color};
use std::io::Write;

/// List runs
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  quell ls
  quell ls --where 'state:finished noise_rate>=0.4 weight_bits<=4' --sort -test_acc_last
  quell ls --json | jq '.[] | select(.state == \"failed\") | .reason'")]
pub(super) struct Args {
    /// One JSON array of objects; shares are 0-1, null until known
    #[arg(long)]
    json: bool,

    /// CSV with a heading line, every field, unrounded
    #[arg(long, conflicts_with = "json")]
    csv: bool,

    /// Only runs that fit, such as 'noise_rate>=0.4 method=none'
    #[arg(long = "where", value_name = "EXPR", default_value = "")]
    filter: String,

    /// Sort by these fields, such as noise_rate,-test_acc_last
    #[arg(
        long,
        value_name = "KEYS",
        default_value = "",
        allow_hyphen_values = true
    )]
    sort: String,
}

const COLUMNS: [&str; 14] = [
    "id",
    "state",
    "epoch",
    "noise_rate",
    "bits",
    "method",
    "seed",
    "fold",
    "f1_last",
    "test_acc_last",
    "memorised",
    "model_bytes",
    "samples_per_second",
    "sweep",
];

/// Of these, those that only runs with Action Units have.
const OF_UNITS: [&str; 2] = ["fold", "f1_last"];

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let filter = Filter::parse(&args.filter)?;
    let keys = parse_sort(&args.sort)?;
    let store = context.store()?;
    let all = store.runs()?;
    let mut runs = filter.apply(&all);
    sort(&mut runs, &keys);
    let mut out = std::io::stdout().lock();
    if args.json {
        let objects: Vec<RunJson> = runs.iter().map(|r| RunJson(r)).collect();
        output::json(&mut out, &objects)?;
        return Ok(Exit::Done);
    }
    if args.csv {
        let every = fields().iter().filter(|f| f.role != Role::Axis);
        let every: Vec<&Field> = every.collect();
        export::write_csv(&export::runs(&runs, &every), &mut out)?;
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        let hint = if all.is_empty() {
            "no runs yet: start some with `quell run quickstart`".to_string()
        } else {
            format!(
                "none of {} runs fits: {}",
                all.len(),
                output::clean(&args.filter)
            )
        };
        writeln!(out, "{hint}")?;
        return Ok(Exit::Done);
    }
    print(&mut out, &runs)?;
    Ok(Exit::Done)
}

fn print(out: &mut impl Write, runs: &[&RunRecord]) -> anyhow::Result<()> {
    let units = runs.iter().any(|run| run.spec.data.set.has_units());
    let wanted = COLUMNS.iter().filter(|n| units || !OF_UNITS.contains(*n));
    let columns: Vec<&Field> = wanted.filter_map(|n| field(n).ok()).collect();
    let mut table = output::table();
    table.set_header(columns.iter().map(|f| Cell::new(f.heading())));
    for run in runs {
        table.add_row(columns.iter().map(|f| cell(f, run)));
    }
    for (i, f) in columns.iter().enumerate() {
        if f.is_ordered()
            && f.kind != Kind::Bits
            && let Some(column) = table.column_mut(i)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    output::print_table(out, &table)?;
    Ok(())
}

fn cell(field: &Field, run: &RunRecord) -> Cell {
    let value = field.value(run);
    let text = match (field.name, value.number()) {
        ("epoch", _) => format!("{}/{}", run.status.epoch, run.spec.train.epochs),
        // The heading has the unit.
        (_, Some(x)) => field.plain(x),
        _ => output::clean(&field.format(&value)),
    };
    let cell = Cell::new(text);
    match state_colour(run.state) {
        Some(colour) if field.name == "state" && colours() != Colours::None => cell.fg(colour),
        _ => cell,
    }
}

/// The colour of a state; its name says the same.
pub(super) fn state_colour(state: State) -> Option<Color> {
    match state {
        State::Finished => Some(Color::Green),
        State::Running => Some(Color::Cyan),
        State::Paused | State::Stopped => Some(Color::Yellow),
        State::Failed | State::Lost => Some(Color::Red),
        State::Queued => None,
    }
}
