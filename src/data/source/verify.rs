//! Reads a whole data set and says what is in it.

use super::{sha256, source};
use crate::data::error::DataError;
use crate::data::images::Labelled;
use crate::data::open::{files, locate, open};
use crate::data::shape::shape;
use crate::spec::DataSpec;
use serde::Serialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What a data set holds.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the set.
    pub set: &'static str,
    /// Where it lies.
    pub folder: PathBuf,
    /// Rows and columns of an image.
    pub size: [usize; 2],
    /// Colour channels of an image.
    pub channels: usize,
    /// Number of classes.
    pub classes: usize,
    /// The training set.
    pub train: Held,
    /// The test set.
    pub test: Held,
    /// Test images that are in the training set as well, byte for byte.
    pub test_images_in_train: usize,
    /// Files with a published checksum.
    pub files: Vec<FileCheck>,
    /// What is wrong, in words; nothing if it is the published set.
    pub problems: Vec<String>,
}

/// What a part of a data set holds.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// Images.
    pub images: usize,
    /// Images of each class.
    pub per_class: Vec<usize>,
    /// Images that were there before, byte for byte.
    pub repeated: usize,
}

/// A file whose checksum is published.
#[derive(Clone, Debug, Serialize)]
pub struct FileCheck {
    /// Its name.
    pub file: String,
    /// Its SHA-256.
    pub sha256: String,
    /// Whether that is the published one.
    pub published: bool,
}

/// Reads everything of a set whose images show one class each: counts, classes, repeated images,
/// checksums.
///
/// # Errors
/// [`DataError`] where it is not there, or a file of it cannot be read or is broken.
pub fn verify(spec: &DataSpec, data_home: &Path) -> Result<Report, DataError> {
    let folder = locate(spec, data_home)?;
    let content = open(spec, data_home)?;
    let (train, test) = content.split().ok_or_else(|| DataError::Folder {
        path: folder.clone(),
        message: "its images have Action Units, not classes: they are counted otherwise".into(),
    })?;
    let wanted = shape(spec);
    let mut problems = Vec::new();
    let known: HashSet<&[u8]> = each(&train).collect();
    let shared = each(&test).filter(|image| known.contains(image)).count();
    let (train_held, test_held) = (
        held(&train, wanted.task.classes()),
        held(&test, wanted.task.classes()),
    );
    for (part, held, count) in [
        ("training", &train_held, wanted.train),
        ("test", &test_held, wanted.test),
    ] {
        if held.images != count {
            problems.push(format!("it has {} {part} images, not {count}", held.images));
        }
        let empty = held.per_class.iter().position(|n| *n == 0);
        if let Some(class) = empty {
            problems.push(format!("no {part} image is of class {class}"));
        }
    }
    let mut checks = Vec::new();
    for path in files(spec, data_home)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(published) = source(spec.set).checksum(&name) else {
            continue;
        };
        let found = sha256(&path).map_err(|source| DataError::Read {
            path: path.clone(),
            source,
        })?;
        // The same images can be packed by gzip in many ways.
        if found != published && !name.ends_with(".gz") {
            problems.push(format!("{name} is not the published file: {found}"));
        }
        checks.push(FileCheck {
            file: name.into_owned(),
            published: found == published,
            sha256: found,
        });
    }
    Ok(Report {
        set: spec.set.as_str(),
        folder,
        size: [train.images.height, train.images.width],
        channels: train.images.channels,
        classes: wanted.task.classes(),
        train: train_held,
        test: test_held,
        test_images_in_train: shared,
        files: checks,
        problems,
    })
}

/// The bytes of each image.
fn each(part: &Labelled) -> impl Iterator<Item = &[u8]> {
    let stride = part.images.stride().max(1);
    part.images.pixels.chunks_exact(stride)
}

fn held(part: &Labelled, classes: usize) -> Held {
    let mut per_class = vec![0; classes];
    for label in &part.labels {
        if let Some(count) = per_class.get_mut(usize::from(*label)) {
            *count += 1;
        }
    }
    let different: HashSet<&[u8]> = each(part).collect();
    Held {
        images: part.images.count,
        per_class,
        repeated: part.images.count - different.len(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::spec::DataSet;

    #[test]
    fn the_bundled_set_is_what_it_says() {
        let report = verify(&DataSpec::new(DataSet::Bundled), Path::new("")).unwrap();
        assert!(report.problems.is_empty() && report.files.is_empty());
        assert_eq!(report.train.per_class, [500; 10]);
        assert_eq!(report.test.per_class, [150; 10]);
        assert_eq!(
            (report.size, report.channels, report.classes),
            ([28, 28], 1, 10)
        );
    }

    #[test]
    fn repeated_images_are_counted_and_what_is_missing_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let rows = |n: usize| {
            let pixels = (0..64).map(|p| ((n * p) % 17).to_string());
            let row: Vec<String> = pixels.chain([(n % 9).to_string()]).collect();
            row.join(",") + "\n"
        };
        // Images repeat after 17 rows, and nobody wrote a nine.
        let text: String = (0..1_797).map(rows).collect();
        std::fs::write(dir.path().join("digits.csv"), text).unwrap();
        let spec = DataSpec {
            dir: Some(dir.path().into()),
            ..DataSpec::new(DataSet::Digits)
        };
        let report = verify(&spec, Path::new("")).unwrap();
        assert_eq!(report.train.repeated, 1_437 - 17);
        assert_eq!(report.test.repeated, 360 - 17);
        assert_eq!(report.test_images_in_train, 360);
        assert_eq!(
            report.problems,
            [
                "no training image is of class 9",
                "no test image is of class 9"
            ]
        );
    }

    #[test]
    fn files_are_held_to_the_published_checksums() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("train.bin"), vec![1; 50_000 * 3_074]).unwrap();
        std::fs::write(dir.path().join("test.bin"), vec![1; 10_000 * 3_074]).unwrap();
        let spec = DataSpec {
            dir: Some(dir.path().into()),
            ..DataSpec::new(DataSet::Cifar100)
        };
        let report = verify(&spec, Path::new("")).unwrap();
        assert!(report.files.len() == 2 && report.files.iter().all(|f| !f.published));
        let wrong = |name: &str| report.problems.iter().any(|p| p.starts_with(name));
        assert!(wrong("train.bin is not the published file") && wrong("test.bin is not"));
    }

    /// The package has the published images, packed anew.
    #[test]
    fn debians_fashion_mnist_is_whole() {
        if !Path::new("/usr/share/datasets/fashion-mnist").is_dir() {
            eprintln!("skipped: the Debian package dataset-fashion-mnist is not installed");
            return;
        }
        let report = verify(&DataSpec::new(DataSet::FashionMnist), Path::new("")).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        assert_eq!(report.train.per_class, [6_000; 10]);
        assert_eq!(report.files.len(), 4);
    }
}
