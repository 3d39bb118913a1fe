//! Values that parse but make no sense: each is named with its field and the remedy.

mod data;
mod method;
mod model;
mod noise;
mod quantizer;

use super::error::Problem;
use super::experiment::{Experiment, FORMAT};
use super::grid;
use super::names::{Augment, DataSet, ModelName, NoiseKind, OptimizerName, ScheduleName};

/// Everything that is wrong with `experiment`; empty when it can be run.
pub fn problems(experiment: &Experiment) -> Vec<Problem> {
    let mut found = Checks::default();
    let e = experiment;
    found.check(e.format == FORMAT, "format", || {
        format!(
            "{} is not a format that this quell reads: use {FORMAT}, or a newer quell",
            e.format
        )
    });
    let name_ok = !e.name.is_empty()
        && e.name.len() <= 64
        && !e.name.starts_with(['-', '.'])
        && e.name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    found.check(name_ok, "name", || {
        "use 1 to 64 letters, digits, '-', '_' or '.', not starting with '-' or '.'".into()
    });

    found.check(
        (0.0..=0.5).contains(&e.data.validation),
        "data.validation",
        || format!("{} is no share: use 0 to 0.5", e.data.validation),
    );
    for (field, limit, least) in [
        ("data.train_limit", e.data.train_limit, 10),
        ("data.test_limit", e.data.test_limit, 1),
    ] {
        found.check(limit.is_none_or(|n| n >= least), field, || {
            format!("use at least {least}, or leave it out for all images")
        });
    }
    found.check(
        !(e.data.set == DataSet::Bundled && e.data.dir.is_some()),
        "data.dir",
        || {
            "the bundled set lies inside quell: leave `dir` out, or use set = \"fashion-mnist\""
                .into()
        },
    );
    found.folder(e);
    found.faces(e);
    found.check(
        !(e.data.augment != Augment::None && e.model.name == ModelName::Mlp),
        "data.augment",
        || {
            "an mlp sees pixels, not pictures, and cannot use crops, flips or holes: use \"none\", or another model"
                .into()
        },
    );
    found.model(e);

    found.list("noise.rates", &e.noise.rates, |r| {
        (!(0.0..=1.0).contains(r))
            .then(|| format!("{r} is no rate: use numbers from 0 to 1, such as 0.4 for 40 %"))
    });
    found.check(
        e.noise.kind != NoiseKind::PairFlip || e.noise.rates.iter().all(|r| *r < 0.5),
        "noise.rates",
        || "from 0.5 on, pair-flip noise makes the next class the most frequent label: use rates below 0.5".into(),
    );
    found.check(
        e.noise.kind != NoiseKind::Annotator || e.noise.rates.iter().all(|r| *r <= 0.3),
        "noise.rates",
        || "above 0.3, coders would see absent units as often as they miss present ones: use rates up to 0.3".into(),
    );
    found.noise_map(e);
    found.noise_file(e);
    quantizer::check(&mut found, e);
    method::check(&mut found, e);

    found.check(
        (1..=100_000).contains(&e.train.epochs),
        "train.epochs",
        || format!("{} is out of range: use 1 to 100000", e.train.epochs),
    );
    found.check(
        (1..=65_536).contains(&e.train.batch_size),
        "train.batch_size",
        || format!("{} is out of range: use 1 to 65536", e.train.batch_size),
    );
    found.check(e.train.lr > 0.0 && e.train.lr <= 100.0, "train.lr", || {
        format!(
            "{} is out of range: use a number above 0, such as 1e-3",
            e.train.lr
        )
    });
    found.check(
        matches!(
            e.train.optimizer,
            OptimizerName::Adam | OptimizerName::AdamW
        ) || (0.0..1.0).contains(&e.train.momentum),
        "train.momentum",
        || {
            format!(
                "{} is out of range: use 0 up to, but not including, 1",
                e.train.momentum
            )
        },
    );
    found.check(
        e.train.optimizer != OptimizerName::SgdNesterov || e.train.momentum > 0.0,
        "train.momentum",
        || "Nesterov's momentum needs some: use a number above 0, or optimizer = \"sgd\"".into(),
    );
    found.check(
        (0.0..=e.train.epochs as f64).contains(&e.train.warm_up),
        "train.warm_up",
        || {
            format!(
                "{} epochs are out of range: use 0 to train.epochs",
                e.train.warm_up
            )
        },
    );
    found.check(
        e.train.warm_up == 0.0 || e.train.schedule != ScheduleName::OneCycle,
        "train.warm_up",
        || "one-cycle has a warm-up of its own: leave it out, or use another schedule".into(),
    );
    found.check(
        e.train
            .clip_norm
            .is_none_or(|norm| norm > 0.0 && norm.is_finite()),
        "train.clip_norm",
        || "use a number above 0, such as 1.0, or leave it out".into(),
    );
    found.list("train.seeds", &e.train.seeds, |seed| {
        (*seed > i64::MAX as u64).then(|| format!("{seed} does not fit a TOML integer"))
    });
    if found.problems.is_empty() && grid::count(e) == 0 {
        found.check(false, "method.names", || {
            "the grid is empty: name at least one method and one bit-width".into()
        });
    }
    found.problems
}

#[derive(Default)]
struct Checks {
    problems: Vec<Problem>,
}

impl Checks {
    fn check(&mut self, ok: bool, field: &str, message: impl FnOnce() -> String) {
        if !ok {
            self.problems.push(Problem {
                field: field.into(),
                message: message(),
            });
        }
    }

    /// The map of asymmetric noise: there, and of classes to others.
    fn noise_map(&mut self, e: &Experiment) {
        let (kind, map) = (e.noise.kind, &e.noise.map);
        if kind != NoiseKind::Asymmetric {
            self.check(map.is_empty(), "noise.map", || {
                format!("{kind} noise has none: leave it out, or use kind = \"asymmetric\"")
            });
            return;
        }
        self.check(!e.noise.map_on(e.data.set).is_empty(), "noise.map", || {
            format!(
                "quell does not know which classes of {} look alike: write it down as [from, to] pairs, such as map = [[7, 9], [9, 7]]",
                e.data.set
            )
        });
        for (n, [from, to]) in map.iter().enumerate() {
            let again = map[..n].iter().any(|[earlier, _]| earlier == from);
            // How many classes a folder has is seen when it is read.
            let classes = e.data.set.classes().unwrap_or(256);
            let message = if usize::from(*from.max(to)) >= classes {
                format!("classes are numbered 0 to {}", classes - 1)
            } else if from == to {
                "a class cannot be taken for itself".into()
            } else if again {
                "a class can be taken for one other only".into()
            } else {
                continue;
            };
            self.check(false, "noise.map", || format!("[{from}, {to}]: {message}"));
        }
    }

    /// An axis of the grid: not empty, and `wrong` finds nothing in any of its values.
    fn list<T>(&mut self, field: &str, values: &[T], wrong: impl Fn(&T) -> Option<String>) {
        self.check(!values.is_empty(), field, || {
            "the list is empty, so the grid has no runs: name at least one value".into()
        });
        if let Some(message) = values.iter().find_map(wrong) {
            self.check(false, field, || message);
        }
    }
}
