//! Gaussian noise on the weights in training, of the variance of a quantizer's rounding error: a
//! control that tells whether it is the noise that helps, or the grid.

use crate::data::rng::{keyed, normal};
use crate::quant::{Grid, minmax};
use burn::tensor::{Tensor, TensorData};

/// The noise of one training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightNoise {
    /// The bit-width of the min-max quantizer whose rounding error has the same variance Δ²/12.
    pub bits: u8,
    /// The run's seed.
    pub seed: u64,
    /// The step, counted from 0.
    pub step: usize,
}

impl WeightNoise {
    /// Weights [out, in] with noise, drawn from (seed, "weight-noise", step, `place`). The distance Δ
    /// of two levels is that of each output channel, a constant to autodiff.
    pub fn on(&self, w: Tensor<2>, place: usize) -> Tensor<2> {
        let [out, fan_in] = w.dims();
        let mut rng = keyed(self.seed, "weight-noise", self.step as u64, place as u64);
        let drawn: Vec<f32> = (0..out * fan_in).map(|_| normal(&mut rng) as f32).collect();
        let constant = w.clone().inner();
        let drawn = Tensor::from_data(TensorData::new(drawn, [out, fan_in]), &constant.device());
        let delta = minmax::weight_scale(constant, Grid::narrow(self.bits), true);
        w + drawn * delta.div_scalar(12f64.sqrt())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_noise_has_the_variance_of_the_rounding_error() {
        // Two channels of another size; uniform weights, so that rounding errors are uniform, too.
        let count = 20_000;
        let mut rng = keyed(1, "test", 0, 0);
        let mut row = |size: f32| -> Vec<f32> {
            use rand::RngExt;
            (0..count)
                .map(|_| size * (2.0 * rng.random::<f32>() - 1.0))
                .collect()
        };
        let values = [row(0.5), row(4.0)].concat();
        let w = Tensor::<2>::from_data(TensorData::new(values, [2, count]), &Device::flex());
        let grid = Grid::narrow(4);
        let noise = |step| WeightNoise {
            bits: 4,
            seed: 3,
            step,
        };
        let moved = |other: Tensor<2>| (other - w.clone()).square().mean_dim(1);
        let added = moved(noise(0).on(w.clone(), 5));
        let rounded = moved(minmax::weights(w.clone(), grid, true));
        for (added, rounded) in added
            .into_data()
            .iter::<f32>()
            .zip(rounded.into_data().iter::<f32>())
        {
            assert!((added / rounded - 1.0).abs() < 0.05, "{added}, {rounded}");
        }
        let drawn = |step, place| noise(step).on(w.clone(), place).into_data();
        assert_eq!(drawn(1, 2), drawn(1, 2));
        assert_ne!(drawn(1, 2), drawn(2, 2));
        assert_ne!(drawn(1, 2), drawn(1, 3));
    }

    #[test]
    fn the_gradient_passes_as_it_is() {
        let w = Tensor::<2>::from_floats([[0.5, -1.0]], &Device::flex().autodiff()).require_grad();
        let noise = WeightNoise {
            bits: 2,
            seed: 0,
            step: 0,
        };
        let grads = noise.on(w.clone(), 0).sum().backward();
        let grad: Vec<f32> = w.grad(&grads).unwrap().into_data().iter().collect();
        assert_eq!(grad, [1.0, 1.0]);
    }
}
