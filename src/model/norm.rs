//! Batch norm (Ioffe and Szegedy 2015) with PyTorch's conventions: biased variance to normalise,
//! unbiased into the running average, momentum 0.1, ε = 1e-5.

use super::params::{Live, Params, Role};
use crate::kernel;
use burn::tensor::{Device, Tensor};

const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;
const SMALLEST_FACTOR: f32 = 1e-6;

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

    /// Scale and shift, [channels] each.
    pub fn affine(&self, live: &Live) -> (Tensor<1>, Tensor<1>) {
        (live.flat(self.scale), live.flat(self.shift))
    }

    /// |scale| over the running deviation, [channels]: by what folding the norm away would multiply
    /// the weights. Kept above zero, so that it can be taken back.
    pub fn factor(&self, live: &Live) -> Tensor<1> {
        let deviation = live.flat(self.variance).add_scalar(EPSILON).sqrt();
        (live.flat(self.scale).abs() / deviation).clamp_min(SMALLEST_FACTOR)
    }

    /// What a kernel normalises by: the batch in training, else the running averages.
    pub fn for_kernel(&self, live: &Live, training: bool) -> kernel::Norm {
        if training {
            return kernel::Norm::Batch {
                epsilon: EPSILON as f32,
            };
        }
        let inverse = live.flat(self.variance).add_scalar(EPSILON).sqrt().recip();
        kernel::Norm::Fixed(kernel::Moments {
            mean: values(live.flat(self.mean)),
            inverse: values(inverse),
        })
    }

    /// Takes mean and biased variance of a batch, [channels] each, `count` values a channel, into the
    /// running averages.
    pub fn remember(&self, live: &mut Live, mean: Tensor<1>, variance: Tensor<1>, count: usize) {
        let unbiased = count as f64 / (count as f64 - 1.0).max(1.0);
        for (place, new) in [
            (self.mean, mean),
            (self.variance, variance.mul_scalar(unbiased)),
        ] {
            let running = live.flat(place).mul_scalar(1.0 - MOMENTUM) + new.mul_scalar(MOMENTUM);
            live.update(place, running);
        }
    }

    /// Normalises x [B, H, W, C] by the batch in training, by the running averages otherwise.
    pub fn forward(&self, live: &mut Live, x: Tensor<4>, training: bool) -> Tensor<4> {
        let [batch, height, width, channels] = x.dims();
        let per_channel = |t: Tensor<1>| t.reshape([1, 1, 1, channels]);
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
        let mean = x.clone().mean_dims(&[0, 1, 2]);
        let centred = x - mean.clone();
        let variance = centred.clone().square().mean_dims(&[0, 1, 2]);
        let flat = |t: Tensor<4>| t.inner().reshape([channels]);
        let count = batch * height * width;
        self.remember(live, flat(mean), flat(variance.clone()), count);
        centred * (scale / variance.add_scalar(EPSILON).sqrt()) + shift
    }
}

/// The values of a tensor on the CPU backend, where nothing has to be waited for.
fn values(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
