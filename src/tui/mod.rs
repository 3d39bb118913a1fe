//! The terminal interface.

pub mod screens;
pub mod widgets;
