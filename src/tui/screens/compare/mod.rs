//! Compare: the history of all runs ever made, as table, pivot, curves and difference.

mod choose;
mod click;
mod diff;
mod effect;
mod export;
mod keys;
mod look;
mod metrics;
mod msg;
mod names;
mod picker;
mod rows;
mod state;
mod typing;
mod update;
mod view;

pub use effect::carry_out;
pub use keys::{Binding, KEYS, keys, message};
pub use look::{Look, Signs};
pub use msg::{Effect, Msg};
pub use state::{State, View};
pub use update::update;
pub use view::draw;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
