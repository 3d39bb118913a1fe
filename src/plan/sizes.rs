//! Size of the model at each bit-width.

use crate::quant::{ModelSize, model_size};
use crate::spec::{Bits, Experiment, MethodName, RunSpec, bits_with_control};
use crate::{data, model};

/// Bytes of the stored model at each bit-width of the grid, the control among them.
pub(super) fn sizes(experiment: &Experiment) -> Vec<(Bits, ModelSize)> {
    let layers = model::layers(&experiment.model, data::shape(&experiment.data));
    bits_with_control(experiment)
        .into_iter()
        .map(|bits| {
            let run = RunSpec::at(experiment, 0.0, bits, MethodName::None, 0);
            (bits, model_size(&layers, run.quantizer.as_ref()))
        })
        .collect()
}
