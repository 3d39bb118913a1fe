//! What the Setup screen knows.

use super::edit::Edit;
use super::field::{FIELDS, Field};
use super::value;
use crate::device::DeviceInfo;
use crate::plan::{Noise, Plan};
use crate::spec::{self, Experiment, Preset};
use crate::store::Measurement;
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::Table;

/// A value that the spec does not take.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What was typed.
    pub text: String,
    /// Why it is wrong.
    pub reason: String,
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Folder of the user's own presets.
    pub presets: Option<PathBuf>,
    /// The preset that the form was filled in with.
    pub preset: String,
    /// What the form says; `None` when no preset can be read.
    pub experiment: Option<Experiment>,
    /// The same as TOML, every default written out.
    pub table: Table,
    /// Values that the spec does not take, by key.
    pub drafts: BTreeMap<&'static str, Draft>,
    /// Field under the cursor.
    pub cursor: usize,
    /// Whether fields that are rarely needed are shown, too.
    pub all_fields: bool,
    /// The text or list that is open.
    pub edit: Option<Edit>,
    /// Earlier tables, for undoing.
    pub undo: Vec<Table>,
    /// What the experiment makes; `None` while it is wrong.
    pub plan: Option<Plan>,
    /// What was measured on this machine.
    pub measurements: Vec<Measurement>,
    /// Devices of this machine; `None` until they are known.
    pub devices: Option<Result<Vec<DeviceInfo>, String>>,
    /// Flags of the measurement that goes on.
    pub measuring: Option<Vec<String>>,
    /// Flags of measurements that were tried.
    pub tried: Vec<Vec<String>>,
    /// Why the last measurement failed.
    pub measure_error: Option<String>,
    /// The spec whose noise is being drawn, where only the data can tell what it does.
    pub drawing: Option<String>,
    /// What noise was found to do, by spec.
    pub drawn: Option<(String, Result<Noise, String>)>,
    /// Whether a grid is being queued.
    pub launching: bool,
}

/// How many changes can be undone.
const UNDO: usize = 100;

impl State {
    /// The form, filled in with the preset `quickstart`.
    pub fn new(presets: Option<PathBuf>) -> Self {
        let mut state = Self {
            presets,
            ..Self::default()
        };
        let found = state.all_presets();
        let first = found.iter().find(|p| p.name == "quickstart");
        if let Some(preset) = first.or(found.first()).cloned() {
            // A preset of the user that is wrong leaves the form empty, and `p` says why.
            let _ = state.fill(&preset);
        }
        state
    }

    /// All presets; none where the folder cannot be read.
    pub fn all_presets(&self) -> Vec<Preset> {
        spec::presets(self.presets.as_deref()).unwrap_or_default()
    }

    /// Fills the form in.
    ///
    /// # Errors
    /// Why the preset is no spec.
    pub fn fill(&mut self, preset: &Preset) -> Result<(), String> {
        let origin = format!("preset {}", preset.name);
        let new = spec::parse(&preset.text, &origin, &[]).map_err(|e| e.to_string())?;
        self.remember();
        self.preset.clone_from(&preset.name);
        self.accept(new);
        self.drafts.clear();
        Ok(())
    }

    /// Whether typed characters are text rather than keys.
    pub fn typing(&self) -> bool {
        self.edit.is_some()
    }

    /// The field under the cursor.
    pub fn field(&self) -> &'static Field {
        &FIELDS[self.cursor.min(FIELDS.len() - 1)]
    }

    /// The fields that are shown, from top to bottom; the last is the launch button.
    pub fn shown(&self) -> Vec<usize> {
        let is_shown = |index: &usize| {
            let field = &FIELDS[*index];
            let drafted = self.drafts.contains_key(field.key);
            let applies = |e| field.is_shown(e, &self.text(field), self.all_fields);
            drafted || self.experiment.as_ref().is_none_or(applies)
        };
        (0..FIELDS.len()).filter(is_shown).collect()
    }

    /// Moves the cursor by so many of the fields that are shown.
    pub fn move_by(&mut self, by: isize) {
        let shown = self.shown();
        let here = shown.iter().rposition(|i| *i <= self.cursor).unwrap_or(0);
        let there = here
            .saturating_add_signed(by)
            .min(shown.len().saturating_sub(1));
        self.cursor = shown.get(there).copied().unwrap_or(0);
    }

    /// The devices that are known.
    pub fn known_devices(&self) -> &[DeviceInfo] {
        match &self.devices {
            Some(Ok(devices)) => devices,
            _ => &[],
        }
    }

    /// The text in a field.
    pub fn text(&self, field: &Field) -> String {
        if let Some(draft) = self.drafts.get(field.key) {
            return draft.text.clone();
        }
        value::get(&self.table, field.key).map_or_else(String::new, value::show)
    }

    /// What decides on the labels, as a spec of its own.
    pub fn labels_spec(&self) -> Option<String> {
        let mut of = self.experiment.clone()?;
        of.quantizer = Default::default();
        of.method = Default::default();
        of.train.seeds.truncate(1);
        (of.train.epochs, of.train.batch_size, of.train.lr) = (1, 1, 1.0);
        (of.train.warm_up, of.train.clip_norm) = (0.0, None);
        Some(of.to_toml())
    }

    /// What the noise does, as far as it is known.
    pub fn noise(&self) -> Option<Result<Noise, String>> {
        let planned = self.plan.as_ref()?.noise.clone()?;
        if planned.transition.is_some() {
            return Some(Ok(planned));
        }
        let spec = self.labels_spec();
        match &self.drawn {
            Some((of, found)) if Some(of) == spec.as_ref() => Some(found.clone()),
            _ => Some(Ok(planned)),
        }
    }

    /// What is wrong, with the key of the field.
    pub fn wrong(&self) -> Vec<(String, String)> {
        let drafts = self.drafts.iter();
        let mut all: Vec<_> = drafts
            .map(|(key, d)| ((*key).to_string(), d.reason.clone()))
            .collect();
        if let Some(experiment) = &self.experiment {
            for problem in spec::problems(experiment) {
                if !self.drafts.contains_key(problem.field.as_str()) {
                    all.push((problem.field, problem.message));
                }
            }
        }
        all
    }

    /// Puts a value into a field: into the spec, or beside it with the reason where the spec does
    /// not take it.
    pub fn set(
        &mut self,
        field: &'static Field,
        text: &str,
        value: Result<Option<toml::Value>, String>,
    ) {
        let tried = value.and_then(|value| {
            let mut table = self.table.clone();
            value::put(&mut table, field.key, value);
            Experiment::deserialize_table(table, "the form")
                .map_err(|e| value::reason(&e.to_string()))
        });
        match tried {
            Ok(new) => {
                if self.experiment.as_ref() != Some(&new) {
                    self.remember();
                }
                self.drafts.remove(field.key);
                self.accept(new);
            }
            Err(reason) => {
                let text = text.to_string();
                self.drafts.insert(field.key, Draft { text, reason });
            }
        }
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        self.drafts.clear();
        if let Some(table) = self.undo.pop()
            && let Ok(before) = Experiment::deserialize_table(table, "the form")
        {
            self.accept(before);
        }
    }

    fn remember(&mut self) {
        if self.experiment.is_some() {
            self.undo.push(self.table.clone());
            let over = self.undo.len().saturating_sub(UNDO);
            self.undo.drain(..over);
        }
    }

    fn accept(&mut self, new: Experiment) {
        self.table = new.to_table();
        self.experiment = Some(new);
    }
}
