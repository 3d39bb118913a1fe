//! Characters: braille and blocks where the locale has Unicode, ASCII elsewhere.

use super::super::screens::compare::Signs;
use crate::store::State;
use ratatui::symbols::border;

/// Characters of the interface.
#[derive(Clone, Copy, Debug)]
pub struct Glyphs {
    /// Signs of tables and charts.
    pub signs: Signs,
    /// Frames.
    pub border: border::Set<'static>,
    /// Levels of a sparkline, from low to high.
    pub levels: &'static [char],
    /// Done and to do of a progress bar.
    pub bar: (char, char),
    /// Between things on a line.
    pub dot: &'static str,
    /// Cut here.
    pub ellipsis: &'static str,
    ascii: bool,
}

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

impl Glyphs {
    /// For terminals that show Unicode.
    pub const UNICODE: Self = Self {
        signs: Signs::UNICODE,
        border: border::ROUNDED,
        levels: &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
        bar: ('━', '╌'),
        dot: "·",
        ellipsis: "…",
        ascii: false,
    };

    /// For terminals that show ASCII only.
    pub const ASCII: Self = Self {
        signs: Signs::ASCII,
        border: ASCII_BORDER,
        levels: &['_', '.', ':', '-', '=', '+', '*', '#'],
        bar: ('#', '.'),
        dot: "-",
        ellipsis: "...",
        ascii: true,
    };

    /// By the locale: `LC_ALL`, else `LC_CTYPE`, else `LANG`. `QUELL_GLYPHS=ascii|unicode`
    /// overrules it.
    pub fn detect() -> Self {
        let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        match var("QUELL_GLYPHS").as_deref() {
            Some("ascii") => return Self::ASCII,
            Some("unicode") => return Self::UNICODE,
            _ => {}
        }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(var);
        let unicode = locale.is_none_or(|l| {
            let l = l.to_ascii_lowercase();
            l.contains("utf-8") || l.contains("utf8")
        });
        if unicode { Self::UNICODE } else { Self::ASCII }
    }

    /// The sign of a state.
    pub fn state(&self, state: State) -> &'static str {
        let (unicode, ascii) = match state {
            State::Queued => ("○", "."),
            State::Running => ("●", ">"),
            State::Paused => ("‖", "="),
            State::Finished => ("✓", "+"),
            State::Stopped => ("■", "#"),
            State::Failed => ("✗", "x"),
            State::Lost => ("?", "?"),
        };
        if self.ascii { ascii } else { unicode }
    }

    /// The name of a key.
    pub fn key(&self, name: &'static str) -> &'static str {
        match name {
            "→" if self.ascii => "right",
            "←" if self.ascii => "left",
            "↑" if self.ascii => "up",
            "↓" if self.ascii => "down",
            name => name,
        }
    }

    /// Whether an option is chosen.
    pub fn tick(&self, on: bool) -> &'static str {
        match (on, self.ascii) {
            (true, false) => "[✓]",
            (true, true) => "[x]",
            (false, _) => "[ ]",
        }
    }

    /// A progress bar.
    pub fn progress(&self, share: f64, width: usize) -> String {
        let done = (share.clamp(0.0, 1.0) * width as f64).round() as usize;
        let bar = std::iter::repeat_n(self.bar.0, done);
        bar.chain(std::iter::repeat_n(self.bar.1, width - done.min(width)))
            .collect()
    }

    /// The last values as a line of bars, from their smallest to their largest.
    pub fn sparkline(&self, values: &[f64], width: usize) -> String {
        let values: Vec<f64> = thin(values, width);
        let low = values.iter().copied().fold(f64::MAX, f64::min);
        let high = values.iter().copied().fold(f64::MIN, f64::max);
        let top = (self.levels.len() - 1) as f64;
        let level = |v: f64| match high - low {
            range if range > 0.0 => ((v - low) / range * top).round() as usize,
            _ => self.levels.len() / 2,
        };
        values.into_iter().map(|v| self.levels[level(v)]).collect()
    }
}

/// At most `width` of the finite values, evenly spread, the last one among them.
fn thin(values: &[f64], width: usize) -> Vec<f64> {
    let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let n = values.len();
    if n <= width || width == 0 {
        return values.into_iter().take(width).collect();
    }
    (1..=width).map(|i| values[i * n / width - 1]).collect()
}
