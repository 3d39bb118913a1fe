//! Images whose facial Action Units are coded.

use super::images::Images;

/// The label of a unit that a coder could not tell.
pub const UNKNOWN: u8 = u8::MAX;

/// Images whose Action Units are coded, as a data set has them.
#[derive(Clone, Debug)]
pub struct Coded {
    /// The images.
    pub images: Images,
    /// The units, by their numbers in the Facial Action Coding System.
    pub units: &'static [u8],
    /// [N, units] in rows: 0 absent, 1 present, or [`UNKNOWN`].
    pub labels: Vec<u8>,
    /// [N, units] in rows, 0–1: how strong each unit is, where the set tells.
    pub intensities: Option<Vec<f32>>,
    /// Whose face each image shows: a place in `subject_names`.
    pub subjects: Vec<u16>,
    /// The subjects, in their order.
    pub subject_names: Vec<String>,
}
