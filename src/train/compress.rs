//! Compression of a network in the course of its training: masks that are held, layers that are
//! factored.

use super::error::TrainError;
use super::numbers::numbers;
use super::optimizer::Optimizer;
use crate::data::InputShape;
use crate::method::{Timing, factored_rank, keep_largest, l1_norms, magnitudes, prunable};
use crate::model::{Factors, LayerShape, Network, Params, Role, layers, truncated_svd};
use crate::spec::{Method, QuantizerSpec, RunSpec};
use burn::tensor::{Device, Tensor, TensorData};

/// What a run does to its network, and how far it has come.
pub struct Compression {
    timing: Timing,
    layers: Vec<LayerShape>,
    quantizer: Option<QuantizerSpec>,
    how: How,
}

enum How {
    /// Values that are pruned away are set to zero after every step.
    Prune {
        masks: Vec<Mask>,
        channels: bool,
        sparsity: f64,
        held: bool,
    },
    /// Layers become products of two factors.
    Factor { share: f64 },
}

/// A mask of ones and zeros over a parameter. It is a parameter as well, so that the checkpoint
/// holds it.
struct Mask {
    of: usize,
    place: usize,
    /// The layer that the parameter belongs to.
    layer: usize,
}

impl Compression {
    /// That of a run, if its method compresses; masks are added to its parameters.
    pub fn of(
        spec: &RunSpec,
        input: InputShape,
        params: &mut Params,
        device: &Device,
    ) -> Option<Self> {
        let timing = Timing::of(&spec.method, spec.train.epochs)?;
        let layers = layers(&spec.network(), input);
        let how = match &spec.method {
            Method::PruneChannels(settings) => How::Prune {
                masks: channel_masks(&layers, params, device),
                channels: true,
                sparsity: settings.sparsity,
                held: false,
            },
            Method::PruneWeights(settings) => How::Prune {
                masks: weight_masks(&layers, params, device),
                channels: false,
                sparsity: settings.sparsity,
                held: false,
            },
            Method::LowRank(settings) => How::Factor {
                share: settings.rank,
            },
            _ => return None,
        };
        Some(Self {
            timing,
            layers,
            quantizer: spec.quantizer.clone(),
            how,
        })
    }

    /// Whether the network in `epoch` is not yet the compressed one.
    pub fn is_provisional(&self, epoch: usize) -> bool {
        self.timing.is_provisional(epoch)
    }

    /// Does what is due before `epoch`, counted from 1. Returns what was done, in words.
    ///
    /// # Errors
    /// [`TrainError::Device`] when weights cannot be read, [`TrainError::Decomposition`] when a layer
    /// cannot be factored.
    pub fn begin_epoch(
        &mut self,
        epoch: usize,
        network: &mut Network,
        params: &mut Params,
        optimizer: &mut Optimizer,
        device: &Device,
    ) -> Result<Option<String>, TrainError> {
        if let How::Prune { held, .. } = &mut self.how {
            *held = epoch >= self.timing.first;
        }
        if !self.timing.is_due(epoch) {
            return Ok(None);
        }
        let note = match &self.how {
            How::Prune {
                masks,
                channels,
                sparsity,
                ..
            } => {
                let sparsity = sparsity * self.timing.share(epoch);
                let kept = if *channels {
                    self.take_channels(masks, sparsity, params, device)?
                } else {
                    self.take_weights(masks, sparsity, params, device)?
                };
                self.hold(params);
                let what = if *channels { "channels" } else { "weights" };
                let whole: usize = self.layers.iter().map(weights).sum();
                format!(
                    "epoch {epoch}: {:.1} % of {what} pruned in each layer that is pruned; {kept} of {whole} weights are left",
                    100.0 * sparsity
                )
            }
            How::Factor { share } => {
                let exact = |values: Vec<f32>, rows, rank| truncated_svd(&values, rows, rank);
                let (factored, left) =
                    self.factor(*share, exact, network, params, optimizer, device)?;
                let whole: usize = self.layers.iter().map(weights).sum();
                format!(
                    "epoch {epoch}: {factored} of {} layers factored; {left} of {whole} weights are left",
                    self.layers.len()
                )
            }
        };
        Ok(Some(note))
    }

