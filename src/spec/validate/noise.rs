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
            kind != NoiseKind::Human || matches!(
                    e.data.set,
                    DataSet::Cifar10 | DataSet::Cifar100 | DataSet::Folder
                ),
            "noise.kind",
            || {
                format!(
                    "people's labels are published for cifar10 and cifar100 (as a folder of images, too), not for {}: use one of them, or kind = \"file\" for labels of your own",
                    e.data.set
                )
            },
        );
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::spec::{expand, parse, run_id};

    const SPEC: &str = r#"
name = "test"
[data]
set = "cifar10"
[model]
name = "cnn"
[noise]
kind = "human"
file = "labels.pt"
column = "worse_label"
rates = [0.0, 1.0]
[train]
epochs = 1
batch_size = 8
lr = 0.1
"#;

    fn wrong(overrides: &[&str]) -> String {
        let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
        parse(SPEC, "test", &overrides).unwrap_err().to_string()
    }

    #[test]
    fn labels_of_a_file_need_a_file_and_take_rates_0_and_1_only() {
        parse(SPEC, "test", &[]).unwrap();
        for (overrides, reason) in [
            (
                &["noise.rates=[0.4]"][..],
                "noise.rates: the file has a rate of its own",
            ),
            (&["data.set=bundled"], "noise.kind: people's labels"),
            (&["noise.column=noisy_coarse_label"], "20 superclasses"),
            (&["noise.column=../x"], "noise.column: use the name"),
            (
                &["noise.kind=symmetric"],
                "noise.file: symmetric noise is drawn",
            ),
            (&["noise.kind=file"], "noise.column: file noise has none"),
        ] {
            let error = wrong(overrides);
            assert!(error.contains(reason), "{error}");
        }
        let text = SPEC.replace("file = \"labels.pt\"", "");
        let error = parse(&text, "test", &[]).unwrap_err().to_string();
        assert!(
            error.contains("noise.file: human noise needs a file"),
            "{error}"
        );
    }

    #[test]
    fn the_true_labels_are_one_run_whatever_the_file_and_published_files_may_lie_anywhere() {
        let ids = |overrides: &[&str]| -> Vec<String> {
            let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
            let experiment = parse(SPEC, "test", &overrides).unwrap();
            expand(&experiment).iter().map(run_id).collect()
        };
        let worse = ids(&[]);
        assert!(
            worse[0].starts_with("cifar10-cnn-human0-fp32"),
            "{}",
            worse[0]
        );
        assert!(
            worse[1].starts_with("cifar10-cnn-human-worse_label-fp32"),
            "{}",
            worse[1]
        );
        let aggre = ids(&[
            "noise.column=aggre_label",
            "noise.file=/elsewhere/labels.pt",
        ]);
        assert_eq!(worse[0], aggre[0]);
        assert_ne!(worse[1], aggre[1]);
        assert_eq!(worse, ids(&["noise.file=/elsewhere/labels.pt"]));
        // A user's own file is known by its place only.
        let text = SPEC
            .replace("column = \"worse_label\"", "")
            .replace("\"human\"", "\"file\"");
        let own = |file: &str| {
            let experiment = parse(&text, "test", &[format!("noise.file={file}")]).unwrap();
            expand(&experiment).iter().map(run_id).collect::<Vec<_>>()
        };
        assert_eq!(own("/a.csv")[0], own("/b.csv")[0]);
        assert_ne!(own("/a.csv")[1], own("/b.csv")[1]);
    }

    #[test]
    fn a_run_knows_its_files_by_their_whole_path() {
        let experiment = parse(SPEC, "test", &["data.dir=images".into()]).unwrap();
        let run = &expand(&experiment)[1];
        assert!(run.noise.file.as_ref().unwrap().is_absolute());
        assert!(run.data.dir.as_ref().unwrap().is_absolute());
        let experiment = parse(SPEC, "test", &[]).unwrap();
        assert!(expand(&experiment)[0].noise.file.is_none());
    }
}
