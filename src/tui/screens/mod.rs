//! The screens.

pub mod compare;
