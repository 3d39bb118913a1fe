//! CIFAR-10's binary version: records of a label and 3×32×32 bytes, in six files.

use super::error::DataError;
use super::images::{Images, Labelled};
use std::path::Path;

const PIXELS: usize = 3 * 32 * 32;
const RECORD: usize = 1 + PIXELS;
const PER_FILE: usize = 10_000;
/// The training files in the official order, which CIFAR-10N's labels follow.
pub const TRAIN: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
/// The file that tells whether a folder holds the set.
pub const TEST: &str = "test_batch.bin";

/// Reads training and test set from a folder.
pub fn read(folder: &Path) -> Result<(Labelled, Labelled), DataError> {
    let train = TRAIN
        .iter()
        .map(|name| batch(&folder.join(name), PER_FILE))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((joined(train), batch(&folder.join(TEST), PER_FILE)?))
}

fn batch(path: &Path, records: usize) -> Result<Labelled, DataError> {
    let bytes = std::fs::read(path).map_err(|source| DataError::Read {
        path: path.into(),
        source,
    })?;
    decode(path, &bytes, records)
}

fn decode(path: &Path, bytes: &[u8], records: usize) -> Result<Labelled, DataError> {
    let corrupt = |message: String| DataError::Corrupt {
        path: path.into(),
        message,
    };
    if bytes.len() != records * RECORD {
        return Err(corrupt(format!(
            "it has {} bytes, not the {} of {records} images",
            bytes.len(),
            records * RECORD
        )));
    }
    let mut labels = Vec::with_capacity(records);
    let mut pixels = Vec::with_capacity(records * PIXELS);
    for (i, record) in bytes.chunks_exact(RECORD).enumerate() {
        if record[0] > 9 {
            return Err(corrupt(format!("the label of image {i} is {}", record[0])));
        }
        labels.push(record[0]);
        pixels.extend_from_slice(&record[1..]);
    }
    Ok(Labelled {
        images: Images {
            pixels,
            count: records,
            channels: 3,
            height: 32,
            width: 32,
        },
        labels,
    })
}

fn joined(parts: Vec<Labelled>) -> Labelled {
    let mut whole = Labelled {
        images: Images {
            pixels: Vec::new(),
            count: 0,
            channels: 3,
            height: 32,
            width: 32,
        },
        labels: Vec::new(),
    };
    for part in parts {
        whole.images.count += part.images.count;
        whole.images.pixels.extend(part.images.pixels);
        whole.labels.extend(part.labels);
    }
    whole
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_official_order_and_refuses_torn_files() {
        let folder = tempfile::tempdir().unwrap();
        for (n, name) in TRAIN.iter().chain([&TEST]).enumerate() {
            let mut bytes = vec![n as u8; RECORD * PER_FILE];
            bytes[1] = 200 + n as u8;
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let (train, test) = read(folder.path()).unwrap();
        assert_eq!((train.images.count, test.images.count), (50_000, 10_000));
        for n in 0..5 {
            assert_eq!(train.labels[n * PER_FILE], n as u8);
            assert_eq!(train.images.pixels[n * PER_FILE * PIXELS], 200 + n as u8);
        }
        assert_eq!(test.labels[9_999], 5);

        let torn = folder.path().join(TRAIN[2]);
        std::fs::write(&torn, [0; 100]).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("data_batch_3.bin") && error.contains("100 bytes"),
            "{error}"
        );
        std::fs::remove_file(torn).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("cannot read"), "{error}");
    }

    #[test]
    fn refuses_a_label_out_of_range() {
        let mut bytes = vec![0; 2 * RECORD];
        bytes[RECORD] = 10;
        let error = decode(Path::new("x.bin"), &bytes, 2)
            .unwrap_err()
            .to_string();
        assert!(error.contains("label of image 1 is 10"), "{error}");
    }
}
