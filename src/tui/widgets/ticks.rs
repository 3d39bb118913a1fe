//! Round numbers for an axis.

/// An axis from `low` to `high` with marks at round numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Lower end.
    pub low: f64,
    /// Upper end, above `low`.
    pub high: f64,
    /// Marks between them, ends included.
    pub ticks: Vec<f64>,
    step: f64,
}

/// An axis that holds all finite `values` with at most about `marks` steps; `None` without values.
pub fn nice(values: impl Iterator<Item = f64>, marks: usize) -> Option<Scale> {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return None;
    }
    let span = if high > low {
        high - low
    } else {
        high.abs().max(1.0) * 0.1
    };
    let rough = span / marks.clamp(1, 8) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|f| f * power >= rough * 0.999);
    let step = factor.unwrap_or(10.0) * power;
    if !step.is_normal() {
        return None;
    }
    let first = (low / step).floor();
    let last = (high / step).ceil().max(first + 1.0);
    let ticks = (0..=(last - first) as usize)
        .map(|i| (first + i as f64) * step)
        .collect();
    Some(Scale {
        low: first * step,
        high: last * step,
        ticks,
        step,
    })
}

impl Scale {
    /// A number on this axis, with as many decimals as its steps need; shares in per cent.
    pub fn format(&self, value: f64, percent: bool) -> String {
        let factor = if percent { 100.0 } else { 1.0 };
        let step = self.step * factor;
        let decimals = (0..6).find(|d| {
            let scaled = step * 10f64.powi(*d);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
        });
        format!(
            "{:.*}",
            decimals.unwrap_or(6) as usize,
            value * factor + 0.0
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_hold_the_data() {
        let scale = nice([0.613, 0.871].into_iter(), 4).unwrap();
        assert!(scale.low <= 0.613 && scale.high >= 0.871);
        let text: Vec<String> = scale.ticks.iter().map(|t| scale.format(*t, true)).collect();
        assert_eq!(text, ["60", "70", "80", "90"]);
    }

    #[test]
    fn odd_data_still_makes_an_axis() {
        assert!(nice([].into_iter(), 4).is_none());
        assert!(nice([f64::NAN].into_iter(), 4).is_none());
        for value in [0.0, 0.5, -3.0, 1e12] {
            let scale = nice([value].into_iter(), 4).unwrap();
            assert!(
                scale.low < scale.high && scale.ticks.len() >= 2,
                "{scale:?}"
            );
        }
    }
}
