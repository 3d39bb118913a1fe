//! Baselines: what each changes about plain training.

mod co_teaching;
mod compress;
mod dropout;
mod early_stopping;
pub mod loss;
mod mixup;
mod targets;
mod transition;
mod units;

pub use co_teaching::{kept_share, small_losses};
pub use compress::*;
pub use dropout::mask as dropout_mask;
pub use early_stopping::should_stop;
pub use mixup::Mixture;
pub use targets::{Smoothing, soft_targets};
pub use transition::{apart, estimated_transition};
pub use units::{label_logits, label_weights, unit_weights};

use crate::data::Part;
use crate::spec::Method;

/// How the targets of a training part are smoothed.
pub fn smoothing(method: &Method, part: &Part) -> Smoothing {
    match method {
        Method::LabelSmoothing(settings) => Smoothing::Every(settings.alpha),
        Method::RobinHood(settings) => Smoothing::Majority {
            alpha: settings.alpha,
            of: units::majority(part),
        },
        _ => Smoothing::Every(0.0),
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

/// The bit-width whose rounding error the noise on the weights has the variance of.
pub fn weight_noise(method: &Method) -> Option<u8> {
    match method {
        Method::WeightNoise(settings) => Some(settings.bits),
        _ => None,
    }
}
