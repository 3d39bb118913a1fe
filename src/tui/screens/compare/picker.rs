//! A list to choose from.

use super::state::State;
use crate::compare::{Field, Role, fields};

/// What is being chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// What the table is grouped by.
    Group,
    /// The columns of the table: several.
    Columns,
    /// The key of the pivot's rows.
    PivotRows,
    /// The key of the pivot's columns.
    PivotColumns,
    /// The metric of the pivot.
    PivotMetric,
    /// The quantity of the curves.
    CurveMetric,
}

impl Choice {
    /// The question.
    pub fn title(self) -> &'static str {
        match self {
            Self::Group => "Group runs by",
            Self::Columns => "Columns: space shows or hides",
            Self::PivotRows => "Rows of the pivot",
            Self::PivotColumns => "Columns of the pivot",
            Self::PivotMetric => "Metric of the pivot",
            Self::CurveMetric => "Curves of",
        }
    }
}

/// One thing that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// What it is.
    pub help: String,
}

/// An open list.
#[derive(Clone, Debug, PartialEq)]
pub struct Picker {
    /// What is being chosen.
    pub choice: Choice,
    /// All there is.
    pub items: Vec<Item>,
    /// The item under the cursor, among those that fit what was typed.
    pub cursor: usize,
    /// What was typed: items that hold it are shown.
    pub text: String,
}

/// Stands first in the list of groupings.
pub const NO_GROUP: &str = "no grouping";

impl Picker {
    /// The list for a choice, with the cursor on what is chosen now.
    pub fn open(choice: Choice, state: &State) -> Self {
        let of = |roles: &[Role]| {
            let wanted = fields().iter().filter(|f| roles.contains(&f.role));
            wanted
                .map(|f: &Field| Item {
                    name: f.name.into(),
                    help: f.help.into(),
                })
                .collect::<Vec<_>>()
        };
        let item = |name: &str, help: &str| Item {
            name: name.into(),
            help: help.into(),
        };
        let (items, now) = match choice {
            Choice::Group => {
                let mut items = vec![
                    item(NO_GROUP, "one row per run"),
                    item(
                        super::state::Grouping::Repetitions.title(),
                        "repetitions of one experiment: mean ± std over seeds and folds",
                    ),
                ];
                items.extend(of(&[Role::Key]));
                (items, state.group.map_or(NO_GROUP, |g| g.title()))
            }
            Choice::Columns => (
                of(&[Role::Key, Role::Metric]),
                state.columns.get(state.cursor.1).map_or("", |f| f.name),
            ),
            Choice::PivotRows => (of(&[Role::Key, Role::Axis]), state.pivot_keys.0.name),
            Choice::PivotColumns => (of(&[Role::Key, Role::Axis]), state.pivot_columns().name),
            Choice::PivotMetric => (of(&[Role::Metric]), state.pivot_metric().name),
            Choice::CurveMetric => {
                let metrics = super::metrics::CURVE_METRICS.iter();
                let now = super::metrics::CURVE_METRICS[state.curve_metric].name;
                (metrics.map(|m| item(m.name, m.label)).collect(), now)
            }
        };
        let cursor = items.iter().position(|i| i.name == now).unwrap_or(0);
        Self {
            choice,
            items,
            cursor,
            text: String::new(),
        }
    }

    /// Items that hold what was typed, in name or help.
    pub fn shown(&self) -> Vec<&Item> {
        let text = self.text.to_lowercase();
        let fits = |i: &&Item| i.name.contains(&text) || i.help.to_lowercase().contains(&text);
        self.items.iter().filter(fits).collect()
    }

    /// The item under the cursor.
    pub fn current(&self) -> Option<&Item> {
        self.shown().get(self.cursor).copied()
    }

    /// Moves the cursor.
    pub fn down(&mut self, by: isize) {
        let last = self.shown().len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    /// Changes what was typed.
    pub fn typed(&mut self, change: impl FnOnce(&mut String)) {
        change(&mut self.text);
        self.cursor = 0;
    }
}
