//! A folder of image files: `train/<class>/*.png` and `test/<class>/*.png`, or JPEG.

use super::error::DataError;
use super::images::{Images, Labelled};
use super::picture::{MOST_PIXELS, decode, fill, is_picture, number};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Labels are bytes.
const MOST_CLASSES: usize = 256;

/// What lies in a folder of images, by name alone.
#[derive(Debug)]
pub struct Listing {
    /// Names of the classes, sorted: the place of a name is the class.
    pub classes: Vec<String>,
    /// Training images and their classes.
    pub train: Vec<(PathBuf, u8)>,
    /// Test images and their classes.
    pub test: Vec<(PathBuf, u8)>,
}

/// Looks what lies in a folder, without opening any image.
///
/// Images are in the order of their class and name. Where every name of a part is a whole number of
/// its own, they are in the order of the numbers: labels that are published for the original order
/// of a set then fit.
///
/// # Errors
/// [`DataError`] names the folder and what is missing in it.
pub fn list(dir: &Path) -> Result<Listing, DataError> {
    let [train, test] = ["train", "test"].map(|part| dir.join(part));
    let classes = subfolders(&train)?;
    let wrong = |message: String| DataError::Folder {
        path: dir.into(),
        message,
    };
    if classes.len() < 2 || classes.len() > MOST_CLASSES {
        return Err(wrong(format!(
            "train has {} folders: it needs one per class, 2 to {MOST_CLASSES}",
            classes.len()
        )));
    }
    let there = subfolders(&test)?;
    if let Some(name) = classes.symmetric_difference(&there).next() {
        let (has, lacks) = if classes.contains(name) {
            ("train", "test")
        } else {
            ("test", "train")
        };
        return Err(wrong(format!(
            "{has} has a class `{}`, but {lacks} has none: both need the same folders",
            name.escape_debug()
        )));
    }
    let classes: Vec<String> = classes.into_iter().collect();
    let listing = Listing {
        train: images(&train, &classes)?,
        test: images(&test, &classes)?,
        classes,
    };
    let mut empty: BTreeSet<usize> = (0..listing.classes.len()).collect();
    for (_, class) in &listing.train {
        empty.remove(&usize::from(*class));
    }
    if let Some(class) = empty.first() {
        let name = listing.classes[*class].escape_debug();
        return Err(wrong(format!(
            "train/{name} holds no .png, .jpg or .jpeg: fill it, or take the class away"
        )));
    }
    if listing.test.is_empty() {
        return Err(wrong("test holds no .png, .jpg or .jpeg".into()));
    }
    Ok(listing)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| DataError::Read {
        path: folder.into(),
        source,
    };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    entries
        .map(|entry| Ok(entry.map_err(failed)?.path()))
        .collect()
}

/// Names of the folders in a folder, hidden ones left out.
fn subfolders(folder: &Path) -> Result<BTreeSet<String>, DataError> {
    let folders = entries(folder)?.into_iter().filter(|path| path.is_dir());
    let names = folders.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

fn images(part: &Path, classes: &[String]) -> Result<Vec<(PathBuf, u8)>, DataError> {
    let mut found = Vec::new();
    for (class, name) in classes.iter().enumerate() {
        let mut files = entries(&part.join(name))?;
        files.retain(|path| is_picture(path));
        files.sort();
        // There are no more classes than bytes.
        found.extend(files.into_iter().map(|path| (path, class as u8)));
    }
    let numbers: Option<Vec<u64>> = found.iter().map(|(path, _)| number(path)).collect();
    if let Some(numbers) = numbers
        && numbers.iter().collect::<BTreeSet<_>>().len() == numbers.len()
    {
        found.sort_by_cached_key(|(path, _)| number(path));
    }
    Ok(found)
}

/// Reads training and test set; every image is resized to `side` × `side`.
///
/// # Errors
/// As [`list`]; [`DataError::Corrupt`] names an image that cannot be decoded.
pub fn read(dir: &Path, side: usize, grey: bool) -> Result<(Labelled, Labelled), DataError> {
    let listing = list(dir)?;
    Ok((
        decode_all(dir, &listing.train, side, grey)?,
        decode_all(dir, &listing.test, side, grey)?,
    ))
}

fn decode_all(
    dir: &Path,
    files: &[(PathBuf, u8)],
    side: usize,
    grey: bool,
) -> Result<Labelled, DataError> {
    let channels = if grey { 1 } else { 3 };
    let stride = channels * side * side;
    let whole = files.len().checked_mul(stride);
    let whole = whole
        .filter(|bytes| *bytes <= MOST_PIXELS)
        .ok_or_else(|| DataError::Folder {
            path: dir.into(),
            message: format!(
                "{} images of {side}×{side} do not fit into memory: use a smaller data.size",
                files.len()
            ),
        })?;
    let mut pixels = vec![0; whole];
    pixels
        .par_chunks_exact_mut(stride)
        .zip(files)
        .try_for_each(|(pixels, (path, _))| {
            fill(decode(path)?, side as u32, grey, pixels);
            Ok(())
        })?;
    Ok(Labelled {
        images: Images {
            pixels,
            count: files.len(),
            channels,
            height: side,
            width: side,
        },
        labels: files.iter().map(|(_, class)| *class).collect(),
    })
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
