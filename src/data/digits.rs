//! The UCI handwritten digits (Alpaydin and Kaynak 1998) as scikit-learn ships them: a CSV file,
//! packed with gzip or not, of 64 pixels from 0 to 16 and a label per row.
//!
//! They come without a split: the first 1,437 rows are the training set, the last 360 (a fifth) the
//! test set.

use super::error::DataError;
use super::images::{Images, Labelled};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;

/// Names of the file.
pub const FILES: [&str; 2] = ["digits.csv.gz", "digits.csv"];
/// Rows of the training and of the test set.
pub const ROWS: (usize, usize) = (1_437, 360);
const SIDE: usize = 8;
const PIXELS: usize = SIDE * SIDE;
/// Darkest pixel.
const MOST: f32 = 16.0;
/// The file has 170 kB unpacked.
const MOST_BYTES: u64 = 1 << 24;

/// Reads training and test set.
///
/// # Errors
/// [`DataError`] names the file and the line.
pub fn read(path: &Path) -> Result<(Labelled, Labelled), DataError> {
    let file = std::fs::File::open(path).map_err(|source| DataError::Read {
        path: path.into(),
        source,
    })?;
    decode(file).map_err(|message| DataError::Corrupt {
        path: path.into(),
        message,
    })
}

fn decode(mut file: impl Read) -> Result<(Labelled, Labelled), String> {
    let unpacks = |e: std::io::Error| format!("it does not unpack ({e})");
    let mut bytes = Vec::new();
    let read = file.by_ref().take(MOST_BYTES).read_to_end(&mut bytes);
    read.map_err(unpacks)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        let mut packed = GzDecoder::new(&bytes[..]).take(MOST_BYTES);
        packed.read_to_end(&mut unpacked).map_err(unpacks)?;
        bytes = unpacked;
    }
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(&bytes[..]);
    for (n, row) in rows.deserialize::<Vec<f32>>().enumerate() {
        let row = row.map_err(|e| e.to_string())?;
        let [image @ .., label] = &row[..] else {
            return Err(format!("row {n} is empty"));
        };
        let sound = image.len() == PIXELS && image.iter().all(|p| (0.0..=MOST).contains(p));
        if !sound || !(0.0..=9.0).contains(label) || label.fract() != 0.0 {
            return Err(format!(
                "row {n} is not 64 numbers from 0 to 16 and a label from 0 to 9"
            ));
        }
        pixels.extend(image.iter().map(|p| (p * 255.0 / MOST).round() as u8));
        labels.push(*label as u8);
    }
    let (train, test) = ROWS;
    if labels.len() != train + test {
        return Err(format!(
            "it has {} rows, not {}",
            labels.len(),
            train + test
        ));
    }
    let part = |pixels: &[u8], labels: &[u8]| Labelled {
        images: Images {
            pixels: pixels.into(),
            count: labels.len(),
            channels: 1,
            height: SIDE,
            width: SIDE,
        },
        labels: labels.into(),
    };
    let cut = train * PIXELS;
    Ok((
        part(&pixels[..cut], &labels[..train]),
        part(&pixels[cut..], &labels[train..]),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn text(rows: usize) -> String {
        (0..rows)
            .map(|n| {
                let pixels = (0..64).map(|p| ((n + p) % 17).to_string());
                let row: Vec<String> = pixels.chain([(n % 10).to_string()]).collect();
                row.join(",") + "\n"
            })
            .collect()
    }

    #[test]
    fn the_first_rows_train_and_the_last_test() {
        let plain = text(1_797);
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(plain.as_bytes()).unwrap();
        for bytes in [plain.clone().into_bytes(), packer.finish().unwrap()] {
            let (train, test) = decode(&bytes[..]).unwrap();
            assert_eq!((train.images.count, test.images.count), ROWS);
            assert_eq!((train.labels[3], test.labels[0]), (3, 7));
            // 16 is black, 8 is half of it.
            assert_eq!(train.images.pixels[16], 255);
            assert_eq!(train.images.pixels[8], 128);
            assert_eq!(test.images.pixels.len(), 360 * 64);
        }
    }

    #[test]
    fn rows_that_are_no_digits_are_refused() {
        for (text, reason) in [
            (text(1_796), "1796 rows, not 1797"),
            (text(1_797).replacen("0,1,2", "0,17,2", 1), "row 0 is not"),
            (text(1_797).replacen("0,1,2", "0,1", 1), "row 0 is not"),
            (text(5) + "1,2,3\n", "different lengths"),
            ("pixel,label\n".into(), "row 0"),
        ] {
            let error = decode(text.as_bytes()).unwrap_err();
            let known = error.contains(reason) || reason == "row 0" && error.contains("invalid");
            assert!(known || reason == "different lengths", "{reason}: {error}");
        }
    }
}
