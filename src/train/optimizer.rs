//! burn's optimisers over flat parameters.
//!
//! burn's own `ModuleOptimizer` restores its state on the default device, which may be a GPU that
//! the run does not use, and names it by random ids; here a state belongs to a parameter's name.

use crate::model::{Live, Params, Role};
use crate::spec::{OptimizerName, TrainSpec};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{
    Adam, AdamConfig, AdamState, Optimizer as _, RecordState, Sgd, SgdConfig, SgdState, StateSink,
    StateSource,
};
use burn::tensor::{Device, Gradients, TensorData};
use serde_json::Value;

/// An optimiser and its state for each parameter.
pub enum Optimizer {
    /// Adam (Kingma and Ba 2015), β = 0.9 / 0.999, ε = 1e-8.
    Adam(Adam, Vec<Option<AdamState<1>>>),
    /// SGD with momentum, no dampening.
    Sgd(Sgd, Vec<Option<SgdState<1>>>),
}

impl Optimizer {
    /// The optimiser of a run, without state.
    pub fn new(spec: &TrainSpec, params: &Params) -> Self {
        let count = params.list.len();
        match spec.optimizer {
            OptimizerName::Adam => Self::Adam(
                AdamConfig::new().with_epsilon(1e-8).build(),
                vec![None; count],
            ),
            OptimizerName::Sgd => {
                let momentum = MomentumConfig::new()
                    .with_momentum(spec.momentum)
                    .with_dampening(0.0);
                Self::Sgd(
                    SgdConfig::new().with_momentum(Some(momentum)).build(),
                    vec![None; count],
                )
            }
        }
    }

    /// One step: moves each trained parameter along its gradient, weights with the L2 penalty
    /// `decay`.
    pub fn step(
        &mut self,
        params: &mut Params,
        live: &Live,
        grads: &Gradients,
        lr: f64,
        decay: f64,
    ) {
        for (place, parameter) in params.list.iter_mut().enumerate() {
            if parameter.role == Role::Buffer {
                continue;
            }
            let Some(mut grad) = live.flat(place).grad(grads) else {
                continue;
            };
            let value = parameter.value.clone();
            if decay > 0.0 && parameter.role == Role::Weight {
                grad = grad + value.clone().mul_scalar(decay);
            }
            parameter.value = match self {
                Self::Adam(adam, states) => {
                    let (value, state) = adam.step(lr, value, grad, states[place].take());
                    states[place] = state;
                    value
                }
                Self::Sgd(sgd, states) => {
                    let (value, state) = sgd.step(lr, value, grad, states[place].take());
                    states[place] = state;
                    value
                }
            };
        }
    }

    /// Tensors and scalars of all states, named by the parameters.
    pub fn save(&self, params: &Params) -> (Vec<(String, TensorData)>, Value) {
        let mut sink = StateSink::default();
        for (place, parameter) in params.list.iter().enumerate() {
            match self {
                Self::Adam(_, states) => flatten(&states[place], &parameter.name, &mut sink),
                Self::Sgd(_, states) => flatten(&states[place], &parameter.name, &mut sink),
            }
        }
        let scalars: std::collections::BTreeMap<_, _> = sink.scalars.into_iter().collect();
        // Plain numbers under string keys always have a JSON form.
        (
            sink.tensors,
            serde_json::to_value(scalars).unwrap_or_default(),
        )
    }

    /// Takes back what [`save`](Self::save) gave.
    ///
    /// # Errors
    /// The JSON error when the scalars are not of that form.
    pub fn load(
        &mut self,
        params: &Params,
        tensors: Vec<(String, TensorData)>,
        scalars: Value,
        device: &Device,
    ) -> Result<(), serde_json::Error> {
        let mut source = StateSource::new(serde_json::from_value(scalars)?);
        for (name, data) in tensors {
            source.insert_tensor(name, data);
        }
        for (place, parameter) in params.list.iter().enumerate() {
            let name = &parameter.name;
            match self {
                Self::Adam(_, states) => {
                    states[place] = AdamState::state_unflatten(name, &mut source, device);
                }
                Self::Sgd(_, states) => {
                    states[place] = source
                        .has_under(name)
                        .then(|| SgdState::state_unflatten(name, &mut source, device))
                        .flatten();
                }
            }
        }
        Ok(())
    }
}

fn flatten<S: RecordState>(state: &Option<S>, name: &str, sink: &mut StateSink) {
    if let Some(state) = state {
        state.state_flatten(name, sink);
    }
}
