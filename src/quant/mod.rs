//! Fake quantizers, the bit-width arithmetic behind them, and packed sizes.

mod cost;
mod grid;
pub mod lsq;
pub mod minmax;
mod size;
mod straight_through;

pub use cost::{LayerCost, layer_costs, total as total_cost};
pub use grid::{Grid, layer_bits};
pub use size::{ModelSize, model_size, policy};

#[cfg(test)]
mod tests;
