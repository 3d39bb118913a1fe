//! Devices: what there is, what was asked for, and what is used.
//!
//! Opening a GPU loads its driver, which may print or crash: callers that own a screen ask a child
//! process (`quell devices --json`) instead of this room.

mod adapters;
mod error;
pub mod fusion;
mod open;

pub use error::DeviceError;
pub use open::{Opened, list, open, open_cpu};

use serde::{Deserialize, Serialize};

/// One place to train.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// What `--device` takes: `cpu`, `wgpu:0`, `software`.
    pub id: String,
    /// Name of the adapter, or of the processor's backend.
    pub name: String,
    /// `cpu`, `discrete-gpu`, `integrated-gpu`, `virtual-gpu` or `software`.
    pub kind: String,
    /// `flex`, `vulkan`, `gl`, `metal`, ….
    pub backend: String,
    /// The driver with its version, empty where there is none.
    pub driver: String,
    /// Memory, where the adapter tells.
    pub memory_bytes: Option<u64>,
}
