//! Whether a device computes what the CPU backend does.
//!
//! Fused and autotuned kernels have been seen to train on wrong gradients without any error
//! (tracel-ai/burn#5257). So a device is held to the CPU backend before its first training: a few
//! steps of small networks, most of them quantized, with the loss and every gradient of each.

use super::pool::in_pool;
use super::step::Learner;
use super::trial::Trial;
use crate::spec::{
    Bits, DataSet, DataSpec, LayerPolicy, ModelName, ModelSpec, OptimizerName, QuantizerGrid,
    QuantizerName,
};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Steps: operations are fused when they are seen again, not the first time.
const STEPS: usize = 3;

/// Differences up to these are rounding: of sums, and of single activations that fall to the other
/// side of a quantizer's threshold. A wrong kernel is off by much of its result.
const LOSS_TOLERANCE: f64 = 0.01;
const GRADIENT_TOLERANCE: f64 = 0.2;

/// The largest differences of one network, over all steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The network and its quantizer, in words.
    pub network: String,
    /// Of the loss, relative.
    pub loss: f64,
    /// Of a parameter's gradient: norm of the difference over the norm.
    pub gradient: f64,
    /// That parameter.
    pub parameter: String,
}

impl Difference {
    /// Whether rounding explains it.
    pub fn is_rounding(&self) -> bool {
        // Not written as `>`, which no comparison with a NaN is.
        self.loss <= LOSS_TOLERANCE && self.gradient <= GRADIENT_TOLERANCE
    }
}

/// Holds `device` to the CPU backend. Each kernel costs a software rasteriser's compiler seconds,
/// so `small` leaves out all but the network with the fewest.
///
/// # Errors
/// What the device said when it failed on the way.
pub fn compare(device: &Device, small: bool) -> Result<Vec<Difference>, String> {
    in_pool(|| {
        trials(small)
            .iter()
            .map(|(name, trial)| {
                let (expected, found) = side_by_side(trial, device)?;
                Ok(difference(name, &expected, &found))
            })
            .collect()
    })
}

/// A convolutional network with learned steps; one with batch norm, shortcuts and strides; one with
/// max-pooling; one with 1×1 convolutions; and one with a 7×7 convolution and overlapping max-pooling.
fn trials(small: bool) -> Vec<(&'static str, Trial)> {
    let trial = |name, width, quantizer| Trial {
        model: ModelSpec {
            width,
            ..ModelSpec::new(name)
        },
        data: DataSpec::new(DataSet::Bundled),
        quantizer: QuantizerGrid {
            stem: Some(LayerPolicy::Same),
            classifier: Some(LayerPolicy::Same),
            ..QuantizerGrid::default()
        }
        .at(quantizer, Bits { weight: 4, act: 4 }),
        batch_size: 64,
    };
    let cnn = trial(ModelName::Cnn, 0.25, QuantizerName::Lsq);
    let resnet = trial(ModelName::Resnet20, 1.0, QuantizerName::Minmax);
    // Not quantized: of quantized outputs several are equal but for rounding, and which of them
    // max-pooling takes then differs between sound devices.
    let whole = |name, width| Trial {
        quantizer: None,
        ..trial(name, width, QuantizerName::Minmax)
    };
    let pooled = whole(ModelName::Cnn9, 0.125);
    let projected = whole(ModelName::Resnet18, 0.25);
    let mut all = vec![
        ("cnn, lsq w4a4", cnn),
        ("resnet20, minmax w4a4", resnet),
        ("cnn9", pooled),
        ("resnet18", projected),
        (
            "imagenet-resnet18",
            whole(ModelName::ImagenetResnet18, 0.125),
        ),
    ];
    if small {
        all.truncate(1);
    }
    all
}

/// Loss and gradients of one step.
struct Step {
    loss: f64,
    gradients: Vec<(String, Vec<f32>)>,
}

/// The steps of the CPU backend and of `device`. Before each, the device's parameters are set to
/// the CPU backend's: rounding would add up from step to step, a wrong kernel shows in each.
fn side_by_side(trial: &Trial, device: &Device) -> Result<(Vec<Step>, Vec<Step>), String> {
    let mut here = Subject::new(trial, &Device::flex());
    let mut there = Subject::new(trial, device);
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for _ in 0..STEPS {
        expected.push(here.step()?);
        found.push(there.step()?);
        let values = here.learner.params.list.iter();
        for (parameter, value) in there.learner.params.list.iter_mut().zip(values) {
            parameter.value = Tensor::from_data(value.value.clone().into_data(), device);
        }
    }
    Ok((expected, found))
}