    /// Gives the network the parameters that it has after so many `epochs`, for a checkpoint to fill.
    ///
    /// # Errors
    /// As [`begin_epoch`](Self::begin_epoch).
    pub fn resume(
        &self,
        epochs: usize,
        network: &mut Network,
        params: &mut Params,
        optimizer: &mut Optimizer,
        device: &Device,
    ) -> Result<(), TrainError> {
        if let How::Factor { share } = self.how
            && epochs >= self.timing.first
        {
            let empty = |values: Vec<f32>, rows: usize, rank| {
                Some(Factors {
                    left: vec![0.0; rows * rank],
                    right: vec![0.0; rank * values.len() / rows.max(1)],
                })
            };
            self.factor(share, empty, network, params, optimizer, device)?;
        }
        Ok(())
    }

    /// Sets to zero what is pruned away.
    pub fn hold(&self, params: &mut Params) {
        let How::Prune {
            masks, held: true, ..
        } = &self.how
        else {
            return;
        };
        for mask in masks {
            let kept = params.list[mask.place].value.clone();
            let value = &mut params.list[mask.of].value;
            *value = value.clone() * kept;
        }
    }

    /// Takes the gradients of what is pruned away out of `gradients`, given with their places: neither
    /// the norm that they are clipped by nor the optimiser's averages may know of them.
    pub fn mask_gradients(&self, params: &Params, gradients: &mut [(usize, Tensor<1>)]) {
        let How::Prune {
            masks, held: true, ..
        } = &self.how
        else {
            return;
        };
        for (place, gradient) in gradients {
            for mask in masks.iter().filter(|mask| mask.of == *place) {
                *gradient = gradient.clone() * params.list[mask.place].value.clone();
            }
        }
    }

    /// Takes masks over single weights; returns how many are left.
    fn take_weights(
        &self,
        masks: &[Mask],
        sparsity: f64,
        params: &mut Params,
        device: &Device,
    ) -> Result<usize, TrainError> {
        let mut left = 0;
        for mask in masks {
            let kept = keep_largest(&magnitudes(&read(params, mask.of)?), sparsity);
            left += kept.iter().filter(|k| **k).count();
            mask.set(&kept, params, device);
        }
        Ok(left)
    }

    /// Takes masks over channels, by the weights of each layer as they are; returns how many weights
    /// are left. What the next layer makes of a channel that is gone is masked as well, so that the
    /// network is the one without the channel, whatever its quantizers do with zeros.
    fn take_channels(
        &self,
        masks: &[Mask],
        sparsity: f64,
        params: &mut Params,
        device: &Device,
    ) -> Result<usize, TrainError> {
        let mut outputs: Vec<Option<Vec<bool>>> = vec![None; self.layers.len()];
        let places = prunable(&self.layers);
        for mask in masks {
            if params.list[mask.of].role == Role::Weight && places.contains(&mask.layer) {
                let channels = self.layers[mask.layer].weight[0];
                let norms = l1_norms(&read(params, mask.of)?, channels);
                outputs[mask.layer] = Some(keep_largest(&norms, sparsity));
            }
        }
        let mut left = 0;
        let mut masked = vec![false; self.layers.len()];
        for mask in masks {
            let shape = &self.layers[mask.layer].weight;
            let out = outputs[mask.layer].as_deref();
            let rows = |row: usize| out.is_none_or(|kept| kept[row]);
            if params.list[mask.of].role != Role::Weight {
                let kept: Vec<bool> = (0..shape[0]).map(rows).collect();
                mask.set(&kept, params, device);
                continue;
            }
            let before = mask
                .layer
                .checked_sub(1)
                .and_then(|b| outputs[b].as_deref());
            // Where all pixels are taken at once, the channels of one stand behind those of another.
            let columns = |column: usize| before.is_none_or(|kept| kept[column % kept.len()]);
            let area: usize = shape[2..].iter().product();
            let kept: Vec<bool> = (0..weights(&self.layers[mask.layer]))
                .map(|i| rows(i / (shape[1] * area)) && columns(i / area % shape[1]))
                .collect();
            left += kept.iter().filter(|k| **k).count();
            masked[mask.layer] = true;
            mask.set(&kept, params, device);
        }
        let others = self.layers.iter().zip(masked).filter(|(_, masked)| !masked);
        Ok(left + others.map(|(layer, _)| weights(layer)).sum::<usize>())
    }

