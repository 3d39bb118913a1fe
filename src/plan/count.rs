//! Which runs of a grid exist already, found without making the grid.

use crate::spec::{Cell, DeviceChoice, Experiment, RunSpec};
use crate::store::{RunRecord, State};
use std::collections::BTreeMap;

/// A run's place in its grid: bits of the rate, the number of its treatment, seed, fold.
type Place = (u64, usize, u64, Option<usize>);

/// What is there of a grid.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Finished, training, paused or queued.
    pub existing: usize,
    /// Stopped, failed or lost.
    pub to_resume: usize,
    /// For each treatment, by its number, the runs of the grid that need no more epochs, or fewer:
    /// the number of epochs that are left, per run.
    pub left: BTreeMap<usize, Vec<usize>>,
}

impl Counted {
    /// Looks through `runs` for those that `experiment` would make with the treatments `cells`. A run
    /// counts once, whatever repetitions of it `--again` has made.
    pub fn of(experiment: &Experiment, cells: &[Cell], runs: &[RunRecord]) -> Self {
        let mut found: BTreeMap<Place, &RunRecord> = BTreeMap::new();
        for run in runs {
            let Some(place) = place(experiment, cells, &run.spec) else {
                continue;
            };
            let best = found.entry(place).or_insert(run);
            if rank(run.state) < rank(best.state) {
                *best = run;
            }
        }
        let mut counted = Self::default();
        for ((_, cell, ..), run) in found {
            let left = match run.state {
                State::Finished => 0,
                _ => experiment.train.epochs.saturating_sub(run.status.epoch),
            };
            if rank(run.state) < 2 {
                counted.existing += 1;
            } else {
                counted.to_resume += 1;
            }
            counted.left.entry(cell).or_default().push(left);
        }
        counted
    }
}

fn rank(state: State) -> u8 {
    match state {
        State::Finished => 0,
        State::Running | State::Paused | State::Queued => 1,
        State::Stopped | State::Failed | State::Lost => 2,
    }
}

/// Where `spec` stands in the grid of `experiment`, if it does.
fn place(experiment: &Experiment, cells: &[Cell], spec: &RunSpec) -> Option<Place> {
    let (rate, seed, fold) = (spec.noise.rate, spec.train.seed, spec.train.fold);
    let on_axes = experiment
        .noise
        .rates
        .iter()
        .any(|r| r.to_bits() == rate.to_bits())
        && experiment.train.seeds.contains(&seed)
        && experiment.folds().contains(&fold);
    if !on_axes {
        return None;
    }
    let own = Cell::of(spec);
    let cell = cells.iter().position(|c| *c == own)?;
    let there = RunSpec::at(experiment, rate, &own, seed).in_fold(fold);
    (without_place(spec) == without_place(&there)).then_some((rate.to_bits(), cell, seed, fold))
}

/// Where a run trains and where its files lie do not change what it is.
fn without_place(spec: &RunSpec) -> RunSpec {
    let mut spec = spec.clone();
    spec.train.device = DeviceChoice::Auto;
    spec.data.dir = None;
    spec
}
