//! quell: a terminal lab for low-bit training on noisy labels.
//!
//! Data flows one way: [`spec`] → train → [`store`] → interface. `docs/architecture.md` tells
//! which room may call which.

pub mod compare;
pub mod data;
pub mod export;
pub mod spec;
pub mod store;
pub mod tui;
