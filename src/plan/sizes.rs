//! Size of the model at each bit-width.

use crate::data;
use crate::quant::{ModelSize, model_size};
use crate::spec::{Cell, Experiment, Method, RunSpec, cells};

/// Bytes of the stored model at each bit-width of the grid, the control among them, by its name.
pub(super) fn sizes(experiment: &Experiment) -> Vec<(String, ModelSize)> {
    let input = data::shape(&experiment.data);
    let mut sizes: Vec<(String, ModelSize)> = Vec::new();
    for cell in cells(experiment) {
        let plain = Cell {
            method: Method::None,
            ..cell
        };
        let name = plain.label();
        if sizes.iter().all(|(known, _)| *known != name) {
            let run = RunSpec::at(experiment, 0.0, &plain, 0);
            sizes.push((name, model_size(&run, input)));
        }
    }
    sizes
}
