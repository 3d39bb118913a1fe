//! quell: a terminal lab for low-bit training on noisy labels.
//!
//! Data flows one way: [`spec`] → train → [`store`] → interface. `docs/architecture.md` tells
//! which room may call which.

pub mod cli;
pub mod compare;
pub mod data;
pub mod device;
pub mod export;
pub mod kernel;
pub mod method;
pub mod model;
pub mod plan;
pub mod quant;
pub mod spec;
pub mod store;
pub mod train;
pub mod tui;
pub mod worker;
