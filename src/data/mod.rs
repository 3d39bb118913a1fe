//! Data sets → images and labels → noisy labels and the mask of the flipped ones.

mod cifar;
mod error;
mod idx;
mod images;
mod noise;
mod open;
mod prepare;
pub mod rng;
mod shape;
mod transition;

pub use error::DataError;
pub use images::{Images, Labelled, Part};
pub use noise::flip;
pub use open::locate;
pub use prepare::{Prepared, prepare, save_mask};
pub use shape::{InputShape, shape};
pub use transition::transition;
