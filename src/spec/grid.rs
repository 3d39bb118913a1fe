//! From an experiment to its runs: the product of the lists.

use super::bits::Bits;
use super::experiment::Experiment;
use super::method::{BaselinesAt, Method};
use super::names::{MethodName, QuantizerName};
use super::run_spec::RunSpec;

/// Grids of more runs than this are started only after a question.
pub const LARGE_GRID: usize = 2_000;

/// The bit-widths that are really run: those asked for without repeats, and the matched control
/// (full precision at the same schedule) wherever something is quantized.
pub fn bits_with_control(experiment: &Experiment) -> Vec<Bits> {
    let mut bits: Vec<Bits> = Vec::new();
    let asked = &experiment.quantizer.bits;
    if !asked.is_empty() && !asked.contains(&Bits::FP32) {
        bits.push(Bits::FP32);
    }
    for b in asked {
        if !bits.contains(b) {
            bits.push(*b);
        }
    }
    bits
}

/// Whether the matched control had to be added to the bit-widths asked for.
pub fn control_added(experiment: &Experiment) -> bool {
    !experiment.quantizer.bits.is_empty() && !experiment.quantizer.bits.contains(&Bits::FP32)
}

/// Number of runs in the grid, counted without making them.
pub fn count(experiment: &Experiment) -> usize {
    let cells = cells(experiment).len();
    let rates = dedup_rates(&experiment.noise.rates).len();
    let seeds = dedup(&experiment.train.seeds).len();
    let repetitions = seeds.saturating_mul(experiment.folds().len());
    cells.saturating_mul(rates).saturating_mul(repetitions)
}

/// Every run of the grid: rates outermost, then treatments, seeds and folds. No two are equal.
pub fn expand(experiment: &Experiment) -> Vec<RunSpec> {
    let cells = cells(experiment);
    let seeds = dedup(&experiment.train.seeds);
    let folds = experiment.folds();
    let mut runs = Vec::with_capacity(count(experiment));
    for rate in dedup_rates(&experiment.noise.rates) {
        for cell in &cells {
            for &seed in &seeds {
                let run = RunSpec::at(experiment, rate, cell, seed);
                runs.extend(folds.iter().map(|&fold| run.clone().in_fold(fold)));
            }
        }
    }
    runs
}

/// A treatment of the grid, run at each noise rate, seed and fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The baseline with its settings.
    pub method: Method,
    /// The quantizer; at full precision the first of the experiment, of no account.
    pub quantizer: QuantizerName,
    /// Bit-widths.
    pub bits: Bits,
}

impl Cell {
    /// Plain training at full precision.
    pub const CONTROL: Self = Self {
        method: Method::None,
        quantizer: QuantizerName::Minmax,
        bits: Bits::FP32,
    };

    /// Its name in tables, such as `lsq-w4a4+dropout`.
    pub fn label(&self) -> String {
        treatment(self.quantizer, self.bits, self.method.name())
    }

    /// The treatment of a run.
    pub fn of(run: &RunSpec) -> Self {
        let quantizer = run.quantizer.as_ref();
        Self {
            method: run.method.clone(),
            quantizer: quantizer.map_or(Self::CONTROL.quantizer, |q| q.name),
            bits: run.bits(),
        }
    }
}

/// The name of a treatment in tables: min-max, the paper's quantizer, and plain training go without
/// saying.
pub fn treatment(quantizer: QuantizerName, bits: Bits, method: MethodName) -> String {
    let prefix = match quantizer {
        QuantizerName::Minmax => String::new(),
        _ if bits.is_full_precision() => String::new(),
        other => format!("{other}-"),
    };
    let suffix = match method {
        MethodName::None => String::new(),
        other => format!("+{other}"),
    };
    format!("{prefix}{bits}{suffix}")
}

/// The treatments that are run at each noise rate, seed and fold: baselines at each of their settings,
/// times full precision and each quantizer at the bit-widths that it can have.
pub fn cells(experiment: &Experiment) -> Vec<Cell> {
    let widths = widths(experiment);
    let grid = &experiment.method;
    let mut cells = Vec::new();
    for name in dedup(&grid.names) {
        for method in grid.points(name) {
            let fp32_only = method.replaces_quantizer()
                || (name != MethodName::None && grid.at == BaselinesAt::Fp32);
            let widths = widths
                .iter()
                .filter(|(_, bits)| !fp32_only || bits.is_full_precision());
            cells.extend(widths.map(|&(quantizer, bits)| Cell {
                method: method.clone(),
                quantizer,
                bits,
            }));
        }
    }
    cells
}

/// Full precision and each quantizer at the bit-widths that it can have.
fn widths(experiment: &Experiment) -> Vec<(QuantizerName, Bits)> {
    let grid = &experiment.quantizer;
    let mut widths = Vec::new();
    for bits in bits_with_control(experiment) {
        if bits.is_full_precision() {
            widths.push((Cell::CONTROL.quantizer, bits));
            continue;
        }
        let names = grid.name.distinct();
        let able = names
            .into_iter()
            .filter(|n| n.cannot_have(bits, grid.activations).is_none());
        widths.extend(able.map(|name| (name, bits)));
    }
    widths
}

/// Pairs of quantizer and bit-width that are not run, because there is no such thing; each in words.
pub fn left_out(experiment: &Experiment) -> Vec<String> {
    let grid = &experiment.quantizer;
    let mut words = Vec::new();
    for name in grid.name.distinct() {
        let refused = bits_with_control(experiment)
            .into_iter()
            .filter(|bits| name.cannot_have(*bits, grid.activations).is_some());
        let refused: Vec<String> = refused.map(|bits| bits.to_string()).collect();
        if !refused.is_empty() {
            words.push(format!("{name} without {}", refused.join(", ")));
        }
    }
    words
}

fn dedup<T: Copy + Ord>(list: &[T]) -> Vec<T> {
    let mut seen = std::collections::BTreeSet::new();
    list.iter().copied().filter(|x| seen.insert(*x)).collect()
}

fn dedup_rates(rates: &[f64]) -> Vec<f64> {
    let mut seen = std::collections::BTreeSet::new();
    rates
        .iter()
        .copied()
        .filter(|r| seen.insert(r.to_bits()))
        .collect()
}
