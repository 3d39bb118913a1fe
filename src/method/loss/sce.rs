//! Symmetric cross-entropy (Wang et al. 2019, equations 5 to 8).

use super::{cross_entropies, of_label};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

/// −log 0, by the paper's definition (A = −4 in its code's decimal logarithms, 1e-4).
const MINUS_LOG_ZERO: f64 = 9.210_340_371_976_184;

/// α·CE + β·RCE of each row, shape [R]. The reverse cross-entropy −Σ p·log y of a one-hot y is −log 0 · (1 − p_y).
pub fn sce(logits: Tensor<2>, targets: Tensor<2>, alpha: f64, beta: f64) -> Tensor<1> {
    let p = of_label(softmax(logits.clone(), 1), targets.clone());
    let reverse = p.neg().add_scalar(1.0).mul_scalar(MINUS_LOG_ZERO);
    cross_entropies(logits, targets).mul_scalar(alpha) + reverse.mul_scalar(beta)
}
