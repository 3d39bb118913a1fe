//! BP4D: labels `AUCoding/AU_OCC/F001_T1.csv`, images `img/F001/T1/2440.jpg`.

use super::Coding;
use super::layout::{Codes, Layout, Row, Source, is_numbered, shared_names, subject_names};
use super::problem::{Oddity, Problems};
use super::table::{lines, load, shown, whole};
use crate::data::coded::UNKNOWN;
use crate::data::error::DataError;
use std::collections::btree_map::Entry;
use std::path::Path;

/// Folder of the files of labels.
pub const LABELS: &str = "AUCoding/AU_OCC";
/// Folder of the subjects' folders of images.
pub const IMAGES: &str = "img";

fn is_subject(name: &str) -> bool {
    is_numbered(name, &["F", "M"])
}

/// `T1` → 1. A number has one way to be written, so that no two names are the same task.
fn task(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('T').filter(|d| !d.starts_with('0'))?;
    whole(digits.as_bytes())?.try_into().ok()
}

/// Where labels and images lie.
pub fn layout(dir: &Path, problems: &mut Problems) -> Result<Layout, DataError> {
    let mut layout = Layout::default();
    for file in shared_names(&dir.join(LABELS))?.files {
        let name = format!("{LABELS}/{file}");
        let parts = file.strip_suffix(".csv").and_then(|s| s.split_once('_'));
        let known = parts.and_then(|(subject, t)| Some((subject, task(t)?)));
        match known.filter(|(subject, _)| is_subject(subject)) {
            Some((subject, task)) => {
                let files = layout.labels.entry(subject.into()).or_default();
                files.push(Source { task, name });
            }
            None => problems.add(Oddity::ForeignLabelFile, || name),
        }
    }
    for subject in shared_names(&dir.join(IMAGES))?.folders {
        if !is_subject(&subject) {
            continue;
        }
        let folder = format!("{IMAGES}/{subject}");
        let tasks = subject_names(dir, &folder, problems).folders;
        let tasks = tasks.iter().filter_map(|name| Some((task(name)?, name)));
        let tasks = tasks.map(|(task, name)| Source {
            task,
            name: format!("{folder}/{name}"),
        });
        layout.images.insert(subject, tasks.collect());
    }
    Ok(layout)
}

/// The codes of one subject: a file per task, a line per frame, a column per unit.
pub fn codes(dir: &Path, sources: &[Source], problems: &mut Problems) -> Codes {
    let mut codes = Codes::default();
    for source in sources {
        if let Some(bytes) = load(&dir.join(&source.name), &source.name, problems) {
            read(&bytes, source, &mut codes, problems);
        }
    }
    codes
}

fn read(bytes: &[u8], source: &Source, codes: &mut Codes, problems: &mut Problems) {
    let Source { task, name } = source;
    let mut lines = lines(bytes);
    let Some((_, header)) = lines.next() else {
        return problems.add(Oddity::EmptyLabelFile, || name.clone());
    };
    let units = Coding::Bp4d.units();
    // The first column is the frame, whatever its heading is.
    let columns: Vec<Option<usize>> = units
        .iter()
        .map(|unit| {
            let named = |field: &[u8]| whole(field) == Some(u64::from(*unit));
            let mut columns =
                (1..header.len()).filter(|c| header.get(*c).is_some_and(|field| named(field)));
            match (columns.next(), columns.next()) {
                (Some(column), None) => Some(column),
                (first, _) => {
                    let found = first.map_or("no column", |_| "two columns");
                    problems.add(Oddity::UnitMissing, || format!("{name}: {found} `{unit}`"));
                    None
                }
            }
        })
        .collect();
    let file = codes.files.len();
    codes.files.push(name.clone());
    let mut empty = true;
    for (line, fields) in lines {
        empty = false;
        if fields.len() != header.len() {
            problems.add(Oddity::RaggedLine, || {
                let (has, wanted) = (fields.len(), header.len());
                format!("{name} line {line}: {has} fields, the first line has {wanted}")
            });
            continue;
        }
        let field = |column: usize| fields.get(column).copied().unwrap_or_default();
        let Some(frame) = whole(field(0)) else {
            problems.add(Oddity::BadFrame, || {
                format!("{name} line {line}: {}", shown(field(0)))
            });
            continue;
        };
        let mut row = Row::unknown(file, line);
        let mut wrong = None;
        for (code, column) in row.codes.iter_mut().zip(&columns) {
            let Some(column) = *column else { continue };
            match whole(field(column)) {
                Some(0) => *code = 0,
                Some(1) => *code = 1,
                Some(9) => *code = UNKNOWN,
                _ => wrong = wrong.or(Some(column)),
            }
        }
        if let Some(column) = wrong {
            problems.add(Oddity::BadLabel, || {
                let unit = header.get(column).copied().map(shown).unwrap_or_default();
                let value = shown(field(column));
                format!("{name} line {line}: {value} for unit {unit}, not 0, 1 or 9")
            });
        } else if let Entry::Vacant(free) = codes.rows.entry((*task, frame)) {
            free.insert(row);
        } else {
            problems.add(Oddity::RepeatedFrame, || {
                format!("{name} line {line}: frame {frame}")
            });
        }
    }
    if empty {
        problems.add(Oddity::EmptyLabelFile, || name.clone());
    }
}
