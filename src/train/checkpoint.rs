//! The checkpoint: one safetensors file that holds all that a run needs to go on.
//!
//! Random states need no saving, because every draw is keyed by seed, epoch and step.

use super::arrays::Arrays;
use super::error::TrainError;
use super::samples::Samples;
use super::step::Learner;
use crate::spec::{DeviceChoice, FORMAT, RunSpec};
use crate::store::EpochMetrics;
use burn::tensor::Device;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Key of our JSON in the file's metadata.
const KEY: &str = "quell";
/// Stands before the names of what the method remembers.
const METHOD: &str = "method/";
const SAMPLES: &str = "samples/";

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    spec: RunSpec,
    history: Vec<EpochMetrics>,
    step: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_seconds: Option<f64>,
    scalars: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    method_scalars: Value,
}

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Finished epochs.
    pub history: Vec<EpochMetrics>,
    /// Finished steps.
    pub step: usize,
    /// Seconds of what was trained before the first epoch, where something was.
    pub first_seconds: Option<f64>,
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
/// `method` is what the method remembers from step to step.
///
/// # Errors
/// [`TrainError::WriteCheckpoint`]; the old checkpoint then still stands.
pub fn save(
    folder: &Path,
    spec: &RunSpec,
    learner: &Learner,
    method: Arrays,
    progress: &Progress,
) -> Result<(), TrainError> {
    let path = path(folder);
    let failed = |source: std::io::Error| TrainError::WriteCheckpoint {
        path: path.clone(),
        source,
    };
    let learner = Arrays::of(learner)?;
    let header = Header {
        format: FORMAT,
        spec: identity(spec),
        history: progress.history.clone(),
        step: progress.step,
        first_seconds: progress.first_seconds,
        scalars: learner.scalars,
        method_scalars: method.scalars,
    };
    let json = serde_json::to_string(&header).map_err(|e| failed(e.into()))?;
    let method = method.tensors.into_iter();
    let method = method.map(|(name, array)| (format!("{METHOD}{name}"), array));
    let samples = progress.samples.columns().into_iter();
    let samples = samples.map(|(name, values)| {
        let array = (vec![values.len()], values.clone());
        (format!("{SAMPLES}{name}"), array)
    });
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = (learner.tensors.into_iter())
        .chain(method)
        .chain(samples)
        .map(|(name, (shape, values))| {
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
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

/// What a checkpoint holds besides the learner.
pub struct Saved {
    /// How far the run had come.
    pub progress: Progress,
    /// What its method remembered.
    pub method: Arrays,
}

/// Takes parameters and optimiser from the checkpoint in `folder`, and gives back the rest; `None`
/// without one.
///
/// # Errors
/// [`TrainError::ReadCheckpoint`] when the file is broken or belongs to another run.
pub fn load(
    folder: &Path,
    spec: &RunSpec,
    learner: &mut Learner,
    device: &Device,
) -> Result<Option<Saved>, TrainError> {
    let unusable = |message: String| unusable(folder, message);
    let bytes = match std::fs::read(path(folder)) {
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
    learner.resume(header.history.len(), device)?;
    let mut own = Arrays {
        scalars: header.scalars,
        ..Arrays::default()
    };
    let mut method = Arrays {
        scalars: header.method_scalars,
        ..Arrays::default()
    };
    for (name, view) in file.tensors() {
        let array = (view.shape().to_vec(), floats(view.data()));
        match name.strip_prefix(METHOD) {
            Some(name) => method.tensors.insert(name.into(), array),
            None => own.tensors.insert(name, array),
        };
    }
    own.restore(learner, device).map_err(unusable)?;
    learner.params.fresh = header.step == 0;
    learner.steps = header.step;
    let mut samples = Samples::default();
    for (name, values) in samples.columns_mut() {
        // A quell that did not keep them yet has left none.
        if let Ok(view) = file.tensor(&format!("{SAMPLES}{name}")) {
            *values = floats(view.data());
        }
    }
    Ok(Some(Saved {
        progress: Progress {
            history: header.history,
            step: header.step,
            first_seconds: header.first_seconds,
            samples,
        },
        method,
    }))
}

/// The error of a checkpoint that cannot be used.
pub fn unusable(folder: &Path, message: String) -> TrainError {
    TrainError::ReadCheckpoint {
        path: path(folder),
        message,
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let values = bytes.chunks_exact(4);
    values
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}
