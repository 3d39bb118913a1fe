//! From runs, groups and pivots to rows of text.

use crate::compare::{Field, Group, Pivot, Scope, Stat, Value};
use crate::store::RunRecord;

/// A table of text: a heading and rows of the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// One row per run, one column per field.
pub fn runs(runs: &[&RunRecord], fields: &[&Field]) -> Sheet {
    Sheet {
        header: fields.iter().map(|f| f.name.to_string()).collect(),
        rows: runs
            .iter()
            .map(|run| fields.iter().map(|f| cell(f, &f.value(run))).collect())
            .collect(),
    }
}

/// One row per group: its keys, the number of runs, and mean, standard deviation and count of
/// each metric.
pub fn groups(groups: &[Group], keys: &[&Field], metrics: &[&Field], scope: Scope) -> Sheet {
    let mut header: Vec<String> = keys.iter().map(|k| k.name.to_string()).collect();
    header.push("runs".into());
    for metric in metrics {
        header.extend(stat_names(metric.name));
    }
    let rows = groups
        .iter()
        .map(|group| {
            let mut row: Vec<String> = keys
                .iter()
                .zip(&group.values)
                .map(|(k, v)| cell(k, v))
                .collect();
            row.push(group.runs.len().to_string());
            for metric in metrics {
                row.extend(stat_cells(group.stat(metric, scope)));
            }
            row
        })
        .collect();
    Sheet { header, rows }
}

/// One row per row of the pivot; mean, standard deviation and count of each of its columns.
pub fn pivot(pivot: &Pivot) -> Sheet {
    let mut header = vec![pivot.rows.name.to_string()];
    for value in &pivot.col_values {
        let column = cell(pivot.cols, value);
        header.extend(stat_names(&format!(
            "{}={column}:{}",
            pivot.cols.name, pivot.metric.name
        )));
    }
    let rows = pivot
        .row_values
        .iter()
        .zip(&pivot.cells)
        .map(|(value, cells)| {
            let mut row = vec![cell(pivot.rows, value)];
            for c in cells {
                row.extend(stat_cells(c.as_ref().and_then(|c| c.stat)));
            }
            row
        })
        .collect();
    Sheet { header, rows }
}

fn stat_names(name: &str) -> [String; 3] {
    ["mean", "std", "n"].map(|what| format!("{name}_{what}"))
}

fn stat_cells(stat: Option<Stat>) -> [String; 3] {
    match stat {
        Some(s) => [
            s.mean.to_string(),
            s.std.map_or_else(String::new, |x| x.to_string()),
            s.n.to_string(),
        ],
        None => [String::new(), String::new(), String::from("0")],
    }
}

/// Times in a form that other programs read, anything else as it is.
fn cell(field: &Field, value: &Value) -> String {
    match (field.kind, value.number()) {
        (crate::compare::Kind::Time, Some(x)) => {
            jiff::Timestamp::from_millisecond((x * 1000.0).round() as i64)
                .map_or_else(|_| value.text(), |t| t.to_string())
        }
        _ => value.text(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{save_csv, write_csv};
    use super::*;
    use crate::compare::{self, field, key_field, metric_field, parse_keys, testing::grid};

    fn csv(sheet: &Sheet) -> String {
        let mut out = Vec::new();
        write_csv(sheet, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn runs_are_unrounded_and_unknown_is_empty() {
        let all = grid();
        let some: Vec<&RunRecord> = all.iter().skip(1).take(2).collect();
        let fields =
            ["seed", "bits", "test_acc_last", "memorised", "created"].map(|n| field(n).unwrap());
        assert_eq!(
            csv(&super::runs(&some, &fields)),
            "seed,bits,test_acc_last,memorised,created\n\
             1,fp32,0.801,,2026-11-24T10:00:00Z\n\
             2,fp32,0.802,,2026-11-24T10:00:00Z\n"
        );
    }

    #[test]
    fn groups_and_pivots_hold_the_same_figures() {
        let all = grid();
        let acc = metric_field("test_acc_last").unwrap();
        let keys = parse_keys("noise_rate,treatment").unwrap();
        let grouped = groups(&compare::group(&all, &keys), &keys, &[acc], Scope::Finished);
        let p = compare::pivot(
            &all,
            key_field("noise_rate").unwrap(),
            key_field("treatment").unwrap(),
            acc,
            Scope::Finished,
        );
        let pivoted = pivot(&p);
        assert_eq!(pivoted.header.len(), 1 + 4 * 3);
        assert_eq!(pivoted.header[4], "treatment=w4a4:test_acc_last_mean");
        let long: Vec<&[String]> = grouped.rows.iter().map(|r| &r[3..]).collect();
        let wide: Vec<&[String]> = pivoted.rows.iter().flat_map(|r| r[1..].chunks(3)).collect();
        assert_eq!(long, wide);
        assert!(wide.iter().all(|c| c[2] == "3"));
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let sheet = Sheet {
            header: vec!["a".into(), "b".into()],
            rows: vec![vec!["1,5".into(), "say \"x\"".into()]],
        };
        save_csv(&sheet, &path).unwrap();
        save_csv(&sheet, &path).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "a,b\n\"1,5\",\"say \"\"x\"\"\"\n"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = save_csv(&sheet, &folder.path().join("no/where.csv")).unwrap_err();
        assert!(error.to_string().contains("where.csv"));
    }
}
