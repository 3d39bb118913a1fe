//! The IDX format of MNIST, packed with gzip or not.

use super::error::DataError;
use super::images::{Images, Labelled};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;

const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;
/// The largest set of this format has 60,000 images of 28×28; a header that asks for more than
/// this many bytes is broken, and must not be believed.
const MOST_BYTES: usize = 1 << 30;

/// Reads a pair of image and label files' contents. `classes` bounds the labels.
pub fn decode(
    images: (&Path, &[u8]),
    labels: (&Path, &[u8]),
    classes: usize,
) -> Result<Labelled, DataError> {
    let (dims, pixels) = body(images.0, images.1, IMAGES)?;
    let (label_dims, label_bytes) = body(labels.0, labels.1, LABELS)?;
    let (count, height, width) = (dims[0], dims[1], dims[2]);
    let corrupt = |message: String| DataError::Corrupt {
        path: labels.0.into(),
        message,
    };
    if label_dims[0] != count {
        return Err(corrupt(format!(
            "it has {} labels, but {} has {count} images",
            label_dims[0],
            images.0.display()
        )));
    }
    if count == 0 {
        return Err(DataError::Corrupt {
            path: images.0.into(),
            message: "it holds no images".into(),
        });
    }
    if let Some(i) = label_bytes.iter().position(|&l| usize::from(l) >= classes) {
        return Err(corrupt(format!(
            "label {i} is {}, but there are {classes} classes",
            label_bytes[i]
        )));
    }
    Ok(Labelled {
        images: Images {
            pixels,
            count,
            channels: 1,
            height,
            width,
        },
        labels: label_bytes,
    })
}

/// Dimensions and bytes after a header with this magic number.
fn body(path: &Path, bytes: &[u8], magic: u32) -> Result<(Vec<usize>, Vec<u8>), DataError> {
    let corrupt = |message: String| DataError::Corrupt {
        path: path.into(),
        message,
    };
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes)
            .take(MOST_BYTES as u64)
            .read_to_end(&mut unpacked)
            .map_err(|e| corrupt(format!("it does not unpack ({e})")))?;
        &unpacked
    } else {
        bytes
    };
    let word = |i: usize| {
        bytes
            .get(4 * i..4 * i + 4)
            .and_then(|b| b.try_into().ok())
            .map(u32::from_be_bytes)
            .ok_or_else(|| {
                corrupt(format!(
                    "it ends within its header, after {} bytes",
                    bytes.len()
                ))
            })
    };
    let found = word(0)?;
    if found != magic {
        return Err(corrupt(format!(
            "it begins with {found:#010x}, not with {magic:#010x}"
        )));
    }
    let rank = (magic & 0xff) as usize;
    let dims = (1..=rank)
        .map(|i| word(i).map(|d| d as usize))
        .collect::<Result<Vec<_>, _>>()?;
    let wanted = dims
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .filter(|&n| n <= MOST_BYTES)
        .ok_or_else(|| corrupt(format!("its header asks for {dims:?} bytes")))?;
    let data = &bytes[4 * (rank + 1)..];
    if data.len() != wanted {
        return Err(corrupt(format!(
            "{} bytes follow its header, but {wanted} were announced",
            data.len()
        )));
    }
    Ok((dims, data.to_vec()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn file(magic: u32, dims: &[u32], data: &[u8]) -> Vec<u8> {
        let mut out = magic.to_be_bytes().to_vec();
        for d in dims {
            out.extend(d.to_be_bytes());
        }
        out.extend(data);
        out
    }

    fn read(images: &[u8], labels: &[u8]) -> Result<Labelled, DataError> {
        decode(
            (Path::new("images"), images),
            (Path::new("labels"), labels),
            10,
        )
    }

    #[test]
    fn reads_plain_and_packed_files() {
        let images = file(IMAGES, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let labels = file(LABELS, &[2], &[9, 0]);
        let plain = read(&images, &labels).unwrap();
        assert_eq!(plain.images.pixels, [1, 2, 3, 4, 5, 6]);
        assert_eq!(
            (plain.images.count, plain.images.height, plain.images.width),
            (2, 1, 3)
        );
        assert_eq!(plain.labels, [9, 0]);
        let mut gz = GzEncoder::new(Vec::new(), Compression::best());
        gz.write_all(&images).unwrap();
        let packed = gz.finish().unwrap();
        assert_eq!(read(&packed, &labels).unwrap().images, plain.images);
        let torn = read(&packed[..packed.len() - 9], &labels)
            .unwrap_err()
            .to_string();
        assert!(torn.contains("images") && torn.contains("unpack"), "{torn}");
    }

    #[test]
    fn names_the_file_and_what_is_wrong_with_it() {
        let images = file(IMAGES, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let labels = file(LABELS, &[2], &[9, 0]);
        for (images, labels, message) in [
            (
                &images[..20],
                &labels[..],
                "4 bytes follow its header, but 6 were announced",
            ),
            (
                &[&images[..], &[0]].concat()[..],
                &labels[..],
                "7 bytes follow its header, but 6 were announced",
            ),
            (
                &file(IMAGES, &[0, 1, 3], &[])[..],
                &file(LABELS, &[0], &[])[..],
                "no images",
            ),
            (&[][..], &labels[..], "ends within its header"),
            (&images[..7], &labels[..], "ends within its header"),
            (&labels[..], &labels[..], "begins with 0x00000801"),
            (
                &images[..],
                &file(LABELS, &[1], &[9])[..],
                "it has 1 labels",
            ),
            (
                &images[..],
                &file(LABELS, &[2], &[9, 10])[..],
                "label 1 is 10",
            ),
            (
                &file(IMAGES, &[u32::MAX, u32::MAX, 9], &[])[..],
                &labels[..],
                "header asks for",
            ),
        ] {
            let error = read(images, labels).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
