//! Setup: a form of what to run, and beside it what that makes.

mod edit;
mod field;
mod msg;
mod state;
mod update;
mod value;
mod view;

pub use msg::Msg;
pub use state::State;
pub use update::{replan, update};
pub use view::draw;

#[cfg(test)]
mod tests;
