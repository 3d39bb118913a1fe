//! Reading and writing specs: TOML text, `--set` overrides, presets and files by name.

use super::error::SpecError;
use super::experiment::Experiment;
use super::preset;
use super::validate::problems;
use std::path::Path;
use toml::{Table, Value};

/// Parses and validates a spec. `origin` (a file name, `preset NAME`) stands in error messages.
///
/// # Errors
/// [`SpecError::Syntax`] and [`SpecError::Override`] for text that is no spec,
/// [`SpecError::Invalid`] for values that cannot be run.
pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Experiment, SpecError> {
    let syntax = |e: toml::de::Error| SpecError::Syntax {
        origin: origin.into(),
        message: e.to_string(),
    };
    // Parsed as it stands first, so that a message names the line of the file.
    let experiment: Experiment = if overrides.is_empty() {
        toml::from_str(text).map_err(syntax)?
    } else {
        let mut table: Table = toml::from_str(text).map_err(syntax)?;
        for text in overrides {
            set(&mut table, text)?;
        }
        Experiment::deserialize_table(table, origin)?
    };
    let problems = problems(&experiment);
    if problems.is_empty() {
        Ok(experiment)
    } else {
        Err(SpecError::Invalid {
            origin: origin.into(),
            problems,
        })
    }
}

/// Finds a preset of that name or reads the file, applies `overrides`, and validates.
///
/// # Errors
/// As [`parse`]; [`SpecError::Unknown`] and [`SpecError::Read`] when there is nothing to parse.
pub fn load(
    name_or_path: &str,
    overrides: &[String],
    user_presets: Option<&Path>,
) -> Result<Experiment, SpecError> {
    if let Some(found) = preset::find(name_or_path, user_presets)? {
        return parse(&found.text, &format!("preset {name_or_path}"), overrides);
    }
    let path = Path::new(name_or_path);
    if !path.exists() && path.extension().is_none() {
        let known: Vec<_> = preset::all(user_presets)?
            .into_iter()
            .map(|p| p.name)
            .collect();
        return Err(SpecError::Unknown {
            name: name_or_path.into(),
            known: known.join(", "),
        });
    }
    let text = std::fs::read_to_string(path).map_err(|source| SpecError::Read {
        path: path.into(),
        source,
    })?;
    parse(&text, name_or_path, overrides)
}

/// Applies one `key=value` to a spec's table. The value is read as TOML, and as a plain string
/// where it is none, so `--set train.device=cpu` needs no quotes.
///
/// # Errors
/// [`SpecError::Override`] without `=` or when the key leads through something that is no table.
pub fn set(table: &mut Table, text: &str) -> Result<(), SpecError> {
    let wrong = |message: &str| SpecError::Override {
        text: text.into(),
        message: message.into(),
    };
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| wrong("write it as key=value, such as noise.rates=[0.2]"))?;
    let value = parse_value(value.trim());
    let mut parts: Vec<&str> = key.trim().split('.').collect();
    let last = parts
        .pop()
        .filter(|last| !last.is_empty() && parts.iter().all(|p| !p.is_empty()))
        .ok_or_else(|| wrong("the key has an empty part; write it as train.epochs=5"))?;
    let mut here = table;
    for part in parts {
        here = here
            .entry(part)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| wrong(&format!("`{part}` is a value, not a section")))?;
    }
    here.insert(last.into(), value);
    Ok(())
}

/// A value as TOML reads it, else the text itself.
fn parse_value(text: &str) -> Value {
    toml::from_str::<Table>(&format!("v = {text}"))
        .ok()
        .and_then(|mut t| t.remove("v"))
        .unwrap_or_else(|| Value::String(text.into()))
}

impl Experiment {
    /// The spec as a TOML table, to edit field by field.
    pub fn to_table(&self) -> Table {
        // An experiment is plain data with string keys, so it always has a TOML form.
        Table::try_from(self).unwrap_or_default()
    }

    /// The spec as TOML text.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// A spec from a table.
    ///
    /// # Errors
    /// [`SpecError::Syntax`] when a field is unknown, missing or of the wrong type.
    pub fn deserialize_table(table: Table, origin: &str) -> Result<Self, SpecError> {
        // Through text, because only the text parser names the key that is wrong.
        let text = toml::to_string(&table).map_err(|e| SpecError::Syntax {
            origin: origin.into(),
            message: e.to_string(),
        })?;
        toml::from_str(&text).map_err(|e| SpecError::Syntax {
            origin: format!("{origin} with its overrides"),
            message: e.to_string(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../docs/spec.md");

    /// Keys of all fields, sections among them.
    fn keys(table: &Table, found: &mut Vec<String>) {
        for (key, value) in table {
            found.push(key.clone());
            if let Some(inner) = value.as_table() {
                keys(inner, found);
            }
        }
    }

    #[test]
    fn the_page_about_specs_has_a_sound_example_and_every_field() {
        let example = PAGE.split("```").nth(1).unwrap();
        let example = example.strip_prefix("toml").unwrap();
        // Optional fields are written only when they are set.
        let overrides = [
            "description=all fields",
            "data.dir=/data",
            "data.test_limit=100",
            "model.batch_norm=false",
            "quantizer.stem=same",
            "quantizer.classifier=fp32",
        ]
        .map(String::from);
        let experiment = parse(example, "docs/spec.md", &overrides).unwrap();
        let mut found = Vec::new();
        keys(&experiment.to_table(), &mut found);
        assert!(found.len() > 35, "{found:?}");
        for key in found {
            let told = [
                format!("`{key}`"),
                format!(".{key}`"),
                format!("`{key}."),
                format!("## `[{key}]`"),
            ];
            assert!(told.iter().any(|text| PAGE.contains(text)), "{key}");
        }
    }

    #[test]
    fn the_page_about_specs_lists_every_preset() {
        for preset in preset::all(None).unwrap() {
            assert!(
                PAGE.contains(&format!("| `{}` |", preset.name)),
                "{}",
                preset.name
            );
        }
    }
}
