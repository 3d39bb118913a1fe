//! A run as `ls --json` writes it. `docs/cli.md` describes the fields.

use crate::compare::{Field, Kind, Role, Value, fields};
use crate::store::RunRecord;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A run as an object: every key of the field table, then `metrics` with every metric, all `null`
/// until known.
pub(super) struct RunJson<'a>(pub &'a RunRecord);

struct Metrics<'a>(&'a RunRecord);

impl Serialize for RunJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = self.0;
        let mut map = serializer.serialize_map(None)?;
        for field in fields().iter().filter(|f| f.role == Role::Key) {
            map.serialize_entry(field.name, &json_value(field, &field.value(run)))?;
        }
        map.serialize_entry("updated", &run.status.updated)?;
        map.serialize_entry("reason", &run.status.reason)?;
        map.serialize_entry("metrics", &Metrics(run))?;
        map.end()
    }
}

impl Serialize for Metrics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let metrics = fields().iter().filter(|f| f.role == Role::Metric);
        serializer.collect_map(metrics.map(|f| (f.name, json_value(f, &f.value(self.0)))))
    }
}

/// A value as JSON: numbers as numbers (whole ones without a point), times as text, the rest as
/// text, what is not known as null.
pub(super) fn json_value(field: &Field, value: &Value) -> serde_json::Value {
    let whole = matches!(
        field.kind,
        Kind::Count | Kind::Width | Kind::Bytes | Kind::Operations
    );
    match (value, value.number()) {
        (Value::Missing, _) => serde_json::Value::Null,
        (Value::Flag(yes), _) => (*yes).into(),
        (_, Some(x)) if field.kind == Kind::Time => {
            jiff::Timestamp::from_millisecond((x * 1000.0).round() as i64)
                .map_or(serde_json::Value::Null, |t| t.to_string().into())
        }
        (_, Some(x)) if whole && x >= 0.0 => (x as u64).into(),
        // JSON has no NaN: a loss that has gone is null.
        (_, Some(x)) => x.into(),
        (other, None) => other.text().into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compare::testing::grid;

    #[test]
    fn the_contract_holds() {
        let runs = grid();
        let json = serde_json::to_value(RunJson(&runs[0])).unwrap();
        for name in [
            "id",
            "sweep",
            "state",
            "dataset",
            "model",
            "method",
            "quantizer",
            "weight_bits",
            "act_bits",
            "noise_kind",
            "noise_rate",
            "actual_noise_rate",
            "seed",
            "epoch",
            "epochs",
            "device",
            "metrics",
        ] {
            assert!(json.get(name).is_some(), "{name} is missing");
        }
        for name in [
            "test_acc_last",
            "test_acc_best",
            "memorised",
            "model_bytes",
            "samples_per_second",
        ] {
            assert!(json["metrics"].get(name).is_some(), "{name} is missing");
        }
        assert_eq!(json["weight_bits"], 32);
        assert_eq!(json["seed"], 0);
        assert_eq!(json["metrics"]["model_bytes"], 1_000_000);
        // Without noise nothing is mislabelled.
        assert!(json["metrics"]["memorised"].is_null());
    }

    #[test]
    fn unknown_is_null() {
        let mut run = grid().remove(0);
        run.status.summary = None;
        run.status.noise = None;
        run.status.model_bytes = None;
        let json = serde_json::to_value(RunJson(&run)).unwrap();
        assert!(json["actual_noise_rate"].is_null());
        for name in [
            "test_acc_last",
            "test_acc_best",
            "model_bytes",
            "samples_per_second",
        ] {
            assert!(json["metrics"][name].is_null(), "{name}");
        }
    }
}
