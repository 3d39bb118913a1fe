//! Why a device cannot be used.

use thiserror::Error;

/// Why a device cannot be used, and what to do.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// No GPU adapter at all.
    #[error(
        "device = \"{asked}\": no GPU adapter was found. Install a Vulkan driver, or use device = \"cpu\" (or \"auto\", which falls back to it)"
    )]
    NoGpu {
        /// What was asked for.
        asked: String,
    },
    /// A number beyond the list.
    #[error(
        "device = \"wgpu:{asked}\": there are {there} GPU adapters, numbered from 0; see `quell devices`"
    )]
    NoSuchGpu {
        /// The number asked for.
        asked: usize,
        /// How many there are.
        there: usize,
    },
    /// No software rasteriser.
    #[error(
        "device = \"software\": no software rasteriser was found. On Debian install the package mesa-vulkan-drivers, or use device = \"cpu\""
    )]
    NoSoftware,
    /// The driver refused.
    #[error("{name} cannot be opened: {message}. Check its driver, or use device = \"cpu\"")]
    Open {
        /// The adapter.
        name: String,
        /// What wgpu said.
        message: String,
    },
}
