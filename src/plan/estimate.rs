//! How long a grid takes, by measurements of this machine only.

use super::count::Counted;
use super::work::Work;
use crate::spec::{Bits, Cell, DataSpec, DeviceChoice, Experiment, ModelSpec};
use crate::store::{Measurement, RunRecord, State};
use crate::{compare, data};
use std::collections::BTreeMap;

/// How long a grid takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Estimate {
    /// Nothing is left to train.
    Nothing,
    /// By what was measured on this machine.
    Measured {
        /// Seconds until the last run ends.
        seconds: f64,
        /// Which measurement it stands on.
        by: String,
    },
    /// Nothing comparable was measured here yet.
    Unmeasured {
        /// What `quell bench` has to be asked.
        needs: Needs,
    },
}

/// Flags of the `quell bench` that an estimate lacks.
#[derive(Clone, Debug, PartialEq)]
pub struct Needs {
    /// `--flag value` pairs, one word each.
    pub args: Vec<String>,
}

/// Time of one kind of run.
struct Pace {
    /// Seconds of an epoch, evaluation included.
    epoch_seconds: f64,
    /// How many runs go on at once at this pace.
    at_once: usize,
    /// What was measured, and its samples per second in training.
    source: String,
    speed: f64,
}

/// How long the runs of `experiment` that are not there yet take.
pub(super) fn estimate(
    experiment: &Experiment,
    cells: &[Cell],
    counted: &Counted,
    runs: &[RunRecord],
    measurements: &[Measurement],
) -> Estimate {
    if cells.is_empty() {
        return Estimate::Nothing;
    }
    let each = crate::spec::count(experiment) / cells.len();
    let mut shared = 0.0;
    let mut longest: f64 = 0.0;
    let mut speeds: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (number, cell) in cells.iter().enumerate() {
        let bits = cell.bits;
        let known = counted.left.get(&number).map_or(&[][..], Vec::as_slice);
        let (whole, first) = (experiment.train.epochs, cell.method.trains_first());
        // What is trained first has plain steps. A run that has ended an epoch has it behind it.
        let trained = |left: usize| match left as f64 {
            epochs if first && left == whole => epochs + epochs / cell.method.step_cost(),
            epochs => epochs,
        };
        let known_epochs: f64 = known.iter().map(|&left| trained(left)).sum();
        let new = each.saturating_sub(known.len());
        let epochs = known_epochs + new as f64 * trained(whole);
        if epochs == 0.0 {
            continue;
        }
        let pace = match by_history(experiment, cell, runs)
            .or_else(|| by_bench(experiment, cell, measurements))
        {
            Some(pace) => pace,
            None => {
                return Estimate::Unmeasured {
                    needs: needs(experiment, bits),
                };
            }
        };
        shared += epochs * pace.epoch_seconds / pace.at_once as f64;
        let most = if new > 0 {
            trained(whole)
        } else {
            known.iter().map(|&left| trained(left)).fold(0.0, f64::max)
        };
        longest = longest.max(most * pace.epoch_seconds);
        let (low, high) = speeds
            .entry(pace.source)
            .or_insert((pace.speed, pace.speed));
        (*low, *high) = (low.min(pace.speed), high.max(pace.speed));
    }
    if speeds.is_empty() {
        return Estimate::Nothing;
    }
    Estimate::Measured {
        // No grid ends before its longest run.
        seconds: shared.max(longest),
        by: speeds
            .iter()
            .map(|(source, speeds)| format!("{source} at {} samples/s", range(*speeds)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// Two speeds as one text, to two digits: more would be noise.
fn range((low, high): (f64, f64)) -> String {
    let round = |x: f64| {
        let unit = 10f64.powf(x.max(1.0).log10().floor() - 1.0);
        ((x / unit).round() * unit).round()
    };
    let (low, high) = (round(low), round(high));
    if low == high {
        format!("{low}")
    } else {
        format!("{low}–{high}")
    }
}

/// By the newest finished run of the same network, data, batch and device on this host; of the
/// same bit-widths if there is one, else of another quantized one. Its steps count for what they cost
/// with the method of `cell`.
fn by_history(experiment: &Experiment, cell: &Cell, runs: &[RunRecord]) -> Option<Pace> {
    let (host, bits) = (host(), cell.bits);
    let here = &experiment.data;
    let alike = |run: &&RunRecord| {
        run.state == State::Finished
            && run.meta.host.as_deref() == Some(host.as_str())
            && same_model(&run.spec.model, &experiment.model)
            && run.spec.data.set == here.set
            && (run.spec.data.side(), run.spec.data.grey) == (here.side(), here.grey)
            && run.spec.data.augment == here.augment
            && run.spec.train.batch_size == experiment.train.batch_size
            && run.spec.train.device == experiment.train.device
            && run.spec.bits().is_full_precision() == bits.is_full_precision()
    };
    let run = runs
        .iter()
        .filter(alike)
        .max_by_key(|r| (r.spec.bits() == bits, r.status.updated))?;
    let summary = run.status.summary.as_ref()?;
    let last = run.status.last_epoch.as_ref()?;
    if summary.samples_per_second <= 0.0 {
        return None;
    }
    let (here, there) = (Work::of(here), Work::of(&run.spec.data));
    let evaluation = last.eval_seconds * here.evaluated / there.evaluated;
    let device = run.status.device.clone().unwrap_or_default();
    let dearer = cell.method.step_cost() / run.spec.method.step_cost();
    Some(Pace {
        epoch_seconds: here.train * dearer / summary.samples_per_second + evaluation,
        // Measured while so many trained side by side.
        at_once: parallel(experiment, &device),
        source: format!("earlier runs on {device}"),
        speed: summary.samples_per_second,
    })
}

/// By `quell bench` on this host.
fn by_bench(experiment: &Experiment, cell: &Cell, measurements: &[Measurement]) -> Option<Pace> {
    let (host, bits) = (host(), cell.bits);
    let on_device = |m: &&Measurement| match experiment.train.device {
        DeviceChoice::Cpu => m.device == "cpu",
        DeviceChoice::Software => m.device == "software",
        DeviceChoice::Wgpu(None) => m.device.starts_with("wgpu"),
        DeviceChoice::Wgpu(Some(n)) => m.device == format!("wgpu:{n}"),
        DeviceChoice::Auto => m.device == "cpu" || m.device.starts_with("wgpu"),
    };
    let here = data::shape(&experiment.data);
    let same_images = |m: &Measurement| {
        let there = data::shape(&DataSpec {
            size: m.size,
            grey: m.grey,
            ..DataSpec::new(m.data)
        });
        (there.channels, there.width) == (here.channels, here.width)
    };
    let alike = |m: &&Measurement| {
        m.host == host
            && same_model(&m.model, &experiment.model)
            && same_images(m)
            && m.quantized != bits.is_full_precision()
            && m.batch_size == experiment.train.batch_size
            && m.samples_per_second > 0.0
            && m.eval_samples_per_second > 0.0
    };
    let found = measurements
        .iter()
        .filter(on_device)
        .filter(alike)
        // `auto` takes a GPU where there is one; on a CPU the worker trains on one thread a run.
        .max_by_key(|m| (m.device.starts_with("wgpu"), m.threads <= 1, m.time))?;
    let work = Work::of(&experiment.data);
    // A bench on all threads has the whole machine; so many single-threaded runs share it alike.
    let at_once = if found.device == "cpu" && found.threads <= 1 {
        parallel(experiment, &found.device)
    } else {
        1
    };
    Some(Pace {
        epoch_seconds: work.train * cell.method.step_cost() / found.samples_per_second
            + work.evaluated / found.eval_samples_per_second,
        at_once,
        source: "`quell bench`".into(),
        speed: found.samples_per_second,
    })
}

/// How many runs the worker trains at once: one per core on a CPU, one on a GPU.
fn parallel(experiment: &Experiment, device: &str) -> usize {
    let cpu = match experiment.train.device {
        DeviceChoice::Cpu => true,
        DeviceChoice::Auto => {
            let device = device.to_ascii_lowercase();
            device.contains("cpu") || device.contains("flex")
        }
        DeviceChoice::Wgpu(_) | DeviceChoice::Software => false,
    };
    if cpu {
        std::thread::available_parallelism().map_or(1, usize::from)
    } else {
        1
    }
}

fn same_model(a: &ModelSpec, b: &ModelSpec) -> bool {
    a.name == b.name && a.width == b.width && a.has_batch_norm() == b.has_batch_norm()
}

fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

fn needs(experiment: &Experiment, bits: Bits) -> Needs {
    // What `quell bench` takes by itself need not be said.
    let mut args: Vec<String> = [
        ("--model", "mlp", experiment.model.name.to_string()),
        ("--data", "bundled", experiment.data.set.to_string()),
        ("--bits", "fp32", bits.to_string()),
        ("--batch", "128", experiment.train.batch_size.to_string()),
        ("--device", "auto", experiment.train.device.to_string()),
    ]
    .into_iter()
    .filter(|(_, default, value)| value != default)
    .flat_map(|(flag, _, value)| [flag.to_string(), value])
    .collect();
    if matches!(
        experiment.train.device,
        DeviceChoice::Cpu | DeviceChoice::Auto
    ) {
        args.extend(["--threads".into(), "1".into()]);
    }
    let data = &experiment.data;
    if data.set.has_size() && data.side() != DataSpec::new(data.set).side() {
        args.extend(["--size".into(), data.side().to_string()]);
    }
    if data.grey {
        args.push("--grey".into());
    }
    if experiment.model.width != 1.0 {
        args.extend(["--width".into(), experiment.model.width.to_string()]);
    }
    if let Some(batch_norm) = experiment.model.batch_norm {
        args.extend(["--batch-norm".into(), batch_norm.to_string()]);
    }
    Needs { args }
}

impl Estimate {
    /// Seconds, where they are known.
    pub fn seconds(&self) -> Option<f64> {
        match self {
            Self::Nothing => Some(0.0),
            Self::Measured { seconds, .. } => Some(*seconds),
            Self::Unmeasured { .. } => None,
        }
    }

    /// What it stands on, where it was measured.
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Measured { by, .. } => Some(by),
            _ => None,
        }
    }

    /// The estimate in words.
    pub fn sentence(&self) -> String {
        match self {
            Self::Nothing => "nothing is left to train".into(),
            Self::Measured { seconds, by } => {
                let time = compare::seconds(*seconds);
                format!("about {time}, by {by}")
            }
            Self::Unmeasured { needs } => format!(
                "time unknown until measured: quell bench {}",
                needs.args.join(" ")
            ),
        }
    }
}
