//! Whether a network is as often right as it says (Guo et al. 2017).

/// Bins of equal width over the confidences.
const BINS: usize = 15;

/// Sums confidences and hits bin by bin.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    bins: [Bin; BINS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    count: usize,
    right: usize,
    confidence: f64,
}

impl Calibration {
    /// Adds a sample: the probability of its top class, and whether that class is the label. Bin m
    /// of M holds the probabilities above (m−1)/M up to m/M.
    pub fn add(&mut self, confidence: f64, right: bool) {
        let place = (confidence * BINS as f64).ceil() as usize;
        let bin = &mut self.bins[place.clamp(1, BINS) - 1];
        bin.count += 1;
        bin.right += usize::from(right);
        bin.confidence += confidence;
    }

    /// Expected calibration error, 0–1: Σ over bins of (samples of the bin ÷ all) · |accuracy − mean
    /// confidence|. Nothing without samples.
    pub fn ece(&self) -> Option<f64> {
        let all: usize = self.bins.iter().map(|bin| bin.count).sum();
        let apart = self
            .bins
            .iter()
            .map(|b| (b.right as f64 - b.confidence).abs());
        (all > 0).then(|| apart.sum::<f64>() / all as f64)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ece(samples: &[(f64, bool)]) -> Option<f64> {
        let mut calibration = Calibration::default();
        for &(confidence, right) in samples {
            calibration.add(confidence, right);
        }
        calibration.ece()
    }

    #[test]
    fn it_is_the_gap_between_confidence_and_accuracy_in_each_bin() {
        assert_eq!(ece(&[]), None);
        assert_eq!(ece(&[(1.0, true)]), Some(0.0));
        assert_eq!(ece(&[(1.0, true), (1.0, false)]), Some(0.5));
        // Two bins: 0.9 is half right, 0.5 is right: (0.8 + 0.5) / 3.
        let found = ece(&[(0.9, true), (0.9, false), (0.5, true)]).unwrap();
        assert!((found - 1.3 / 3.0).abs() < 1e-12, "{found}");
        // Of one bin, over- and underconfidence cancel; of two, they do not.
        let one = ece(&[(0.61, true), (0.66, false)]).unwrap();
        assert!((one - 0.27 / 2.0).abs() < 1e-12, "{one}");
        let two = ece(&[(0.61, true), (0.69, false)]).unwrap();
        assert!((two - (0.39 + 0.69) / 2.0).abs() < 1e-12, "{two}");
    }

    #[test]
    fn an_edge_belongs_to_the_bin_below() {
        // 0.2 is the upper edge of the third bin, which 0.19 is in.
        let below = ece(&[(0.2, true), (0.19, false)]).unwrap();
        assert!((below - (1.0f64 - 0.39).abs() / 2.0).abs() < 1e-12);
        let above = ece(&[(0.2, true), (0.21, false)]).unwrap();
        assert!((above - (0.8 + 0.21) / 2.0).abs() < 1e-12);
    }
}
