//! Networks from quantizable layers, and their parameters.

mod act_quantizer;
mod layer;
mod network;
mod norm;
mod params;
mod shape;

pub use network::{Mode, Network};
pub use params::{Live, Parameter, Params, Role};
pub use shape::{LayerKind, LayerShape, layers};

#[cfg(test)]
mod tests;
