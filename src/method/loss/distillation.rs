//! Distillation (Hinton et al. 2015, section 2).

use super::{cross_entropies, sum};
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// (1−share)·CE + share·T²·KL(teacher ‖ student) of each row, shape [R], both predictions softened by the
/// temperature T; T² keeps the size of the gradient. `teacher` is logits [R, C] without autodiff.
pub fn distillation(
    logits: Tensor<2>,
    targets: Tensor<2>,
    teacher: Tensor<2>,
    temperature: f64,
    share: f64,
) -> Tensor<1> {
    let soft = |logits: Tensor<2>| log_softmax(logits.div_scalar(temperature), 1);
    let (student, teacher) = (soft(logits.clone()), soft(teacher));
    let apart = sum(teacher.clone().exp() * (teacher - student));
    let learned = apart.mul_scalar(share * temperature * temperature);
    cross_entropies(logits, targets).mul_scalar(1.0 - share) + learned
}
