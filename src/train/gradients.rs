//! The gradients of a step, by the place of their parameter.

use crate::model::{Live, Params};
use burn::tensor::{Gradients, Tensor};

/// Keeps a norm of zero from dividing by zero, as PyTorch's `clip_grad_norm_` does.
const SMALLEST_NORM: f64 = 1e-6;

/// The gradient of each trained parameter that took part, flat.
pub fn taken(params: &Params, live: &Live, grads: &Gradients) -> Vec<(usize, Tensor<1>)> {
    (0..params.list.len())
        .filter_map(|place| Some((place, live.flat(place).grad(grads)?)))
        .collect()
}

/// Cuts the Euclidean norm of all gradients together down to `norm` where it is larger (Pascanu et
/// al. 2013), without waiting for the device.
pub fn clip(gradients: &mut [(usize, Tensor<1>)], norm: f64) {
    let squares = gradients.iter().map(|(_, g)| g.clone().square().sum());
    let Some(total) = squares.reduce(|sum, square| sum + square) else {
        return;
    };
    let factor = (total.sqrt() + SMALLEST_NORM).recip().mul_scalar(norm);
    let factor = factor.clamp_max(1.0);
    for (_, gradient) in gradients {
        *gradient = gradient.clone() * factor.clone();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_norm_is_that_of_all_together() {
        let of = |values: [f32; 2]| Tensor::<1>::from_floats(values, &Device::flex());
        let clipped = |norm: f64| {
            // Norms 5 and 12: 13 together.
            let mut all = vec![(0, of([3.0, 4.0])), (3, of([0.0, -12.0]))];
            clip(&mut all, norm);
            let values = all.into_iter().map(|(_, g)| g.into_data().iter().collect());
            values.collect::<Vec<Vec<f32>>>().concat()
        };
        assert_eq!(clipped(13.1), [3.0, 4.0, 0.0, -12.0]);
        for (found, whole) in clipped(1.3).iter().zip([3.0, 4.0, 0.0, -12.0]) {
            assert!((found - 0.1 * whole).abs() < 1e-6, "{found}");
        }
        let mut zero = vec![(0, of([0.0, 0.0]))];
        clip(&mut zero, 1.0);
        assert_eq!(zero[0].1.clone().sum().into_scalar::<f32>(), 0.0);
        clip(&mut [], 1.0);
    }
}
