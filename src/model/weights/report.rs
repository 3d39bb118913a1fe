//! What of a file of weights fitted, in words.

use crate::spec::ModelName;
use std::fmt;
use std::path::{Path, PathBuf};

/// So many names are told of each list.
const TOLD: usize = 6;

/// Names of the classifier's tensors begin like this.
const CLASSIFIER: &str = "fc.";

/// A tensor that has another shape in the file than in the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Its name in files.
    pub name: String,
    /// Its shape in the file.
    pub file: Vec<usize>,
    /// Its shape in the network.
    pub network: Vec<usize>,
}

/// What of a file fitted. Names are those of files, without the prefix that all of them have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    path: PathBuf,
    prefix: String,
    /// Tensors of the network that were loaded.
    pub matched: Vec<String>,
    /// Tensors of the network that the file does not have, with their shapes.
    pub missing: Vec<(String, Vec<usize>)>,
    /// Tensors that have another shape in the file.
    pub misfits: Vec<Misfit>,
    /// Tensors of the file that the network does not have, with their prefix.
    pub unused: Vec<String>,
}

impl Report {
    /// Of a file of which nothing was compared yet.
    pub(super) fn new(path: &Path, prefix: String) -> Self {
        Self {
            path: path.into(),
            prefix,
            matched: Vec::new(),
            missing: Vec::new(),
            misfits: Vec::new(),
            unused: Vec::new(),
        }
    }

    /// Whether fewer than half of the tensors before the classifier fitted.
    pub(super) fn is_foreign(&self) -> bool {
        let (fitted, wanted) = self.before_the_classifier();
        2 * fitted < wanted
    }

    /// How many of the tensors before the classifier fitted, and how many there are.
    fn before_the_classifier(&self) -> (usize, usize) {
        let body = |name: &&str| !name.starts_with(CLASSIFIER);
        let count = |names: &mut dyn Iterator<Item = &str>| names.filter(body).count();
        let fitted = count(&mut self.matched.iter().map(String::as_str));
        let missing = count(&mut self.missing.iter().map(|(name, _)| name.as_str()));
        let misfits = count(&mut self.misfits.iter().map(|m| m.name.as_str()));
        (fitted, fitted + missing + misfits)
    }

    /// Why the file is of another network: what it has, and what was expected.
    pub(super) fn foreign(&self, model: ModelName, list: &[(String, Vec<usize>)]) -> String {
        let (fitted, wanted) = self.before_the_classifier();
        let named = |(name, shape): &(String, Vec<usize>)| format!("{} {shape:?}", shown(name));
        let mut text = format!(
            "only {fitted} of the {wanted} tensors before the classifier of {model} fit. The file has {}",
            told(list, named)
        );
        if !self.missing.is_empty() {
            let missing = told(&self.missing, named);
            text.push_str(&format!("; {model} also expects {missing}"));
        }
        if !self.misfits.is_empty() {
            text.push_str(&format!("; of another shape are {}", self.misfits()));
        }
        text.push_str(". Name a file of that network's weights, with the names of torchvision");
        text
    }

    fn misfits(&self) -> String {
        told(&self.misfits, |m| {
            format!("{} ({:?} there, {:?} here)", m.name, m.file, m.network)
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let matched = self.matched.len();
        let wanted = matched + self.missing.len() + self.misfits.len();
        let path = self.path.display();
        write!(
            f,
            "weights of {path}: {matched} of {wanted} tensors are loaded"
        )?;
        if !self.prefix.is_empty() {
            write!(f, ", whose names begin with {} there", shown(&self.prefix))?;
        }
        if !self.misfits.is_empty() {
            write!(
                f,
                "; of another shape, and left as drawn: {}",
                self.misfits()
            )?;
        }
        if !self.missing.is_empty() {
            let missing = told(&self.missing, |(name, _)| name.clone());
            write!(f, "; not in the file, and left as drawn: {missing}")?;
        }
        if !self.unused.is_empty() {
            let unused = told(&self.unused, |name| shown(name));
            write!(f, "; in the file, but not in the network: {unused}")?;
        }
        Ok(())
    }
}

/// The first of a list in words, and how many follow.
fn told<T>(list: &[T], word: impl Fn(&T) -> String) -> String {
    let words: Vec<String> = list.iter().take(TOLD).map(word).collect();
    let words = words.join(", ");
    match list.len().saturating_sub(TOLD) {
        0 => words,
        more => format!("{words} and {more} more"),
    }
}

/// A name out of a file, for people.
pub(super) fn shown(name: &str) -> String {
    let short: String = name.chars().take(80).collect();
    short.escape_debug().to_string()
}
