//! The only source of randomness: generators keyed by what they are for.
//!
//! burn's backends keep one random state per process, which runs would disturb in each other and
//! which cannot be saved. A keyed generator needs no saving: a resumed run draws what it would
//! have drawn.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The generator for one purpose (`noise`, `shuffle`, …) of the run with `seed`, at place `(a, b)`
/// such as epoch and step.
pub fn keyed(seed: u64, purpose: &str, a: u64, b: u64) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update((purpose.len() as u64).to_le_bytes());
    hash.update(purpose.as_bytes());
    hash.update(a.to_le_bytes());
    hash.update(b.to_le_bytes());
    ChaCha8Rng::from_seed(hash.finalize().into())
}
