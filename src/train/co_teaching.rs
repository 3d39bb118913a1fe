//! Co-teaching (Han et al. 2018): two networks see each batch, and each is trained on the samples
//! with the smallest losses in the other.

use super::arrays::Arrays;
use super::error::TrainError;
use super::numbers::numbers;
use super::objective::Batch;
use super::step::{Learner, Stepped};
use crate::data::InputShape;
use crate::data::rng::keyed;
use crate::method::{kept_share, loss, small_losses};
use crate::model::weights::WeightsError;
use crate::spec::RunSpec;
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;

/// The second network, and how much of a batch is left out.
pub struct CoTeaching {
    second: Learner,
    rate: f64,
    ramp: usize,
}

impl CoTeaching {
    /// The second network of a run: like the first, but with weights of its own. In the end `rate` of
    /// each batch is left out, after `ramp` epochs.
    ///
    /// # Errors
    /// What is wrong with the checkpoint.
    pub fn new(
        spec: &RunSpec,
        (rate, ramp): (f64, usize),
        input: InputShape,
        saved: Option<Arrays>,
        device: &Device,
    ) -> Result<Self, String> {
        // Of a learner, the seed decides the first weights and nothing else.
        let mut twin = spec.clone();
        twin.train.seed = keyed(spec.train.seed, "second network", 0, 0).random();
        let mut second = Learner::new(&twin, input, device);
        if let Some(saved) = saved {
            saved.restore(&mut second, device)?;
            // A checkpoint is written after an epoch.
            second.params.fresh = false;
        }
        Ok(Self { second, rate, ramp })
    }

    /// Begins with the weights of the run's file in the second network, too: the two then differ in
    /// their classifiers, where these are drawn.
    ///
    /// # Errors
    /// [`WeightsError`] when the file cannot be used.
    pub fn load_weights(&mut self, spec: &RunSpec, device: &Device) -> Result<(), WeightsError> {
        self.second.load_weights(spec, device).map(|_| ())
    }

    /// Does what is due for the second network before an epoch, counted from 1.
    pub fn begin_epoch(&mut self, spec: &RunSpec, epoch: usize) {
        self.second.begin_epoch(spec, epoch);
    }

    /// A training step of both networks; the first one's logits, and its mean loss over the samples
    /// that it is trained on. Which those are is decided here and not on the device, which has no sort: each
    /// step waits for the losses.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn step(&mut self, first: &mut Learner, batch: Batch<'_>) -> Result<Stepped, TrainError> {
        let (logits, live) = first.forward(batch.x.clone(), batch.dropout.clone());
        let seen = logits.clone().inner();
        let (other_logits, other_live) = self.second.forward(batch.x, batch.dropout);
        // Both networks see the whole batch, so that the statistics of batch norm are the whole
        // batch's, as in the authors' code; samples that are not chosen have no weight in the loss.
        let losses = loss::cross_entropies(logits, batch.targets.clone());
        let other_losses = loss::cross_entropies(other_logits, batch.targets);
        let both = Tensor::cat(
            vec![losses.clone().inner(), other_losses.clone().inner()],
            0,
        );
        let both = numbers(both.into_data())?;
        let share = kept_share(self.rate, self.ramp, batch.epoch);
        let chosen_by = |losses: &[f32], device: &Device| {
            let weights = small_losses(losses, share);
            Tensor::<1>::from_data(TensorData::new(weights, [losses.len()]), device)
        };
        let (by_first, by_second) = both.split_at(batch.indices.len());
        let device = losses.device();
        let loss = (losses * chosen_by(by_second, &device)).sum();
        let other_loss = (other_losses * chosen_by(by_first, &device)).sum();
        self.second.update(other_live, other_loss, batch.lr);
        Ok(Stepped {
            loss: first.update(live, loss, batch.lr),
            logits: Some(seen),
        })
    }

    /// The second network, for the checkpoint.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn arrays(&self) -> Result<Arrays, TrainError> {
        Arrays::of(&self.second)
    }
}
