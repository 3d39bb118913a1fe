//! Which subjects of a set of faces are tested on together.

use crate::spec::FOLDS;

/// The fold, 1 to 3, of the subject at `place` in the list of all: in turn, so that folds are equally
/// large, and the same for every seed. Lists are sorted by name, which in BP4D begins with the sex:
/// each fold has its share of both.
pub fn fold_of(place: usize) -> usize {
    place % FOLDS + 1
}
