//! From a data set's name to its images: where its files lie and who reads them.

use super::coded::Coded;
use super::coding::{self, Coding, CropSpec};
use super::error::DataError;
use super::faces::{FaceSpec, faces};
use super::images::Labelled;
use super::{cifar, digits, folder, idx};
use crate::spec::{DataSet, DataSpec};
use std::path::{Path, PathBuf};

const CLASSES: usize = 10;
const TRAIN_IMAGES: &[u8] = include_bytes!("bundled/train-images-idx3-ubyte.gz");
const TRAIN_LABELS: &[u8] = include_bytes!("bundled/train-labels-idx1-ubyte.gz");
const TEST_IMAGES: &[u8] = include_bytes!("bundled/t10k-images-idx3-ubyte.gz");
const TEST_LABELS: &[u8] = include_bytes!("bundled/t10k-labels-idx1-ubyte.gz");

/// Where Debian's package `dataset-fashion-mnist` puts its files.
const DEBIAN_FASHION: &str = "/usr/share/datasets/fashion-mnist";

/// What a data set holds.
#[derive(Debug)]
pub enum Content {
    /// Training and test set, one class for each image.
    Split(Labelled, Labelled),
    /// Images with Action Units, to be divided by subject, and what of the set was passed over, in
    /// words.
    Coded(Coded, Vec<String>),
}

impl Content {
    /// Training and test set, of a set that has them.
    pub fn split(self) -> Option<(Labelled, Labelled)> {
        match self {
            Self::Split(train, test) => Some((train, test)),
            Self::Coded(..) => None,
        }
    }
}

/// A data set with true labels.
///
/// Files are looked for in `spec.dir`; without it in `data_home/<set>`, and Fashion-MNIST where
/// Debian's package puts it as well.
///
/// # Errors
/// [`DataError`] names the folder or file and what to do.
pub fn open(spec: &DataSpec, data_home: &Path) -> Result<Content, DataError> {
    let (train, test) = match spec.set {
        DataSet::SyntheticFaces => return Ok(Content::Coded(drawn(spec), Vec::new())),
        DataSet::Bp4d => return coded(Coding::Bp4d, spec, data_home),
        DataSet::Disfa => return coded(Coding::Disfa, spec, data_home),
        DataSet::Bundled => bundled()?,
        DataSet::FashionMnist | DataSet::Mnist => {
            let [train_images, train_labels, test_images, test_labels] =
                idx_files(spec, data_home)?;
            let train = idx_pair(&train_images, &train_labels)?;
            (train, idx_pair(&test_images, &test_labels)?)
        }
        DataSet::Cifar10 | DataSet::Cifar100 => {
            let (version, folder) = cifar_version(spec, data_home)?;
            version.read(&folder)?
        }
        DataSet::Digits => digits::read(&digits_file(spec, data_home)?)?,
        DataSet::Folder => folder::read(&image_folder(spec)?, spec.side(), spec.grey)?,
    };
    Ok(Content::Split(train, test))
}

/// Whether the files of `set` are there, without reading them; the folder, or why not.
///
/// # Errors
/// [`DataError::Missing`] names the folders searched.
pub fn locate(spec: &DataSpec, data_home: &Path) -> Result<PathBuf, DataError> {
    match spec.set {
        DataSet::Bundled | DataSet::SyntheticFaces => Ok(PathBuf::from("inside quell")),
        DataSet::Bp4d | DataSet::Disfa => coded_folder(spec, data_home),
        DataSet::Cifar10 | DataSet::Cifar100 => {
            cifar_version(spec, data_home).map(|(_, folder)| folder)
        }
        DataSet::Digits => {
            let file = digits_file(spec, data_home)?;
            Ok(file.parent().map(Path::to_path_buf).unwrap_or_default())
        }
        DataSet::Folder => {
            let folder = image_folder(spec)?;
            folder::list(&folder).map(|_| folder)
        }
        DataSet::FashionMnist | DataSet::Mnist => {
            let [first, ..] = idx_files(spec, data_home)?;
            Ok(first.parent().map(Path::to_path_buf).unwrap_or_default())
        }
    }
}

