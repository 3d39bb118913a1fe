//! Data sets → images and labels → noisy labels and the mask of the flipped ones.

mod cifar;
mod coded;
pub mod coding;
mod digits;
mod error;
mod faces;
mod floats;
mod folder;
mod folds;
mod idx;
mod images;
mod labels;
mod noise;
mod open;
pub mod pickle;
mod picture;
mod prepare;
pub mod rng;
mod shape;
pub mod source;
mod task;

pub use coded::{Coded, UNKNOWN};
pub use error::DataError;
pub use faces::{ACTION_UNITS, FaceSpec, PerUnit, UNIT_NAMES, faces, portrait};
pub use floats::Float;
pub use images::{Images, Labelled, Part};
pub use noise::{flip, transition};
pub use open::locate;
pub use prepare::{Prepared, prepare, save_mask};
pub use shape::{InputShape, shape};
pub use task::Task;
