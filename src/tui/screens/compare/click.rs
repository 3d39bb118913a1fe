//! What a click means, and what it does: the same as a key.

use super::msg::{Effect, Msg};
use super::state::{State, View};
use super::update::{accept, columns_open, mark, sort, toggle_column, update};
use crate::store::RunRecord;

/// What a click means.
#[derive(Clone, Debug, PartialEq)]
pub enum Hit {
    /// A sub-tab.
    View(View),
    /// The filter.
    Filter,
    /// A row of the table.
    Row(usize),
    /// A head of the table.
    Head(usize),
    /// A cell of the pivot.
    Cell(usize, usize),
    /// A row of the difference.
    DiffRow(usize),
    /// An item of the open list.
    Item(usize),
    /// Beside the open list.
    Outside,
}

/// Does what was clicked on.
pub(super) fn follow(state: &mut State, hit: Hit, runs: &[RunRecord]) -> Vec<Effect> {
    match hit {
        Hit::View(view) => state.view = view,
        Hit::Filter => return update(state, Msg::Filter, runs),
        // A click on the row under the cursor marks it: the second click of two.
        Hit::Row(row) if row == state.cursor.0 => mark(state),
        Hit::Row(row) => state.cursor.0 = row,
        Hit::Head(column) => {
            state.cursor.1 = column;
            sort(state, column);
        }
        Hit::Cell(row, column) => state.pivot_cursor = (row, column),
        Hit::DiffRow(row) => state.diff_cursor.0 = row,
        Hit::Item(index) => {
            if let Some(picker) = &mut state.picker {
                picker.cursor = index;
            }
            if columns_open(state) {
                toggle_column(state);
            } else {
                accept(state);
            }
        }
        Hit::Outside => state.picker = None,
    }
    state.refresh(runs);
    Vec::new()
}
