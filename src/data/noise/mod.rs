//! Label noise: labels drawn anew.

mod annotator;
mod class;
mod instance;
mod transition;

pub use annotator::{Annotator, Truth};
pub use class::flip;
pub use instance::flip_by_image;
pub use transition::transition;

use super::images::Part;
use crate::store::UnitNoise;

/// Sets of more classes have no confusion matrix in their records: it would be most of them.
const MOST_CLASSES: usize = 100;

/// How many labels of each true class (rows) are told as which class (columns), those that nobody
/// knows left out; empty for more than 100 classes.
pub fn confusion(part: &Part) -> Vec<Vec<usize>> {
    let classes = part.task.classes();
    if classes > MOST_CLASSES {
        return Vec::new();
    }
    let mut counts = vec![vec![0; classes]; classes];
    for (truth, told) in part.true_labels.iter().zip(&part.labels) {
        if part.task.is_known(*told) {
            counts[usize::from(*truth)][usize::from(*told)] += 1;
        }
    }
    counts
}

/// What became of the labels of each Action Unit; nothing where images show classes.
pub fn units(part: &Part) -> Vec<UnitNoise> {
    let units = part.task.units();
    let of = |(place, &unit): (usize, &u8)| {
        let mut noise = UnitNoise {
            unit,
            ..UnitNoise::default()
        };
        let labels = (part.true_labels.iter().zip(&part.labels)).skip(place);
        for (truth, told) in labels.step_by(units.len()) {
            if part.task.is_known(*told) {
                noise.labels += 1;
                noise.present += usize::from(*truth == 1);
                noise.missed += usize::from((*truth, *told) == (1, 0));
                noise.false_alarms += usize::from((*truth, *told) == (0, 1));
            }
        }
        noise
    };
    units.iter().enumerate().map(of).collect()
}
