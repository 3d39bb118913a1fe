//! burn's optimisers over flat parameters.
//!
//! burn's own `ModuleOptimizer` restores its state on the default device, which may be a GPU that
//! the run does not use, and names it by random ids; here a state belongs to a parameter's name.

use crate::model::{Params, Role};
use crate::quant::pact;
use crate::spec::{OptimizerName, TrainSpec};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{
    Adam, AdamConfig, AdamState, Optimizer as _, RecordState, Sgd, SgdConfig, SgdState, StateSink,
    StateSource,
};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;

/// An optimiser and its state for each parameter.
pub enum Optimizer {
    /// Adam (Kingma and Ba 2015), β = 0.9 / 0.999, ε = 1e-8.
    Adam(Adam, Vec<Option<AdamState<1>>>),
    /// Adam with the weight decay apart from the gradient (Loshchilov and Hutter 2019).
    AdamW(Adam, Vec<Option<AdamState<1>>>),
    /// SGD with momentum, plain or Nesterov's, no dampening.
    Sgd(Sgd, Vec<Option<SgdState<1>>>),
}

impl Optimizer {
    /// The optimiser of a run, without state.
    pub fn new(spec: &TrainSpec, params: &Params) -> Self {
        let count = params.list.len();
        let adam = || AdamConfig::new().with_epsilon(1e-8).build();
        match spec.optimizer {
            OptimizerName::Adam => Self::Adam(adam(), vec![None; count]),
            OptimizerName::AdamW => Self::AdamW(adam(), vec![None; count]),
            OptimizerName::Sgd | OptimizerName::SgdNesterov => {
                let momentum = MomentumConfig::new()
                    .with_momentum(spec.momentum)
                    .with_nesterov(spec.optimizer == OptimizerName::SgdNesterov)
                    .with_dampening(0.0);
                Self::Sgd(
                    SgdConfig::new().with_momentum(Some(momentum)).build(),
                    vec![None; count],
                )
            }
        }
    }

    /// One step: moves each parameter along its gradient, given with its place; weights with the L2
    /// penalty `decay`, learned bounds of activations with their own.
    pub fn step(
        &mut self,
        params: &mut Params,
        gradients: Vec<(usize, Tensor<1>)>,
        lr: f64,
        decay: f64,
    ) {
        for (place, mut grad) in gradients {
            let parameter = &mut params.list[place];
            let mut value = parameter.value.clone();
            let decay = match parameter.role {
                Role::Weight => decay,
                Role::Bound => pact::BOUND_DECAY,
                _ => 0.0,
            };
            if decay > 0.0 {
                match self {
                    Self::AdamW(..) => value = value.mul_scalar(1.0 - lr * decay),
                    _ => grad = grad + value.clone().mul_scalar(decay),
                }
            }
            parameter.value = match self {
                Self::Adam(adam, states) | Self::AdamW(adam, states) => {
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

    /// Begins anew with the parameters at `places`, and with those that have come since it was made.
    pub fn forget(&mut self, params: &Params, places: impl Iterator<Item = usize>) {
        let count = params.list.len();
        match self {
            Self::Adam(_, states) | Self::AdamW(_, states) => {
                states.resize(count, None);
                places.for_each(|place| states[place] = None);
            }
            Self::Sgd(_, states) => {
                states.resize(count, None);
                places.for_each(|place| states[place] = None);
            }
        }
    }

    /// Tensors and scalars of all states, named by the parameters.
    pub fn save(&self, params: &Params) -> (Vec<(String, TensorData)>, Value) {
        let mut sink = StateSink::default();
        for (place, parameter) in params.list.iter().enumerate() {
            match self {
                Self::Adam(_, states) | Self::AdamW(_, states) => {
                    flatten(&states[place], &parameter.name, &mut sink)
                }
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
                Self::Adam(_, states) | Self::AdamW(_, states) => {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::spec::{Cell, RunSpec, find_preset, parse};
    use crate::train::gradients::{clip, taken};

    fn oracle() -> Value {
        serde_json::from_str(include_str!("../../tests/oracles/optimizers.json")).unwrap()
    }

    fn floats(value: &Value) -> Vec<f32> {
        let list = value.as_array().unwrap();
        list.iter().map(|v| v.as_f64().unwrap() as f32).collect()
    }

    fn tensor(values: Vec<f32>) -> Tensor<1> {
        let count = values.len();
        Tensor::from_data(TensorData::new(values, [count]), &Device::flex())
    }

    /// Steps with the oracle's gradients, saving and loading the state half-way.
    fn run(name: &str) -> Vec<Vec<f32>> {
        let oracle = oracle();
        let preset = find_preset("quickstart", None).unwrap().unwrap();
        let set = format!("train.optimizer={}", name.trim_end_matches("-clipped"));
        let experiment = parse(&preset.text, "test", &[set]).unwrap();
        let spec = RunSpec::at(&experiment, 0.0, &Cell::CONTROL, 0);
        let mut params = Params::empty();
        let device = Device::flex();
        params.push(
            "w".into(),
            Role::Weight,
            vec![6],
            floats(&oracle["start"]),
            &device,
        );
        let mut optimizer = Optimizer::new(&spec.train, &params);
        let mut steps = Vec::new();
        for (n, grad) in oracle["grads"].as_array().unwrap().iter().enumerate() {
            if n == 3 {
                let (tensors, scalars) = optimizer.save(&params);
                optimizer = Optimizer::new(&spec.train, &params);
                optimizer.load(&params, tensors, scalars, &device).unwrap();
            }
            let live = params.tracked();
            let grads = (live.flat(0) * tensor(floats(grad))).sum().backward();
            let mut gradients = taken(&params, &live, &grads);
            if name == "sgd-clipped" {
                clip(&mut gradients, 2.0);
            }
            optimizer.step(&mut params, gradients, 0.05, 0.01);
            steps.push(
                params.list[0]
                    .value
                    .clone()
                    .into_data()
                    .try_into_vec()
                    .unwrap(),
            );
        }
        steps
    }

    #[test]
    fn steps_agree_with_pytorch_across_a_checkpoint() {
        for name in ["adam", "adamw", "sgd", "sgd-nesterov", "sgd-clipped"] {
            let wanted = oracle()[name].as_array().unwrap().clone();
            for (found, wanted) in run(name).iter().zip(wanted) {
                for (f, w) in found.iter().zip(floats(&wanted)) {
                    assert!((f - w).abs() < 1e-5, "{name}: {f} here, {w} there");
                }
            }
        }
    }
}
