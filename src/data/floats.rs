//! Numbers with a fraction as files hold them.

use half::{bf16, f16};

/// A type of numbers, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float {
    /// IEEE 754, 16 bits.
    Half,
    /// The upper half of a single's bits.
    Brain,
    /// IEEE 754, 32 bits.
    Single,
    /// IEEE 754, 64 bits.
    Double,
}

impl Float {
    /// The numbers in `bytes`, rounded to single precision.
    pub fn read(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::Half => each(bytes, |b| f16::from_le_bytes(b).to_f32()),
            Self::Brain => each(bytes, |b| bf16::from_le_bytes(b).to_f32()),
            Self::Single => each(bytes, f32::from_le_bytes),
            Self::Double => each(bytes, |b| f64::from_le_bytes(b) as f32),
        }
    }
}

/// A number of each so many bytes.
fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|bytes| number(*bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_gives_its_numbers() {
        // 1.5 and −2 in each.
        for (float, bytes) in [
            (Float::Half, &[0x00, 0x3e, 0x00, 0xc0][..]),
            (Float::Brain, &[0xc0, 0x3f, 0x00, 0xc0]),
            (Float::Single, &[0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]),
            (
                Float::Double,
                &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0],
            ),
        ] {
            assert_eq!(float.read(bytes), [1.5, -2.0], "{float:?}");
        }
    }
}
