//! DISFA: labels `ActionUnit_Labels/SN001/SN001_au1.txt`, images `frames/SN001/1.jpg`, which are
//! taken out of the set's videos once.

use super::Coding;
use super::layout::{Codes, Layout, Row, Source, is_numbered, shared_names};
use super::problem::{Oddity, Problems};
use super::table::{lines, load, shown, whole};
use crate::data::error::DataError;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

/// Folder of the subjects' folders of labels.
pub const LABELS: &str = "ActionUnit_Labels";
/// Folders that may hold the subjects' folders of images: the first that has one is used.
pub const IMAGES: [&str; 2] = ["frames", "images"];
/// The strongest intensity.
pub const STRONGEST: u8 = 5;

fn is_subject(name: &str) -> bool {
    is_numbered(name, &["SN"])
}

/// The file of a unit in a subject's folder of labels.
fn unit_file(folder: &str, unit: u8) -> String {
    let subject = folder.rsplit('/').next().unwrap_or_default();
    format!("{folder}/{subject}_au{unit}.txt")
}

/// Where labels and images lie.
pub fn layout(dir: &Path, _: &mut Problems) -> Result<Layout, DataError> {
    let mut layout = Layout::default();
    let subjects = |folder: &str| -> Result<BTreeMap<String, Vec<Source>>, DataError> {
        let names = shared_names(&dir.join(folder))?.folders.into_iter();
        let subjects = names.filter(|name| is_subject(name)).map(|subject| {
            let name = format!("{folder}/{subject}");
            (subject, vec![Source { task: 0, name }])
        });
        Ok(subjects.collect())
    };
    layout.labels = subjects(LABELS)?;
    layout.labels.retain(|_, sources| {
        let mut units = Coding::Disfa.units().iter();
        let is_there = |folder: &Source, unit| dir.join(unit_file(&folder.name, unit)).is_file();
        units.any(|unit| sources.iter().any(|folder| is_there(folder, *unit)))
    });
    for folder in IMAGES {
        layout.images = subjects(folder)?;
        if !layout.images.is_empty() {
            break;
        }
    }
    Ok(layout)
}

/// The codes of one subject: a file per unit, a line per frame.
pub fn codes(dir: &Path, sources: &[Source], problems: &mut Problems) -> Codes {
    let mut codes = Codes::default();
    // Each file and how many frames it has.
    let mut files: Vec<(usize, usize)> = Vec::new();
    for folder in sources {
        for (place, unit) in Coding::Disfa.units().iter().enumerate() {
            let name = unit_file(&folder.name, *unit);
            let path = dir.join(&name);
            if !path.exists() {
                problems.add(Oddity::UnitMissing, || format!("{name} is missing"));
                continue;
            }
            let Some(bytes) = load(&path, &name, problems) else {
                continue;
            };
            let file = codes.files.len();
            let intensities = read(&bytes, &name, problems);
            files.push((file, intensities.len()));
            codes.files.push(name);
            for (frame, (line, intensity)) in intensities {
                let row = codes.rows.entry((folder.task, frame));
                let row = row.or_insert_with(|| Row::unknown(file, line));
                if let Some(code) = row.codes.get_mut(place) {
                    *code = intensity;
                }
            }
        }
    }
    for (file, frames) in files {
        let all = codes.rows.len();
        if frames < all {
            problems.add(Oddity::FramesDiffer, || {
                format!("{} has {frames} of {all} frames", codes.files[file])
            });
        }
    }
    codes
}

/// Line and intensity by frame.
fn read(bytes: &[u8], name: &str, problems: &mut Problems) -> BTreeMap<u64, (u64, u8)> {
    let mut intensities = BTreeMap::new();
    let mut empty = true;
    for (line, fields) in lines(bytes) {
        empty = false;
        let [frame, value] = fields[..] else {
            problems.add(Oddity::RaggedLine, || {
                let has = fields.len();
                format!("{name} line {line}: {has} fields, not `frame,intensity`")
            });
            continue;
        };
        let Some(number) = whole(frame) else {
            problems.add(Oddity::BadFrame, || {
                format!("{name} line {line}: {}", shown(frame))
            });
            continue;
        };
        let intensity = whole(value).and_then(|i| u8::try_from(i).ok());
        let Some(intensity) = intensity.filter(|i| *i <= STRONGEST) else {
            problems.add(Oddity::BadLabel, || {
                format!("{name} line {line}: {}, not 0 to {STRONGEST}", shown(value))
            });
            continue;
        };
        if let Entry::Vacant(free) = intensities.entry(number) {
            free.insert((line, intensity));
        } else {
            problems.add(Oddity::RepeatedFrame, || {
                format!("{name} line {line}: frame {number}")
            });
        }
    }
    if empty {
        problems.add(Oddity::EmptyLabelFile, || name.into());
    }
    intensities
}
