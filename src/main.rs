//! quell: a terminal lab for low-bit training on noisy labels.

use std::process::ExitCode;

fn main() -> ExitCode {
    quell::cli::main()
}
