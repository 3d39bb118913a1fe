//! Looks of the screen, taken from the theme.

use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;

/// Looks of the screen.
#[derive(Clone, Debug)]
pub struct Look {
    /// Ordinary text.
    pub text: Style,
    /// What matters less.
    pub muted: Style,
    /// Heads and titles.
    pub head: Style,
    /// What the user is on or has chosen.
    pub accent: Style,
    /// The row under the cursor.
    pub cursor: Style,
    /// Mistakes.
    pub error: Style,
    /// What went well.
    pub good: Style,
    /// What to look at.
    pub warn: Style,
    /// Backgrounds of the heat map from low to high; empty where there is no colour.
    pub ramp: Vec<Color>,
    /// Colours of curves.
    pub series: Vec<Color>,
    /// Signs.
    pub signs: Signs,
}

/// Signs, so that no meaning hangs on colour alone.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    /// Before the row under the cursor.
    pub pointer: &'static str,
    /// A marked run.
    pub marked: &'static str,
    /// The best of a row.
    pub best: &'static str,
    /// A folded group.
    pub folded: &'static str,
    /// An unfolded group.
    pub unfolded: &'static str,
    /// Sorted with the smallest first.
    pub ascending: &'static str,
    /// Sorted with the largest first.
    pub descending: &'static str,
    /// Averages over more than seeds.
    pub mixed: &'static str,
    /// Nothing there.
    pub none: &'static str,
    /// What curves are drawn with.
    pub marker: Marker,
    /// Vertical and horizontal axis.
    pub lines: (&'static str, &'static str),
}

impl Signs {
    /// For terminals that show Unicode.
    pub const UNICODE: Self = Self {
        pointer: "▸",
        marked: "●",
        best: "★",
        folded: "+",
        unfolded: "−",
        ascending: "▲",
        descending: "▼",
        mixed: "≠",
        none: "·",
        marker: Marker::Braille,
        lines: ("│", "─"),
    };

    /// For terminals that show ASCII only.
    pub const ASCII: Self = Self {
        pointer: ">",
        marked: "*",
        best: "!",
        folded: "+",
        unfolded: "-",
        ascending: "^",
        descending: "v",
        mixed: "~",
        none: ".",
        marker: Marker::Custom('.'),
        lines: ("|", "-"),
    };
}