/// The files of a set whose number and names are known; none for a folder of images and for what
/// lies inside quell.
///
/// # Errors
/// As [`locate`].
pub fn files(spec: &DataSpec, data_home: &Path) -> Result<Vec<PathBuf>, DataError> {
    Ok(match spec.set {
        DataSet::Bundled
        | DataSet::Folder
        | DataSet::SyntheticFaces
        | DataSet::Bp4d
        | DataSet::Disfa => Vec::new(),
        DataSet::FashionMnist | DataSet::Mnist => idx_files(spec, data_home)?.into(),
        DataSet::Cifar10 | DataSet::Cifar100 => {
            let (version, folder) = cifar_version(spec, data_home)?;
            let names = version.train.iter().chain([&version.test]);
            names.map(|name| folder.join(name)).collect()
        }
        DataSet::Digits => vec![digits_file(spec, data_home)?],
    })
}

fn bundled() -> Result<(Labelled, Labelled), DataError> {
    let part = |images, labels| {
        let name = Path::new("the bundled set");
        idx::decode((name, images), (name, labels), CLASSES)
    };
    Ok((
        part(TRAIN_IMAGES, TRAIN_LABELS)?,
        part(TEST_IMAGES, TEST_LABELS)?,
    ))
}

fn folders(spec: &DataSpec, data_home: &Path) -> Vec<PathBuf> {
    if let Some(dir) = &spec.dir {
        return vec![dir.clone()];
    }
    let mut folders = vec![data_home.join(spec.set.as_str())];
    if spec.set == DataSet::FashionMnist {
        folders.push(DEBIAN_FASHION.into());
    }
    folders
}

/// Which of its versions is there, and its folder: that of `spec`, or the one of the archive's own
/// name in it.
fn cifar_version(
    spec: &DataSpec,
    data_home: &Path,
) -> Result<(&'static cifar::Version, PathBuf), DataError> {
    let versions = cifar::versions(spec.set);
    let missing = |wanted: String, looked: Vec<PathBuf>| DataError::Missing {
        set: spec.set.as_str(),
        wanted,
        looked,
        remedy: "Unpack the \"binary version\" or the \"python version\" of the set \
            (https://www.cs.toronto.edu/~kriz/cifar.html) there, let `quell data fetch` do so, or name its folder in data.dir",
    };
    let looked = folders(spec, data_home);
    let there: Vec<_> = looked
        .iter()
        .flat_map(|folder| versions.iter().map(move |version| (version, folder)))
        .flat_map(|(v, f)| [(v, f.clone()), (v, f.join(v.folder))])
        .filter(|(version, folder)| folder.join(version.test).is_file())
        .collect();
    // A whole one, if there is one, beside what is left of another.
    let whole = |(v, f): &&(&cifar::Version, PathBuf)| v.train.iter().all(|n| f.join(n).is_file());
    let found = there.iter().find(whole).or(there.first()).cloned();
    let Some((version, folder)) = found else {
        let names = versions
            .iter()
            .map(|v| format!("{0} or {1}/{0}", v.test, v.folder));
        let wanted = names.collect::<Vec<_>>().join(" or ");
        return Err(missing(wanted, looked));
    };
    // A download that broke off leaves some of the files.
    match version.train.iter().find(|n| !folder.join(n).is_file()) {
        Some(name) => Err(missing((*name).into(), vec![folder])),
        None => Ok((version, folder)),
    }
}

fn digits_file(spec: &DataSpec, data_home: &Path) -> Result<PathBuf, DataError> {
    let looked = folders(spec, data_home);
    let files = looked
        .iter()
        .flat_map(|folder| digits::FILES.map(|name| folder.join(name)));
    let found = files.into_iter().find(|file| file.is_file());
    found.ok_or_else(|| DataError::Missing {
        set: spec.set.as_str(),
        wanted: digits::FILES.join(" or "),
        looked,
        remedy: "Copy sklearn/datasets/data/digits.csv.gz out of a scikit-learn installation there, \
            let `quell data fetch digits` do so, or name its folder in data.dir",
    })
}

