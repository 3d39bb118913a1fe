//! What label noise out of a file needs.

use super::Checks;
use crate::spec::experiment::Experiment;
use crate::spec::names::{DataSet, NoiseKind};

impl Checks {
    /// The file of labels: there where it is read and nowhere else, with rates that it can have.
    pub(super) fn noise_file(&mut self, e: &Experiment) {
        let (kind, noise) = (e.noise.kind, &e.noise);
        if kind.is_from_file() {
            self.check(noise.file.is_some(), "noise.file", || {
                format!("{kind} noise needs a file of labels: name it")
            });
            self.check(
                noise.rates.iter().all(|r| [0.0, 1.0].contains(r)),
                "noise.rates",
                || {
                    "the file has a rate of its own: use 1 for its labels, 0 for the true ones, or [0.0, 1.0] for both"
                        .into()
                },
            );
        } else {
            self.check(noise.file.is_none(), "noise.file", || {
                format!("{kind} noise is drawn, not read: leave it out, or use kind = \"file\"")
            });
        }
        if let Some(column) = &noise.column {
            self.check(kind == NoiseKind::Human, "noise.column", || {
                format!("{kind} noise has none: leave it out, or use kind = \"human\"")
            });
            let sound = (1..=40).contains(&column.len())
                && column
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_');
            self.check(sound, "noise.column", || {
                "use the name of one of the file's label sets, such as worse_label".into()
            });
            self.check(!column.contains("coarse"), "noise.column", || {
                "these are labels of the 20 superclasses: use noisy_label, of the 100 classes"
                    .into()
            });
        }
        self.check(
            kind != NoiseKind::Human || matches!(e.data.set, DataSet::Cifar10 | DataSet::Cifar100),
            "noise.kind",
            || {
                format!(
                    "people's labels are published for cifar10 and cifar100, not for {}: use one of them, or kind = \"file\" for labels of your own",
                    e.data.set
                )
            },
        );
    }
}
