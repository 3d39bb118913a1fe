//! Tables as CSV: the list of runs, groups, and pivots. Numbers are unrounded, shares are 0–1, and
//! what is not known is an empty cell.

mod error;
mod file;
mod sheet;

pub use error::ExportError;
pub use file::{save, save_csv, write_csv};
pub use sheet::{Sheet, groups, pivot, runs};
