//! Labels out of a file, in place of drawn ones.

mod human;
mod table;

use super::error::DataError;
use crate::spec::{NoiseKind, NoiseSpec};
use std::path::{Path, PathBuf};

/// A file larger than this holds no labels.
const MOST_BYTES: u64 = 1 << 28;

/// The labels of a training set as a file tells them.
#[derive(Clone, Debug)]
pub struct FileLabels {
    path: PathBuf,
    /// By place in the training set; `None` where the file says nothing.
    labels: Vec<Option<u8>>,
}

impl FileLabels {
    /// The labels that `noise` names, or `None` if it draws labels or keeps the true ones.
    /// `truth` are the true labels of the whole training set.
    ///
    /// # Errors
    /// [`DataError`] names the file and what does not fit.
    pub fn read(
        noise: &NoiseSpec,
        truth: &[u8],
        classes: usize,
    ) -> Result<Option<Self>, DataError> {
        let Some(path) = noise.file.as_deref().filter(|_| noise.uses_file()) else {
            return Ok(None);
        };
        let bytes = bytes(path)?;
        let wrong = |message: String| DataError::Labels {
            path: path.into(),
            message,
        };
        let labels = match noise.kind {
            NoiseKind::Human => human::labels(&bytes, noise.column.as_deref(), truth, classes),
            _ => table::labels(&bytes, truth.len(), classes),
        };
        Ok(Some(Self {
            path: path.into(),
            labels: labels.map_err(wrong)?,
        }))
    }

    /// The labels of the images at `indices`.
    ///
    /// # Errors
    /// [`DataError::Labels`] names the first of them that the file says nothing about.
    pub fn of(&self, indices: &[usize]) -> Result<Vec<u8>, DataError> {
        let missing = indices.iter().filter(|&&i| self.label(i).is_none()).min();
        if let Some(missing) = missing {
            return Err(DataError::Labels {
                path: self.path.clone(),
                message: format!(
                    "it has no label for training image {missing}: add it, or use fewer images"
                ),
            });
        }
        Ok(indices.iter().filter_map(|&i| self.label(i)).collect())
    }

    fn label(&self, index: usize) -> Option<u8> {
        self.labels.get(index).copied().flatten()
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let failed = |source| DataError::Read {
        path: path.into(),
        source,
    };
    let there = std::fs::metadata(path).map_err(failed)?;
    if !there.is_file() {
        return Err(DataError::Labels {
            path: path.into(),
            message: "it is no file".into(),
        });
    }
    let size = there.len();
    if size > MOST_BYTES {
        return Err(DataError::Labels {
            path: path.into(),
            message: format!("{size} bytes are more than any file of labels has"),
        });
    }
    std::fs::read(path).map_err(failed)
}

/// `numbers` as classes; `what` they are stands in messages.
fn as_classes(numbers: &[i64], classes: usize, what: &str) -> Result<Vec<u8>, String> {
    let class = |(i, &n): (usize, &i64)| {
        u8::try_from(n)
            .ok()
            .filter(|&n| usize::from(n) < classes)
            .ok_or_else(|| {
                format!(
                    "{what} of image {i} is {n}, but classes are numbered 0 to {}",
                    classes - 1
                )
            })
    };
    numbers.iter().enumerate().map(class).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
