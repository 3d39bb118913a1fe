//! The quantizer: what an experiment lists, what a run has, and which bit-widths each can have.

use super::bits::{Bits, FULL_PRECISION};
use super::names::{ActivationGrid, LayerPolicy, NormFolding, QuantizerName, Scales, WeightRange};
use super::one_or_many::OneOrMany;
use serde::{Deserialize, Serialize};

/// Quantizers and bit-widths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuantizerGrid {
    /// Which quantizers; each is combined with the bit-widths that it can have.
    pub name: OneOrMany<QuantizerName>,
    /// Bit-widths. The matched control `fp32` is added to every grid that quantizes.
    pub bits: Vec<Bits>,
    /// Grid of the activations.
    pub activations: ActivationGrid,
    /// Which codes weights use; without it, what the quantizer is known for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_range: Option<WeightRange>,
    /// Which weights share a scale; without it, what the quantizer is known for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scales: Option<Scales>,
    /// Weights of the first layer; without it, what the quantizer is known for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stem: Option<LayerPolicy>,
    /// Weights and input of the last layer; without it, what the quantizer is known for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classifier: Option<LayerPolicy>,
    /// Epochs at full precision before quantization begins.
    #[serde(skip_serializing_if = "none")]
    pub start: usize,
    /// Whether weights are quantized with the factor of the batch norm behind them.
    #[serde(skip_serializing_if = "is_kept")]
    pub batch_norm: NormFolding,
    /// Momentum of the moving average of activation ranges that inference uses, 0–1 (min-max).
    pub ema_momentum: f64,
}

impl Default for QuantizerGrid {
    fn default() -> Self {
        Self {
            name: QuantizerName::Minmax.into(),
            bits: vec![Bits::FP32],
            activations: ActivationGrid::Unsigned,
            weight_range: None,
            scales: None,
            stem: None,
            classifier: None,
            start: 0,
            batch_norm: NormFolding::Kept,
            ema_momentum: 0.9,
        }
    }
}

impl QuantizerGrid {
    /// The quantizer `name` at `bits`, `None` at full precision.
    pub fn at(&self, name: QuantizerName, bits: Bits) -> Option<QuantizerSpec> {
        let ends = name.end_policy();
        (!bits.is_full_precision()).then(|| QuantizerSpec {
            name,
            weight_bits: bits.weight,
            act_bits: bits.act,
            activations: self.activations,
            stem: self.stem.unwrap_or(ends),
            classifier: self.classifier.unwrap_or(ends),
            ema_momentum: self.ema_momentum,
            weight_range: self.weight_range.filter(|r| *r != name.weight_range()),
            scales: self.scales.filter(|s| *s != name.scales()),
            start: self.start,
            batch_norm: self.batch_norm,
        })
    }
}

/// The quantizer of one run. At least one of the widths is below 32.
///
/// Fields that are not written have the value that every run had before there was a choice, or what
/// the quantizer is known for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuantizerSpec {
    /// Which quantizer.
    pub name: QuantizerName,
    /// Bits per weight, 1–8 or 32.
    pub weight_bits: u8,
    /// Bits per activation, 1–8 or 32.
    pub act_bits: u8,
    /// Grid of the activations.
    pub activations: ActivationGrid,
    /// Weights of the first layer.
    pub stem: LayerPolicy,
    /// Weights and input of the last layer.
    pub classifier: LayerPolicy,
    /// Momentum of the moving average of activation ranges (min-max).
    pub ema_momentum: f64,
    /// Which codes weights use; see [`weight_range`](Self::weight_range).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_range: Option<WeightRange>,
    /// Which weights share a scale; see [`scales`](Self::scales).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scales: Option<Scales>,
    /// Epochs at full precision before quantization begins.
    #[serde(default, skip_serializing_if = "none")]
    pub start: usize,
    /// Whether weights are quantized with the factor of the batch norm behind them.
    #[serde(default = "kept", skip_serializing_if = "is_kept")]
    pub batch_norm: NormFolding,
}

