//! CIFAR-10N and CIFAR-100N (Wei et al. 2022) as they are published: a dictionary of label arrays in
//! a PyTorch or numpy file.

use super::as_classes;
use crate::data::pickle::{self, Pickle};

/// The key of the true labels, which tell whether order and data set are the right ones.
const TRUTH: &str = "clean_label";

/// The labels under `column`, which may be left out only where the file holds a single array.
pub(super) fn labels(
    bytes: &[u8],
    column: Option<&str>,
    truth: &[u8],
    classes: usize,
) -> Result<Vec<Option<u8>>, String> {
    let pickle = if bytes.starts_with(pickle::TORCH_MAGIC) {
        pickle::torch(bytes)?
    } else if bytes.starts_with(pickle::NPY_MAGIC) {
        pickle::npy(bytes)?
    } else {
        return Err("it is neither a PyTorch archive (.pt) nor a numpy file (.npy)".into());
    };
    let root = pickle.root();
    let numbers = match (pickle.entries(root), column) {
        (None, None) => pickle.ints(root)?,
        (None, Some(_)) => {
            return Err("it holds one array without a name: leave noise.column out".into());
        }
        (Some(_), None) => {
            let known = columns(&pickle);
            return Err(format!("say which of its labels in noise.column: {known}"));
        }
        (Some(_), Some(column)) => {
            check_truth(&pickle, truth, classes)?;
            let values = pickle.get(root, column).ok_or_else(|| {
                let known = columns(&pickle);
                format!("it has no `{column}`: use one of {known} in noise.column")
            })?;
            pickle
                .ints(values)
                .map_err(|e| format!("`{column}`: {e}"))?
        }
    };
    if numbers.len() != truth.len() {
        return Err(format!(
            "it has {} labels, but there are {} training images",
            numbers.len(),
            truth.len()
        ));
    }
    let labels = as_classes(&numbers, classes, "the label")?;
    Ok(labels.into_iter().map(Some).collect())
}

fn columns(pickle: &Pickle) -> String {
    let entries = pickle.entries(pickle.root()).unwrap_or_default();
    let names = entries.iter().filter(|(name, _)| name != TRUTH);
    let names: Vec<String> = names
        .map(|(name, _)| name.escape_debug().to_string())
        .collect();
    names.join(", ")
}

/// The file's true labels are those of the data set, image by image.
fn check_truth(pickle: &Pickle, truth: &[u8], classes: usize) -> Result<(), String> {
    let Some(values) = pickle.get(pickle.root(), TRUTH) else {
        return Err(format!(
            "it has no `{TRUTH}`, so nothing tells whether its order is that of the images"
        ));
    };
    let told = pickle.ints(values).map_err(|e| format!("`{TRUTH}`: {e}"))?;
    let told = as_classes(&told, classes, "the true label")?;
    if told.len() != truth.len() {
        return Err(format!(
            "it has {} true labels, but there are {} training images: it belongs to other data",
            told.len(),
            truth.len()
        ));
    }
    let differ = told.iter().zip(truth).filter(|(a, b)| a != b).count();
    if let Some(first) = told.iter().zip(truth).position(|(a, b)| a != b) {
        return Err(format!(
            "its true labels differ from the data set's for {differ} images, first for image {first} \
             ({} there, {} here): it has another order, or belongs to other data",
            told[first], truth[first]
        ));
    }
    Ok(())
}
