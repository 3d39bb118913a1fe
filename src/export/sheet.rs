//! From runs, groups and pivots to rows of text.

use crate::compare::{Choice, Field, Group, Images, Pivot, Scope, Stat, Value};
use crate::store::RunRecord;

/// A table of text: a heading and rows of the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// A last column that says what the runs of each row saw, where any saw images that are not real.
    pub fn say_images(mut self, rows: impl IntoIterator<Item = Images>) -> Self {
        let images: Vec<Images> = rows.into_iter().collect();
        if images.iter().any(|images| *images != Images::Real) {
            self.header.push("images".into());
            for (row, images) in self.rows.iter_mut().zip(images) {
                row.push(images.as_str().into());
            }
        }
        self
    }
}

/// One row per run, one column per field.
pub fn runs(runs: &[&RunRecord], fields: &[&Field]) -> Sheet {
    let sheet = Sheet {
        header: fields.iter().map(|f| f.name.to_string()).collect(),
        rows: runs
            .iter()
            .map(|run| fields.iter().map(|f| cell(f, &f.value(run))).collect())
            .collect(),
    };
    sheet.say_images(runs.iter().map(|run| Images::of_run(run)))
}

/// One row per group: its keys, the number of runs, and mean, standard deviation and count of
/// each metric. Where settings of a method were chosen from, a column says which, and the rest is of
/// that one.
pub fn groups(groups: &[Group], keys: &[&Field], metrics: &[&Field], scope: Scope) -> Sheet {
    let mut header: Vec<String> = keys.iter().map(|k| k.name.to_string()).collect();
    header.push("runs".into());
    let tuned: Vec<_> = groups.iter().map(|group| group.tuned(scope)).collect();
    let chosen = tuned.iter().any(|(_, choice)| choice.is_some());
    if chosen {
        header.push("chosen_setting".into());
    }
    for metric in metrics {
        header.extend(stat_names(metric.name));
    }
    let rows = tuned
        .iter()
        .map(|(group, choice)| {
            let mut row: Vec<String> = keys
                .iter()
                .zip(&group.values)
                .map(|(k, v)| cell(k, v))
                .collect();
            row.push(group.runs.len().to_string());
            if chosen {
                row.push(setting(choice.as_ref()));
            }
            for metric in metrics {
                row.extend(stat_cells(group.stat(metric, scope)));
            }
            row
        })
        .collect();
    let images = |(group, _): &(Group, _)| Images::of(group.runs.iter().map(|r| Images::of_run(r)));
    Sheet { header, rows }.say_images(tuned.iter().map(images))
}

/// One row per row of the pivot; mean, standard deviation and count of each of its columns, and the
/// setting where one was chosen in the column.
pub fn pivot(pivot: &Pivot) -> Sheet {
    let mut header = vec![pivot.rows.name.to_string()];
    let chosen = |column: usize| {
        let mut cells = pivot.cells.iter().filter_map(|row| row[column].as_ref());
        cells.any(|cell| cell.choice.is_some())
    };
    for (place, value) in pivot.col_values.iter().enumerate() {
        let column = cell(pivot.cols, value);
        let name = format!("{}={column}:{}", pivot.cols.name, pivot.metric.name);
        header.extend(stat_names(&name));
        if chosen(place) {
            header.push(format!("{name}_setting"));
        }
    }
    let rows = pivot
        .row_values
        .iter()
        .zip(&pivot.cells)
        .map(|(value, cells)| {
            let mut row = vec![cell(pivot.rows, value)];
            for (place, c) in cells.iter().enumerate() {
                row.extend(stat_cells(c.as_ref().and_then(|c| c.stat)));
                if chosen(place) {
                    row.push(setting(c.as_ref().and_then(|c| c.choice.as_ref())));
                }
            }
            row
        })
        .collect();
    let images = (0..pivot.row_values.len()).map(|row| pivot.images_of(row));
    Sheet { header, rows }.say_images(images)
}

/// The chosen setting, empty where none is.
fn setting(choice: Option<&Choice>) -> String {
    choice
        .and_then(Choice::setting)
        .unwrap_or_default()
        .to_owned()
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

    #[test]
    fn what_is_not_real_is_said_in_every_sheet() {
        let faces = crate::compare::testing::faces();
        let faces: Vec<&RunRecord> = faces.iter().collect();
        let (bits, f1) = (key_field("bits").unwrap(), metric_field("f1").unwrap());
        let units = compare::axis_field("unit").unwrap();
        let by_bits = compare::group(faces.iter().copied(), &[bits]);
        let table = compare::pivot(faces.iter().copied(), units, bits, f1, Scope::Finished);
        for sheet in [
            runs(&faces, &[bits]),
            groups(&by_bits, &[bits], &[f1], Scope::Finished),
            pivot(&table),
        ] {
            assert_eq!(sheet.header.last().unwrap(), "images");
            assert!(
                sheet
                    .rows
                    .iter()
                    .all(|row| row.last().unwrap() == "synthetic")
            );
            assert!(sheet.rows.iter().all(|row| row.len() == sheet.header.len()));
        }
        assert_eq!(pivot(&table).rows[0][0], "1");
        let real = grid();
        let real: Vec<&RunRecord> = real.iter().collect();
        assert_eq!(runs(&real, &[bits]).header, ["bits"]);
        let both = [real[0], faces[0]];
        assert_eq!(runs(&both, &[bits]).rows[0][1], "real");
    }

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
    fn chosen_settings_have_a_column() {
        let all = compare::testing::tuned();
        let acc = metric_field("test_acc_last").unwrap();
        let keys = parse_keys("noise_rate,method").unwrap();
        let grouped = groups(&compare::group(&all, &keys), &keys, &[acc], Scope::Finished);
        assert_eq!(
            csv(&grouped),
            "noise_rate,method,runs,chosen_setting,test_acc_last_mean,test_acc_last_std,test_acc_last_n\n\
             0,dropout,2,p 0.1,0.1,0,2\n0.4,dropout,2,p 0.3,0.3,0,2\n"
        );
        let [rows, cols] = ["noise_rate", "method"].map(|n| key_field(n).unwrap());
        let sheet = pivot(&compare::pivot(&all, rows, cols, acc, Scope::Finished));
        assert_eq!(sheet.header[4], "method=dropout:test_acc_last_setting");
        assert_eq!(sheet.rows[1], ["0.4", "0.3", "0", "2", "p 0.3"]);
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
