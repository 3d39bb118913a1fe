//! What lies in a copy of a data set: labels are read, images are found by their names.

use super::crops::{Crop, Crops};
use super::layout::{Codes, Key, Layout, Row, images};
use super::problem::{Oddity, Problem, Problems};
use super::report::{CodingReport, Sum, report};
use super::{Coding, bp4d, disfa};
use crate::data::coded::UNKNOWN;
use crate::data::error::DataError;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What lies in a copy of a data set, by names and labels alone: no image has been opened.
#[derive(Debug)]
pub struct Listing {
    /// How much there is, and what is odd.
    pub report: CodingReport,
    /// Subjects of whom at least one image can be used, sorted by name.
    pub(super) subjects: Vec<Subject>,
}

/// The images of one subject that can be used, by task and frame.
#[derive(Debug)]
pub(super) struct Subject {
    pub name: String,
    pub images: Vec<Image>,
    /// [images, units] in rows, in the data set's own scale, or [`UNKNOWN`].
    pub codes: Vec<u8>,
}

/// An image, unopened.
#[derive(Debug)]
pub(super) struct Image {
    /// Below the data set's folder, with `/` between the names.
    pub name: String,
    /// What `crops.csv` says of it.
    pub crop: Option<Crop>,
}

impl Listing {
    /// Names of the subjects of whom there are images, in their order.
    pub fn subject_names(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(|subject| subject.name.as_str())
    }
}

/// Looks what lies in a data set's folder, without opening any image.
///
/// # Errors
/// [`DataError`] names the folder and the remedy if there is none, or nothing in it that could be
/// used; [`DataError::Crops`] names a line of `crops.csv` that is not sound. Everything else is
/// counted in the report.
pub fn list(coding: Coding, dir: &Path) -> Result<Listing, DataError> {
    let missing = |wanted: &str, remedy| DataError::Missing {
        set: coding.as_str(),
        wanted: wanted.into(),
        looked: vec![dir.into()],
        remedy,
    };
    if !dir.is_dir() {
        return Err(missing("folder", REQUEST));
    }
    let mut problems = Problems::default();
    let layout = Layout::of(coding, dir, &mut problems)?;
    let (labels, pictures) = match coding {
        Coding::Bp4d => (format!("{}/F001_T1.csv", bp4d::LABELS), BP4D_IMAGES),
        Coding::Disfa => (
            format!("{}/SN001/SN001_au1.txt", disfa::LABELS),
            DISFA_IMAGES,
        ),
    };
    if layout.labels.is_empty() {
        return Err(missing(&labels, LABELS));
    }
    let crops = Crops::read(dir)?;
    let names: BTreeSet<&String> = layout.labels.keys().chain(layout.images.keys()).collect();
    let found: Vec<Found> = names
        .into_par_iter()
        .map(|name| look(coding, dir, name, &layout, &crops))
        .collect();

    let units = coding.units().len();
    let mut subjects = Vec::new();
    let mut used_lines = BTreeSet::new();
    let mut sum = Sum::default();
    for found in found {
        problems.merge(found.problems);
        used_lines.extend(found.crop_lines);
        sum.add(&found.sum);
        if !found.subject.images.is_empty() {
            subjects.push(found.subject);
        }
    }
    crops.check(dir, &used_lines, &mut problems);
    let listing = Listing {
        report: report(coding, dir, sum, &subjects, units, problems),
        subjects,
    };
    let report = &listing.report;
    let wrong = |message: String| DataError::Folder {
        path: dir.into(),
        message,
    };
    if report.frames == 0 {
        let first = report.problems.first().map(Problem::to_string);
        return Err(wrong(format!(
            "no file like {labels} has a sound line of labels ({})",
            first.unwrap_or_default()
        )));
    }
    if report.images + report.uncoded_images == 0 {
        let (wanted, remedy) = pictures;
        return Err(missing(wanted, remedy));
    }
    if listing.subjects.len() > usize::from(u16::MAX) {
        return Err(wrong(format!(
            "{} subjects are more than any set has: take some away",
            listing.subjects.len()
        )));
    }
    if report.used == 0 {
        return Err(wrong(format!(
            "of {} coded frames, {} have an image, and of none of these a label is known: labels and images \
             have to be of the same subjects{} and frames",
            report.frames,
            report.images,
            if coding.has_tasks() { ", tasks" } else { "" },
        )));
    }
    Ok(listing)
}

const REQUEST: &str = "Name the folder of the set; it is given out on request by its authors, and quell downloads nothing of it";
const LABELS: &str = "Name the folder that holds this path, or unpack the set's labels there (docs/data.md shows the layout)";
const BP4D_IMAGES: (&str, &str) = (
    "img/F001/T1/2440.jpg or any other numbered image",
    "Unpack the set's 2-D images below img there, a folder per subject and task (docs/data.md shows the layout)",
);
const DISFA_IMAGES: (&str, &str) = (
    "frames/SN001/1.jpg or any other numbered image",
    "Take the frames out of the set's videos once, into a folder per subject below frames: docs/data.md has the ffmpeg line",
);

/// What there is of one subject.
struct Found {
    subject: Subject,
    sum: Sum,
    crop_lines: BTreeSet<u64>,
    problems: Problems,
}

fn look(coding: Coding, dir: &Path, name: &String, layout: &Layout, crops: &Crops) -> Found {
    let mut problems = Problems::default();
    let labels = layout.labels.get(name).map_or(&[][..], Vec::as_slice);
    let codes = Codes::read(coding, dir, labels, &mut problems);
    let folders = layout.images.get(name).map_or(&[][..], Vec::as_slice);
    let pictures = images(dir, folders, &mut problems);
    if codes.rows.is_empty() && !pictures.is_empty() {
        problems.add(Oddity::NoLabels, || {
            format!("{name}, {} images", pictures.len())
        });
    }
    if pictures.is_empty() && !codes.rows.is_empty() {
        problems.add(Oddity::NoImages, || {
            format!("{name}, {} coded frames", codes.rows.len())
        });
    }
    let units = coding.units().len();
    let mut subject = Subject {
        name: name.clone(),
        images: Vec::new(),
        codes: Vec::new(),
    };
    let mut crop_lines = BTreeSet::new();
    let mut there = 0;
    for (key, row) in &codes.rows {
        let Some(image) = pictures.get(key) else {
            problems.add(Oddity::ImageMissing, || codes.place(*key, row));
            continue;
        };
        there += 1;
        let known = &row.codes[..units];
        if known.iter().all(|code| *code == UNKNOWN) {
            problems.add(Oddity::NothingKnown, || codes.place(*key, row));
            continue;
        }
        let crop = crops.of(image);
        crop_lines.extend(crop.map(|(line, _)| line));
        subject.codes.extend(known);
        subject.images.push(Image {
            name: image.clone(),
            crop: crop.map(|(_, crop)| crop),
        });
    }
    Found {
        sum: Sum {
            subjects: usize::from(!labels.is_empty()),
            tasks: tasks(&codes.rows),
            frames: codes.rows.len(),
            images: there,
            uncoded: pictures.len() - there,
        },
        subject,
        crop_lines,
        problems,
    }
}

fn tasks(rows: &BTreeMap<Key, Row>) -> usize {
    rows.keys()
        .map(|(task, _)| task)
        .collect::<BTreeSet<_>>()
        .len()
}
