//! How many images a run trains on and evaluates.

use crate::data;
use crate::spec::DataSpec;

/// Images per epoch of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Work {
    /// Trained on.
    pub train: f64,
    /// Evaluated: some of those trained on, the validation part, and the test set.
    pub evaluated: f64,
}

/// Images of the training part that are evaluated, at most: 1,000 rightly and 1,000 wrongly labelled.
const PROBED: f64 = 2_000.0;

impl Work {
    /// By the spec's limits and the size of the data set.
    pub fn of(data: &DataSpec) -> Self {
        let shape = data::shape(data);
        let all = data.train_limit.map_or(shape.train, |n| n.min(shape.train));
        let test = data.test_limit.map_or(shape.test, |n| n.min(shape.test));
        let train = all as f64 * (1.0 - data.validation);
        Self {
            train,
            evaluated: train.min(PROBED) + all as f64 * data.validation + test as f64,
        }
    }
}
