//! The terminal interface: key → [`Action`](action::Action) → pure update → effects and a frame.

pub mod action;
pub mod app;
mod effects;
mod follow;
pub mod keymap;
mod line;
mod run;
pub mod screens;
mod terminal;
mod text;
pub mod theme;
mod update;
pub(crate) mod view;
pub mod widgets;

pub use run::{TuiOptions, run};
