//! What can happen on the Setup screen.

use crate::device::DeviceInfo;
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

/// Something that happens on the Setup screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// Move the cursor by so many fields.
    Down(isize),
    /// To the first field.
    First,
    /// To the last field: the launch button.
    Last,
    /// Take the choice so many places further on.
    Cycle(isize),
    /// Edit the field, open its list, or launch.
    Enter,
    /// Open the list of a field with several values.
    Toggle,
    /// Choose a preset.
    Presets,
    /// Launch the grid.
    Launch,
    /// Undo the last change.
    Undo,
    /// Show fields that are rarely needed, too, or hide them again.
    AllFields,
    /// Give up what is wrong in the field.
    Back,
    /// A key while a text or list is open.
    Key(KeyEvent),
    /// The devices of this machine, or why they are not known.
    Devices(Result<Vec<DeviceInfo>, String>),
    /// A measurement with these flags ended.
    Measured(Vec<String>, Result<(), String>),
    /// What the noise of this spec does: true classes (rows) by labels (columns), counted.
    Noise(String, Result<Vec<Vec<usize>>, String>),
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
