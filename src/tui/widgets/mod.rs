//! Widgets.

pub mod curves;
pub mod heatmap;
pub mod pivot_map;
pub mod table;
pub mod ticks;