/// The folder of a set of faces that is given out on request.
fn coded_folder(spec: &DataSpec, data_home: &Path) -> Result<PathBuf, DataError> {
    let labels = match spec.set {
        DataSet::Disfa => "ActionUnit_Labels",
        _ => "AUCoding",
    };
    let looked = folders(spec, data_home);
    let found = looked.iter().find(|folder| folder.join(labels).is_dir());
    found.cloned().ok_or_else(|| DataError::Missing {
        set: spec.set.as_str(),
        wanted: format!("folder {labels}"),
        looked: looked.clone(),
        remedy: "The set is given out on request, by its makers only: unpack it there, or name its \
            folder in data.dir (docs/data.md says how it has to lie)",
    })
}

fn image_folder(spec: &DataSpec) -> Result<PathBuf, DataError> {
    spec.dir.clone().ok_or_else(|| DataError::Missing {
        set: spec.set.as_str(),
        wanted: "folder".into(),
        looked: Vec::new(),
        remedy: "Name the folder that holds train/<class> and test/<class> in data.dir",
    })
}

/// Training images and labels, test images and labels.
fn idx_files(spec: &DataSpec, data_home: &Path) -> Result<[PathBuf; 4], DataError> {
    let looked = folders(spec, data_home);
    let find = |part: &str, kind: &str, rank: u8| {
        looked
            .iter()
            .flat_map(|folder| {
                // The original files have a hyphen, some unpackers write a dot.
                ["-", "."].into_iter().flat_map(move |dot| {
                    ["", ".gz"].into_iter().map(move |packed| {
                        folder.join(format!("{part}-{kind}{dot}idx{rank}-ubyte{packed}"))
                    })
                })
            })
            .find(|path| path.is_file())
            .ok_or_else(|| DataError::Missing {
                set: spec.set.as_str(),
                wanted: format!("{part}-{kind}-idx{rank}-ubyte(.gz)"),
                looked: looked.clone(),
                remedy: match spec.set {
                    DataSet::FashionMnist => {
                        "Install the Debian package dataset-fashion-mnist, or `quell data fetch fashion-mnist`, or name the folder of the four IDX files \
                         (https://github.com/zalandoresearch/fashion-mnist) in data.dir"
                    }
                    _ => "`quell data fetch mnist`, or put MNIST's four IDX files (train and t10k, images and labels, .gz or not) there, or name their folder in data.dir",
                },
            })
    };
    Ok([
        find("train", "images", 3)?,
        find("train", "labels", 1)?,
        find("t10k", "images", 3)?,
        find("t10k", "labels", 1)?,
    ])
}

fn idx_pair(images: &Path, labels: &Path) -> Result<Labelled, DataError> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| DataError::Read {
            path: path.into(),
            source,
        })
    };
    let pair = idx::decode((images, &read(images)?), (labels, &read(labels)?), CLASSES)?;
    if (pair.images.height, pair.images.width) != (28, 28) {
        return Err(DataError::Corrupt {
            path: images.into(),
            message: format!(
                "its images are {}×{}, not 28×28",
                pair.images.height, pair.images.width
            ),
        });
    }
    Ok(pair)
}

/// Faces that experts coded. What is made of their pictures is kept below the folder of all data.
fn coded(coding: Coding, spec: &DataSpec, data_home: &Path) -> Result<Content, DataError> {
    let crop = CropSpec {
        size: spec.side(),
        grey: spec.grey,
    };
    let folder = coded_folder(spec, data_home)?;
    let set = coding.as_str();
    let mut progress = |done: usize, all: usize| tracing::info!("{set}: {done} of {all} images");
    let found = coding::read(
        coding,
        &folder,
        &crop,
        &data_home.join("cache"),
        &mut progress,
    )?;
    let problems = found.problems.iter().map(ToString::to_string);
    Ok(Content::Coded(found.coded, problems.collect()))
}

/// Synthetic faces: one set of them, whatever the runs' seeds.
fn drawn(spec: &DataSpec) -> Coded {
    let (subjects, frames) = spec.faces();
    faces(&FaceSpec {
        size: spec.side(),
        grey: spec.grey,
        subjects,
        frames,
        seed: 0,
    })
}

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
