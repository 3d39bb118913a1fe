//! The transition matrix of label noise, estimated with a network that was trained on noisy labels
//! (Patrini et al. 2017, section 4.2).

/// Of the images that could stand for a class, this share with the highest probability is left out as
/// in the authors' code: a network is surest of what it has memorised.
const PERCENTILE: f64 = 0.97;

/// T̂ with the true classes as rows: T̂[i][j] = p(j | x̄), where x̄ is the image with the highest
/// p(i | x) below the 97th percentile of all images. `probabilities` is [N, `classes`] in rows, of
/// the training images.
pub fn estimated_transition(probabilities: &[f32], classes: usize) -> Vec<Vec<f64>> {
    let rows: Vec<&[f32]> = probabilities.chunks_exact(classes.max(1)).collect();
    let row = |class: usize| {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|&a, &b| rows[a][class].total_cmp(&rows[b][class]));
        let rank = (PERCENTILE * rows.len().saturating_sub(1) as f64).ceil() as usize;
        let limit = order.get(rank).map(|&i| rows[i][class]);
        // Where all are alike there is none below.
        let below = order
            .iter()
            .rev()
            .find(|&&i| Some(rows[i][class]) < limit)
            .or(order.last());
        below.map_or_else(Vec::new, |&i| {
            rows[i].iter().map(|&p| f64::from(p)).collect()
        })
    };
    (0..classes).map(row).collect()
}

/// Mean absolute difference of two matrices' entries.
pub fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    let count = a.iter().map(Vec::len).sum::<usize>().max(1);
    pairs.map(|(a, b)| (a - b).abs()).sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_surest_image_below_the_percentile() {
        // As numpy says with `method="higher"`: percentiles 0.970 and 0.971, images 969 and 30.
        let rows: Vec<f32> = (0..1000)
            .flat_map(|n| [n as f32 / 1000.0, 1.0 - n as f32 / 1000.0])
            .collect();
        let found = estimated_transition(&rows, 2);
        for (found, wanted) in found.iter().zip([[0.969, 0.031], [0.030, 0.970]]) {
            for (f, w) in found.iter().zip(wanted) {
                assert!((f - w).abs() < 1e-6, "{found:?}");
            }
        }
    }

    #[test]
    fn images_that_are_all_alike_stand_for_every_class() {
        let found = estimated_transition(&[0.25, 0.75].repeat(10), 2);
        assert_eq!(found, [[0.25, 0.75], [0.25, 0.75]]);
        assert_eq!(apart(&found, &[vec![1.0, 0.0], vec![0.25, 0.75]]), 0.375);
    }
}
