//! What a choice from a list changes.

use super::metrics::CURVE_METRICS;
use super::picker::{Choice, NO_GROUP};
use super::state::{Grouping, State};
use crate::compare::{axis_field, key_field, metric_field};

/// Takes the item `name` of a list.
pub(super) fn choose(state: &mut State, choice: Choice, name: &str) {
    match choice {
        Choice::Group => {
            state.group = if name == NO_GROUP {
                None
            } else {
                Some(key_field(name).map_or(Grouping::Repetitions, Grouping::Key))
            };
            state.folded.clear();
            state.cursor.0 = 0;
        }
        Choice::Columns => {}
        Choice::PivotRows => {
            if let Ok(key) = axis_field(name) {
                state.pivot_keys.0 = key;
            }
        }
        Choice::PivotColumns => {
            if let Ok(key) = axis_field(name) {
                state.pivot_keys.1 = Some(key);
            }
        }
        Choice::PivotMetric => {
            if let Ok(metric) = metric_field(name) {
                state.pivot_metric = Some(metric);
            }
        }
        Choice::CurveMetric => {
            if let Some(at) = CURVE_METRICS.iter().position(|m| m.name == name) {
                state.curve_metric = at;
            }
        }
    }
}
