//! The screens.

pub mod compare;
pub mod monitor;
pub mod setup;
