//! Forward loss correction (Patrini et al. 2017, theorem 2).

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

/// What stands for log 0: small enough to add nothing to any sum of probabilities, and still a number.
const LOG_ZERO: f64 = -1e4;

/// log T for [`forward`], [C, C], of a transition matrix with the true classes as rows.
pub fn log_transition(transition: &[Vec<f64>], device: &Device) -> Tensor<2> {
    let log = |share: &f64| share.ln().max(LOG_ZERO) as f32;
    let values: Vec<f32> = transition.iter().flatten().map(log).collect();
    let classes = transition.len();
    Tensor::from_data(TensorData::new(values, [classes, classes]), device)
}

/// −log (Tᵀp)_y of each row, shape [R]: what the network says of the true class is put through the noise
/// before it is held to the label. The sum over true classes is taken of logarithms, so that it does
/// not vanish where p does.
pub fn forward(logits: Tensor<2>, targets: Tensor<2>, log_transition: Tensor<2>) -> Tensor<1> {
    // log T of the label's column: exact, because a row of targets is one-hot.
    let column = targets.matmul(log_transition.transpose());
    let terms = log_softmax(logits, 1) + column;
    let largest = terms.clone().detach().max_dim(1);
    let sum = (terms - largest.clone()).exp().sum_dim(1);
    let rows = sum.dims()[0];
    (sum.log() + largest).neg().reshape([rows])
}
