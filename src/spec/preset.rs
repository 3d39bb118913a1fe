//! Presets: specs inside the binary, and the user's own, which win.

use super::error::SpecError;
use rust_embed::RustEmbed;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(RustEmbed)]
#[folder = "presets/"]
struct Embedded;

/// A spec with a name.
#[derive(Clone, Debug)]
pub struct Preset {
    /// File name without `.toml`.
    pub name: String,
    /// Its TOML.
    pub text: String,
    /// The file of a user's own preset; `None` for one inside the binary.
    pub path: Option<PathBuf>,
}

/// All presets by name: those inside the binary, replaced and joined by the files of
/// `user_presets` (a folder that need not exist).
///
/// # Errors
/// [`SpecError::Read`] when the folder or one of its files cannot be read.
pub fn all(user_presets: Option<&Path>) -> Result<Vec<Preset>, SpecError> {
    let mut found = BTreeMap::new();
    for file in Embedded::iter() {
        let name = file.trim_end_matches(".toml").to_string();
        if let Some(content) = Embedded::get(&file) {
            let text = String::from_utf8_lossy(&content.data).into_owned();
            found.insert(
                name.clone(),
                Preset {
                    name,
                    text,
                    path: None,
                },
            );
        }
    }
    if let Some(folder) = user_presets.filter(|f| f.is_dir()) {
        let read = |path: &Path, source| SpecError::Read {
            path: path.into(),
            source,
        };
        for entry in std::fs::read_dir(folder).map_err(|e| read(folder, e))? {
            let path = entry.map_err(|e| read(folder, e))?.path();
            if path.extension().is_some_and(|x| x == "toml")
                && let Some(name) = path.file_stem().and_then(|s| s.to_str())
            {
                let text = std::fs::read_to_string(&path).map_err(|e| read(&path, e))?;
                let name = name.to_string();
                found.insert(
                    name.clone(),
                    Preset {
                        name,
                        text,
                        path: Some(path),
                    },
                );
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The preset of that name, if there is one.
///
/// # Errors
/// As [`all`].
pub fn find(name: &str, user_presets: Option<&Path>) -> Result<Option<Preset>, SpecError> {
    Ok(all(user_presets)?.into_iter().find(|p| p.name == name))
}
