//! Fake quantizers, the bit-width arithmetic behind them, and packed sizes.

pub mod binary;
mod cost;
pub mod dorefa;
mod grid;
pub mod lsq;
pub mod minmax;
pub mod pact;
mod size;
mod straight_through;
pub mod ternary;

pub use cost::{LayerCost, layer_costs, total as total_cost};
pub use grid::{Grid, layer_bits};
pub use size::{ModelSize, model_size, policy};

#[cfg(test)]
mod tests;
