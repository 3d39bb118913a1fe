//! Monitor: all runs, live, and what to do about them.

mod figures;
mod msg;
mod state;
mod update;
mod view;

pub use msg::Msg;
pub use state::{Order, State, Tab};
pub use update::update;
pub use view::{draw, scrolls};

#[cfg(test)]
mod tests;
