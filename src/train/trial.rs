//! A network and a batch of random images, to time a device or to check it without any data.

use super::step::Learner;
use crate::data::rng::keyed;
use crate::data::{InputShape, shape};
use crate::method::soft_targets;
use crate::spec::{
    DataSpec, DeviceChoice, FORMAT, Method, ModelSpec, NoiseKind, NoiseSpec, OptimizerName,
    QuantizerSpec, RunSpec, ScheduleName, TrainSpec,
};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;

/// What is tried.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The network.
    pub model: ModelSpec,
    /// The data set whose image shape is used.
    pub data: DataSpec,
    /// The quantizer, if any.
    pub quantizer: Option<QuantizerSpec>,
    /// Images per step.
    pub batch_size: usize,
}

impl Trial {
    /// The network with its first parameters, to be trained with `optimizer`.
    pub(super) fn learner(&self, optimizer: OptimizerName, device: &Device) -> Learner {
        let spec = RunSpec {
            format: FORMAT,
            data: self.data.clone(),
            model: self.model.clone(),
            noise: NoiseSpec::new(NoiseKind::Symmetric, 0.0),
            quantizer: self.quantizer.clone(),
            method: Method::None,
            train: TrainSpec {
                epochs: 1,
                batch_size: self.batch_size,
                optimizer,
                lr: 1e-3,
                momentum: 0.9,
                schedule: ScheduleName::Constant,
                warm_up: 0.0,
                clip_norm: None,
                seed: 0,
                fold: None,
                device: DeviceChoice::Auto,
            },
        };
        Learner::new(&spec, self.shape(), device)
    }

    fn shape(&self) -> InputShape {
        shape(&self.data)
    }

    /// Random images [B, C, H, W].
    pub(super) fn images(&self, device: &Device) -> Tensor<4> {
        let input = self.shape();
        let dims = [self.batch_size, input.channels, input.height, input.width];
        let mut rng = keyed(0, "trial", 0, 0);
        let pixels = (0..dims.iter().product()).map(|_| rng.random::<f32>() - 0.3);
        Tensor::from_data(TensorData::new(pixels.collect::<Vec<_>>(), dims), device)
    }

    /// Targets [B, outputs], one output after the other.
    pub(super) fn targets(&self, device: &Device) -> Tensor<2> {
        let classes = self.shape().task.outputs();
        let labels = (0..self.batch_size).map(|i| (i % classes) as u8);
        let targets = soft_targets(labels, classes, 0.0);
        Tensor::from_data(TensorData::new(targets, [self.batch_size, classes]), device)
    }
}
