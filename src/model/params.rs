//! Parameters as flat tensors with names.
//!
//! Every parameter is a rank-1 tensor beside its shape, so that optimiser states and checkpoints
//! are plain lists, and a forward pass reshapes what it needs, which costs nothing.

use super::weight_noise::WeightNoise;
use burn::tensor::{Device, Tensor, TensorData};

/// What a parameter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Weight of a convolution or linear layer: the only thing that weight decay touches.
    Weight,
    /// Bias.
    Bias,
    /// Scale or shift of batch norm.
    Norm,
    /// Learned quantizer step or offset.
    Step,
    /// Learned bound of activations, with an L2 penalty of its own (PACT).
    Bound,
    /// Not trained: running statistics and ranges.
    Buffer,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Name, unique in the network, such as `block1.conv1.weight`.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its shape; `value` holds the product of it.
    pub shape: Vec<usize>,
    /// The values, flat, without autodiff.
    pub value: Tensor<1>,
}

/// What the quantizers of a network do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing: the network is at full precision.
    Off,
    /// In training they follow the ranges of activations; in evaluation they quantize.
    Watching,
    /// They quantize.
    On,
}

/// All parameters of a network.
#[derive(Clone, Debug)]
pub struct Params {
    /// The parameters, in the order in which the network names them.
    pub list: Vec<Parameter>,
    /// Whether no quantized training step has been made: ranges and activation steps are then taken
    /// from the first batch.
    pub fresh: bool,
    /// What the quantizers do.
    pub phase: Phase,
}

/// The parameters during one forward pass.
#[derive(Debug)]
pub struct Live {
    tensors: Vec<Tensor<1>>,
    updates: Vec<(usize, Tensor<1>)>,
    fresh: bool,
    phase: Phase,
    noise: Option<WeightNoise>,
}

impl Params {
    /// No parameters, of a network that quantizes from its first step on.
    pub fn empty() -> Self {
        Self {
            list: Vec::new(),
            fresh: true,
            phase: Phase::On,
        }
    }

    /// Adds a parameter from host values and returns its place.
    pub fn push(
        &mut self,
        name: String,
        role: Role,
        shape: Vec<usize>,
        values: Vec<f32>,
        device: &Device,
    ) -> usize {
        let count = values.len();
        self.list.push(Parameter {
            name,
            role,
            shape,
            value: Tensor::from_data(TensorData::new(values, [count]), device),
        });
        self.list.len() - 1
    }

    /// For a training step: trained parameters become leaves of a new graph.
    pub fn tracked(&self) -> Live {
        self.live(|p| match p.role {
            Role::Buffer => p.value.clone(),
            _ => p.value.clone().autodiff().require_grad(),
        })
    }

    /// For evaluation: nothing is tracked.
    pub fn frozen(&self) -> Live {
        self.live(|p| p.value.clone())
    }

    fn live(&self, tensor: impl Fn(&Parameter) -> Tensor<1>) -> Live {
        Live {
            tensors: self.list.iter().map(tensor).collect(),
            updates: Vec::new(),
            fresh: self.fresh,
            phase: self.phase,
            noise: None,
        }
    }

    /// Takes over what a training forward pass changed: running statistics, ranges, first steps.
    pub fn absorb(&mut self, live: &mut Live) {
        for (place, value) in live.updates.drain(..) {
            self.list[place].value = value;
        }
        self.fresh = false;
    }
}

impl Live {
    /// The parameter at `place`, flat.
    pub fn flat(&self, place: usize) -> Tensor<1> {
        self.tensors[place].clone()
    }

    /// Has noise put on the weights of this pass.
    pub fn disturb(&mut self, noise: WeightNoise) {
        self.noise = Some(noise);
    }

    /// The noise on the weights of this pass.
    pub fn noise(&self) -> Option<WeightNoise> {
        self.noise
    }

    /// Whether quantizers quantize in this pass.
    pub fn quantizes(&self, training: bool) -> bool {
        match self.phase {
            Phase::Off => false,
            Phase::Watching => !training,
            Phase::On => true,
        }
    }

    /// Whether quantizers only follow ranges in this pass.
    pub fn watches(&self, training: bool) -> bool {
        self.phase == Phase::Watching && training
    }

    /// Whether this is the first quantized training step of the network's life.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Notes a new value for [`Params::absorb`].
    pub fn update(&mut self, place: usize, value: Tensor<1>) {
        self.updates.push((place, value.inner()));
    }

    /// The new value noted for `place` in this pass, if any.
    pub fn updated(&self, place: usize) -> Option<&Tensor<1>> {
        self.updates
            .iter()
            .find(|(p, _)| *p == place)
            .map(|(_, value)| value)
    }
}
