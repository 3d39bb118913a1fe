//! `bench.json`: what this home knows about the speed of machines.

use super::error::StoreError;
use super::files::{lock, read_json, write_json};
use super::folder::Store;
use super::measurement::Measurement;

impl Store {
    /// All measurements, one per key.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the file is damaged.
    pub fn measurements(&self) -> Result<Vec<Measurement>, StoreError> {
        let path = self.home().join("bench.json");
        if path.exists() {
            read_json(&path)
        } else {
            Ok(Vec::new())
        }
    }

    /// Adds a measurement in place of an older one of the same thing.
    ///
    /// # Errors
    /// [`StoreError::Write`] when the file cannot be written.
    pub fn record_measurement(&self, new: &Measurement) -> Result<(), StoreError> {
        let _lock = lock(&self.home().join("bench.lock"))?;
        // A damaged file holds nothing worth keeping: it can be measured again.
        let mut all = self.measurements().unwrap_or_default();
        all.retain(|old| !old.same_key(new));
        all.push(new.clone());
        write_json(&self.home().join("bench.json"), &all)
    }
}
