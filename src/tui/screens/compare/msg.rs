//! What can happen on the Compare screen, and what it asks for in return.

use super::state::View;
use crate::export::Sheet;
use crate::store::EpochMetrics;
use ratatui::layout::Rect;

/// Something that happens on the Compare screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// Show this view.
    Show(View),
    /// Show the view so many places further on.
    Turn(isize),
    /// Move the cursor by so many rows.
    Down(isize),
    /// Move the cursor by so many columns.
    Right(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Mark or unmark the run, group or cell under the cursor.
    Mark,
    /// Unmark all runs.
    Unmark,
    /// Fold or unfold a group; in the pivot, show the runs behind a cell.
    Open,
    /// Fold all groups, or unfold them if all are folded.
    FoldAll,
    /// Sort by the column under the cursor; again, the other way round; again, not at all.
    Sort,
    /// Choose what to group by.
    Group,
    /// Choose the columns of the table.
    Columns,
    /// Choose the key of the pivot's rows.
    PivotRows,
    /// Choose the key of the pivot's columns.
    PivotColumns,
    /// Exchange the pivot's rows and columns.
    Swap,
    /// Choose the metric.
    Metric,
    /// Take the metric so many places further on.
    NextMetric(isize),
    /// Let unfinished runs count in averages, or not.
    Scope,
    /// Begin to type a filter.
    Filter,
    /// A character typed into filter or list.
    Type(char),
    /// Delete the character before the cursor.
    Erase,
    /// Delete all that was typed.
    EraseAll,
    /// Move within what was typed.
    Caret(isize),
    /// Accept the filter or the choice.
    Accept,
    /// Step out of list, filter, message; then undo the filter.
    Back,
    /// Write what is on screen as CSV.
    Export,
    /// An export ended: its path, or why there is none.
    Exported(Result<String, String>),
    /// Histories of runs were read.
    Histories(Vec<(String, Vec<EpochMetrics>)>),
    /// A click at a place of the screen of this size.
    Click {
        /// Column.
        x: u16,
        /// Line.
        y: u16,
        /// The screen's area.
        area: Rect,
    },
}

/// What the screen asks for; carried out outside of the update.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write this file and answer with [`Msg::Exported`].
    Export {
        /// Name of the file.
        name: String,
        /// What it holds.
        sheet: Sheet,
    },
}
