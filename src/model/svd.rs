//! Truncated singular value decomposition, in doubles on the host.

use burn::tensor::linalg::svd;
use burn::tensor::{DType, Device, Tensor, TensorData};

/// Sweeps for each singular value, a handful of which is usual.
const SWEEPS: usize = 1000;

/// A matrix [rows, columns] as the product of two thin ones, both row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// [rows, rank]: left singular vectors, each times the root of its singular value.
    pub left: Vec<f32>,
    /// [rank, columns]: right singular vectors, likewise.
    pub right: Vec<f32>,
}

/// The product of rank `rank` that is nearest to the matrix of `rows` rows (Eckart and Young 1936).
/// Both factors get the root of the singular values, so that neither has much larger gradients.
/// `None` for a matrix that holds something else than finite numbers.
pub fn truncated_svd(matrix: &[f32], rows: usize, rank: usize) -> Option<Factors> {
    if matrix.is_empty() || !matrix.iter().all(|x| x.is_finite()) {
        return None;
    }
    let columns = matrix.len() / rows;
    let exact: Vec<f64> = matrix.iter().map(|x| f64::from(*x)).collect();
    let device = Device::flex();
    let data = TensorData::new(exact, [rows, columns]);
    let (u, s, vt) = svd::<2, 1>(Tensor::from_data(data, (&device, DType::F64)), SWEEPS);
    let root = s.narrow(0, 0, rank).sqrt();
    let left = u.narrow(1, 0, rank) * root.clone().unsqueeze_dim::<2>(0);
    let right = vt.narrow(0, 0, rank) * root.unsqueeze_dim::<2>(1);
    let single = |t: Tensor<2>| t.into_data().iter::<f32>().collect();
    Some(Factors {
        left: single(left),
        right: single(right),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn floats(value: &Value) -> Vec<f32> {
        let list = value.as_array().unwrap();
        list.iter().map(|v| v.as_f64().unwrap() as f32).collect()
    }

    fn product(factors: &Factors, rows: usize, rank: usize) -> Vec<f64> {
        let columns = factors.right.len() / rank;
        let entry = |row: usize, column: usize| {
            let terms = (0..rank).map(|k| {
                f64::from(factors.left[row * rank + k])
                    * f64::from(factors.right[k * columns + column])
            });
            terms.sum()
        };
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|(row, column)| entry(row, column))
            .collect()
    }

    #[test]
    fn products_are_those_of_pytorch() {
        let oracle: Value =
            serde_json::from_str(include_str!("../../tests/oracles/pruning.json")).unwrap();
        let cases = oracle["svd"].as_array().unwrap();
        assert!(cases.len() >= 4);
        for case in cases {
            let (rows, rank) = (
                case["rows"].as_u64().unwrap() as usize,
                case["rank"].as_u64().unwrap() as usize,
            );
            let matrix = floats(&case["matrix"]);
            let factors = truncated_svd(&matrix, rows, rank).unwrap();
            assert_eq!(factors.left.len(), rows * rank);
            let found = product(&factors, rows, rank);
            let error = found
                .iter()
                .zip(&matrix)
                .map(|(f, m)| (f - f64::from(*m)).powi(2));
            let error = error.sum::<f64>().sqrt();
            let wanted = case["error"].as_f64().unwrap();
            // Factors are rounded to single precision: 6e-8 of entries of a few units.
            assert!((error - wanted).abs() < 1e-5, "{error}, there {wanted}");
            for (f, w) in found.iter().zip(floats(&case["product"])) {
                assert!((f - f64::from(w)).abs() < 1e-5, "{f}, there {w}");
            }
        }
    }

    #[test]
    fn what_cannot_be_decomposed_is_none() {
        assert_eq!(truncated_svd(&[1.0, f32::NAN, 0.0, 2.0], 2, 1), None);
        let zeros = truncated_svd(&[0.0; 6], 2, 1).unwrap();
        assert!(zeros.left.iter().chain(&zeros.right).all(|x| x.is_finite()));
        assert!(product(&zeros, 2, 1).iter().all(|x| *x == 0.0));
    }
}
