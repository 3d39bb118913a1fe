//! How many images a run trains on and evaluates.

use crate::data;
use crate::spec::DataSpec;

/// Images per epoch of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Work {
    /// Trained on.
    pub train: f64,
    /// Evaluated: those trained on, the validation part, and the test set.
    pub evaluated: f64,
}

impl Work {
    /// By the spec's limits and the size of the data set.
    pub fn of(data: &DataSpec) -> Self {
        let shape = data::shape(data);
        let all = data.train_limit.map_or(shape.train, |n| n.min(shape.train));
        let test = data.test_limit.map_or(shape.test, |n| n.min(shape.test));
        Self {
            train: all as f64 * (1.0 - data.validation),
            evaluated: (all + test) as f64,
        }
    }
}
