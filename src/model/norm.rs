//! Batch norm (Ioffe and Szegedy 2015) with PyTorch's conventions: biased variance to normalise,
//! unbiased into the running average, momentum 0.1, ε = 1e-5.

use super::params::{Live, Params, Role};
use burn::tensor::{Device, Tensor};

const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// Places of one batch norm's parameters.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    scale: usize,
    shift: usize,
    mean: usize,
    variance: usize,
}

impl BatchNorm {
    /// Adds the parameters of a batch norm over `channels`.
    pub fn build(name: &str, channels: usize, params: &mut Params, device: &Device) -> Self {
        let mut push = |what: &str, role, value: f32| {
            params.push(
                format!("{name}.norm.{what}"),
                role,
                vec![channels],
                vec![value; channels],
                device,
            )
        };
        Self {
            scale: push("scale", Role::Norm, 1.0),
            shift: push("shift", Role::Norm, 0.0),
            mean: push("mean", Role::Buffer, 0.0),
            variance: push("variance", Role::Buffer, 1.0),
        }
    }

    /// Normalises x [B, C, H, W] by the batch in training, by the running averages otherwise.
    pub fn forward(&self, live: &mut Live, x: Tensor<4>, training: bool) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let per_channel = |t: Tensor<1>| t.reshape([1, channels, 1, 1]);
        let scale = per_channel(live.flat(self.scale));
        let shift = per_channel(live.flat(self.shift));
        if !training {
            let mean = per_channel(live.flat(self.mean));
            let deviation = per_channel(live.flat(self.variance))
                .add_scalar(EPSILON)
                .sqrt();
            let scale = scale / deviation;
            return x * scale.clone() + (shift - mean * scale);
        }
        let mean = x.clone().mean_dims(&[0, 2, 3]);
        let centred = x - mean.clone();
        let variance = centred.clone().square().mean_dims(&[0, 2, 3]);
        let count = (batch * height * width) as f64;
        let unbiased = variance
            .clone()
            .inner()
            .mul_scalar(count / (count - 1.0).max(1.0));
        for (place, new) in [(self.mean, mean.inner()), (self.variance, unbiased)] {
            let running = live.flat(place).mul_scalar(1.0 - MOMENTUM)
                + new.reshape([channels]).mul_scalar(MOMENTUM);
            live.update(place, running);
        }
        centred * (scale / variance.add_scalar(EPSILON).sqrt()) + shift
    }
}
