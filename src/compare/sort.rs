//! Sorting by several fields.

use super::error::CompareError;
use super::field::{Field, run_field};
use crate::store::RunRecord;
use std::cmp::Ordering;

/// One field to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The field.
    pub field: &'static Field,
    /// Largest first.
    pub descending: bool,
}

/// Reads `noise_rate,-test_acc_last`: fields with commas between them, `-` for largest first.
///
/// # Errors
/// [`CompareError::UnknownField`].
pub fn parse_sort(text: &str) -> Result<Vec<SortKey>, CompareError> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let name = part.strip_prefix('-');
            Ok(SortKey {
                field: run_field(name.unwrap_or(part))?,
                descending: name.is_some(),
            })
        })
        .collect()
}

/// Sorts runs by the first key, equals by the next; what is left equal stays in its order.
/// Runs without a value come last in either direction.
pub fn sort(runs: &mut [&RunRecord], keys: &[SortKey]) {
    runs.sort_by(|a, b| {
        keys.iter()
            .map(|key| order(a, b, key))
            .find(|o| *o != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
}

fn order(a: &RunRecord, b: &RunRecord, key: &SortKey) -> Ordering {
    let (a, b) = (key.field.value(a), key.field.value(b));
    match (a.is_missing(), b.is_missing()) {
        (true, _) | (_, true) => return a.is_missing().cmp(&b.is_missing()),
        _ => {}
    }
    // Widths as numbers: ascending is from few bits to many, as for any number.
    let ascending = match (a.number(), b.number()) {
        (Some(x), Some(y)) => x.total_cmp(&y),
        _ => match (&a, &b) {
            (super::Value::Bits(x), super::Value::Bits(y)) => x.cmp(y),
            _ => a.cmp(&b),
        },
    };
    if key.descending {
        ascending.reverse()
    } else {
        ascending
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::grid;
    use super::*;

    #[test]
    fn several_keys_and_missing_last() {
        let all = grid();
        for text in ["memorised,-seed", "-memorised,-seed"] {
            let mut runs: Vec<&RunRecord> = all.iter().collect();
            sort(&mut runs, &parse_sort(text).unwrap());
            let known = runs
                .iter()
                .take_while(|r| super::super::metric(r, "memorised").is_some())
                .count();
            assert_eq!(known, 12, "{text}");
        }
        let mut runs: Vec<&RunRecord> = all.iter().collect();
        sort(&mut runs, &parse_sort("bits,-noise,seed").unwrap());
        assert_eq!(runs[0].spec.bits().to_string(), "w2a2");
        assert_eq!(runs[0].spec.noise.rate, 0.4);
        let seeds: Vec<u64> = runs[..3].iter().map(|r| r.spec.train.seed).collect();
        assert_eq!(seeds, [0, 1, 2]);
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(parse_sort("noise,-nois").is_err());
        assert!(parse_sort("").unwrap().is_empty());
    }
}
