//! How many colours the terminal has, and what becomes of a colour there.

use ratatui::style::{Color, Style};

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The 256 of xterm.
    Indexed,
    /// Sixteen.
    Ansi,
    /// None: weight, underline and inversion only.
    None,
}

impl Depth {
    /// Of the terminal on stdout; `NO_COLOR` is obeyed.
    pub fn detect() -> Self {
        if std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty()) {
            return Self::None;
        }
        match supports_color::on(supports_color::Stream::Stdout) {
            Some(level) if level.has_16m => Self::True,
            Some(level) if level.has_256 => Self::Indexed,
            Some(level) if level.has_basic => Self::Ansi,
            _ => Self::None,
        }
    }

    pub(super) fn colors(self, colors: Vec<Color>) -> Vec<Color> {
        colors.into_iter().map(|c| self.color(c)).collect()
    }

    pub(super) fn style(self, style: Style) -> Style {
        if self == Self::None {
            return Style {
                fg: None,
                bg: None,
                ..style
            };
        }
        Style {
            fg: style.fg.map(|c| self.color(c)),
            bg: style.bg.map(|c| self.color(c)),
            ..style
        }
    }

    /// `color`, or the nearest that the terminal has.
    pub fn color(self, color: Color) -> Color {
        match (self, color) {
            (Self::None, _) => Color::Reset,
            (Self::Indexed, Color::Rgb(r, g, b)) => Color::Indexed(indexed(r, g, b)),
            (Self::Ansi, Color::Rgb(r, g, b)) => ansi(r, g, b),
            _ => color,
        }
    }
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let d = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    // The eye is keenest for green.
    2 * d(a.0, b.0) + 4 * d(a.1, b.1) + 3 * d(a.2, b.2)
}

/// The nearest of xterm's cube and greys.
fn indexed(r: u8, g: u8, b: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let at = |i: u8| match i {
        16..=231 => {
            let i = usize::from(i - 16);
            (LEVELS[i / 36], LEVELS[i / 6 % 6], LEVELS[i % 6])
        }
        _ => {
            let v = 8 + 10 * (i - 232);
            (v, v, v)
        }
    };
    (16..=255u8)
        .min_by_key(|i| distance(at(*i), (r, g, b)))
        .unwrap_or(7)
}

/// The nearest of the sixteen as xterm shows them.
fn ansi(r: u8, g: u8, b: u8) -> Color {
    const ALL: [(Color, (u8, u8, u8)); 16] = [
        (Color::Black, (0, 0, 0)),
        (Color::Red, (205, 0, 0)),
        (Color::Green, (0, 205, 0)),
        (Color::Yellow, (205, 205, 0)),
        (Color::Blue, (0, 0, 238)),
        (Color::Magenta, (205, 0, 205)),
        (Color::Cyan, (0, 205, 205)),
        (Color::Gray, (229, 229, 229)),
        (Color::DarkGray, (127, 127, 127)),
        (Color::LightRed, (255, 90, 90)),
        (Color::LightGreen, (90, 255, 90)),
        (Color::LightYellow, (255, 255, 90)),
        (Color::LightBlue, (92, 92, 255)),
        (Color::LightMagenta, (255, 90, 255)),
        (Color::LightCyan, (90, 255, 255)),
        (Color::White, (255, 255, 255)),
    ];
    ALL.iter()
        .min_by_key(|c| distance(c.1, (r, g, b)))
        .map_or(Color::Reset, |c| c.0)
}
