//! What a folder of images needs, and no other set has.

use super::Checks;
use crate::spec::experiment::Experiment;
use crate::spec::names::DataSet;

impl Checks {
    /// A folder is named; its images have a size that networks can take.
    pub(super) fn folder(&mut self, e: &Experiment) {
        let data = &e.data;
        if data.set == DataSet::Folder {
            self.check(data.dir.is_some(), "data.dir", || {
                "name the folder that holds train/<class> and test/<class>".into()
            });
            self.check((8..=224).contains(&data.side()), "data.size", || {
                format!("{} is out of range: use 8 to 224 pixels", data.side())
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
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::spec::{expand, parse, run_id};

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
}
