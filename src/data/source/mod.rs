//! Where published data sets come from, and whether the files at hand are they.

mod catalog;
mod fetch;
mod unpack;
mod verify;

pub use catalog::{Remote, Source, source};
pub use fetch::{FetchError, Fetched, fetch};
pub use verify::{FileCheck, Held, Report, verify};

use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// The SHA-256 of a file, in hexadecimal digits.
fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
    }
    let digits = hash.finalize();
    Ok(digits.iter().map(|byte| format!("{byte:02x}")).collect())
}
