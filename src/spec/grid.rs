//! From an experiment to its runs: the product of the lists.

use super::bits::Bits;
use super::experiment::{BaselinesAt, Experiment};
use super::names::MethodName;
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
    cells.saturating_mul(rates).saturating_mul(seeds)
}

/// Every run of the grid: rates outermost, then methods, bit-widths and seeds. No two are equal.
pub fn expand(experiment: &Experiment) -> Vec<RunSpec> {
    let cells = cells(experiment);
    let seeds = dedup(&experiment.train.seeds);
    let mut runs = Vec::with_capacity(count(experiment));
    for rate in dedup_rates(&experiment.noise.rates) {
        for &(method, bits) in &cells {
            for &seed in &seeds {
                runs.push(RunSpec::at(experiment, rate, bits, method, seed));
            }
        }
    }
    runs
}

/// The pairs of baseline and bit-width that are run at each noise rate and seed.
pub fn cells(experiment: &Experiment) -> Vec<(MethodName, Bits)> {
    let bits = bits_with_control(experiment);
    let mut cells = Vec::new();
    for method in dedup(&experiment.method.names) {
        let fp32_only = method != MethodName::None && experiment.method.at == BaselinesAt::Fp32;
        for &b in &bits {
            if !fp32_only || b.is_full_precision() {
                cells.push((method, b));
            }
        }
    }
    cells
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
