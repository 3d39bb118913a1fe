//! A field of a run: a key or a metric, with its label, kind and formatting.

use super::error::CompareError;
use super::fields::{ALIASES, FIELDS};
use super::value::Value;
use crate::store::{RunRecord, UnitMetrics};

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Describes a run: filters, groups, and the axes of a pivot.
    Key,
    /// Measured: averaged over the runs of a group.
    Metric,
    /// Parts each run into several figures: an axis of a pivot and nothing else.
    Axis,
}

/// How the values of a field are written and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Count,
    /// A number as it is, such as a noise rate of 0.4.
    Number,
    /// The number of an Action Unit, written `AU 12`.
    Unit,
    /// A bit-width; 32 is written `fp32`.
    Width,
    /// `fp32` or `w4a4`, alone or with the baseline.
    Bits,
    /// Yes or no.
    Flag,
    /// A share in 0–1, written as per cent with one decimal.
    Share,
    /// A loss, written with four decimals.
    Loss,
    /// Bytes, written as KiB or MiB.
    Bytes,
    /// Operations, written as thousands, millions and so on: `40.8 M`.
    Operations,
    /// A factor, written as `8.0×`.
    Factor,
    /// Something per second.
    Throughput,
    /// Seconds, written as minutes and hours where they are many.
    Seconds,
    /// Seconds since 1970, written as local date and time.
    Time,
}

/// Which end of a metric is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither.
    Neither,
}

/// A key or a metric of a run.
#[derive(Debug)]
pub struct Field {
    /// Its name in filters, JSON and CSV.
    pub name: &'static str,
    /// Its heading in tables.
    pub label: &'static str,
    /// What it is for.
    pub role: Role,
    /// How its values are written and compared.
    pub kind: Kind,
    /// Which end is the good one.
    pub better: Better,
    /// One line that says what it is.
    pub help: &'static str,
    pub(super) get: fn(&RunRecord) -> Value,
    pub(super) of_unit: Option<fn(&UnitMetrics) -> Option<f64>>,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

impl Field {
    /// The value of this field of `run`.
    pub fn value(&self, run: &RunRecord) -> Value {
        (self.get)(run)
    }

    /// The value as a number, where it has one.
    pub fn number(&self, run: &RunRecord) -> Option<f64> {
        self.value(run).number().filter(|x| x.is_finite())
    }

    /// The figure of one Action Unit of `run`, where it has such a one.
    pub fn number_of_unit(&self, run: &RunRecord, unit: u8) -> Option<f64> {
        let units = &run.status.summary.as_ref()?.units;
        let metrics = units.iter().find(|metrics| metrics.unit == unit)?;
        self.of_unit?(metrics).filter(|x| x.is_finite())
    }

    /// Whether `<` and `>` mean something for it.
    pub fn is_ordered(&self) -> bool {
        !matches!(self.kind, Kind::Text | Kind::Flag)
    }
}

/// Every field, in the order in which tables and help list them: keys, then metrics.
pub fn fields() -> &'static [Field] {
    FIELDS
}

/// The field of that name or alias (`noise`, `weight-bits` and `acc` are understood).
///
/// # Errors
/// [`CompareError::UnknownField`] names the nearest.
pub fn field(name: &str) -> Result<&'static Field, CompareError> {
    find(name, "field", |_| true)
}

/// Like [`field`], keys and metrics: what each run has one value of.
///
/// # Errors
/// [`CompareError::UnknownField`] names the nearest; [`CompareError::OnlyAxis`].
pub fn run_field(name: &str) -> Result<&'static Field, CompareError> {
    let field = field(name)?;
    if field.role == Role::Axis {
        return Err(CompareError::OnlyAxis { field: field.name });
    }
    Ok(field)
}

/// Like [`field`], keys only.
///
/// # Errors
/// [`CompareError::UnknownField`] names the nearest.
pub fn key_field(name: &str) -> Result<&'static Field, CompareError> {
    find(name, "key", |f| f.role == Role::Key)
}

/// Like [`field`], what can be an axis of a pivot only.
///
/// # Errors
/// [`CompareError::UnknownField`] names the nearest.
pub fn axis_field(name: &str) -> Result<&'static Field, CompareError> {
    find(name, "key", |f| f.role != Role::Metric)
}

/// Like [`field`], metrics only.
///
/// # Errors
/// [`CompareError::UnknownField`] names the nearest.
pub fn metric_field(name: &str) -> Result<&'static Field, CompareError> {
    find(name, "metric", |f| f.role == Role::Metric)
}

/// The value of the key `name` of `run`, [`Value::Missing`] for an unknown name.
pub fn key(run: &RunRecord, name: &str) -> Value {
    key_field(name).map_or(Value::Missing, |f| f.value(run))
}

/// The value of the metric `name` of `run`, `None` while it is not known and for an unknown name.
pub fn metric(run: &RunRecord, name: &str) -> Option<f64> {
    metric_field(name).ok().and_then(|f| f.number(run))
}

fn find(
    name: &str,
    what: &'static str,
    right: fn(&Field) -> bool,
) -> Result<&'static Field, CompareError> {
    let plain = name.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    let full = ALIASES
        .iter()
        .find(|(alias, _)| *alias == plain)
        .map_or(plain.as_str(), |(_, full)| full);
    if let Some(found) = FIELDS.iter().find(|f| f.name == full && right(f)) {
        return Ok(found);
    }
    let names = FIELDS.iter().filter(|f| right(f)).map(|f| f.name);
    let aliases = ALIASES
        .iter()
        .filter(|(_, full)| FIELDS.iter().any(|f| f.name == *full && right(f)))
        .map(|(alias, _)| *alias);
    let nearest = names
        .clone()
        .chain(aliases)
        .map(|candidate| (distance(full, candidate), candidate))
        .filter(|(d, candidate)| {
            *d <= candidate.len().max(3) / 3
                || (full.len() >= 3 && candidate.contains(full))
                || (candidate.len() >= 3 && full.contains(candidate))
        })
        .min_by_key(|(d, _)| *d)
        .map(|(_, candidate)| candidate.to_string());
    Err(CompareError::UnknownField {
        name: name.into(),
        what,
        nearest,
        known: names.collect::<Vec<_>>().join(", "),
    })
}

/// Levenshtein distance: single-character edits that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let change = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_unique_and_lead_somewhere() {
        let mut seen = std::collections::BTreeSet::new();
        for f in fields() {
            assert!(seen.insert(f.name), "{} stands twice", f.name);
            assert!(!f.label.is_empty() && !f.help.is_empty());
        }
        for (alias, full) in ALIASES {
            assert!(seen.insert(alias), "{alias} stands twice");
            assert_eq!(field(alias).unwrap().name, *full);
        }
    }

    #[test]
    fn finds_the_nearest_name() {
        for (typo, right) in [
            ("noise_rat", "noise_rate"),
            ("wieght_bits", "weight_bits"),
            ("test-acc", "test_acc_last"),
            ("memorized_share", "memorised"),
        ] {
            let found = match field(typo) {
                Err(CompareError::UnknownField { nearest, .. }) => {
                    field(&nearest.unwrap_or_default())
                }
                other => other,
            };
            assert_eq!(found.map(|f| f.name), Ok(right), "{typo}");
        }
        assert!(matches!(
            field("xyzzy"),
            Err(CompareError::UnknownField { nearest: None, .. })
        ));
    }

    #[test]
    fn keys_are_no_metrics() {
        assert!(key_field("test_acc_last").is_err());
        assert!(metric_field("noise_rate").is_err());
    }
}
