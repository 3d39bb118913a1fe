//! Reading theme files: those inside the binary, and the user's own, which win.

use ratatui::style::{Color, Modifier, Style};
use rust_embed::RustEmbed;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use thiserror::Error;

#[derive(RustEmbed)]
#[folder = "themes/"]
struct Embedded;

/// Why a theme could not be read.
#[derive(Debug, Error)]
pub enum ThemeError {
    /// A file or the folder cannot be read.
    #[error("cannot read theme {path}: {message}")]
    Read {
        /// File or folder.
        path: String,
        /// What the system or the parser said.
        message: String,
    },
    /// A colour that is none.
    #[error(
        "theme {theme}: `{color}` is no colour: name one of [palette], write #rrggbb, or a \
         terminal colour such as lightblue"
    )]
    Color {
        /// The theme.
        theme: String,
        /// The text.
        color: String,
    },
}

/// A theme as its file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeFile {
    /// Its name.
    pub name: String,
    /// One line for people.
    #[serde(default)]
    pub description: String,
    /// Named colours.
    #[serde(default)]
    pub palette: BTreeMap<String, String>,
    /// What they mean.
    pub(super) styles: Styles,
    pub(super) heat: Heat,
    pub(super) curves: Curves,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Styles {
    pub text: StyleDef,
    pub muted: StyleDef,
    pub head: StyleDef,
    pub accent: StyleDef,
    pub cursor: StyleDef,
    pub error: StyleDef,
    pub good: StyleDef,
    pub warn: StyleDef,
    pub info: StyleDef,
    pub border: StyleDef,
    pub focus: StyleDef,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Heat {
    pub ramp: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Curves {
    pub series: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StyleDef {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

impl ThemeFile {
    pub(super) fn color(&self, text: &str) -> Result<Color, ThemeError> {
        let text = self.palette.get(text).map_or(text, String::as_str);
        text.parse().map_err(|_| ThemeError::Color {
            theme: self.name.clone(),
            color: text.into(),
        })
    }

    pub(super) fn colors(&self, texts: &[String]) -> Result<Vec<Color>, ThemeError> {
        texts.iter().map(|t| self.color(t)).collect()
    }

    pub(super) fn style(&self, def: &StyleDef) -> Result<Style, ThemeError> {
        let color = |text: &Option<String>| text.as_deref().map(|t| self.color(t)).transpose();
        let mut style = Style {
            fg: color(&def.fg)?,
            bg: color(&def.bg)?,
            ..Style::default()
        };
        for (on, modifier) in [
            (def.bold, Modifier::BOLD),
            (def.dim, Modifier::DIM),
            (def.italic, Modifier::ITALIC),
            (def.underline, Modifier::UNDERLINED),
            (def.reverse, Modifier::REVERSED),
        ] {
            if on {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }
}

/// All themes, `quell-dark` first and the others by name: those inside the binary, replaced and
/// joined by the files of `user_themes` (a folder that need not exist). A file that cannot be used
/// is left out and told of beside.
pub fn load(user_themes: Option<&Path>) -> (Vec<ThemeFile>, Vec<ThemeError>) {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in Embedded::iter() {
        if let Some(content) = Embedded::get(&file) {
            let text = String::from_utf8_lossy(&content.data).into_owned();
            texts.insert(file.to_string(), text);
        }
    }
    let mut themes: BTreeMap<String, ThemeFile> = BTreeMap::new();
    let mut add = |name: &str, text: &str, wrong: &mut Vec<ThemeError>| {
        match toml::from_str::<ThemeFile>(text) {
            Ok(theme) => {
                themes.insert(theme.name.clone(), theme);
            }
            Err(e) => wrong.push(ThemeError::Read {
                path: name.into(),
                message: e.to_string(),
            }),
        };
    };
    for (name, text) in &texts {
        add(name, text, &mut wrong);
    }
    let folder = user_themes.and_then(|f| std::fs::read_dir(f).ok());
    for path in folder.into_iter().flatten().flatten().map(|e| e.path()) {
        if path.extension().is_some_and(|x| x == "toml") {
            let name = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => add(&name, &text, &mut wrong),
                Err(e) => wrong.push(ThemeError::Read {
                    path: name,
                    message: e.to_string(),
                }),
            }
        }
    }
    let mut all: Vec<ThemeFile> = themes.into_values().collect();
    all.sort_by_key(|t| (t.name != "quell-dark", t.name.clone()));
    (all, wrong)
}
