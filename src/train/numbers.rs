//! Numbers back from the device.

use super::error::TrainError;
use burn::tensor::TensorData;

/// The values of a tensor that was read back.
///
/// # Errors
/// [`TrainError::Device`] when the device gives nothing back.
pub fn numbers(data: TensorData) -> Result<Vec<f32>, TrainError> {
    data.try_into_vec::<f32>()
        .map_err(|e| TrainError::Device(format!("{e:?}")))
}
