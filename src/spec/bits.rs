//! Bit-widths of weights and activations, written `fp32` or `w4a4`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The number that stands for "not quantized" wherever a bit-width is a plain integer.
pub const FULL_PRECISION: u8 = 32;

/// The narrowest quantized width; which quantizers can have it, they say.
pub const MIN_BITS: u8 = 1;

/// The widest quantized width.
pub const MAX_BITS: u8 = 8;

/// Weight and activation bit-widths of a network, each 1–8 or [`FULL_PRECISION`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bits {
    /// Bits per weight.
    pub weight: u8,
    /// Bits per activation.
    pub act: u8,
}

impl Bits {
    /// Full precision: the quantizer is off.
    pub const FP32: Self = Self {
        weight: FULL_PRECISION,
        act: FULL_PRECISION,
    };

    /// Whether neither weights nor activations are quantized.
    pub fn is_full_precision(self) -> bool {
        self == Self::FP32
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_full_precision() {
            f.write_str("fp32")
        } else {
            write!(f, "w{}a{}", self.weight, self.act)
        }
    }
}

impl FromStr for Bits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_ascii_lowercase();
        if text == "fp32" {
            return Ok(Self::FP32);
        }
        let (weight, act) = text
            .strip_prefix('w')
            .and_then(|rest| rest.split_once('a'))
            .and_then(|(w, a)| Some((w.parse::<u8>().ok()?, a.parse::<u8>().ok()?)))
            .ok_or_else(|| {
                format!("`{text}` is no bit-width: write fp32, or w and a with 1 to 8 bits each, such as w4a4")
            })?;
        for (what, bits) in [("weights", weight), ("activations", act)] {
            if bits != FULL_PRECISION && !(MIN_BITS..=MAX_BITS).contains(&bits) {
                return Err(format!(
                    "`{text}`: {bits} bits for {what} is out of range: use 1 to 8 bits, or 32 for full precision"
                ));
            }
        }
        Ok(Self { weight, act })
    }
}

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["fp32", "w2a2", "w8a3", "w4a32", "w1a1"] {
            assert_eq!(text.parse::<Bits>().unwrap().to_string(), text);
        }
        assert!("w32a32".parse::<Bits>().unwrap().is_full_precision());
    }

    #[test]
    fn refuses_widths_without_a_grid() {
        assert!("w0a4".parse::<Bits>().unwrap_err().contains("out of range"));
        assert!("w9a4".parse::<Bits>().unwrap_err().contains("out of range"));
        assert!("4".parse::<Bits>().unwrap_err().contains("w4a4"));
    }
}