impl QuantizerSpec {
    /// Which codes weights use, the quantizer's own default filled in.
    pub fn weight_range(&self) -> WeightRange {
        self.weight_range.unwrap_or(self.name.weight_range())
    }

    /// Which weights share a scale, the quantizer's own default filled in.
    pub fn scales(&self) -> Scales {
        self.scales.unwrap_or(self.name.scales())
    }

    /// Whether activations are their signs, which no ReLU may come before.
    pub fn takes_signs(&self) -> bool {
        self.name == QuantizerName::Binary && self.act_bits == 1
    }
}

fn none(epochs: &usize) -> bool {
    *epochs == 0
}

fn kept() -> NormFolding {
    NormFolding::Kept
}

fn is_kept(folding: &NormFolding) -> bool {
    *folding == NormFolding::Kept
}

impl QuantizerName {
    /// What the paper behind the quantizer does with the first and the last layer.
    pub fn end_policy(self) -> LayerPolicy {
        match self {
            Self::Minmax | Self::PostTraining | Self::Ternary => LayerPolicy::Same,
            Self::Lsq | Self::LsqPlus => LayerPolicy::EightBits,
            Self::Dorefa | Self::Pact | Self::Binary => LayerPolicy::FullPrecision,
        }
    }

    /// The codes that weights use where nothing else is said.
    pub fn weight_range(self) -> WeightRange {
        match self {
            Self::Lsq | Self::LsqPlus => WeightRange::Full,
            _ => WeightRange::Narrow,
        }
    }

    /// Which weights share a scale where nothing else is said.
    pub fn scales(self) -> Scales {
        match self {
            Self::Dorefa | Self::Pact | Self::Ternary => Scales::PerTensor,
            _ => Scales::PerChannel,
        }
    }

    /// Whether a weight can be exactly zero, as pruned ones are.
    pub fn has_zero(self) -> bool {
        !matches!(self, Self::Binary | Self::Dorefa | Self::Pact)
    }

    /// Whether weights lie on a grid of codes between two bounds, so that its range can be chosen.
    pub fn has_weight_range(self) -> bool {
        matches!(
            self,
            Self::Minmax | Self::PostTraining | Self::Lsq | Self::LsqPlus
        )
    }

    /// Why the quantizer cannot have these bit-widths, if it cannot.
    pub fn cannot_have(self, bits: Bits, activations: ActivationGrid) -> Option<String> {
        let refused = |why: &str| Some(format!("{bits} with {self}: {why}"));
        match self {
            _ if bits.is_full_precision() => None,
            Self::Ternary if bits.weight != 2 => refused(
                "ternary weights take 2 bits: use w2a32, or w2 with 1 to 8 bits for activations",
            ),
            Self::Binary if bits.weight != 1 => refused(
                "binary weights take 1 bit: use w1a32, or w1 with 1 to 8 bits for activations",
            ),
            Self::Minmax | Self::PostTraining | Self::Lsq | Self::LsqPlus if bits.weight == 1 => {
                refused(
                    "1 bit leaves signed weights no level but zero: use 2 to 8 bits, or binary or dorefa",
                )
            }
            Self::Binary | Self::Dorefa | Self::Pact => None,
            _ if bits.act == 1 && activations == ActivationGrid::Signed => refused(
                "1 bit leaves signed activations no level but zero: use activations = \"unsigned\", or 2 to 8 bits",
            ),
            _ => None,
        }
    }

    /// Whether its weights fill −1 … 1 whatever a layer's fan-in, so that only batch norm keeps
    /// activations from growing layer by layer.
    pub fn needs_batch_norm(self, bits: Bits) -> bool {
        matches!(self, Self::Dorefa | Self::Pact) && (2..FULL_PRECISION).contains(&bits.weight)
    }
}
