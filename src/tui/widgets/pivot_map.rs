//! A pivot as a heat map: heads and cells as text.

use super::heatmap::{HeatCell, HeatMap, HeatStyle};
use crate::compare::{Better, Cell, Pivot, Value};
use crate::store::clean;
use crate::tui::screens::compare::Look;

/// Heads and cells of a pivot as text.
#[derive(Clone, Debug)]
pub struct PivotMap {
    corner: String,
    columns: Vec<String>,
    rows: Vec<(String, Vec<HeatCell>)>,
}

impl PivotMap {
    /// That of a pivot.
    pub fn of(pivot: &Pivot) -> Self {
        let range = pivot.range();
        let cell = |cell: &Option<Cell>, best: bool| {
            let Some(cell) = cell else {
                return HeatCell::default();
            };
            let Some(stat) = cell.stat else {
                return HeatCell {
                    text: String::new(),
                    note: String::new(),
                    shade: None,
                    best: false,
                };
            };
            HeatCell {
                text: pivot.metric.format_stat(&stat),
                note: match cell.choice.as_ref().and_then(|c| c.setting()) {
                    Some(setting) => format!("n={} {}", stat.n, clean(setting)),
                    None => format!("n={}", stat.n),
                },
                shade: range.map(|(low, high)| {
                    let share = if high > low {
                        (stat.mean - low) / (high - low)
                    } else {
                        0.5
                    };
                    // The ramp's high end is the good one.
                    if pivot.metric.better == Better::Lower {
                        1.0 - share
                    } else {
                        share
                    }
                }),
                best,
            }
        };
        let rows = pivot.row_values.iter().zip(&pivot.cells).enumerate();
        Self {
            corner: pivot.rows.label.to_owned(),
            columns: pivot
                .col_values
                .iter()
                .map(|v| clean(&column(pivot, v)))
                .collect(),
            rows: rows
                .map(|(index, (value, cells))| {
                    let best = pivot.best(index);
                    let cells = cells
                        .iter()
                        .zip(0..)
                        .map(|(c, at)| cell(c, best == Some(at)));
                    (clean(&pivot.rows.format(value)), cells.collect())
                })
                .collect(),
        }
    }

    /// The widget, with the cursor on a cell.
    pub fn map(&self, cursor: (usize, usize), look: &Look) -> HeatMap<'_> {
        HeatMap {
            corner: &self.corner,
            columns: &self.columns,
            rows: &self.rows,
            cursor,
            style: HeatStyle {
                head: look.head,
                plain: look.text,
                ramp: look.ramp.clone(),
                best: look.signs.best,
                none: look.signs.none,
            },
        }
    }

    /// The widget as far as places on the screen depend on it.
    pub fn bare(&self, cursor: (usize, usize)) -> HeatMap<'_> {
        HeatMap {
            corner: &self.corner,
            columns: &self.columns,
            rows: &self.rows,
            cursor,
            style: HeatStyle {
                head: Default::default(),
                plain: Default::default(),
                ramp: Vec::new(),
                best: "",
                none: "",
            },
        }
    }
}

/// The head of a column; the matched control is named as such.
fn column(pivot: &Pivot, value: &Value) -> String {
    let text = pivot.cols.format(value);
    if text == "fp32" {
        "fp32 (control)".into()
    } else {
        text
    }
}
