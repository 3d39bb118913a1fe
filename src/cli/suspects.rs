//! `quell show RUN --suspects N`: training samples whose labels are most likely wrong.

use super::exit::usage_text;
use super::output;
use crate::compare::{self, Images, Suspects, Suspicion};
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
        let images = Images::of_run(run);
        let found = compare::suspects(samples, self.by, n.try_into()?);
        match self.csv.as_deref() {
            _ if json => output::json(out, &as_json(run, self.by, &found))?,
            Some("-") => export::write_csv(&sheet(&found, |x| x.to_string(), images), out)?,
            Some(path) => {
                export::save_csv(&sheet(&found, |x| x.to_string(), images), Path::new(path))?;
                writeln!(out, "{}", sentence(self.by, &found))?;
            }
            None => {
                writeln!(out, "{}", sentence(self.by, &found))?;
                print(out, &found, images)?;
            }
        }
        Ok(true)
    }
}

/// A column's name and what stands in it; numbers as they are asked for.
type Column = (&'static str, fn(&SampleRow, fn(f64) -> String) -> String);

const COLUMNS: &[Column] = &[
    ("index", |row, _| row.index.to_string()),
    ("unit", |row, _| {
        row.unit.map_or_else(String::new, |unit| unit.to_string())
    }),
    ("label", |row, _| row.label.to_string()),
    ("true", |row, _| row.true_label.to_string()),
    ("mislabelled", |row, _| row.mislabelled.to_string()),
    ("aum", |row, number| maybe(row.aum, number)),
    ("forgotten", |row, _| row.forgotten.to_string()),
    ("learned_ever", |row, _| row.learned_ever.to_string()),
    ("loss", |row, number| maybe(row.loss, number)),
];

fn maybe(x: Option<f64>, number: fn(f64) -> String) -> String {
    x.map_or_else(String::new, number)
}

/// The suspects with their ranks; that of the Action Unit only where labels are about one.
fn sheet(found: &Suspects, number: fn(f64) -> String, images: Images) -> Sheet {
    let units = found.rows.iter().any(|row| row.unit.is_some());
    let columns = || COLUMNS.iter().filter(|(name, _)| units || *name != "unit");
    let names = columns().map(|(name, _)| (*name).to_string());
    let row = |(rank, row): (usize, &SampleRow)| {
        let cells = columns().map(|(_, cell)| cell(row, number));
        std::iter::once(rank.to_string()).chain(cells).collect()
    };
    Sheet {
        header: std::iter::once("rank".to_string()).chain(names).collect(),
        rows: (1..).zip(&found.rows).map(row).collect(),
    }
    .say_images(found.rows.iter().map(|_| images))
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

fn print(out: &mut impl Write, found: &Suspects, images: Images) -> anyhow::Result<()> {
    let sheet = sheet(found, |x| format!("{x:.3}"), images);
    let mut table = output::table();
    table.set_header(sheet.header);
    table.add_rows(sheet.rows);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    output::print_table(out, &table)?;
    Ok(())
}

fn as_json(run: &RunRecord, by: Suspicion, found: &Suspects) -> Value {
    json!({
        "id": run.id,
        "images": Images::of_run(run).as_str(),
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
