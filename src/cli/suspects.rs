//! `quell show RUN --suspects N`: training samples whose labels are most likely wrong.

use super::exit::usage_text;
use super::output;
use crate::compare::{self, Suspects, Suspicion};
use crate::export::{self, Sheet};
use crate::store::{RunRecord, SampleRow, Store};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// What is asked for.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The N training samples whose labels are most likely wrong, with precision and recall
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    suspects: Option<u64>,

    /// What labels are suspected by
    #[arg(long, value_enum, default_value_t = Suspicion::Aum, requires = "suspects")]
    by: Suspicion,

    /// Write the suspects as CSV to this file, or to stdout with -
    #[arg(
        long,
        value_name = "FILE",
        requires = "suspects",
        conflicts_with = "json"
    )]
    csv: Option<String>,
}

impl Args {
    /// Prints the suspects of `run`; `false` when they were not asked for.
    pub fn show(
        &self,
        out: &mut impl Write,
        store: &Store,
        run: &RunRecord,
        json: bool,
    ) -> anyhow::Result<bool> {
        let Some(n) = self.suspects else {
            return Ok(false);
        };
        let samples = store.samples(&run.id)?.ok_or_else(|| {
            usage_text(format!(
                "nothing is known of the samples of {}: it has no finished epoch, an older quell \
                 trained it, or its method has no logits of single samples",
                run.id
            ))
        })?;
        let found = compare::suspects(samples, self.by, n.try_into()?);
        match self.csv.as_deref() {
            _ if json => output::json(out, &as_json(run, self.by, &found))?,
            Some("-") => export::write_csv(&sheet(&found), out)?,
            Some(path) => {
                export::save_csv(&sheet(&found), Path::new(path))?;
                writeln!(out, "{}", sentence(self.by, &found))?;
            }
            None => {
                writeln!(out, "{}", sentence(self.by, &found))?;
                print(out, &found)?;
            }
        }
        Ok(true)
    }
}

const COLUMNS: [&str; 9] = [
    "rank",
    "index",
    "label",
    "true",
    "mislabelled",
    "aum",
    "forgotten",
    "learned_ever",
    "loss",
];

fn cells(rank: usize, row: &SampleRow, number: fn(f64) -> String) -> [String; 9] {
    let maybe = |x: Option<f64>| x.map_or_else(String::new, number);
    [
        rank.to_string(),
        row.index.to_string(),
        row.label.to_string(),
        row.true_label.to_string(),
        row.mislabelled.to_string(),
        maybe(row.aum),
        row.forgotten.to_string(),
        row.learned_ever.to_string(),
        maybe(row.loss),
    ]
}

fn sheet(found: &Suspects) -> Sheet {
    let rows = (1..).zip(&found.rows);
    Sheet {
        header: COLUMNS.map(String::from).into(),
        rows: rows
            .map(|(rank, row)| cells(rank, row, |x| x.to_string()).into())
            .collect(),
    }
}

fn sentence(by: Suspicion, found: &Suspects) -> String {
    let share = |x: Option<f64>| x.map_or_else(|| "–".into(), |x| format!("{:.1} %", 100.0 * x));
    output::glyphs(&format!(
        "{} suspects by {} of {} training samples: {} are mislabelled, precision {} (base rate {}), recall {}",
        found.rows.len(),
        by.as_str(),
        found.samples,
        found.found,
        share(found.precision()),
        share(found.base_rate()),
        share(found.recall()),
    ))
}

fn print(out: &mut impl Write, found: &Suspects) -> anyhow::Result<()> {
    let mut table = output::table();
    table.set_header(COLUMNS);
    for (rank, row) in (1..).zip(&found.rows) {
        table.add_row(cells(rank, row, |x| format!("{x:.3}")));
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    output::print_table(out, &table)?;
    Ok(())
}

fn as_json(run: &RunRecord, by: Suspicion, found: &Suspects) -> Value {
    json!({
        "id": run.id,
        "by": by.as_str(),
        "samples": found.samples,
        "mislabelled": found.mislabelled,
        "found": found.found,
        "precision": found.precision(),
        "recall": found.recall(),
        "base_rate": found.base_rate(),
        "suspects": found.rows,
    })
}
