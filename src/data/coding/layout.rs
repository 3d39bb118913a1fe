//! What a data set's layouts have in common: subjects, their files, and codes by frame.

use super::problem::{Oddity, Problems};
use super::{Coding, MOST_UNITS, bp4d, disfa};
use crate::data::coded::UNKNOWN;
use crate::data::error::DataError;
use crate::data::picture::{is_picture, number};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

/// A task and a frame: the order of a subject's images.
pub type Key = (u32, u64);

/// A file or folder below the data set's folder.
#[derive(Clone, Debug)]
pub struct Source {
    /// The task that it is about; 0 where there are none.
    pub task: u32,
    /// Where it lies, with `/` between the names.
    pub name: String,
}

/// Where the labels and images of each subject lie.
#[derive(Debug, Default)]
pub struct Layout {
    /// Files or folders of labels.
    pub labels: BTreeMap<String, Vec<Source>>,
    /// Folders of images.
    pub images: BTreeMap<String, Vec<Source>>,
}

impl Layout {
    /// Looks where everything lies.
    ///
    /// # Errors
    /// [`DataError::Read`] if a folder that all subjects share is there and cannot be read.
    pub fn of(coding: Coding, dir: &Path, problems: &mut Problems) -> Result<Self, DataError> {
        match coding {
            Coding::Bp4d => bp4d::layout(dir, problems),
            Coding::Disfa => disfa::layout(dir, problems),
        }
    }
}

/// The codes of a frame, and where they stand.
#[derive(Clone, Debug)]
pub struct Row {
    /// Of each unit, in the data set's own scale, or [`UNKNOWN`].
    pub codes: [u8; MOST_UNITS],
    /// Place of the file in [`Codes::files`].
    pub file: usize,
    /// Its line.
    pub line: u64,
}

/// The codes of one subject.
#[derive(Debug, Default)]
pub struct Codes {
    /// By task and frame.
    pub rows: BTreeMap<Key, Row>,
    /// Files that they stand in.
    pub files: Vec<String>,
}

impl Row {
    /// A row without a known code.
    pub fn unknown(file: usize, line: u64) -> Self {
        Self {
            codes: [UNKNOWN; MOST_UNITS],
            file,
            line,
        }
    }
}

impl Codes {
    /// The codes that stand in `sources`.
    pub fn read(coding: Coding, dir: &Path, sources: &[Source], problems: &mut Problems) -> Self {
        match coding {
            Coding::Bp4d => bp4d::codes(dir, sources, problems),
            Coding::Disfa => disfa::codes(dir, sources, problems),
        }
    }

    /// File, line and frame, for messages.
    pub fn place(&self, key: Key, row: &Row) -> String {
        let file = self.files.get(row.file).map_or("", String::as_str);
        format!("{file} line {}, frame {}", row.line, key.1)
    }
}

/// Names of the folders and of the files in a folder, sorted.
#[derive(Debug, Default)]
pub struct Names {
    pub folders: Vec<String>,
    pub files: Vec<String>,
}

/// What is in a folder; nothing if there is none. Hidden names, names that are no text, and what is
/// neither file nor folder are left out.
///
/// # Errors
/// What the system says of a folder that is there.
pub fn names(folder: &Path) -> std::io::Result<Names> {
    let mut names = Names::default();
    if !folder.is_dir() {
        return Ok(names);
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let mut kind = entry.file_type()?;
        if name.starts_with('.') {
            continue;
        }
        if kind.is_symlink() {
            // One that leads nowhere, or round in a circle, is as good as none.
            match std::fs::metadata(entry.path()) {
                Ok(there) => kind = there.file_type(),
                Err(_) => continue,
            }
        }
        if kind.is_dir() {
            names.folders.push(name);
        } else if kind.is_file() {
            names.files.push(name);
        }
    }
    names.folders.sort();
    names.files.sort();
    Ok(names)
}

/// [`names`] of a folder that all subjects share.
///
/// # Errors
/// [`DataError::Read`].
pub fn shared_names(folder: &Path) -> Result<Names, DataError> {
    names(folder).map_err(|source| DataError::Read {
        path: folder.into(),
        source,
    })
}

/// [`names`] of one subject's folder; one that cannot be read is counted.
pub fn subject_names(dir: &Path, folder: &str, problems: &mut Problems) -> Names {
    names(&dir.join(folder)).unwrap_or_else(|e| {
        problems.add(Oddity::Unreadable, || format!("{folder}: {e}"));
        Names::default()
    })
}

/// The images in a subject's folders, by task and frame.
pub fn images(dir: &Path, folders: &[Source], problems: &mut Problems) -> BTreeMap<Key, String> {
    let mut found = BTreeMap::new();
    for folder in folders {
        for name in subject_names(dir, &folder.name, problems).files {
            let path = Path::new(&name);
            if !is_picture(path) {
                continue;
            }
            let image = format!("{}/{name}", folder.name);
            let Some(frame) = number(path) else {
                problems.add(Oddity::UnnumberedImage, || image);
                continue;
            };
            // 7.jpg and 007.png: the first in the order of their names.
            if let Entry::Vacant(free) = found.entry((folder.task, frame)) {
                free.insert(image);
            } else {
                problems.add(Oddity::TwoImages, || image);
            }
        }
    }
    found
}

/// Whether `name` is one of `starts` and then digits.
pub fn is_numbered(name: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| {
        let digits = name.strip_prefix(start).unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    })
}
