//! The terminal interface.

pub mod screens;
pub mod theme;
pub mod widgets;
