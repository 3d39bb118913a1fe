//! Early stopping: training ends when the watched accuracy, or mean F1 where images have Action Units,
//! has not risen for `patience` epochs.

use crate::spec::{EarlyStopping, Monitor};
use crate::store::EpochMetrics;

/// Whether training ends after the last of `epochs`.
pub fn should_stop(settings: &EarlyStopping, epochs: &[EpochMetrics]) -> bool {
    let watched = |e: &EpochMetrics| match settings.monitor {
        Monitor::NoisyValidation => e.validation_score(),
        Monitor::CleanValidation => e.clean_validation_score(),
        Monitor::Oracle => e.test_score(),
    };
    let mut best = f64::NEG_INFINITY;
    let mut since = 0;
    // Epochs before quantization or pruning are those of another network.
    let own = epochs.iter().filter(|e| !e.provisional);
    for value in own.filter_map(watched) {
        if value > best {
            best = value;
            since = 0;
        } else {
            since += 1;
        }
    }
    since >= settings.patience
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_after_patience_epochs_without_a_rise() {
        let settings = EarlyStopping {
            patience: 2,
            monitor: Monitor::Oracle,
        };
        let epochs: Vec<EpochMetrics> = [0.5, 0.6, 0.6, 0.55]
            .into_iter()
            .map(|test_acc| EpochMetrics {
                test_acc,
                ..Default::default()
            })
            .collect();
        assert!(!should_stop(&settings, &epochs[..3]));
        assert!(should_stop(&settings, &epochs));
        assert!(!should_stop(&settings, &[]));
        // A better network that is not yet the run's own is no rival of it, and does not end it.
        let mut late = epochs.clone();
        for epoch in &mut late[..3] {
            epoch.provisional = true;
        }
        assert!(!should_stop(&settings, &late));
        let worse = |test_acc| EpochMetrics {
            test_acc,
            ..Default::default()
        };
        late.extend([worse(0.54), worse(0.53)]);
        assert!(should_stop(&settings, &late));
    }
}
