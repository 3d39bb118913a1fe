//! What is odd about a copy of a data set: counted, with a few examples, and never fatal.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Examples that are kept of each kind.
const EXAMPLES: usize = 3;

/// A kind of oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oddity {
    /// A file or folder cannot be read.
    Unreadable,
    /// A file in the folder of labels is not named like one.
    ForeignLabelFile,
    /// A file of labels holds none.
    EmptyLabelFile,
    /// A unit has no file or no column of its own.
    UnitMissing,
    /// A line has more or fewer fields than it should.
    RaggedLine,
    /// A field that should be a frame is no whole number.
    BadFrame,
    /// A field that should be a label is none.
    BadLabel,
    /// A frame comes twice in one file.
    RepeatedFrame,
    /// A file lacks frames that the subject's other files have.
    FramesDiffer,
    /// A subject has images, and no labels.
    NoLabels,
    /// A subject has labels, and no images.
    NoImages,
    /// A coded frame has no image.
    ImageMissing,
    /// No unit of a coded frame is known.
    NothingKnown,
    /// Two files are the image of one frame.
    TwoImages,
    /// An image is not named by a number.
    UnnumberedImage,
    /// A line of `crops.csv` is about nothing that is there.
    CropOfNothing,
    /// The rectangle of `crops.csv` leads out of the image.
    CropOutside,
    /// An image cannot be read or decoded.
    BrokenImage,
    /// The cache of cropped images cannot be written.
    CacheUnwritten,
}

impl Oddity {
    fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "files that cannot be read, passed over",
            Self::ForeignLabelFile => {
                "files among the labels that are not named like them, passed over"
            }
            Self::EmptyLabelFile => "files of labels without a label",
            Self::UnitMissing => "units without a file or column, or with two: unknown there",
            Self::RaggedLine => "lines with a wrong number of fields, passed over",
            Self::BadFrame => "lines whose frame is no whole number, passed over",
            Self::BadLabel => "lines with a value that is no label, passed over",
            Self::RepeatedFrame => "lines of a frame that was there before, passed over",
            Self::FramesDiffer => {
                "files that lack frames which the subject's other files have: unknown there"
            }
            Self::NoLabels => "subjects with images but no labels, passed over",
            Self::NoImages => "subjects with labels but no images, passed over",
            Self::ImageMissing => "coded frames without an image, passed over",
            Self::NothingKnown => "coded frames of which no unit is known, passed over",
            Self::TwoImages => "images of a frame that has one already, passed over",
            Self::UnnumberedImage => "images that are not named by a number, passed over",
            Self::CropOfNothing => "lines of crops.csv about nothing that is there",
            Self::CropOutside => {
                "images that their rectangle in crops.csv leads out of, passed over"
            }
            Self::BrokenImage => "images that cannot be read or decoded, passed over",
            Self::CacheUnwritten => {
                "files that could not be kept in the cache: their images are cropped anew each time"
            }
        }
    }
}

/// What is odd about a copy of a data set, of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its kind.
    pub kind: Oddity,
    /// How often.
    pub count: usize,
    /// The first few: file, line and what is there.
    pub examples: Vec<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.words(), self.count)?;
        let such = if self.count > self.examples.len() {
            ", such as "
        } else {
            ": "
        };
        write!(f, "{such}{}", self.examples.join("; "))
    }
}

/// Problems as they are found.
#[derive(Debug, Default)]
pub(super) struct Problems(BTreeMap<Oddity, (usize, Vec<String>)>);

impl Problems {
    /// Counts one; `example` is asked only while examples are wanted.
    pub fn add(&mut self, kind: Oddity, example: impl FnOnce() -> String) {
        let (count, examples) = self.0.entry(kind).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(example());
        }
    }

    /// Adds those that were found later.
    pub fn merge(&mut self, later: Self) {
        for (kind, (more, rest)) in later.0 {
            let (count, examples) = self.0.entry(kind).or_default();
            *count += more;
            examples.extend(rest);
            examples.truncate(EXAMPLES);
        }
    }

    /// All of them, in the order of their kinds.
    pub fn list(self) -> Vec<Problem> {
        let problem = |(kind, (count, examples))| Problem {
            kind,
            count,
            examples,
        };
        self.0.into_iter().map(problem).collect()
    }
}
