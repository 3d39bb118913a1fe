//! Why data could not be had.

use std::path::PathBuf;
use thiserror::Error;

/// Why data could not be had: each names the file and the remedy.
#[derive(Debug, Error)]
pub enum DataError {
    /// None of the searched folders holds the data set.
    #[error("{set}: found no {wanted} in {}. {remedy}", folders(looked))]
    Missing {
        /// Name of the data set.
        set: &'static str,
        /// File that was looked for.
        wanted: String,
        /// Folders searched.
        looked: Vec<PathBuf>,
        /// Where it can be had.
        remedy: &'static str,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what its name says.
    #[error("{} is not a sound data file: {message}. Fetch it again, or name another folder in data.dir", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The spec asks for more images than there are.
    #[error(
        "data.{field} = {asked}, but the set has only {there} images: use {there} or fewer, or leave it out"
    )]
    TooMany {
        /// `train_limit` or `test_limit`.
        field: &'static str,
        /// Images asked for.
        asked: usize,
        /// Images there are.
        there: usize,
    },
    /// A folder of images is not laid out as one.
    #[error("data.dir {}: {message}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong, and the remedy.
        message: String,
    },
    /// Too few subjects for three folds.
    #[error(
        "train.folds: fold {fold} has no images to train on or to test on, of {subjects} subjects in all: use another fold, or more of the set"
    )]
    EmptyFold {
        /// The fold, counted from 1.
        fold: usize,
        /// Subjects of the set.
        subjects: usize,
    },
    /// `crops.csv` is not sound.
    #[error("{}{}: {message}", path.display(), line.map(|n| format!(" line {n}")).unwrap_or_default())]
    Crops {
        /// The file.
        path: PathBuf,
        /// The line, if it is one.
        line: Option<u64>,
        /// What is wrong, and the remedy.
        message: String,
    },
    /// Images cannot be cropped to a size.
    #[error("data.size = {asked}: images are cropped to {least} to {most} pixels a side")]
    Size {
        /// Size asked for.
        asked: usize,
        /// The smallest that there is.
        least: usize,
        /// The largest.
        most: usize,
    },
    /// Nobody can be held out.
    #[error(
        "data.validation: all images that are trained on in fold {fold} are of one subject, who cannot be held out as well: use 0, or more images"
    )]
    OneSubject {
        /// The fold, counted from 1.
        fold: usize,
    },
    /// A map of asymmetric noise names classes that the set has not.
    #[error(
        "noise.map: there is no class {class}, those of this data set are numbered 0 to {last}: leave it out of the map"
    )]
    NoClass {
        /// The class.
        class: u8,
        /// The last class that there is.
        last: usize,
    },
    /// A file of labels does not fit.
    #[error("noise.file {}: {message}", path.display())]
    Labels {
        /// The file.
        path: PathBuf,
        /// What does not fit, and the remedy.
        message: String,
    },
    /// The mask cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

fn folders(looked: &[PathBuf]) -> String {
    let names: Vec<_> = looked.iter().map(|p| p.display().to_string()).collect();
    names.join(" or ")
}
