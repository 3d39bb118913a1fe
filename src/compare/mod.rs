//! The history of all runs as a table: filter, sort, group, pivot, and what configurations differ in.
//!
//! Every column, key and metric is a [`Field`] of one table, found by name with [`field`].

mod diff;
mod error;
mod field;
mod fields;
mod filter;
mod format;
mod glob;
mod group;
mod pivot;
mod sort;
mod stat;
mod suspects;
mod tune;
mod value;
mod words;

pub use diff::{DiffRow, diff, differing, flatten};
pub use error::CompareError;
pub use field::{
    Better, Field, Kind, Role, axis_field, field, fields, key, key_field, metric, metric_field,
    run_field,
};
pub use filter::Filter;
pub use format::{bytes, seconds};
pub use group::{Group, group, parse_keys};
pub use pivot::{Cell, Images, Pivot, default_columns, default_metric, pivot};
pub use sort::{SortKey, parse_sort, sort};
pub use stat::{Scope, Stat};
pub use suspects::{Suspects, Suspicion, suspects};
pub use tune::{Choice, tune};
pub use value::Value;

#[cfg(test)]
pub(crate) mod testing;
