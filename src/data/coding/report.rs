//! How much of a data set there is.

use super::Coding;
use super::listing::{Subject, list};
use super::problem::{Problem, Problems};
use crate::data::coded::UNKNOWN;
use crate::data::error::DataError;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How much a copy of a data set holds, and what is odd about it.
///
/// A *coded frame* is a sound line of labels; it is *used* if it has an image and at least one of
/// its units is known. Labels are counted over used frames.
#[derive(Clone, Debug, Serialize)]
pub struct CodingReport {
    /// Name of the set.
    pub set: &'static str,
    /// Where it lies.
    pub folder: PathBuf,
    /// Subjects with labels.
    pub subjects: usize,
    /// Subjects as studies count them.
    pub published_subjects: usize,
    /// Tasks of all subjects with labels; `None` where the set has no tasks.
    pub tasks: Option<usize>,
    /// Coded frames.
    pub frames: usize,
    /// Coded frames as studies count them.
    pub published_frames: usize,
    /// Coded frames that have an image.
    pub images: usize,
    /// Coded frames that have none.
    pub missing: usize,
    /// Coded frames that are used.
    pub used: usize,
    /// Images of frames that are not coded, which is no fault.
    pub uncoded_images: usize,
    /// Labels of used frames that are not known.
    pub unknown: usize,
    /// Each unit.
    pub units: Vec<UnitCount>,
    /// What is odd.
    pub problems: Vec<Problem>,
}

/// How often a unit is present in used frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitCount {
    /// Its number in the Facial Action Coding System.
    pub unit: u8,
    /// Frames in which it is present.
    pub positives: usize,
    /// Frames of which it is known whether it is.
    pub known: usize,
    /// Share of the known frames in which it is present, 0–1; `None` if it is never known.
    pub base_rate: Option<f64>,
}

/// Counts what lies in a data set's folder, without opening any image.
///
/// # Errors
/// As [`list`].
pub fn verify(coding: Coding, dir: &Path) -> Result<CodingReport, DataError> {
    list(coding, dir).map(|listing| listing.report)
}

/// Counts, summed over subjects.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub subjects: usize,
    pub tasks: usize,
    pub frames: usize,
    pub images: usize,
    pub uncoded: usize,
}

impl Sum {
    pub fn add(&mut self, other: &Self) {
        self.subjects += other.subjects;
        self.tasks += other.tasks;
        self.frames += other.frames;
        self.images += other.images;
        self.uncoded += other.uncoded;
    }
}

/// The report of these counts and subjects.
pub(super) fn report(
    coding: Coding,
    dir: &Path,
    sum: Sum,
    subjects: &[Subject],
    units: usize,
    problems: Problems,
) -> CodingReport {
    let used = subjects.iter().map(|s| s.images.len()).sum();
    let (published_subjects, published_frames) = coding.published();
    let count = |place: usize, unit: u8| {
        let rows = subjects.iter().flat_map(|s| s.codes.chunks_exact(units));
        let codes = rows.map(|row| row[place]).filter(|code| *code != UNKNOWN);
        let (known, positives) = codes.fold((0, 0), |(known, positives), code| {
            let present = code >= coding.present_from();
            (known + 1, positives + usize::from(present))
        });
        UnitCount {
            unit,
            positives,
            known,
            base_rate: (known > 0).then(|| positives as f64 / known as f64),
        }
    };
    let units: Vec<UnitCount> = coding
        .units()
        .iter()
        .enumerate()
        .map(|(place, unit)| count(place, *unit))
        .collect();
    CodingReport {
        set: coding.as_str(),
        folder: dir.into(),
        subjects: sum.subjects,
        published_subjects,
        tasks: coding.has_tasks().then_some(sum.tasks),
        frames: sum.frames,
        published_frames,
        images: sum.images,
        missing: sum.frames - sum.images,
        used,
        uncoded_images: sum.uncoded,
        unknown: units.iter().map(|unit| used - unit.known).sum(),
        units,
        problems: problems.list(),
    }
}
