//! Weights that are the product of two thin matrices.

use super::params::{Live, Params, Role};
use super::weight_quantizer::WeightQuantizer;
use burn::tensor::{Device, Tensor};

/// The second of the two: [rank, in].
#[derive(Clone, Debug)]
pub struct Factor {
    place: usize,
    rank: usize,
    quantizer: Option<WeightQuantizer>,
}

impl Factor {
    /// Adds the matrix `name` with `values` [rank, in], row by row.
    pub fn build(
        name: String,
        values: Vec<f32>,
        rank: usize,
        quantizer: Option<WeightQuantizer>,
        params: &mut Params,
        device: &Device,
    ) -> Self {
        let shape = vec![rank, values.len() / rank.max(1)];
        let place = params.push(name, Role::Weight, shape, values, device);
        Self {
            place,
            rank,
            quantizer,
        }
    }

    /// Sets learned steps to where training begins.
    pub fn set_first_step(&self, params: &mut Params) {
        if let Some(quantizer) = &self.quantizer {
            let values = self.rows(params.list[self.place].value.clone());
            quantizer.set_first_step(params, values);
        }
    }

    /// Columns of the first matrix, rows of this one.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Its values [rank, in], fake-quantized where `quantizes`.
    pub fn values(&self, live: &Live, quantizes: bool) -> Tensor<2> {
        let values = self.rows(live.flat(self.place));
        match self.quantizer.as_ref().filter(|_| quantizes) {
            Some(quantizer) => quantizer.quantize(live, values),
            None => values,
        }
    }

    fn rows(&self, flat: Tensor<1>) -> Tensor<2> {
        let columns = flat.dims()[0] / self.rank.max(1);
        flat.reshape([self.rank, columns])
    }
}
