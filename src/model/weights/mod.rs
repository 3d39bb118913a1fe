//! Weights that training begins with, out of a file that the user names: those that torchvision and
//! timm publish for the networks of He et al. 2016, or others of the same names.

mod error;
mod file;
mod names;
mod report;
#[cfg(test)]
mod tests;

pub use error::WeightsError;
pub use report::{Misfit, Report};

use super::network::Network;
use super::params::Params;
use crate::spec::ModelName;
use burn::tensor::{Device, Tensor, TensorData};
use file::Tensors;
use std::collections::BTreeSet;
use std::path::Path;

/// Takes the weights of a file into a network of that name whose parameters are still as they were
/// drawn. What the file does not have, or has in another shape, stays so; quantizers begin anew from
/// what is there then.
///
/// # Errors
/// [`WeightsError`] when the file cannot be read, and when it has fewer than half of the tensors
/// before the classifier: it is then of another network. Nothing is changed.
pub fn load(
    path: &Path,
    model: ModelName,
    network: &Network,
    params: &mut Params,
    device: &Device,
) -> Result<Report, WeightsError> {
    let unusable = |message: String| WeightsError::Unusable {
        path: path.into(),
        message,
    };
    let file = Tensors::open(path)?;
    let prefix = prefix(&file.list).map_err(unusable)?;
    let mut report = Report::new(path, prefix.clone());
    let mut used = BTreeSet::new();
    let mut found = Vec::new();
    for (place, parameter) in params.list.iter().enumerate() {
        let Some(name) = names::published(model, &parameter.name) else {
            continue;
        };
        let wanted = format!("{prefix}{name}");
        let Some(at) = file.list.iter().rposition(|(name, _)| *name == wanted) else {
            report.missing.push((name, parameter.shape.clone()));
            continue;
        };
        used.insert(at);
        let shape = &file.list[at].1;
        if *shape != parameter.shape {
            report.misfits.push(Misfit {
                name,
                file: shape.clone(),
                network: parameter.shape.clone(),
            });
            continue;
        }
        report.matched.push(name);
        found.push((place, at));
    }
    let unused = (0..file.list.len()).filter(|at| !used.contains(at));
    let unused = unused.map(|at| file.list[at].0.clone());
    report.unused = unused.filter(|name| !names::is_counter(name)).collect();
    if report.is_foreign() {
        return Err(unusable(report.foreign(model, &file.list)));
    }
    let mut values = Vec::with_capacity(found.len());
    for (place, at) in found {
        let name = report::shown(&file.list[at].0);
        let numbers = file
            .read(at)
            .map_err(|e| unusable(format!("{name}: {e}")))?;
        let variance = params.list[place].name.ends_with(".variance");
        let sound = |x: &f32| x.is_finite() && (*x >= 0.0 || !variance);
        if let Some(wrong) = numbers.iter().find(|x| !sound(x)) {
            let what = if variance { "variance" } else { "weight" };
            return Err(unusable(format!(
                "{name} holds {wrong}, which is no {what}"
            )));
        }
        let count = numbers.len();
        let data = TensorData::new(numbers, [count]);
        values.push((place, Tensor::from_data(data, device)));
    }
    for (place, value) in values {
        params.list[place].value = value;
    }
    network.set_first_steps(params);
    Ok(report)
}

/// What stands before the names of the network in a file, such as `module.`; nothing where none of its
/// names is known.
fn prefix(list: &[(String, Vec<usize>)]) -> Result<String, String> {
    let before = |name: &str| {
        let before = name.strip_suffix(names::ANCHOR)?;
        (before.is_empty() || before.ends_with('.')).then(|| before.to_string())
    };
    let found: BTreeSet<String> = list.iter().filter_map(|(name, _)| before(name)).collect();
    // A network without a prefix is the file's own.
    if found.contains("") || found.len() < 2 {
        return Ok(found.into_iter().next().unwrap_or_default());
    }
    let names: Vec<String> = found.iter().map(|name| report::shown(name)).collect();
    Err(format!(
        "it holds several networks ({}): keep the tensors of one of them",
        names.join(", ")
    ))
}
