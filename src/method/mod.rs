//! Baselines: what each changes about plain training.

mod compress;
mod dropout;
mod early_stopping;
mod targets;

pub use compress::*;
pub use dropout::mask as dropout_mask;
pub use early_stopping::should_stop;
pub use targets::soft_targets;

use crate::spec::Method;

/// Share of the target that is spread evenly over the classes.
pub fn smoothing(method: &Method) -> f64 {
    match method {
        Method::LabelSmoothing(settings) => settings.alpha,
        _ => 0.0,
    }
}

/// Probability of dropping a feature.
pub fn dropout(method: &Method) -> f64 {
    match method {
        Method::Dropout(settings) => settings.p,
        _ => 0.0,
    }
}

/// Factor of the L2 penalty's gradient, λ in g ← g + λ·w, on weights only.
pub fn weight_decay(method: &Method) -> f64 {
    match method {
        Method::WeightDecay(settings) => settings.lambda,
        _ => 0.0,
    }
}
