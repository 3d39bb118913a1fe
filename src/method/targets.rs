//! Targets of the loss: one-hot, or smoothed ỹ = (1−α)·y + α/C (Szegedy et al. 2016).

/// Rows of `classes` values for `labels`; α = 0 is one-hot.
pub fn soft_targets(labels: impl Iterator<Item = u8>, classes: usize, alpha: f64) -> Vec<f32> {
    let off = (alpha / classes as f64) as f32;
    let on = (1.0 - alpha + alpha / classes as f64) as f32;
    let mut targets = Vec::new();
    for label in labels {
        let start = targets.len();
        targets.resize(start + classes, off);
        targets[start + usize::from(label)] = on;
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooths_towards_the_uniform_distribution() {
        assert_eq!(soft_targets([1].into_iter(), 3, 0.0), [0.0, 1.0, 0.0]);
        let smooth = soft_targets([2, 0].into_iter(), 4, 0.2);
        for (found, wanted) in smooth.iter().zip([0.05, 0.05, 0.85, 0.05, 0.85]) {
            assert!((found - wanted).abs() < 1e-6, "{smooth:?}");
        }
        assert!((smooth[4..].iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
