//! The integer grids behind each bit-width. No tensors here.

use crate::spec::{ActivationGrid, FULL_PRECISION, LayerPolicy, WeightRange};

/// Lowest and highest code of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Lowest code, zero or negative.
    pub low: i32,
    /// Highest code.
    pub high: i32,
}

impl Grid {
    /// Signed and symmetric: −(2^(b−1)−1) … 2^(b−1)−1.
    pub fn narrow(bits: u8) -> Self {
        let high = (1 << (bits - 1)) - 1;
        Self { low: -high, high }
    }

    /// Signed with every code: −2^(b−1) … 2^(b−1)−1.
    pub fn full(bits: u8) -> Self {
        let half = 1 << (bits - 1);
        Self {
            low: -half,
            high: half - 1,
        }
    }

    /// Unsigned: 0 … 2^b−1.
    pub fn unsigned(bits: u8) -> Self {
        Self {
            low: 0,
            high: (1 << bits) - 1,
        }
    }

    /// The grid of weights.
    pub fn weights(bits: u8, range: WeightRange) -> Self {
        match range {
            WeightRange::Narrow => Self::narrow(bits),
            WeightRange::Full => Self::full(bits),
        }
    }

    /// The grid of activations under the min-max quantizer.
    pub fn activations(bits: u8, grid: ActivationGrid) -> Self {
        match grid {
            ActivationGrid::Unsigned => Self::unsigned(bits),
            ActivationGrid::Signed => Self::narrow(bits),
        }
    }

    /// Codes on the longer side of zero: values within ±λ have the scale λ over this, so that no code
    /// is left unused. Where the upper side is shorter, the largest values are clipped by one step.
    pub fn reach(self) -> i32 {
        self.high.max(-self.low)
    }
}

/// The bits that a layer really has under its policy, `None` where it is not quantized.
pub fn layer_bits(bits: u8, policy: LayerPolicy) -> Option<u8> {
    match policy {
        _ if bits == FULL_PRECISION => None,
        LayerPolicy::Same => Some(bits),
        LayerPolicy::EightBits => Some(8),
        LayerPolicy::FullPrecision => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bits_are_ternary_when_narrow() {
        assert_eq!(Grid::narrow(2), Grid { low: -1, high: 1 });
        assert_eq!(Grid::full(2), Grid { low: -2, high: 1 });
        assert_eq!(Grid::unsigned(2), Grid { low: 0, high: 3 });
        assert_eq!(
            Grid::narrow(8),
            Grid {
                low: -127,
                high: 127
            }
        );
        let reach = [Grid::narrow(3), Grid::full(3), Grid::unsigned(3)].map(Grid::reach);
        assert_eq!(reach, [3, 4, 7]);
    }

    #[test]
    fn policies_leave_full_precision_alone() {
        assert_eq!(layer_bits(32, LayerPolicy::EightBits), None);
        assert_eq!(layer_bits(2, LayerPolicy::EightBits), Some(8));
        assert_eq!(layer_bits(2, LayerPolicy::FullPrecision), None);
        assert_eq!(layer_bits(2, LayerPolicy::Same), Some(2));
    }
}
