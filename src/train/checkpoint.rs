//! The checkpoint: one safetensors file that holds all that a run needs to go on.
//!
//! Random states need no saving, because every draw is keyed by seed, epoch and step.

use super::error::TrainError;
use super::samples::Samples;
use super::step::Learner;
use crate::spec::{DeviceChoice, FORMAT, RunSpec};
use crate::store::EpochMetrics;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Key of our JSON in the file's metadata.
const KEY: &str = "quell";
const OPTIMIZER: &str = "optimizer/";
const SAMPLES: &str = "samples/";

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    spec: RunSpec,
    history: Vec<EpochMetrics>,
    step: usize,
    scalars: Value,
}

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Finished epochs.
    pub history: Vec<EpochMetrics>,
    /// Finished steps.
    pub step: usize,
    /// What training has shown of its samples.
    pub samples: Samples,
}

/// The checkpoint's file in its folder.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("state.safetensors")
}

/// What is the same however and wherever a run trains.
fn identity(spec: &RunSpec) -> RunSpec {
    let mut spec = spec.clone();
    spec.train.device = DeviceChoice::Auto;
    spec.data.dir = None;
    spec
}

/// Writes the checkpoint beside the old one, flushes it to the disk, and puts it in its place.
///
/// # Errors
/// [`TrainError::WriteCheckpoint`]; the old checkpoint then still stands.
pub fn save(
    folder: &Path,
    spec: &RunSpec,
    learner: &Learner,
    progress: &Progress,
) -> Result<(), TrainError> {
    let path = path(folder);
    let failed = |source: std::io::Error| TrainError::WriteCheckpoint {
        path: path.clone(),
        source,
    };
    let (states, scalars) = learner.optimizer.save(&learner.params);
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for parameter in &learner.params.list {
        let bytes = little_endian(parameter.value.clone().into_data())?;
        tensors.push((parameter.name.clone(), parameter.shape.clone(), bytes));
    }
    for (name, data) in states {
        let shape = vec![data.num_elements()];
        tensors.push((format!("{OPTIMIZER}{name}"), shape, little_endian(data)?));
    }
    for (name, values) in progress.samples.columns() {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        tensors.push((format!("{SAMPLES}{name}"), vec![values.len()], bytes));
    }
    let header = Header {
        format: FORMAT,
        spec: identity(spec),
        history: progress.history.clone(),
        step: progress.step,
        scalars,
    };
    let json = serde_json::to_string(&header).map_err(|e| failed(e.into()))?;
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| {
            TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name, view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| failed(std::io::Error::other(e.to_string())))?;
    let bytes = safetensors::serialize(views, Some(HashMap::from([(KEY.to_string(), json)])))
        .map_err(|e| failed(std::io::Error::other(e.to_string())))?;
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|e| failed(e.error))?;
    // The rename itself is on the disk once its folder is.
    std::fs::File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(failed)
}

/// Takes parameters, optimiser and progress from the checkpoint in `folder`; `None` without one.
///
/// # Errors
/// [`TrainError::ReadCheckpoint`] when the file is broken or belongs to another run.
pub fn load(
    folder: &Path,
    spec: &RunSpec,
    learner: &mut Learner,
    device: &Device,
) -> Result<Option<Progress>, TrainError> {
    let path = path(folder);
    let unusable = |message: String| TrainError::ReadCheckpoint {
        path: path.clone(),
        message,
    };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unusable(e.to_string())),
    };
    let broken = |e: safetensors::SafeTensorError| unusable(format!("it is broken ({e})"));
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(broken)?;
    let json = metadata
        .metadata()
        .as_ref()
        .and_then(|m| m.get(KEY))
        .ok_or_else(|| unusable("quell did not write it".into()))?;
    let header: Header =
        serde_json::from_str(json).map_err(|e| unusable(format!("its header is broken ({e})")))?;
    if header.format > FORMAT {
        return Err(unusable(format!(
            "it has format {}, and this quell knows only {FORMAT}; use a newer quell",
            header.format
        )));
    }
    if header.spec != identity(spec) {
        return Err(unusable("it belongs to another run".into()));
    }
    let file = SafeTensors::deserialize(&bytes).map_err(broken)?;
    for parameter in &mut learner.params.list {
        let view = file.tensor(&parameter.name).map_err(broken)?;
        if view.shape() != parameter.shape {
            return Err(unusable(format!(
                "{} has the shape {:?}",
                parameter.name,
                view.shape()
            )));
        }
        parameter.value = Tensor::from_data(floats(view.data()), device);
    }
    learner.params.fresh = header.step == 0;
    let states = file
        .tensors()
        .into_iter()
        .filter_map(|(name, view)| {
            let name = name.strip_prefix(OPTIMIZER)?.to_string();
            Some((name, floats(view.data())))
        })
        .collect();
    learner
        .optimizer
        .load(&learner.params, states, header.scalars, device)
        .map_err(|e| unusable(format!("its optimiser state is broken ({e})")))?;
    let mut samples = Samples::default();
    for (name, values) in samples.columns_mut() {
        // A quell that did not keep them yet has left none.
        if let Ok(view) = file.tensor(&format!("{SAMPLES}{name}")) {
            *values = numbers(view.data());
        }
    }
    Ok(Some(Progress {
        history: header.history,
        step: header.step,
        samples,
    }))
}

fn little_endian(data: TensorData) -> Result<Vec<u8>, TrainError> {
    let values = data
        .try_into_vec::<f32>()
        .map_err(|e| TrainError::Device(format!("{e:?}")))?;
    Ok(values.iter().flat_map(|v| v.to_le_bytes()).collect())
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    bytes.chunks_exact(4).map(number).collect()
}

fn floats(bytes: &[u8]) -> TensorData {
    let values = numbers(bytes);
    let count = values.len();
    TensorData::new(values, [count])
}
