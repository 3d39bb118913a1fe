//! Co-teaching (Han et al. 2018, algorithm 1): which samples a network chooses for the other.

/// Share of a batch that is kept in an epoch, counted from 1: 1 − min(t/ramp·rate, rate) after t
/// finished epochs, so that the first epoch keeps all.
pub fn kept_share(rate: f64, ramp: usize, epoch: usize) -> f64 {
    let risen = epoch.saturating_sub(1) as f64 / ramp.max(1) as f64;
    let full = ramp == 0 || risen >= 1.0;
    1.0 - if full { rate } else { risen * rate }
}

/// Weights of samples in the mean over the kept ones: 1/k for the k smallest losses, k = ⌊share·B⌋
/// but at least one, and 0 for the others. Of equal losses the first counts as the smaller one; what
/// is no number, as the largest.
pub fn small_losses(losses: &[f32], share: f64) -> Vec<f32> {
    let mut order: Vec<usize> = (0..losses.len()).collect();
    order.sort_by(|&a, &b| losses[a].abs().total_cmp(&losses[b].abs()));
    // The tolerance keeps 0.7 · 10 at 7, although 0.7 has no exact binary form.
    let kept = (share * losses.len() as f64 + 1e-9).floor() as usize;
    order.truncate(kept.max(1));
    let weight = 1.0 / order.len() as f32;
    let mut weights = vec![0.0; losses.len()];
    for chosen in order {
        weights[chosen] = weight;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_falls_over_the_ramp_and_stays() {
        let shares: Vec<f64> = (1..=7).map(|epoch| kept_share(0.4, 4, epoch)).collect();
        for (found, wanted) in shares.iter().zip([1.0, 0.9, 0.8, 0.7, 0.6, 0.6, 0.6]) {
            assert!((found - wanted).abs() < 1e-12, "{shares:?}");
        }
        assert!((kept_share(0.4, 0, 1) - 0.6).abs() < 1e-12);
    }

    #[test]
    fn the_smallest_losses_share_the_weight() {
        let losses = [0.5, 2.0, 0.1, f32::NAN, 0.5];
        let third = 1.0 / 3.0;
        assert_eq!(small_losses(&losses, 0.6), [third, 0.0, third, 0.0, third]);
        assert_eq!(small_losses(&losses, 0.5), [0.5, 0.0, 0.5, 0.0, 0.0]);
        assert_eq!(small_losses(&losses, 0.0), [0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(small_losses(&losses, 1.0), [0.2; 5]);
        let kept = small_losses(&[1.0; 10], 0.7);
        assert_eq!(kept.iter().filter(|w| **w > 0.0).count(), 7);
        assert!(small_losses(&[], 0.5).is_empty());
    }
}
