//! Training and evaluation throughput on a device, on random images.

use super::pool::in_pool;
use super::step::Learner;
use super::trial::Trial;
use crate::device::{self, DeviceError};
use crate::spec::{DeviceChoice, OptimizerName};
use crate::store::Measurement;
use burn::tensor::Tensor;
use std::time::Instant;
use thiserror::Error;

/// Steps before the clock starts: they compile kernels and fill memory pools.
const WARM_UP: usize = 3;

/// Why nothing could be measured.
#[derive(Debug, Error)]
pub enum BenchError {
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The device failed on the way.
    #[error("the device failed during the measurement: {0}")]
    Run(String),
}

/// Trains `steps` steps on random images and times them; they are waited for at the end only.
///
/// # Errors
/// [`BenchError`] when the device cannot be opened or fails.
pub fn bench(trial: &Trial, steps: usize, device: DeviceChoice) -> Result<Measurement, BenchError> {
    in_pool(|| measure(trial, steps, device))
}

fn measure(trial: &Trial, steps: usize, device: DeviceChoice) -> Result<Measurement, BenchError> {
    let opened = device::open(device)?;
    let begun = Instant::now();
    let mut learner = trial.learner(OptimizerName::Adam, &opened.device);
    let x = trial.images(&opened.device);
    let targets = trial.targets(&opened.device);
    let read = |t: Tensor<1>| {
        t.into_data()
            .try_into_vec::<f32>()
            .map_err(|e| BenchError::Run(format!("{e:?}")))
    };
    let train = |learner: &mut Learner, steps: usize| {
        let mut loss = Tensor::zeros([1], &opened.device);
        for _ in 0..steps {
            let step = learner.step(x.clone(), targets.clone(), Vec::new(), 1e-3);
            loss = step.loss;
        }
        read(loss)
    };
    train(&mut learner, WARM_UP)?;
    let warm_up_seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    train(&mut learner, steps)?;
    let seconds = begun.elapsed().as_secs_f64();

    let evaluate = |steps: usize| {
        let mut sum = Tensor::zeros([1], &opened.device);
        for _ in 0..steps {
            sum = learner.evaluate(x.clone()).sum();
        }
        read(sum)
    };
    evaluate(WARM_UP)?;
    let begun = Instant::now();
    evaluate(steps)?;
    let eval_seconds = begun.elapsed().as_secs_f64();

    let images = (steps * trial.batch_size) as f64;
    Ok(Measurement {
        model: trial.model.clone(),
        data: trial.data.set,
        size: trial.data.size,
        grey: trial.data.grey,
        quantized: trial.quantizer.is_some(),
        batch_size: trial.batch_size,
        device: opened.info.id,
        device_name: opened.info.name,
        threads: rayon::current_num_threads(),
        samples_per_second: images / seconds.max(1e-9),
        eval_samples_per_second: images / eval_seconds.max(1e-9),
        steps,
        seconds,
        warm_up_seconds,
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        time: jiff::Timestamp::now(),
    })
}
