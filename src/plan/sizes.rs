//! Size of the model under each treatment that changes it.

use crate::data;
use crate::quant::{ModelSize, model_size};
use crate::spec::{Cell, Experiment, Method, RunSpec, cells};

/// Bytes of the stored model at each bit-width of the grid, the control among them, and under each
/// baseline that makes it another size, by name.
pub(super) fn sizes(experiment: &Experiment) -> Vec<(String, ModelSize)> {
    let input = data::shape(&experiment.data);
    let of = |cell: &Cell| model_size(&RunSpec::at(experiment, 0.0, cell, 0), input);
    let mut sizes: Vec<(String, ModelSize)> = Vec::new();
    for cell in cells(experiment) {
        let plain = Cell {
            method: Method::None,
            ..cell.clone()
        };
        for cell in [plain, cell] {
            let label = cell.label();
            let known = sizes.iter().find(|(known, _)| *known == label);
            if known.is_some() && cell.method == Method::None {
                continue;
            }
            let size = of(&cell);
            let name = match known {
                // One name, two settings.
                Some((_, other)) if *other != size => {
                    format!("{label} {}", cell.method.settings())
                }
                _ => label,
            };
            let there = sizes.iter().any(|(known, other)| {
                *known == name || (*other == size && name.starts_with(known.as_str()))
            });
            if !there {
                sizes.push((name, size));
            }
        }
    }
    sizes
}
