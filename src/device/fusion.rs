//! Fusion of operations on a GPU, which can only be switched off for a whole process.

use std::process::Command;

/// Read by burn-fusion (`BurnConfig`): with 0 it never looks for operations to fuse.
const EXPLORATIONS: &str = "BURN_FUSION_MAX_EXPLORATIONS";

/// Whether this process trains without fusion.
pub fn is_off() -> bool {
    std::env::var(EXPLORATIONS).is_ok_and(|n| n == "0")
}

/// Has `command` train with or without fusion, whatever this process does.
pub fn switch(command: &mut Command, on: bool) -> &mut Command {
    if on {
        command.env_remove(EXPLORATIONS)
    } else {
        command.env(EXPLORATIONS, "0")
    }
}
