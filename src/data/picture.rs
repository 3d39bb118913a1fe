//! Picture files → pixels of the size that networks are given.

use super::error::DataError;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader, Limits};
use std::io::Cursor;
use std::path::Path;

/// No picture file may be larger, nor need more memory than this to be decoded.
const MOST_BYTES: u64 = 1 << 28;
/// Rows or columns of a picture, at most.
const MOST_SIDE: u32 = 1 << 15;
/// Nor may all pixels of a set, once its pictures are resized.
pub const MOST_PIXELS: usize = 1 << 34;

/// Whether a file is a picture by its name: `.png`, `.jpg` or `.jpeg`, and not hidden.
pub fn is_picture(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_none_or(|n| n.to_string_lossy().starts_with('.'));
    let extension = path.extension().map(|e| e.to_ascii_lowercase());
    let known = extension.is_some_and(|e| ["png", "jpg", "jpeg"].iter().any(|k| e == *k));
    known && !hidden
}

/// The number that a file is named by, leading zeros or not.
pub fn number(path: &Path) -> Option<u64> {
    let stem = path.file_stem()?.to_str()?;
    let digits = stem.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| stem.parse().ok()).flatten()
}

/// Decodes a file.
///
/// # Errors
/// [`DataError::Read`] if it cannot be read, [`DataError::Corrupt`] if what was read is no picture:
/// the two are told apart, since the first may pass.
pub fn decode(path: &Path) -> Result<DynamicImage, DataError> {
    let failed = |source| DataError::Read {
        path: path.into(),
        source,
    };
    let corrupt = |message: String| DataError::Corrupt {
        path: path.into(),
        message,
    };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MOST_BYTES {
        return Err(corrupt(format!(
            "{size} bytes are more than a picture may have"
        )));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(failed)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    // Resizing a line of many pixels takes sixteen bytes for each of them, for each row.
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    reader.limits(limits);
    reader.decode().map_err(|e| corrupt(e.to_string()))
}

/// Writes a picture into C×`side`×`side` bytes, stretched where it is no square.
pub fn fill(image: DynamicImage, side: u32, grey: bool, pixels: &mut [u8]) {
    let image = if (image.width(), image.height()) == (side, side) {
        image
    } else {
        image.resize_exact(side, side, FilterType::Triangle)
    };
    if grey {
        pixels.copy_from_slice(image.to_luma8().as_raw());
        return;
    }
    let rgb = image.to_rgb8();
    let plane = pixels.len() / 3;
    for (i, pixel) in rgb.pixels().enumerate() {
        for (c, value) in pixel.0.iter().enumerate() {
            pixels[c * plane + i] = *value;
        }
    }
}
