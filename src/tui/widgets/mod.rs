//! Widgets.

pub mod curves;
pub mod heatmap;
pub mod table;
pub mod ticks;
