//! Networks from quantizable layers, and their parameters.

mod act_quantizer;
mod factor;
mod layer;
mod network;
mod norm;
mod params;
mod shape;
mod svd;
mod weight_noise;
mod weight_quantizer;
pub mod weights;

pub use network::{Mode, Network};
pub use params::{Live, Parameter, Params, Phase, Role};
pub use shape::{LayerKind, LayerShape, Part, layers};
pub use svd::{Factors, truncated_svd};
pub use weight_noise::WeightNoise;

#[cfg(test)]
mod imagenet_tests;
#[cfg(test)]
mod quantizer_tests;
#[cfg(test)]
mod tests;
