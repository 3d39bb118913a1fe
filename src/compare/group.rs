//! Grouping: runs that agree in some keys, with means over the rest.

use super::error::CompareError;
use super::field::{Field, key_field};
use super::stat::{Scope, Stat};
use super::tune::{Choice, tune};
use super::value::Value;
use crate::store::RunRecord;
use std::collections::HashMap;

/// Runs that agree in every key grouped by.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// The values they agree in, one per key.
    pub values: Vec<Value>,
    /// The runs, in their order.
    pub runs: Vec<&'a RunRecord>,
}

impl<'a> Group<'a> {
    /// Mean ± sample standard deviation of `field` over the runs that `scope` takes, `None` when
    /// none of them has a figure.
    pub fn stat(&self, field: &Field, scope: Scope) -> Option<Stat> {
        let counted = self.runs.iter().filter(|r| scope.takes(r));
        Stat::of(counted.filter_map(|r| field.number(r)))
    }

    /// The runs that count where settings of a method are to be chosen from, and what was chosen; see
    /// [`tune`]. None of them while the choice waits.
    pub fn tuned(&self, scope: Scope) -> (Group<'a>, Option<Choice>) {
        let (runs, choice) = tune(&self.runs, scope);
        let values = self.values.clone();
        (Group { values, runs }, choice)
    }

    /// Spec fields besides seed, fold and place in which these runs differ: where this is not empty, an
    /// average mixes different experiments.
    pub fn pooled(&self) -> Vec<String> {
        super::diff::differing(&self.runs)
    }
}

/// Reads `noise_rate,bits`: keys with commas between them.
///
/// # Errors
/// [`CompareError::UnknownField`].
pub fn parse_keys(text: &str) -> Result<Vec<&'static Field>, CompareError> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(key_field)
        .collect()
}

/// Groups `runs` by `keys`, in the order of the keys' values. Without keys there is one group of
/// all runs; without runs there is none.
pub fn group<'a>(
    runs: impl IntoIterator<Item = &'a RunRecord>,
    keys: &[&'static Field],
) -> Vec<Group<'a>> {
    let mut found: HashMap<Vec<Value>, Vec<&'a RunRecord>> = HashMap::new();
    for run in runs {
        let values = keys.iter().map(|k| k.value(run)).collect();
        found.entry(values).or_default().push(run);
    }
    let mut groups: Vec<Group> = found
        .into_iter()
        .map(|(values, runs)| Group { values, runs })
        .collect();
    groups.sort_by(|a, b| a.values.cmp(&b.values));
    groups
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::field::metric_field;
    use super::super::testing::grid;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn groups_by_two_keys() {
        let runs = grid();
        let groups = group(&runs, &parse_keys("noise,treatment").unwrap());
        assert_eq!(groups.len(), 8);
        assert!(
            groups
                .iter()
                .all(|g| g.runs.len() == 3 && g.pooled().is_empty())
        );
        let texts: Vec<String> = groups[..4].iter().map(|g| g.values[1].text()).collect();
        assert_eq!(texts, ["fp32", "w4a4", "w2a2", "fp32+dropout"]);
        let stat = groups[0]
            .stat(metric_field("acc").unwrap(), Scope::Finished)
            .unwrap();
        assert_eq!(stat.n, 3);
        assert!(stat.std.is_some());
    }

    #[test]
    fn mixed_groups_say_what_they_mix() {
        let runs = grid();
        let groups = group(&runs, &parse_keys("noise,bits").unwrap());
        assert_eq!(groups[0].pooled(), ["method.name", "method.p"]);
    }

    proptest! {
        #[test]
        fn every_run_is_in_exactly_one_group(which in proptest::collection::vec(0usize..12, 0..3)) {
            let runs = grid();
            let names = ["noise", "bits", "seed", "method", "treatment", "id", "state", "model", "created", "batch_norm", "train_limit", "device"];
            let keys: Vec<_> = which.iter().map(|i| key_field(names[*i]).unwrap()).collect();
            let groups = group(&runs, &keys);
            prop_assert_eq!(groups.iter().map(|g| g.runs.len()).sum::<usize>(), runs.len());
            for g in &groups {
                for r in &g.runs {
                    let values: Vec<_> = keys.iter().map(|k| k.value(r)).collect();
                    prop_assert_eq!(&values, &g.values);
                }
            }
        }
    }
}
