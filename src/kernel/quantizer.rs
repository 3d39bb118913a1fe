//! The fake quantization of a layer's input.

/// How a layer's input is quantized: to offset + scale · code with whole codes from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantizer {
    /// Smallest code.
    pub low: f32,
    /// Largest code.
    pub high: f32,
    /// Which gradient passes, and whether there is an offset.
    pub rule: Rule,
}

/// What the gradient of a quantizer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Passes as it is; the scale is a constant (min-max).
    StraightThrough,
    /// Passes from `low` to `high`; the scale is a constant (DoReFa).
    Clipped,
    /// Passes from `low` to `high`, and the scale has the gradient of LSQ.
    LearnedScale,
    /// As that; the offset, which stands behind the scale, has the gradient of LSQ+.
    LearnedOffset,
    /// Passes from zero to below `high`, and what is clipped there passes it to scale · `high` (PACT).
    LearnedBound,
    /// The values are the signs of x; the gradient passes where |x| ≤ 1 (XNOR-Net). No scale.
    Sign,
}

/// A quantizer at its scale, which is above zero, and its offset.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    quantizer: Quantizer,
    scale: f32,
    offset: f32,
}

/// The gradients of one value: by x, by the scale and by the offset.
type Three = (f32, f32, f32);

impl Grid {
    /// The quantizer at `scale` and `offset`, which counts for [`Rule::LearnedOffset`] only.
    pub fn new(quantizer: Quantizer, scale: f32, offset: f32) -> Self {
        Self {
            quantizer,
            scale,
            offset,
        }
    }

    /// What its gradient is.
    pub fn rule(&self) -> Rule {
        self.quantizer.rule
    }

    /// The nearest value of a grid without an offset, ties to the even code.
    #[inline(always)]
    pub fn quantize(&self, x: f32) -> f32 {
        round(self.clip(x / self.scale)) * self.scale
    }

    /// The nearest value of a grid with an offset.
    #[inline(always)]
    pub fn quantize_with_offset(&self, x: f32) -> f32 {
        self.quantize(x - self.offset) + self.offset
    }

    #[inline(always)]
    fn clip(&self, code: f32) -> f32 {
        code.clamp(self.quantizer.low, self.quantizer.high)
    }

    /// Of the gradient by the quantized x, the part for x where it is not clipped.
    #[inline(always)]
    pub fn clipped(&self, x: f32, by_quantized: f32) -> Three {
        let code = x / self.scale;
        let inside = self.clip(code) == code;
        (if inside { by_quantized } else { 0.0 }, 0.0, 0.0)
    }

    /// Of the gradient by the quantized x, the part for x and the part for the scale (Esser et al.
    /// 2020, equations 3 and 5, before their factor).
    #[inline(always)]
    pub fn learned_scale(&self, x: f32, by_quantized: f32) -> Three {
        let code = x / self.scale;
        let clipped = self.clip(code);
        let inside = clipped == code;
        let moved = round(clipped) - if inside { code } else { 0.0 };
        (
            if inside { by_quantized } else { 0.0 },
            by_quantized * moved,
            0.0,
        )
    }

    /// As [`learned_scale`](Self::learned_scale), and the part for the offset (Bhalgat et al. 2020,
    /// section 3.2).
    #[inline(always)]
    pub fn learned_offset(&self, x: f32, by_quantized: f32) -> Three {
        let (by_x, by_scale, _) = self.learned_scale(x - self.offset, by_quantized);
        let code = (x - self.offset) / self.scale;
        let inside = self.clip(code) == code;
        (by_x, by_scale, if inside { 0.0 } else { by_quantized })
    }

    /// Of the gradient by the quantized x, the part for x and that for scale · high, given as one for
    /// the scale (Choi et al. 2018, equation 3).
    #[inline(always)]
    pub fn learned_bound(&self, x: f32, by_quantized: f32) -> Three {
        let code = x / self.scale;
        let above = code >= self.quantizer.high;
        let inside = code >= 0.0 && !above;
        (
            if inside { by_quantized } else { 0.0 },
            if above {
                by_quantized * self.quantizer.high
            } else {
                0.0
            },
            0.0,
        )
    }
}

/// The sign of x, that of zero being 1.
#[inline(always)]
pub fn sign(x: f32) -> f32 {
    if x >= 0.0 { 1.0 } else { -1.0 }
}

/// The gradient by x, where it is near enough to zero, of that by its sign.
#[inline(always)]
pub fn sign_gradient(x: f32, by_sign: f32) -> Three {
    (if x.abs() <= 1.0 { by_sign } else { 0.0 }, 0.0, 0.0)
}

/// The nearest whole number, ties to even, of one far below 2²³: adding and taking away 1.5·2²³
/// rounds without a call.
#[inline(always)]
fn round(code: f32) -> f32 {
    const WHOLE: f32 = 12_582_912.0;
    code + WHOLE - WHOLE
}
