//! What a network is to tell of an image.

use super::coded::UNKNOWN;

/// What a network is to tell of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Which one of so many classes it shows.
    Classes(usize),
    /// Which of these Action Units, by their numbers: each has a label of its own, 1 where it is there.
    Units(&'static [u8]),
}

impl Task {
    /// Logits of an image.
    pub fn outputs(self) -> usize {
        match self {
            Self::Classes(classes) => classes,
            Self::Units(units) => units.len(),
        }
    }

    /// Labels of an image.
    pub fn labels(self) -> usize {
        self.units().len().max(1)
    }

    /// Values that a label can have.
    pub fn classes(self) -> usize {
        match self {
            Self::Classes(classes) => classes,
            Self::Units(_) => 2,
        }
    }

    /// The units, in the order of their labels; none where an image shows one class.
    pub fn units(self) -> &'static [u8] {
        match self {
            Self::Classes(_) => &[],
            Self::Units(units) => units,
        }
    }

    /// Whether a label says anything.
    pub fn is_known(self, label: u8) -> bool {
        matches!(self, Self::Classes(_)) || label != UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_a_label_of_two_classes() {
        let (classes, units) = (Task::Classes(10), Task::Units(&[1, 2, 12]));
        assert_eq!((classes.outputs(), units.outputs()), (10, 3));
        assert_eq!((classes.labels(), units.labels()), (1, 3));
        assert_eq!((classes.classes(), units.classes()), (10, 2));
        // A folder may have 256 classes.
        assert!(Task::Classes(256).is_known(UNKNOWN) && !units.is_known(UNKNOWN));
    }
}
