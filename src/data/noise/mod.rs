//! Label noise: labels drawn anew.

mod class;
mod instance;
mod transition;

pub use class::flip;
pub use instance::flip_by_image;
pub use transition::transition;

use super::images::Part;

/// Sets of more classes have no confusion matrix in their records: it would be most of them.
const MOST_CLASSES: usize = 100;

/// How many images of each true class (rows) are told which class (columns); empty for more than
/// 100 classes.
pub fn confusion(part: &Part, classes: usize) -> Vec<Vec<usize>> {
    if classes > MOST_CLASSES {
        return Vec::new();
    }
    let mut counts = vec![vec![0; classes]; classes];
    for (truth, told) in part.true_labels.iter().zip(&part.labels) {
        counts[usize::from(*truth)][usize::from(*told)] += 1;
    }
    counts
}
