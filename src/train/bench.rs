//! Training and evaluation throughput on a device, on random images.

use super::pool::in_pool;
use super::step::Learner;
use crate::data::rng::keyed;
use crate::data::shape;
use crate::device::{self, DeviceError};
use crate::method::soft_targets;
use crate::spec::{
    Augment, DataSet, DataSpec, DeviceChoice, FORMAT, Method, ModelSpec, NoiseKind, NoiseSpec,
    OptimizerName, QuantizerSpec, RunSpec, ScheduleName, TrainSpec,
};
use crate::store::Measurement;
use burn::tensor::{Tensor, TensorData};
use rand::RngExt;
use std::time::Instant;
use thiserror::Error;

/// Steps before the clock starts: they compile kernels and fill memory pools.
const WARM_UP: usize = 3;

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// The network.
    pub model: ModelSpec,
    /// The data set whose image shape is used.
    pub data: DataSet,
    /// The quantizer, if any.
    pub quantizer: Option<QuantizerSpec>,
    /// Images per step.
    pub batch_size: usize,
    /// Steps to measure.
    pub steps: usize,
    /// Where.
    pub device: DeviceChoice,
}

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

/// Trains on random images and times it; each step is waited for at the end only.
///
/// # Errors
/// [`BenchError`] when the device cannot be opened or fails.
pub fn bench(options: &BenchOptions) -> Result<Measurement, BenchError> {
    in_pool(|| measure(options))
}

fn measure(options: &BenchOptions) -> Result<Measurement, BenchError> {
    let opened = device::open(options.device)?;
    let input = shape(options.data);
    let spec = run_spec(options);
    let mut learner = Learner::new(&spec, input, &opened.device);
    let mut rng = keyed(0, "bench", 0, 0);
    let batch = options.batch_size;
    let pixels = batch * input.channels * input.height * input.width;
    let values: Vec<f32> = (0..pixels).map(|_| rng.random::<f32>() - 0.3).collect();
    let labels = (0..batch).map(|i| (i % input.classes) as u8);
    let x = Tensor::<4>::from_data(
        TensorData::new(values, [batch, input.channels, input.height, input.width]),
        &opened.device,
    );
    let targets = Tensor::<2>::from_data(
        TensorData::new(
            soft_targets(labels, input.classes, 0.0),
            [batch, input.classes],
        ),
        &opened.device,
    );
    let read = |t: Tensor<1>| {
        t.into_data()
            .try_into_vec::<f32>()
            .map_err(|e| BenchError::Run(format!("{e:?}")))
    };
    let train = |learner: &mut Learner, steps: usize| {
        let mut loss = Tensor::zeros([1], &opened.device);
        for _ in 0..steps {
            loss = learner.step(x.clone(), targets.clone(), Vec::new(), 1e-3);
        }
        read(loss)
    };
    train(&mut learner, WARM_UP)?;
    let begun = Instant::now();
    train(&mut learner, options.steps)?;
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
    evaluate(options.steps)?;
    let eval_seconds = begun.elapsed().as_secs_f64();

    let images = (options.steps * batch) as f64;
    Ok(Measurement {
        model: options.model.clone(),
        data: options.data,
        quantized: options.quantizer.is_some(),
        batch_size: batch,
        device: opened.info.id,
        device_name: opened.info.name,
        threads: rayon::current_num_threads(),
        samples_per_second: images / seconds.max(1e-9),
        eval_samples_per_second: images / eval_seconds.max(1e-9),
        steps: options.steps,
        seconds,
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        time: jiff::Timestamp::now(),
    })
}

fn run_spec(options: &BenchOptions) -> RunSpec {
    RunSpec {
        format: FORMAT,
        data: DataSpec {
            set: options.data,
            dir: None,
            train_limit: None,
            test_limit: None,
            validation: 0.0,
            augment: Augment::None,
        },
        model: options.model.clone(),
        noise: NoiseSpec {
            kind: NoiseKind::Symmetric,
            rate: 0.0,
        },
        quantizer: options.quantizer.clone(),
        method: Method::None,
        train: TrainSpec {
            epochs: 1,
            batch_size: options.batch_size,
            optimizer: OptimizerName::Adam,
            lr: 1e-3,
            momentum: 0.9,
            schedule: ScheduleName::Constant,
            seed: 0,
            device: options.device,
        },
    }
}
