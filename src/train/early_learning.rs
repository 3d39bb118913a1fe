//! The running averages of early-learning regularisation (Liu et al. 2020): one row per training
//! image, which lies on the device.

use super::arrays::Arrays;
use super::augment::ints;
use super::error::TrainError;
use super::objective::Batch;
use super::step::{Learner, Stepped};
use crate::method::loss;
use crate::spec::Elr;
use burn::tensor::{Device, IndexingUpdateOp, Tensor, TensorData};

const AVERAGES: &str = "averages";

/// What the network said of each training image so far.
pub struct EarlyLearning {
    settings: Elr,
    /// [N, classes].
    averages: Tensor<2>,
}

impl EarlyLearning {
    /// Averages of the `shape` [N, classes], from a checkpoint or zero.
    ///
    /// # Errors
    /// What is wrong with the checkpoint.
    pub fn new(
        settings: &Elr,
        shape: [usize; 2],
        saved: Option<Arrays>,
        device: &Device,
    ) -> Result<Self, String> {
        let averages = match saved {
            Some(mut saved) => {
                let values = saved.take(AVERAGES, &shape)?;
                Tensor::from_data(TensorData::new(values, shape), device)
            }
            None => Tensor::zeros(shape, device),
        };
        Ok(Self {
            settings: settings.clone(),
            averages,
        })
    }

    /// A training step.
    pub fn step(&mut self, learner: &mut Learner, batch: Batch<'_>) -> Stepped {
        let places = ints(batch.indices, &self.averages.device());
        let before = self.averages.clone().select(0, places.clone());
        let Elr { lambda, beta } = self.settings;
        learner.step_on(batch.x, batch.dropout, batch.lr, |logits| {
            let after = loss::averaged(before.clone(), logits.clone(), beta);
            // No image is twice in a batch. GPUs add to rows, but do not replace them.
            let change = after.clone() - before;
            let averages = self.averages.clone();
            self.averages = averages.select_assign(0, places, change, IndexingUpdateOp::Add);
            loss::elr(logits, batch.targets, after, lambda).mean()
        })
    }

    /// The averages, for the checkpoint.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn arrays(&self) -> Result<Arrays, TrainError> {
        let mut arrays = Arrays::default();
        let shape = self.averages.dims().to_vec();
        arrays.push(AVERAGES, shape, self.averages.clone().into_data())?;
        Ok(arrays)
    }
}
