//! The table of what label noise did.

use super::output;
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
