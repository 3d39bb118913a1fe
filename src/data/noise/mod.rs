//! Label noise: labels drawn anew.

mod class;

pub use class::flip;
