//! The fake quantization of a layer's input.

/// How a layer's input is quantized: to a scale times whole codes from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantizer {
    /// Smallest code.
    pub low: f32,
    /// Largest code.
    pub high: f32,
    /// Which gradient: of a learned scale (LSQ: clipped values pass none, the scale has one), or
    /// straight-through for every value, the scale being a constant.
    pub learned: bool,
}

/// A quantizer at its scale, which is above zero.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    quantizer: Quantizer,
    scale: f32,
}

impl Grid {
    pub fn new(quantizer: Quantizer, scale: f32) -> Self {
        Self { quantizer, scale }
    }

    /// Whether the scale is learned.
    pub fn is_learned(&self) -> bool {
        self.quantizer.learned
    }

    /// The nearest value of the grid, ties to the even code.
    #[inline(always)]
    pub fn quantize(&self, x: f32) -> f32 {
        round(self.clip(x / self.scale)) * self.scale
    }

    #[inline(always)]
    fn clip(&self, code: f32) -> f32 {
        code.clamp(self.quantizer.low, self.quantizer.high)
    }

    /// Of the gradient by the quantized x, the part for x and the part for the scale (Esser et al.
    /// 2020, equations 3 and 5, before their factor).
    #[inline(always)]
    pub fn gradients(&self, x: f32, by_quantized: f32) -> (f32, f32) {
        let code = x / self.scale;
        let clipped = self.clip(code);
        let inside = clipped == code;
        let moved = round(clipped) - if inside { code } else { 0.0 };
        (
            if inside { by_quantized } else { 0.0 },
            by_quantized * moved,
        )
    }
}

/// The nearest whole number, ties to even, of one far below 2²³: adding and taking away 1.5·2²³
/// rounds without a call.
#[inline(always)]
fn round(code: f32) -> f32 {
    const WHOLE: f32 = 12_582_912.0;
    code + WHOLE - WHOLE
}
