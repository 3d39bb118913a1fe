//! Runs that begin with weights out of a file, trained for real on few images.
#![allow(clippy::unwrap_used)]

use super::compress_tests::{figures, found, trained};
use super::tape::{Stop, try_run};
use crate::spec::{RunSpec, expand, parse};
use image::{Rgb, RgbImage};
use std::path::PathBuf;

/// Weights of a network of width 0.02 for ten classes (tests/oracles/imagenet.py).
const FILE: &[u8] = include_bytes!("../../tests/oracles/imagenet.pth");

/// A folder of images of two classes, and a file of weights in it.
struct There {
    dir: tempfile::TempDir,
}

impl There {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for part in ["train", "test"] {
            for (class, red) in [("a", 200u8), ("b", 40)] {
                let folder = dir.path().join(part).join(class);
                std::fs::create_dir_all(&folder).unwrap();
                for n in 0..8u8 {
                    let image = RgbImage::from_fn(16, 16, |x, y| Rgb([red + n, (x * y) as u8, n]));
                    image.save(folder.join(format!("{n}.png"))).unwrap();
                }
            }
        }
        std::fs::write(dir.path().join("r18.pth"), FILE).unwrap();
        Self { dir }
    }

    fn weights(&self) -> PathBuf {
        self.dir.path().join("r18.pth")
    }

    fn spec(&self, method: &str) -> RunSpec {
        let dir = self.dir.path().display();
        let text = format!(
            "name = \"t\"\n[data]\nset = \"folder\"\nsize = 16\nvalidation = 0\ndir = {:?}\n\
             [model]\nname = \"imagenet-resnet18\"\nweights = {:?}\n[method]\nnames = [{method:?}]\n\
             [train]\nepochs = 2\nbatch_size = 8\nlr = 1e-3\n",
            dir.to_string(),
            self.weights(),
        );
        let mut spec = expand(&parse(&text, "test", &[]).unwrap()).pop().unwrap();
        // Narrower than a spec may ask for, as the file is.
        spec.model.width = 0.02;
        spec
    }
}

#[test]
fn a_run_begins_with_its_weights_and_needs_them_no_more_when_it_goes_on() {
    let there = There::new();
    let spec = there.spec("none");
    let whole = tempfile::tempdir().unwrap();
    let kept = trained(&spec, whole.path(), Stop::Never);
    let told = kept.notes();
    assert_eq!(told.len(), 1, "{told:?}");
    let text = "r18.pth: 100 of 102 tensors are loaded, whose names begin with module. there; \
                of another shape, and left as drawn: fc.weight ([10, 10] there, [2, 10] here)";
    assert!(told[0].contains(text), "{told:?}");

    let parts = tempfile::tempdir().unwrap();
    trained(&spec, parts.path(), Stop::Epoch(1));
    std::fs::remove_file(there.weights()).unwrap();
    let kept = trained(&spec, parts.path(), Stop::Never);
    assert!(kept.notes().is_empty());
    let (values, _, progress) = found(&spec, whole.path());
    let (again, _, resumed) = found(&spec, parts.path());
    assert_eq!(values, again);
    assert_eq!(figures(&progress.history), figures(&resumed.history));

    // From the beginning there is no way without them.
    let fresh = tempfile::tempdir().unwrap();
    let (error, _) = try_run(&spec, fresh.path(), Stop::Never);
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("model.weights: cannot read") && error.contains("r18.pth"),
        "{error}"
    );
}

#[test]
fn what_is_trained_first_or_beside_begins_with_them_too() {
    let there = There::new();
    for (method, wanted) in [("distillation", 1), ("co-teaching", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let kept = trained(&there.spec(method), folder.path(), Stop::Never);
        let told = kept.notes();
        let count = |begin: &str| told.iter().filter(|t| t.starts_with(begin)).count();
        assert_eq!(count("weights of "), 1, "{told:?}");
        assert_eq!(count("the teacher: weights of "), wanted, "{told:?}");
    }
}