/// A network in training on one of the devices.
struct Subject {
    learner: Learner,
    x: Tensor<4>,
    targets: Tensor<2>,
}

impl Subject {
    fn new(trial: &Trial, device: &Device) -> Self {
        Self {
            learner: trial.learner(OptimizerName::Sgd, device),
            x: trial.images(device),
            targets: trial.targets(device),
        }
    }

    fn step(&mut self) -> Result<Step, String> {
        let read = |t: Tensor<1>| {
            let data = t.into_data();
            data.try_into_vec::<f32>().map_err(|e| format!("{e:?}"))
        };
        let (x, targets) = (&self.x, &self.targets);
        let gradients = self.learner.gradients(x.clone(), targets.clone());
        let gradients = gradients
            .into_iter()
            .map(|(name, gradient)| Ok((name, read(gradient)?)))
            .collect::<Result<_, String>>()?;
        let step = (self.learner).step(x.clone(), targets.clone(), Vec::new(), 1e-3);
        let loss = read(step.loss)?.first().copied().unwrap_or(f32::NAN);
        Ok(Step {
            loss: loss.into(),
            gradients,
        })
    }
}

fn difference(network: &str, expected: &[Step], found: &[Step]) -> Difference {
    let mut most = Difference {
        network: network.into(),
        loss: 0.0,
        gradient: 0.0,
        parameter: String::new(),
    };
    for (expected, found) in expected.iter().zip(found) {
        most.loss = most.loss.max(relative(
            (found.loss - expected.loss).abs(),
            expected.loss.abs(),
        ));
        let all = expected.gradients.iter();
        let whole = norm(all.flat_map(|(_, g)| g.iter().map(|&v| f64::from(v))));
        for (name, a) in &expected.gradients {
            let there = found.gradients.iter().find(|(there, _)| there == name);
            let gradient = match there {
                Some((_, b)) if b.len() == a.len() => {
                    let apart = a.iter().zip(b).map(|(a, b)| f64::from(*a) - f64::from(*b));
                    // A gradient that is zero but for rounding has nothing to be relative to.
                    let size = norm(a.iter().map(|&v| f64::from(v))).max(1e-4 * whole);
                    relative(norm(apart), size)
                }
                _ => WHOLLY,
            };
            if gradient > most.gradient {
                most.gradient = gradient;
                most.parameter.clone_from(name);
            }
        }
    }
    most
}

/// What counts as the difference where something is missing or no number. Finite: JSON has no
/// infinity.
const WHOLLY: f64 = 1e6;

fn relative(apart: f64, size: f64) -> f64 {
    let relative = apart / size.max(f64::MIN_POSITIVE);
    // No comparison with a NaN holds.
    if relative < WHOLLY { relative } else { WHOLLY }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_backend_agrees_with_itself() {
        for found in compare(&Device::flex(), false).unwrap() {
            assert_eq!((found.loss, found.gradient), (0.0, 0.0), "{found:?}");
        }
    }

    #[test]
    fn a_wrong_gradient_of_one_parameter_or_no_number_is_seen() {
        let (_, trial) = trials(true).remove(0);
        let right = || side_by_side(&trial, &Device::flex()).unwrap().0;
        let expected = right();
        for place in 0..expected[STEPS - 1].gradients.len() {
            for wrong in [-1.0, 0.0, 2.0, f32::NAN] {
                let mut found = right();
                for value in &mut found[STEPS - 1].gradients[place].1 {
                    *value *= wrong;
                }
                let told = difference("", &expected, &found);
                assert!(!told.is_rounding(), "{told:?}");
                assert_eq!(told.parameter, expected[STEPS - 1].gradients[place].0);
            }
        }
        let mut found = right();
        let (missing, _) = found[1].gradients.pop().unwrap();
        let told = difference("", &expected, &found);
        assert!(!told.is_rounding());
        assert_eq!(told.parameter, missing);
        let json = serde_json::to_string(&told).unwrap();
        assert_eq!(serde_json::from_str::<Difference>(&json).unwrap(), told);
        let mut found = right();
        found[0].loss *= 1.02;
        assert!(!difference("", &expected, &found).is_rounding());
        found[0].loss = f64::NAN;
        assert!(!difference("", &expected, &found).is_rounding());
    }
}
