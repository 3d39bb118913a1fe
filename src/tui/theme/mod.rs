//! Themes: a palette and what its colours mean, read from TOML.

mod depth;
mod glyphs;
mod read;

pub use depth::Depth;
pub use glyphs::Glyphs;
pub use read::{ThemeError, ThemeFile, load};

use super::screens::compare::Look;
use ratatui::style::{Modifier, Style};

/// Looks of the whole interface.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// Looks that all screens share.
    pub look: Look,
    /// Facts that are neither good nor bad.
    pub info: Style,
    /// Frames around panels.
    pub border: Style,
    /// The frame of the panel that keys go to.
    pub focus: Style,
    /// Characters.
    pub glyphs: Glyphs,
}

impl Theme {
    /// The theme of a file, for a terminal of this many colours and these characters.
    ///
    /// # Errors
    /// [`ThemeError`] when a colour is neither in the palette nor a colour.
    pub fn new(file: &ThemeFile, depth: Depth, glyphs: Glyphs) -> Result<Self, ThemeError> {
        let style = |def: &read::StyleDef| Ok(depth.style(file.style(def)?));
        let styles = &file.styles;
        let plain = depth == Depth::None;
        // Without colour, weight and inversion have to say it all.
        let or = |style: Style, modifier: Modifier| {
            if plain {
                style.add_modifier(modifier)
            } else {
                style
            }
        };
        let look = Look {
            text: style(&styles.text)?,
            muted: style(&styles.muted)?,
            head: style(&styles.head)?,
            accent: or(style(&styles.accent)?, Modifier::BOLD),
            cursor: or(style(&styles.cursor)?, Modifier::REVERSED),
            error: or(style(&styles.error)?, Modifier::BOLD | Modifier::UNDERLINED),
            good: style(&styles.good)?,
            warn: or(style(&styles.warn)?, Modifier::BOLD),
            ramp: if plain {
                Vec::new()
            } else {
                depth.colors(file.colors(&file.heat.ramp)?)
            },
            series: depth.colors(file.colors(&file.curves.series)?),
            signs: glyphs.signs,
        };
        Ok(Self {
            name: file.name.clone(),
            look,
            info: style(&styles.info)?,
            border: style(&styles.border)?,
            focus: or(style(&styles.focus)?, Modifier::BOLD),
            glyphs,
        })
    }
}

#[cfg(test)]
mod tests;