    /// Factors the layers that are to be; the optimiser begins anew with what is new. Returns how many
    /// layers that were, and how many weights the network is left with.
    fn factor(
        &self,
        share: f64,
        split: impl Fn(Vec<f32>, usize, usize) -> Option<Factors>,
        network: &mut Network,
        params: &mut Params,
        optimizer: &mut Optimizer,
        device: &Device,
    ) -> Result<(usize, usize), TrainError> {
        let (mut factored, mut left) = (0, 0);
        for (number, shape) in self.layers.iter().enumerate() {
            let Some(rank) = factored_rank(shape, share) else {
                left += weights(shape);
                continue;
            };
            let Some(place) = place(params, &format!("{}.weight", shape.name)) else {
                continue;
            };
            let factors = split(read(params, place)?, shape.weight[0], rank).ok_or_else(|| {
                TrainError::Decomposition {
                    layer: shape.name.clone(),
                }
            })?;
            left += factors.left.len() + factors.right.len();
            factored += 1;
            let quantizer = self.quantizer.as_ref();
            network.factor(number, shape, quantizer, factors, params, device);
            let steps = place_of_steps(params, shape);
            optimizer.forget(params, [Some(place), steps].into_iter().flatten());
        }
        Ok((factored, left))
    }
}

impl Mask {
    /// Adds a mask that lets everything through.
    fn add(of: usize, layer: usize, params: &mut Params, device: &Device) -> Self {
        let parameter = &params.list[of];
        let (name, shape) = (format!("{}.mask", parameter.name), parameter.shape.clone());
        let ones = vec![1.0; shape.iter().product()];
        let place = params.push(name, Role::Buffer, shape, ones, device);
        Self { of, place, layer }
    }

    fn set(&self, kept: &[bool], params: &mut Params, device: &Device) {
        let values: Vec<f32> = kept.iter().map(|k| f32::from(u8::from(*k))).collect();
        let data = TensorData::new(values, [kept.len()]);
        params.list[self.place].value = Tensor::from_data(data, device);
    }
}

/// Masks over the weights of every layer: stem and classifier too (Han et al. 2015), so that the
/// sparsity asked for is that of the network.
fn weight_masks(layers: &[LayerShape], params: &mut Params, device: &Device) -> Vec<Mask> {
    let mut masks = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        if let Some(of) = place(params, &format!("{}.weight", layer.name)) {
            masks.push(Mask::add(of, number, params, device));
        }
    }
    masks
}

/// Masks over all that belongs to a channel that can be pruned: its weights, bias and norm, and its
/// weights in the layer behind.
fn channel_masks(layers: &[LayerShape], params: &mut Params, device: &Device) -> Vec<Mask> {
    let places = prunable(layers);
    let mut masks = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        let own = places.contains(&number);
        let behind = number > 0 && places.contains(&(number - 1));
        let names: &[&str] = match (own, behind) {
            (true, _) => &["weight", "bias", "norm.scale", "norm.shift"],
            (false, true) => &["weight"],
            (false, false) => &[],
        };
        for name in names {
            if let Some(of) = place(params, &format!("{}.{name}", layer.name)) {
                masks.push(Mask::add(of, number, params, device));
            }
        }
    }
    masks
}

fn place(params: &Params, name: &str) -> Option<usize> {
    params.list.iter().position(|p| p.name == name)
}

/// Learned steps of a layer's first factor, which were those of its weights.
fn place_of_steps(params: &Params, shape: &LayerShape) -> Option<usize> {
    place(params, &format!("{}.weight_step", shape.name))
}

fn weights(layer: &LayerShape) -> usize {
    layer.weight.iter().product()
}

fn read(params: &Params, place: usize) -> Result<Vec<f32>, TrainError> {
    numbers(params.list[place].value.clone().into_data())
}
