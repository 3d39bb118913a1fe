//! What sets need whose images are brought to a size, and no other set has.

use super::Checks;
use crate::spec::experiment::{Experiment, FOLDS};
use crate::spec::names::{DataSet, NoiseKind};

/// Drawn images are all in memory.
const MOST_BYTES: usize = 4_000_000_000;

impl Checks {
    /// A folder is named; images have a size that networks can take.
    pub(super) fn folder(&mut self, e: &Experiment) {
        let data = &e.data;
        if data.set == DataSet::Folder {
            self.check(data.dir.is_some(), "data.dir", || {
                "name the folder that holds train/<class> and test/<class>".into()
            });
        }
        if data.set.has_size() {
            // Smaller faces show no wrinkle.
            let least = if data.set == DataSet::SyntheticFaces {
                24
            } else {
                8
            };
            self.check((least..=224).contains(&data.side()), "data.size", || {
                format!("{} is out of range: use {least} to 224 pixels", data.side())
            });
            return;
        }
        for (field, given) in [("data.size", data.size.is_some()), ("data.grey", data.grey)] {
            self.check(!given, field, || {
                format!(
                    "the images of {} are used as they are: leave it out, or use set = \"folder\"",
                    data.set
                )
            });
        }
    }

    /// Subjects, frames and folds of sets of faces; noise of a kind that their labels can have.
    pub(super) fn faces(&mut self, e: &Experiment) {
        let data = &e.data;
        let drawn = data.set == DataSet::SyntheticFaces;
        let (subjects, frames) = data.faces();
        for (field, given, value, least, most) in [
            ("data.subjects", data.subjects, subjects, 6, 1_000),
            ("data.frames", data.frames, frames, 2, 10_000),
        ] {
            self.check(!drawn || (least..=most).contains(&value), field, || {
                format!("{value} is out of range: use {least} to {most}")
            });
            self.check(drawn || given.is_none(), field, || {
                format!(
                    "the images of {} are there already: leave it out, or use set = \"synthetic-faces\"",
                    data.set
                )
            });
        }
        if drawn {
            let side = data.side();
            let channels = if data.grey { 1 } else { 3 };
            let bytes = [subjects, frames, side, side, channels];
            let bytes = bytes.into_iter().fold(1, usize::saturating_mul);
            self.check(bytes <= MOST_BYTES, "data.frames", || {
                format!(
                    "so many images of {side}×{side} would take {} GB: use fewer frames or subjects",
                    bytes / 1_000_000_000
                )
            });
            // Of the smallest fold, which is the last one.
            let least = subjects / FOLDS * frames;
            let rest = (subjects - subjects.div_ceil(FOLDS)) * frames;
            for (field, limit, there) in [
                ("data.test_limit", data.test_limit, least),
                ("data.train_limit", data.train_limit, rest),
            ] {
                self.check(limit.is_none_or(|limit| limit <= there), field, || {
                    format!(
                        "a fold has only {there} such images: use {there} or fewer, or leave it out"
                    )
                });
            }
        }
        self.check(!drawn || data.dir.is_none(), "data.dir", || {
            "synthetic faces are drawn, not read: leave `dir` out".into()
        });
        let folds = &e.train.folds;
        let has_units = data.set.has_units();
        self.check(
            !has_units || folds.iter().all(|fold| (1..=FOLDS).contains(fold)),
            "train.folds",
            || {
                format!(
                    "folds are numbered 1 to {FOLDS}: use some of them, or leave it out for all"
                )
            },
        );
        self.check(has_units || folds.is_empty(), "train.folds", || {
            format!(
                "{} has a test set of its own: leave it out, or use a set of faces",
                data.set
            )
        });
        let kind = e.noise.kind;
        let reason = match (kind, has_units) {
            (NoiseKind::Annotator, false) => {
                "is that of coders of Action Units: use a set of faces, or kind = \"instance\""
            }
            (NoiseKind::Instance, true) => {
                "takes one class for another by the image: use kind = \"annotator\""
            }
            (NoiseKind::Human | NoiseKind::File, true) => {
                "has one label for each image, and here each unit has its own: use kind = \"annotator\""
            }
            _ => return,
        };
        self.check(false, "noise.kind", || format!("{kind} noise {reason}"));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::spec::{Experiment, expand, parse, run_id};

    const SPEC: &str = r#"
name = "test"
[data]
set = "folder"
dir = "/images"
[model]
name = "cnn"
[train]
epochs = 1
batch_size = 8
lr = 0.1
"#;

    #[test]
    fn a_folder_needs_a_place_and_other_sets_have_no_size() {
        for (text, overrides, reason) in [
            (
                SPEC.replace("dir = \"/images\"", ""),
                &[][..],
                "data.dir: name the folder",
            ),
            (
                SPEC.into(),
                &["data.size=7"],
                "data.size: 7 is out of range",
            ),
            (SPEC.into(), &["data.size=225"], "data.size: 225"),
            (
                SPEC.into(),
                &["data.set=mnist", "data.size=28"],
                "data.size: the images of mnist",
            ),
            (
                SPEC.into(),
                &["data.set=mnist", "data.grey=true"],
                "data.grey: the images of mnist",
            ),
        ] {
            let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
            let error = parse(&text, "test", &overrides).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_folder_is_known_by_its_place_and_other_sets_are_not() {
        let id = |overrides: &[&str]| {
            let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
            run_id(&expand(&parse(SPEC, "test", &overrides).unwrap())[0])
        };
        assert_ne!(id(&[]), id(&["data.dir=/others"]));
        // The default is written out.
        assert_eq!(id(&[]), id(&["data.size=32"]));
        assert_ne!(id(&[]), id(&["data.size=64"]));
        assert_ne!(id(&[]), id(&["data.grey=true"]));
        let mnist = |dir: &str| id(&["data.set=mnist", dir]);
        assert_eq!(mnist("data.dir=/a"), mnist("data.dir=/b"));
    }

    const FACES: &[&str] = &["data={set=\"synthetic-faces\"}", "train.epochs=20"];

    fn faces(more: &[&str]) -> Result<Experiment, String> {
        let all = FACES.iter().chain(more).map(ToString::to_string);
        let all: Vec<String> = all.collect();
        parse(SPEC, "test", &all).map_err(|e| e.to_string())
    }

    #[test]
    fn faces_have_subjects_and_folds_and_other_sets_do_not() {
        let whole = faces(&[]).unwrap();
        assert_eq!(whole.folds(), [Some(1), Some(2), Some(3)]);
        let some = faces(&["train.folds=[3, 1, 3]"]).unwrap();
        assert_eq!(some.folds(), [Some(1), Some(3)]);
        for (overrides, reason) in [
            (&["train.folds=[0]"][..], "train.folds: folds are numbered"),
            (&["data.subjects=5"], "data.subjects: 5 is out of range"),
            (&["data.frames=1"], "data.frames: 1 is out of range"),
            (&["data.size=16"], "data.size: 16 is out of range"),
            (
                &["data.frames=10000", "data.size=224"],
                "data.frames: so many",
            ),
            (
                &["data.test_limit=625"],
                "data.test_limit: a fold has only 624",
            ),
            (
                &["data.train_limit=1297"],
                "data.train_limit: a fold has only 1296",
            ),
            (&["data.dir=/faces"], "data.dir: synthetic faces are drawn"),
            (
                &["data.set=bp4d", "data.frames=9"],
                "data.frames: the images of bp4d",
            ),
            (
                &["data={set=\"mnist\"}", "train.folds=[1]"],
                "train.folds: mnist has a test set",
            ),
        ] {
            let error = faces(overrides).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn noise_and_methods_are_those_that_labels_of_units_can_have() {
        for (overrides, reason) in [
            (
                &["noise.kind=instance"][..],
                "noise.kind: instance noise takes",
            ),
            (
                &["noise={kind=\"file\", file=\"a.csv\", rates=[1.0]}"],
                "each unit has its own",
            ),
            (
                &["noise={kind=\"annotator\", rates=[0.5]}"],
                "noise.rates: above 0.3",
            ),
            (&["method.names=[\"forward\"]"], "forward corrects"),
            (&["method.names=[\"elr\"]"], "elr averages"),
            (
                &["method.names=[\"co-teaching\"]"],
                "co-teaching leaves out",
            ),
        ] {
            let error = faces(overrides).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        for name in crate::spec::MethodName::ALL {
            let refused = ["forward", "elr", "co-teaching"].contains(&name.as_str());
            let names = format!("method.names=[\"{name}\"]");
            assert_eq!(faces(&[&names]).is_err(), refused, "{name}");
        }
        for (overrides, reason) in [
            (
                &["noise.kind=annotator"][..],
                "noise.kind: annotator noise is that of coders",
            ),
            (
                &["method.names=[\"robin-hood\"]"],
                "robin-hood smooths the more frequent",
            ),
        ] {
            let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
            let error = parse(SPEC, "test", &overrides).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn each_fold_is_a_run_and_the_defaults_are_written_out() {
        let runs = expand(&faces(&["train.seeds=[0, 1]"]).unwrap());
        let places: Vec<_> = runs.iter().map(|r| (r.train.seed, r.train.fold)).collect();
        let wanted = [0, 1].map(|seed| [1, 2, 3].map(|fold| (seed, Some(fold))));
        assert_eq!(places, wanted.concat());
        assert_eq!(runs[0].data.subjects, Some(41));
        assert!(run_id(&runs[4]).starts_with("synthetic-faces-cnn-sym0-fp32-s1f2-"));
        let written = expand(&faces(&["data.size=48", "data.frames=48"]).unwrap());
        assert_eq!(run_id(&runs[0]), run_id(&written[0]));
        let drawn = expand(&faces(&["data.frames=49"]).unwrap());
        assert_ne!(run_id(&runs[0]), run_id(&drawn[0]));
    }
}
