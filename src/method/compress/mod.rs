//! Compression as a baseline: what is left of a network, and from which epoch on. No tensors here.

mod magnitude;
mod structure;
mod timing;

pub use magnitude::{keep_largest, l1_norms, magnitudes};
pub use structure::{Stored, factored_rank, prunable, stored};
pub use timing::Timing;
