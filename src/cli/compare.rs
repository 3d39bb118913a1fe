//! `quell compare`: the pivot of two keys.

use super::context::Context;
use super::exit::Exit;
use super::{output, pivot_table};
use crate::compare::{self, Filter, Scope, axis_field, key_field, metric_field};
use crate::export;
use std::io::Write;
use std::path::PathBuf;

/// Compare runs: a metric over two keys, mean and standard deviation over the rest
///
/// Only finished runs count, unless --unfinished is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell compare
  quell compare --rows noise_rate --cols bits --metric memorised --where method=none
  quell compare --rows unit --cols treatment --where 'sweep=action-units noise=0.2'
  quell compare --where sweep=quickstart --format csv --output table.csv

Keys and metrics are those of `quell ls --json`; docs/cli.md lists them.")]
pub(super) struct Args {
    /// Key of the rows, or unit for each Action Unit by itself
    #[arg(long, value_name = "K", default_value = "noise_rate")]
    rows: String,

    /// Key of the columns [default: bits, or treatment where baselines are among the runs]
    #[arg(long, value_name = "K")]
    cols: Option<String>,

    /// Metric in the cells [default: test_acc_last, or f1_last of Action Units]
    #[arg(long, value_name = "M")]
    metric: Option<String>,

    /// Only runs that fit, such as 'noise_rate>=0.4 method=none'
    #[arg(long = "where", value_name = "EXPR", default_value = "")]
    filter: String,

    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Count runs that have not finished with the figures they have so far
    #[arg(long)]
    unfinished: bool,

    /// Write to this file instead of stdout (csv only)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// Unrounded numbers with a heading line
    Csv,
    /// One object
    Json,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let rows = axis_field(&args.rows)?;
    let metric = args.metric.as_deref().map(metric_field).transpose()?;
    let cols = args.cols.as_deref().map(axis_field).transpose()?;
    let filter = Filter::parse(&args.filter)?;
    if args.output.is_some() && args.format != Format::Csv {
        return Err(super::exit::usage_text(
            "--output writes CSV: add --format csv, or redirect stdout",
        ));
    }
    let store = context.store()?;
    let all = store.runs()?;
    let runs = filter.apply(&all);
    let cols = match cols {
        Some(cols) => cols,
        None => key_field(compare::default_columns(runs.iter().copied()))?,
    };
    let metric = match metric {
        Some(metric) => metric,
        None => metric_field(compare::default_metric(runs.iter().copied()))?,
    };
    let scope = if args.unfinished {
        Scope::All
    } else {
        Scope::Finished
    };
    let pivot = compare::pivot(runs.iter().copied(), rows, cols, metric, scope);
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Csv => {
            let sheet = export::pivot(&pivot);
            match &args.output {
                Some(path) => export::save_csv(&sheet, path)?,
                None => export::write_csv(&sheet, &mut out)?,
            }
        }
        Format::Json => output::json(&mut out, &pivot_table::json(&pivot))?,
        Format::Table if runs.is_empty() => {
            let hint = if all.is_empty() {
                "no runs yet: start some with `quell run quickstart`".into()
            } else {
                format!("none of {} runs fits the filter", all.len())
            };
            writeln!(out, "{hint}")?;
        }
        Format::Table => pivot_table::print(&mut out, &pivot)?,
    }
    Ok(Exit::Done)
}
