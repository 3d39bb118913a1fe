//! From what a user types to runs.

use super::error::StoreError;
use super::folder::Store;

impl Store {
    /// The runs that `target` names: a run's id, a prefix of just one, or a sweep.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] and [`StoreError::Ambiguous`] name what comes near.
    pub fn resolve(&self, target: &str) -> Result<Vec<String>, StoreError> {
        if self.exists(target) {
            return Ok(vec![target.into()]);
        }
        if let Some(sweep) = self.sweeps()?.into_iter().find(|s| s.name == target) {
            return Ok(sweep.ids.into_iter().filter(|id| self.exists(id)).collect());
        }
        let ids = self.ids()?;
        let mut fits: Vec<&String> = ids
            .iter()
            .filter(|id| !target.is_empty() && id.starts_with(target))
            .collect();
        fits.sort();
        match fits[..] {
            [only] => Ok(vec![only.clone()]),
            [] => {
                let near: Vec<&str> = ids
                    .iter()
                    .filter(|id| !target.is_empty() && id.contains(target))
                    .take(3)
                    .map(String::as_str)
                    .collect();
                let hint = if near.is_empty() {
                    "; `quell ls` lists all".into()
                } else {
                    format!("; near it are {}", near.join(", "))
                };
                Err(StoreError::Unknown {
                    target: super::text::clean(target),
                    hint,
                })
            }
            _ => Err(StoreError::Ambiguous {
                target: target.into(),
                count: fits.len(),
                some: fits
                    .iter()
                    .take(3)
                    .map(|s| s.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }
}
