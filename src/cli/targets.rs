//! Runs as a user names them: ids, their beginnings, sweeps, or all.

use super::exit::{usage, usage_text};
use crate::store::{RunRecord, Store};

/// Which runs a command is about.
#[derive(Debug, clap::Args)]
pub(super) struct Targets {
    /// Run ids, unique beginnings of one, or names of sweeps
    #[arg(value_name = "RUN|SWEEP", required_unless_present = "all")]
    names: Vec<String>,

    /// All runs
    #[arg(long, conflicts_with = "names")]
    all: bool,
}

impl Targets {
    /// Whether `--all` was given.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// The runs, each once, in the order in which they were named.
    pub fn runs(&self, store: &Store) -> anyhow::Result<Vec<RunRecord>> {
        if self.all {
            return Ok(store.runs()?);
        }
        let mut ids: Vec<String> = Vec::new();
        for name in &self.names {
            for id in store.resolve(name).map_err(usage)? {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        ids.iter().map(|id| Ok(store.run(id)?)).collect()
    }
}

/// The one run of that name.
pub(super) fn one(store: &Store, name: &str) -> anyhow::Result<RunRecord> {
    let ids = store.resolve(name).map_err(usage)?;
    match ids.as_slice() {
        [id] => Ok(store.run(id)?),
        many => Err(usage_text(format!(
            "`{name}` is a sweep of {} runs: name one of them, such as {}",
            many.len(),
            many.first().map_or("", String::as_str)
        ))),
    }
}

/// `1 run` or `5 runs`.
pub(super) fn count(n: usize) -> String {
    if n == 1 {
        "1 run".into()
    } else {
        format!("{n} runs")
    }
}
