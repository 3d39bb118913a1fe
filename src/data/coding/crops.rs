//! `crops.csv`: which part of an image the face is, as the user knows it.

use super::problem::{Oddity, Problems};
use super::table::{lines, shown, whole};
use crate::data::error::DataError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const FILE: &str = "crops.csv";
const COLUMNS: [&str; 5] = ["image", "left", "top", "width", "height"];
/// A larger file is about more images than there are.
const MOST_BYTES: u64 = 1 << 28;

/// A rectangle of an image, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl Crop {
    /// The square in the middle of an image.
    pub fn centre(width: u32, height: u32) -> Self {
        let side = width.min(height);
        Self {
            left: (width - side) / 2,
            top: (height - side) / 2,
            width: side,
            height: side,
        }
    }

    /// Whether it lies in an image.
    pub fn fits(&self, width: u32, height: u32) -> bool {
        let ends = |start: u32, length: u32, end: u32| {
            start.checked_add(length).is_some_and(|last| last <= end)
        };
        ends(self.left, self.width, width) && ends(self.top, self.height, height)
    }
}

/// The rectangles by image or folder, and the lines that they stand in.
#[derive(Debug, Default)]
pub struct Crops(BTreeMap<String, (u64, Crop)>);

impl Crops {
    /// Reads `crops.csv` in `dir`; none without one.
    ///
    /// # Errors
    /// [`DataError::Crops`] names the line.
    pub fn read(dir: &Path) -> Result<Self, DataError> {
        let path = dir.join(FILE);
        let wrong = |line: Option<u64>, message: String| DataError::Crops {
            path: path.clone(),
            line,
            message,
        };
        let failed = |source| DataError::Read {
            path: path.clone(),
            source,
        };
        let there = match std::fs::metadata(&path) {
            Ok(there) => there,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(failed(e)),
        };
        if !there.is_file() || there.len() > MOST_BYTES {
            return Err(wrong(
                None,
                "it is no file, or too large for one: take it away".into(),
            ));
        }
        let bytes = std::fs::read(&path).map_err(failed)?;
        parse(&bytes).map_err(|(line, message)| wrong(Some(line), message))
    }

    /// The rectangle of an image: its own, else that of the nearest folder around it; and the line
    /// that says so.
    pub fn of(&self, image: &str) -> Option<(u64, Crop)> {
        let mut path = image;
        loop {
            if let Some(found) = self.0.get(path) {
                return Some(*found);
            }
            (path, _) = path.rsplit_once('/')?;
        }
    }

    /// Counts the lines that were not `used` and whose image or folder is not there.
    pub fn check(&self, dir: &Path, used: &BTreeSet<u64>, problems: &mut Problems) {
        for (path, (line, _)) in &self.0 {
            if !used.contains(line) && !dir.join(path).exists() {
                problems.add(Oddity::CropOfNothing, || format!("line {line}: {path}"));
            }
        }
    }
}

/// The rectangles, or a line and what is wrong with it.
fn parse(bytes: &[u8]) -> Result<Crops, (u64, String)> {
    let mut lines = lines(bytes);
    let mut crops = BTreeMap::new();
    let first = lines.next().map(|(_, fields)| fields).unwrap_or_default();
    if first != COLUMNS.map(str::as_bytes) {
        let message = format!("the first line has to be `{}`", COLUMNS.join(","));
        return Err((1, message));
    }
    for (line, fields) in lines {
        if fields.len() != COLUMNS.len() {
            let message = format!("{} fields, not {}", fields.len(), COLUMNS.len());
            return Err((line, message));
        }
        let field = |i: usize| fields.get(i).copied().unwrap_or_default();
        let Some(path) = below(field(0)) else {
            let message = format!(
                "{} is no image or folder below the folder of the set, such as img/F001/T1",
                shown(field(0))
            );
            return Err((line, message));
        };
        let pixels = |i: usize, least: u32| {
            let number = whole(field(i)).and_then(|n| u32::try_from(n).ok());
            number.filter(|n| *n >= least).ok_or_else(|| {
                let (column, found) = (COLUMNS[i], shown(field(i)));
                let message = format!(
                    "{column} is {found}: it has to be a whole number of pixels, {least} or more"
                );
                (line, message)
            })
        };
        let crop = Crop {
            left: pixels(1, 0)?,
            top: pixels(2, 0)?,
            width: pixels(3, 1)?,
            height: pixels(4, 1)?,
        };
        if let Some((before, _)) = crops.insert(path.clone(), (line, crop)) {
            let message = format!("{path} has a rectangle already, in line {before}: keep one");
            return Err((line, message));
        }
    }
    Ok(Crops(crops))
}

/// A path with `/` between names that lead down, without what may stand around it.
fn below(field: &[u8]) -> Option<String> {
    let path = std::str::from_utf8(field).ok()?;
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let leads_down = |name: &str| !matches!(name, "" | "." | "..");
    path.split('/').all(leads_down).then(|| path.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "image,left,top,width,height\n";

    fn parsed(lines: &str) -> Crops {
        parse(format!("{HEAD}{lines}").as_bytes()).unwrap()
    }

    #[test]
    fn an_image_has_its_own_rectangle_or_that_of_the_nearest_folder() {
        let crops = parsed(
            "img/F001,1,0,10,10\r\n\"./img/F001/T1/\", 2 ,0,10,10\nimg/F001/T1/7.jpg,3,0,10,10\n",
        );
        let left = |image: &str| crops.of(image).map(|(line, crop)| (line, crop.left));
        assert_eq!(left("img/F001/T1/7.jpg"), Some((4, 3)));
        assert_eq!(left("img/F001/T1/8.jpg"), Some((3, 2)));
        assert_eq!(left("img/F001/T2/7.jpg"), Some((2, 1)));
        assert_eq!(left("img/F0011/T2/7.jpg"), None);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, reason) in [
            ("", 1, "the first line has to be `image,left,"),
            ("image,top,left,width,height\n", 1, "the first line"),
            (&format!("{HEAD}a,1,2,3\n"), 2, "4 fields, not 5"),
            (
                &format!("{HEAD}a,0,0,1,1\n\n../a,0,0,1,1\n"),
                4,
                "`../a` is no image",
            ),
            (&format!("{HEAD}/a,0,0,1,1\n"), 2, "is no image"),
            (&format!("{HEAD}a,-1,0,1,1\n"), 2, "left is `-1`"),
            (&format!("{HEAD}a,0,1.5,1,1\n"), 2, "top is `1.5`"),
            (&format!("{HEAD}a,0,0,0,1\n"), 2, "width is `0`"),
            (&format!("{HEAD}a,0,0,1,4294967296\n"), 2, "height is"),
            (
                &format!("{HEAD}a,0,0,1,1\na/,0,0,1,1\n"),
                3,
                "already, in line 2",
            ),
        ] {
            let (at, message) = parse(text.as_bytes()).unwrap_err();
            assert!(at == line && message.contains(reason), "{at}: {message}");
        }
    }

    #[test]
    fn the_square_in_the_middle_fits_and_what_leads_out_does_not() {
        let crop = Crop::centre(1040, 1392);
        assert_eq!((crop.left, crop.top, crop.width), (0, 176, 1040));
        assert!(crop.fits(1040, 1392) && !crop.fits(1039, 1392) && !crop.fits(1040, 1215));
        let far = Crop {
            left: u32::MAX,
            ..crop
        };
        assert!(!far.fits(u32::MAX, u32::MAX));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
            let _ = parse(&[HEAD.as_bytes(), &bytes].concat());
        }
    }
}
