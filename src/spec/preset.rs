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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::spec::{control_added, count, expand, parse, run_id};
    use std::collections::HashSet;

    #[test]
    fn every_preset_can_be_run_and_says_what_it_is() {
        let presets = all(None).unwrap();
        assert!(presets.iter().any(|p| p.name == "quickstart"));
        for preset in presets {
            let experiment = parse(&preset.text, &preset.name, &[]).unwrap();
            assert_eq!(experiment.name, preset.name);
            let words = &experiment.description;
            assert!(
                (20..=120).contains(&words.chars().count()) && !words.contains('\n'),
                "{}: {words}",
                preset.name
            );
            // The matched control is named, not left to be added.
            assert!(!control_added(&experiment), "{}", preset.name);
            assert!((1..=500).contains(&count(&experiment)), "{}", preset.name);
            // A form that reads and writes it loses nothing.
            let again = parse(&experiment.to_toml(), &preset.name, &[]).unwrap();
            assert_eq!(again, experiment);
            let ids: HashSet<_> = expand(&experiment).iter().map(run_id).collect();
            assert_eq!(ids.len(), count(&experiment), "{}", preset.name);
        }
    }

    #[test]
    fn two_quantizers_of_one_grid_share_the_control() {
        let text = find("lsq-vs-minmax", None).unwrap().unwrap().text;
        let ids = |overrides: &[String]| -> HashSet<String> {
            let experiment = parse(&text, "test", overrides).unwrap();
            expand(&experiment).iter().map(run_id).collect()
        };
        let (both, lsq) = (ids(&[]), ids(&["quantizer.name=lsq".into()]));
        let minmax = ids(&["quantizer.name=minmax".into()]);
        // Two noise rates, two seeds; the control once, three widths of each quantizer.
        assert_eq!(both.len(), 4 * (1 + 3 + 3));
        assert_eq!(both, lsq.union(&minmax).cloned().collect());
        let shared: Vec<_> = lsq.intersection(&minmax).collect();
        assert_eq!(shared.len(), 4);
        assert!(shared.iter().all(|id| id.contains("fp32")));
    }

    #[test]
    fn the_users_presets_join_and_replace_those_inside() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("quickstart.toml"), "mine").unwrap();
        std::fs::write(folder.path().join("own.toml"), "own").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no preset").unwrap();
        let found = |name| find(name, Some(folder.path())).unwrap();
        assert_eq!(found("quickstart").unwrap().text, "mine");
        assert!(found("own").unwrap().path.is_some());
        assert!(found("notes").is_none());
        assert!(found("smoke").unwrap().path.is_none());
        let gone = folder.path().join("gone");
        assert_eq!(all(Some(&gone)).unwrap().len(), all(None).unwrap().len());
    }
}
