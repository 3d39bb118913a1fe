//! The table of what label noise did.

use super::output;
use crate::store::UnitNoise;
use comfy_table::{CellAlignment, Table};

/// Training images by true class (rows) and by the class that training is told (columns).
pub(super) fn table(confusion: &[Vec<usize>]) -> Table {
    let mut table = output::table();
    let classes = (0..confusion.len()).map(|c| c.to_string());
    table.set_header(std::iter::once("true \\ told".to_string()).chain(classes));
    for (class, row) in confusion.iter().enumerate() {
        let counts = row.iter().map(ToString::to_string);
        table.add_row(std::iter::once(class.to_string()).chain(counts));
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// What became of the labels of each Action Unit, and of all of them.
pub(super) fn units(units: &[UnitNoise]) -> Table {
    let mut table = output::table();
    table.set_header([
        "unit",
        "labels",
        "present",
        "missed",
        "false alarms",
        "wrong [%]",
    ]);
    let mut row = |name: String, noise: &UnitNoise| {
        let wrong = noise.missed + noise.false_alarms;
        let share = 100.0 * wrong as f64 / noise.labels.max(1) as f64;
        table.add_row([
            name,
            noise.labels.to_string(),
            noise.present.to_string(),
            noise.missed.to_string(),
            noise.false_alarms.to_string(),
            format!("{share:.1}"),
        ]);
    };
    let sum = |get: fn(&UnitNoise) -> usize| units.iter().map(get).sum();
    for noise in units {
        row(format!("AU {}", noise.unit), noise);
    }
    let all = UnitNoise {
        unit: 0,
        labels: sum(|u| u.labels),
        present: sum(|u| u.present),
        missed: sum(|u| u.missed),
        false_alarms: sum(|u| u.false_alarms),
    };
    row("all".into(), &all);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
