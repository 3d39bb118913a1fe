//! The device that a user asks for: `auto`, `cpu`, `wgpu`, `wgpu:N`, `software`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Where to train, as asked for; [`crate::device`] finds what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceChoice {
    /// The best GPU that wgpu finds, else the CPU backend.
    Auto,
    /// burn's CPU backend (flex).
    Cpu,
    /// The GPU adapter of this number in `quell devices`; without one, the best.
    Wgpu(Option<usize>),
    /// A software rasteriser behind wgpu: slow, for tests.
    Software,
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Wgpu(None) => f.write_str("wgpu"),
            Self::Wgpu(Some(n)) => write!(f, "wgpu:{n}"),
            Self::Software => f.write_str("software"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "wgpu" => Ok(Self::Wgpu(None)),
            "software" => Ok(Self::Software),
            other => other
                .strip_prefix("wgpu:")
                .and_then(|n| n.parse().ok())
                .map(|n| Self::Wgpu(Some(n)))
                .ok_or_else(|| {
                    format!("`{other}` is no device: use auto, cpu, wgpu, wgpu:N (see `quell devices`) or software")
                }),
        }
    }
}

impl Serialize for DeviceChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeviceChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
