//! What can happen on the Monitor screen.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

/// Something that happens on the Monitor screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// Move the cursor by so many rows.
    Down(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Show the tab so many places further on.
    Turn(isize),
    /// Mark or unmark the run under the cursor.
    Mark,
    /// Stop runs.
    Stop,
    /// Pause runs, or let paused ones go on.
    Pause,
    /// Resume runs.
    Resume,
    /// Delete runs.
    Delete,
    /// Sort by the next column.
    Sort,
    /// Begin to type a filter.
    Filter,
    /// Move in the log.
    Scroll(isize),
    /// A key while the filter is typed.
    Key(KeyEvent),
    /// Step out of the filter, the marks, then undo the filter.
    Back,
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
