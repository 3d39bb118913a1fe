//! A pivot as a table for people and as JSON.

use super::output::{self, Colours, colours};
use super::run_json::json_value;
use crate::compare::{self, Better, Images, Pivot};
use comfy_table::{Attribute, Cell, CellAlignment, Color};
use serde_json::{Value, json};
use std::io::Write;

/// From the low to the high end of the scale: dark violet to yellow, which stays in order without
/// colour vision and in grey (indices of the 256-colour palette).
const RAMP: [u8; 7] = [97, 68, 38, 36, 71, 149, 226];

/// Prints the pivot with its heading, and below it what a reader must know: how many runs are
/// behind a figure, which wait, and what a mean mixes.
pub(super) fn print(out: &mut impl Write, pivot: &Pivot) -> anyhow::Result<()> {
    writeln!(
        out,
        "{}",
        output::glyphs(&format!(
            "{}, {} × {}",
            pivot.metric.heading(),
            pivot.rows.label,
            pivot.cols.label
        ))
    )?;
    let mut table = output::table();
    let mut header = vec![Cell::new(pivot.rows.label)];
    header.extend(
        pivot
            .col_values
            .iter()
            .map(|v| Cell::new(output::clean(&pivot.cols.format(v)))),
    );
    table.set_header(header);
    for (r, value) in pivot.row_values.iter().enumerate() {
        let best = pivot.best(r);
        let mut row = vec![Cell::new(output::clean(&pivot.rows.format(value)))];
        for (c, cell) in pivot.cells[r].iter().enumerate() {
            row.push(figure(pivot, cell.as_ref(), best == Some(c)));
        }
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    output::print_table(out, &table)?;
    for line in notes(pivot) {
        writeln!(out, "{}", output::glyphs(&line))?;
    }
    Ok(())
}

fn figure(pivot: &Pivot, cell: Option<&compare::Cell>, best: bool) -> Cell {
    let choice = cell.and_then(|c| c.choice.as_ref());
    let Some(stat) = cell.and_then(|c| c.stat) else {
        // A chosen setting without a figure, as of memorised labels without noise, waits for nothing.
        let undecided = choice.is_some_and(|c| c.setting().is_none());
        let waits = undecided || cell.is_some_and(|c| c.pending > 0);
        return Cell::new(if waits { "…" } else { "" });
    };
    let mut text = pivot.metric.format_stat(&stat);
    if best {
        text.push_str(" *");
    }
    if let Some(setting) = choice.and_then(|c| c.setting()) {
        text.push_str(&format!("\n{}", output::clean(setting)));
    }
    let mut cell = Cell::new(text);
    if let (Some((low, high)), Colours::Many) = (pivot.range(), colours()) {
        let share = if high > low {
            (stat.mean - low) / (high - low)
        } else {
            0.5
        };
        let at = (share * (RAMP.len() - 1) as f64).round() as usize;
        cell = cell.fg(Color::AnsiValue(RAMP[at.min(RAMP.len() - 1)]));
    }
    if best && colours() != Colours::None {
        cell = cell.add_attribute(Attribute::Bold);
    }
    cell
}

/// What must be known to read the figures.
pub(super) fn notes(pivot: &Pivot) -> Vec<String> {
    let mut notes = Vec::new();
    let end = match pivot.metric.better {
        Better::Higher => "* highest in its row; ",
        Better::Lower => "* lowest in its row; ",
        Better::Neither => "",
    };
    match pivot.counts() {
        Some((1, 1)) => notes.push(format!("{end}one run behind each figure")),
        Some((low, high)) if low == high => {
            notes.push(format!("{end}mean ± sample std over {low} runs"));
        }
        Some((low, high)) => {
            notes.push(format!("{end}mean ± sample std over {low} to {high} runs"));
        }
        None => {}
    }
    match pivot.images() {
        Images::Real => {}
        Images::Synthetic => {
            notes.push(
                "synthetic: the faces are drawn, none of this is measured on real ones".into(),
            );
        }
        Images::Both => {
            notes.push("some of these runs are of synthetic faces, which are drawn".into())
        }
    }
    match pivot.pending() {
        0 => {}
        1 => notes.push("1 run has not finished and does not count yet".into()),
        n => notes.push(format!("{n} runs have not finished and do not count yet")),
    }
    let (chosen, waiting) = pivot.choices();
    if chosen > 0 {
        notes.push("settings below a figure: the best by validation accuracy, or F1 (noisy labels), each row by itself; --rows or --cols setting shows all".into());
    }
    if waiting > 0 {
        let cells = if waiting == 1 {
            "1 cell waits"
        } else {
            "some cells wait"
        };
        notes.push(format!(
            "{cells} for a choice of setting: not every setting has finished with the same seeds and folds"
        ));
    }
    let pooled = pivot.pooled();
    if !pooled.is_empty() {
        notes.push(format!(
            "careful: some means mix runs that differ in {}; separate them with --where, --rows or --cols",
            pooled.join(", ")
        ));
    }
    notes
}

/// The pivot as JSON: `rows`, `cols`, `metric` and a list of `cells`.
pub(super) fn json(pivot: &Pivot) -> Value {
    let mut cells = Vec::new();
    for (r, row) in pivot.row_values.iter().enumerate() {
        let best = pivot.best(r);
        for (c, col) in pivot.col_values.iter().enumerate() {
            let Some(cell) = &pivot.cells[r][c] else {
                continue;
            };
            cells.push(json!({
                "row": json_value(pivot.rows, row),
                "col": json_value(pivot.cols, col),
                "mean": cell.stat.map(|s| s.mean),
                "std": cell.stat.and_then(|s| s.std),
                "n": cell.stat.map_or(0, |s| s.n),
                "pending": cell.pending,
                "best": best == Some(c),
                "mixes": cell.pooled,
                "setting": cell.choice.as_ref().and_then(|c| c.setting()),
                "settings": cell.choice.as_ref().map(|c| c.of()),
                "runs": cell.ids,
            }));
        }
    }
    json!({
        "rows": pivot.rows.name,
        "cols": pivot.cols.name,
        "metric": pivot.metric.name,
        "images": pivot.images().as_str(),
        "cells": cells,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compare::{Scope, key_field, metric_field, pivot, testing::grid};
    use crate::store::State;

    fn table(cols: &str, runs: &[crate::store::RunRecord]) -> (String, Value) {
        let p = pivot(
            runs,
            key_field("noise_rate").unwrap(),
            key_field(cols).unwrap(),
            metric_field("test_acc_last").unwrap(),
            Scope::Finished,
        );
        let mut out = Vec::new();
        print(&mut out, &p).unwrap();
        (String::from_utf8(out).unwrap(), json(&p))
    }

    #[test]
    fn people_and_scripts_get_the_same_figures() {
        let (text, json) = table("treatment", &grid());
        assert!(text.contains("test acc (last) [%]"), "{text}");
        assert!(text.contains("fp32+dropout"), "{text}");
        assert!(text.contains("over 3 runs"), "{text}");
        let cells = json["cells"].as_array().unwrap();
        assert_eq!(cells.len(), 8);
        for cell in cells {
            let mean = format!("{:.1}", 100.0 * cell["mean"].as_f64().unwrap());
            assert!(text.contains(&mean), "{mean} is not in {text}");
        }
        assert_eq!(cells.iter().filter(|c| c["best"] == true).count(), 2);
        assert_eq!(text.matches(" *").count(), 2);
    }

    #[test]
    fn a_chosen_setting_is_said_and_a_choice_that_waits() {
        let mut runs = crate::compare::testing::tuned();
        let (text, json) = table("treatment", &runs);
        assert!(text.contains("p 0.1") && text.contains("p 0.3"), "{text}");
        assert!(
            !text.contains("p 0.5") && !text.contains("careful"),
            "{text}"
        );
        assert!(text.contains("best by validation"), "{text}");
        assert_eq!(json["cells"][1]["setting"], "p 0.3");
        assert_eq!(
            (&json["cells"][1]["settings"], &json["cells"][1]["n"]),
            (&3.into(), &2.into())
        );
        assert!(!text.contains('…'), "{text}");
        for run in runs.iter_mut().filter(|r| r.spec.noise.rate == 0.0) {
            run.status.summary.as_mut().unwrap().test_acc_last = f64::NAN;
        }
        let (text, _) = table("treatment", &runs);
        assert!(!text.contains('…'), "{text}");
        runs[11].state = State::Running;
        let (text, json) = table("treatment", &runs);
        assert!(
            text.contains('…') && text.contains("1 cell waits"),
            "{text}"
        );
        let cell = &json["cells"][1];
        assert!(cell["setting"].is_null() && cell["mean"].is_null());
        assert_eq!(
            (&cell["settings"], &cell["pending"]),
            (&3.into(), &1.into())
        );
    }

    #[test]
    fn what_waits_and_what_is_mixed_is_said() {
        let mut runs = grid();
        runs[0].state = State::Queued;
        let (text, json) = table("bits", &runs);
        assert!(text.contains("1 run has not finished"), "{text}");
        assert!(
            text.contains("careful") && text.contains("method.name"),
            "{text}"
        );
        assert_eq!(json["cells"][0]["pending"], 1);
        assert_eq!(json["cells"][0]["mixes"][0], "method.name");
    }
}
