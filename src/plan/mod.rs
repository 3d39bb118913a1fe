//! What an experiment makes: how many runs, which exist already, how large the models are, and how
//! long it will take by what was measured on this machine.

mod count;
mod estimate;
mod noise;
mod sizes;
mod work;

pub use estimate::{Estimate, Needs};
pub use noise::Noise;

use crate::quant::ModelSize;
use crate::spec::{self, Experiment};
use crate::store::{Measurement, RunRecord, Store};

/// What an experiment makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Runs in the grid.
    pub runs: usize,
    /// Of these, finished, training or queued already: they are not repeated.
    pub existing: usize,
    /// Of these, stopped, failed or lost: they go on from their checkpoints.
    pub to_resume: usize,
    /// Whether full precision was added as the matched control.
    pub control_added: bool,
    /// Size of the stored model at each bit-width.
    pub sizes: Vec<(String, ModelSize)>,
    /// How long the rest takes.
    pub estimate: Estimate,
    /// What the noise does at its highest rate; `None` where no labels are changed.
    pub noise: Option<Noise>,
}

/// What `experiment` makes, with the runs and measurements in `store`. Cheap enough for every
/// change of a form; where the list of runs is at hand, [`plan_with`] is cheaper. A store that
/// cannot be read counts as empty.
pub fn plan(experiment: &Experiment, store: &Store) -> Plan {
    let runs = store.runs().unwrap_or_default();
    let measurements = store.measurements().unwrap_or_default();
    plan_with(experiment, &runs, &measurements)
}

/// Like [`plan`], with the runs and measurements given.
pub fn plan_with(
    experiment: &Experiment,
    runs: &[RunRecord],
    measurements: &[Measurement],
) -> Plan {
    let cells = spec::cells(experiment);
    let counted = count::Counted::of(experiment, &cells, runs);
    Plan {
        runs: spec::count(experiment),
        existing: counted.existing,
        to_resume: counted.to_resume,
        control_added: spec::control_added(experiment),
        sizes: sizes::sizes(experiment),
        estimate: estimate::estimate(experiment, &cells, &counted, runs, measurements),
        noise: noise::noise(experiment),
    }
}

impl Plan {
    /// The plan in one sentence for people.
    pub fn sentence(&self) -> String {
        let mut text = if self.runs == 1 {
            "1 run".to_string()
        } else {
            format!("{} runs", self.runs)
        };
        if self.control_added {
            text.push_str(" (full precision added as the control)");
        }
        if self.existing > 0 {
            text.push_str(&format!(", {} exist already", self.existing));
        }
        if self.to_resume > 0 {
            text.push_str(&format!(", {} go on from checkpoints", self.to_resume));
        }
        text.push_str("; ");
        text.push_str(&self.estimate.sentence());
        text
    }
}

#[cfg(test)]
mod tests;
