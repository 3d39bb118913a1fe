//! What is pruned: the smallest.

/// Which of the things with these `scores` are kept at `sparsity`, the share that is pruned: the
/// smallest go, of equals those that come first. So many go as in PyTorch, rounded half to even, but
/// one at least stays.
pub fn keep_largest(scores: &[f64], sparsity: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut kept = vec![true; scores.len()];
    for &place in &order[..pruned(scores.len(), sparsity)] {
        kept[place] = false;
    }
    kept
}

/// How many of `count` things are pruned at `sparsity`.
pub fn pruned(count: usize, sparsity: f64) -> usize {
    let wanted = (sparsity * count as f64).round_ties_even() as usize;
    wanted.min(count.saturating_sub(1))
}

/// |w| of each weight (unstructured pruning).
pub fn magnitudes(weights: &[f32]) -> Vec<f64> {
    weights.iter().map(|w| f64::from(w.abs())).collect()
}

/// Σ|w| over each of `rows` rows of a weight matrix: the L1 norms of filters (Li et al. 2017, section
/// 3.1).
pub fn l1_norms(weights: &[f32], rows: usize) -> Vec<f64> {
    let fan_in = (weights.len() / rows.max(1)).max(1);
    let norm = |row: &[f32]| row.iter().map(|w| f64::from(w.abs())).sum();
    weights.chunks(fan_in).map(norm).collect()
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

    #[test]
    fn masks_are_those_of_pytorch() {
        let oracle: Value =
            serde_json::from_str(include_str!("../../../tests/oracles/pruning.json")).unwrap();
        let cases = oracle["masks"].as_array().unwrap();
        assert!(cases.len() >= 8);
        for case in cases {
            let weights = floats(&case["weights"]);
            let sparsity = case["sparsity"].as_f64().unwrap();
            let rows = case["rows"].as_u64().unwrap() as usize;
            // Masks are exact: no two magnitudes or norms of the oracle are equal.
            let wanted: Vec<bool> = floats(&case["single"]).iter().map(|m| *m == 1.0).collect();
            let found = keep_largest(&magnitudes(&weights), sparsity);
            assert_eq!(found, wanted, "single weights at {sparsity}");
            let wanted: Vec<bool> = floats(&case["channels"])
                .iter()
                .map(|m| *m == 1.0)
                .collect();
            let found = keep_largest(&l1_norms(&weights, rows), sparsity);
            assert_eq!(found, wanted, "channels at {sparsity}");
        }
    }

    #[test]
    fn of_equals_the_first_go_and_one_stays() {
        assert_eq!(
            keep_largest(&[1.0, 0.0, 0.0, 0.0], 0.5),
            [true, false, false, true]
        );
        assert_eq!(keep_largest(&[1.0; 3], 0.99), [false, false, true]);
        assert_eq!(keep_largest(&[1.0], 0.9), [true]);
        assert_eq!(keep_largest(&[], 0.9), Vec::<bool>::new());
        // Half to even: 1.5 and 2.5 are both 2.
        assert_eq!((pruned(3, 0.5), pruned(5, 0.5)), (2, 2));
        // What was pruned is zero and goes first when more is pruned.
        let kept = keep_largest(&magnitudes(&[0.3, -0.0, 0.0, -0.2]), 0.75);
        assert_eq!(kept, [true, false, false, false]);
    }
}
