//! `parity.json`: which devices compute what the CPU backend does, as far as this home knows.

use super::error::StoreError;
use super::files::{Lock, read_json, try_lock, write_json};
use super::folder::Store;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A device as it was checked: a change of anything here asks for another check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Name of the adapter.
    pub name: String,
    /// Graphics API.
    pub backend: String,
    /// Driver with its version.
    pub driver: String,
    /// What its kernels are compiled to, `wgsl` or `spir-v`.
    pub compiler: String,
    /// Machine.
    pub host: String,
    /// Version of quell.
    pub version: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Parity {
    /// The device computes what the CPU backend does.
    Same,
    /// It does with fusion of operations switched off only.
    WithoutFusion {
        /// What is wrong with fusion.
        reason: String,
    },
    /// It does not.
    Differs {
        /// What is wrong.
        reason: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    device: Checked,
    #[serde(flatten)]
    parity: Parity,
    time: Timestamp,
}

impl Store {
    /// What is known of a device.
    pub fn parity(&self, device: &Checked) -> Option<Parity> {
        let all = self.checked().unwrap_or_default();
        let known = all.into_iter().find(|entry| entry.device == *device);
        known.map(|entry| entry.parity)
    }

    /// Keeps what was found of a device, in place of what was known.
    ///
    /// # Errors
    /// [`StoreError::Write`] when the file cannot be written.
    pub fn record_parity(&self, device: Checked, parity: Parity) -> Result<(), StoreError> {
        // A damaged file holds nothing worth keeping: devices can be checked again.
        let mut all = self.checked().unwrap_or_default();
        all.retain(|entry| entry.device != device);
        all.push(Entry {
            device,
            parity,
            time: Timestamp::now(),
        });
        write_json(&self.home().join("parity.json"), &all)
    }

    /// Held while a device is checked, so that each is checked once; `None` while another process
    /// holds it.
    ///
    /// # Errors
    /// [`StoreError::Write`] when the file cannot be made.
    pub fn try_lock_parity(&self) -> Result<Option<Lock>, StoreError> {
        try_lock(&self.home().join("parity.lock"))
    }

    fn checked(&self) -> Result<Vec<Entry>, StoreError> {
        read_json(&self.home().join("parity.json"))
    }
}
