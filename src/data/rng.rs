//! The only source of randomness: generators keyed by what they are for.
//!
//! burn's backends keep one random state per process, which runs would disturb in each other and
//! which cannot be saved. A keyed generator needs no saving: a resumed run draws what it would
//! have drawn.

use rand::{Rng, RngExt, SeedableRng};
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

/// A standard normal number (Box and Muller 1958): two uniform draws each, so that the sequence does
/// not depend on how many were drawn before.
pub fn normal(rng: &mut impl Rng) -> f64 {
    let u: f64 = 1.0 - rng.random::<f64>();
    let v: f64 = rng.random();
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, purpose: &str, a: u64, b: u64) -> u64 {
        keyed(seed, purpose, a, b).random()
    }

    #[test]
    fn each_part_of_the_key_makes_another_stream() {
        let streams = [
            first(0, "noise", 0, 0),
            first(1, "noise", 0, 0),
            first(0, "subset", 0, 0),
            first(0, "noise", 1, 0),
            first(0, "noise", 0, 1),
            first(0, "noise", 1, 1),
        ];
        for (i, stream) in streams.iter().enumerate() {
            assert!(!streams[..i].contains(stream), "{i}");
        }
        assert_eq!(streams[0], first(0, "noise", 0, 0));
    }

    /// The value is that of ChaCha8 and SHA-256 written out in another language. An update of a
    /// crate that changed it would silently change every result.
    #[test]
    fn the_streams_stay_what_they_are() {
        assert_eq!(first(0, "noise", 0, 0), 0x50ba_35db_72c7_d6b6);
    }
}
