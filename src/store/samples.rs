//! `samples.csv`: what training has shown of each training sample up to the last checkpoint.

use super::error::StoreError;
use super::files::write_atomic;
use super::folder::Store;
use serde::{Deserialize, Serialize};

/// One line of `samples.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// Place in the original training set.
    pub index: usize,
    /// The Action Unit that the label is about, where images have several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<u8>,
    /// The class that training is told.
    pub label: u8,
    /// The class that it really is, as far as the data set knows.
    #[serde(rename = "true")]
    pub true_label: u8,
    /// Whether the two differ.
    pub mislabelled: bool,
    /// Area under the margin (Pleiss et al. 2020): mean over the epochs of z_label − max z_other.
    /// `None` where training has no logits of single samples.
    pub aum: Option<f64>,
    /// How often it was forgotten (Toneva et al. 2019): learned in one epoch, and not in the next.
    pub forgotten: u32,
    /// Whether its label was ever the top class.
    pub learned_ever: bool,
    /// Mean over the epochs of −log p of the label.
    pub loss: Option<f64>,
}

impl Store {
    /// Writes what is known of a run's training samples, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_samples(&self, id: &str, rows: &[SampleRow]) -> Result<(), StoreError> {
        let path = self.run_dir(id).join("samples.csv");
        let failed = |source: std::io::Error| StoreError::Write {
            path: path.clone(),
            source,
        };
        let mut table = csv::Writer::from_writer(Vec::new());
        for row in rows {
            table.serialize(row).map_err(|e| failed(e.into()))?;
        }
        let text = table
            .into_inner()
            .map_err(|e| failed(std::io::Error::other(e.to_string())))?;
        // Not flushed: the checkpoint holds the same, and the next one writes it again.
        write_atomic(&path, &text, false)
    }

    /// What is known of a run's training samples; `None` before the first epoch is over, and of runs
    /// of a quell that did not keep it.
    ///
    /// # Errors
    /// [`StoreError::Read`] or [`StoreError::Broken`].
    pub fn samples(&self, id: &str) -> Result<Option<Vec<SampleRow>>, StoreError> {
        let path = self.run_dir(id).join("samples.csv");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Read { path, source }),
        };
        let rows = csv::Reader::from_reader(&text[..])
            .deserialize()
            .collect::<Result<_, _>>();
        rows.map(Some).map_err(|e| StoreError::Broken {
            path,
            message: e.to_string(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        std::fs::create_dir_all(store.run_dir("a-run")).unwrap();
        assert_eq!(store.samples("a-run").unwrap(), None);
        let row = SampleRow {
            index: 17,
            unit: None,
            label: 3,
            true_label: 5,
            mislabelled: true,
            aum: Some(f64::from(-1.234_567_9f32)),
            forgotten: 2,
            learned_ever: true,
            loss: Some(1e-7),
        };
        let unseen = SampleRow {
            aum: None,
            loss: None,
            ..row.clone()
        };
        let rows = [row, unseen];
        store.write_samples("a-run", &rows).unwrap();
        assert_eq!(store.samples("a-run").unwrap().unwrap(), rows);
        let path = store.run_dir("a-run").join("samples.csv");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("index,label,true,mislabelled,aum,forgotten,learned_ever,loss\n"));
        std::fs::write(&path, "index,label\n1,two\n").unwrap();
        let error = store.samples("a-run").unwrap_err().to_string();
        assert!(error.contains("samples.csv"), "{error}");
    }
}
