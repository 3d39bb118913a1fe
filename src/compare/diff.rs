//! What configurations differ in.

use crate::spec::{DeviceChoice, RunSpec};
use crate::store::RunRecord;
use toml::Value;

/// One field of the spec in which runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRow {
    /// Dotted key, such as `quantizer.weight_bits`.
    pub key: String,
    /// Its value in each run, in their order; `None` where the run has no such field.
    pub values: Vec<Option<String>>,
}

/// The spec as dotted keys and values, in the order of the spec.
pub fn flatten(spec: &RunSpec) -> Vec<(String, String)> {
    // A spec is plain data with string keys, so it always has a TOML form.
    let table = toml::Table::try_from(spec).unwrap_or_default();
    let mut flat = Vec::new();
    for (key, value) in table {
        walk(key, value, &mut flat);
    }
    flat
}

fn walk(key: String, value: Value, flat: &mut Vec<(String, String)>) {
    match value {
        Value::Table(table) => {
            for (part, value) in table {
                walk(format!("{key}.{part}"), value, flat);
            }
        }
        Value::String(text) => flat.push((key, text)),
        other => flat.push((key, other.to_string())),
    }
}

/// The fields of the spec in which `runs` differ, in the order of the spec. Empty for runs of the
/// same spec, and for fewer than two.
pub fn diff(runs: &[&RunRecord]) -> Vec<DiffRow> {
    let specs: Vec<&RunSpec> = runs.iter().map(|r| &r.spec).collect();
    diff_specs(&specs)
}

fn diff_specs(specs: &[&RunSpec]) -> Vec<DiffRow> {
    let mut rows: Vec<DiffRow> = Vec::new();
    for (column, spec) in specs.iter().enumerate() {
        // New keys go behind the key before them, so that sections stay together.
        let mut place = 0;
        for (key, value) in flatten(spec) {
            let at = match rows.iter().position(|r| r.key == key) {
                Some(at) => at,
                None => {
                    rows.insert(
                        place,
                        DiffRow {
                            key,
                            values: vec![None; specs.len()],
                        },
                    );
                    place
                }
            };
            rows[at].values[column] = Some(value);
            place = at + 1;
        }
    }
    rows.retain(|r| r.values.iter().any(|v| *v != r.values[0]));
    rows
}

/// Names of the spec fields in which `runs` differ besides seed, fold, device and data folder: runs for
/// which this is empty are repetitions of one experiment.
pub fn differing(runs: &[&RunRecord]) -> Vec<String> {
    let mut kinds: Vec<RunSpec> = Vec::new();
    for run in runs {
        let mut spec = run.spec.clone();
        spec.train.seed = 0;
        spec.train.fold = None;
        spec.train.device = DeviceChoice::Auto;
        spec.data.dir = None;
        if !kinds.contains(&spec) {
            kinds.push(spec);
        }
    }
    if kinds.len() < 2 {
        return Vec::new();
    }
    let kinds: Vec<&RunSpec> = kinds.iter().collect();
    diff_specs(&kinds).into_iter().map(|row| row.key).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::grid;
    use super::*;

    #[test]
    fn only_what_differs_is_listed() {
        let runs = grid();
        let find = |bits: &str, seed: u64| {
            runs.iter()
                .find(|r| r.spec.bits().to_string() == bits && r.spec.train.seed == seed)
                .unwrap()
        };
        let rows = diff(&[find("w4a4", 0), find("w2a2", 1)]);
        let keys: Vec<&str> = rows.iter().map(|r| r.key.as_str()).collect();
        assert_eq!(
            keys,
            ["quantizer.weight_bits", "quantizer.act_bits", "train.seed"]
        );
        assert_eq!(rows[0].values, [Some("4".into()), Some("2".into())]);

        let rows = diff(&[find("fp32", 0), find("w2a2", 0)]);
        assert!(
            rows.iter()
                .all(|r| r.key.starts_with("quantizer.") && r.values[0].is_none())
        );
        assert!(diff(&[find("fp32", 0)]).is_empty());
        assert!(diff(&[]).is_empty());
    }

    #[test]
    fn repetitions_differ_in_nothing() {
        let runs = grid();
        let seeds: Vec<&RunRecord> = runs
            .iter()
            .filter(|r| r.spec.bits().weight == 4 && r.spec.noise.rate == 0.4)
            .collect();
        assert_eq!(seeds.len(), 3);
        assert!(differing(&seeds).is_empty());
    }
}
