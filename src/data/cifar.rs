//! CIFAR-10 and CIFAR-100 (Krizhevsky 2009), in the binary and in the Python version.

use super::error::DataError;
use super::images::{Images, Labelled};
use super::pickle;
use crate::spec::DataSet;
use std::path::Path;

const PIXELS: usize = 3 * 32 * 32;
/// A batch of CIFAR-100's Python version has 156 MB.
const MOST_BYTES: u64 = 1 << 28;

/// One of the forms in which a set is published.
#[derive(Debug)]
pub struct Version {
    /// The folder in its archive.
    pub folder: &'static str,
    /// The training files in the official order, which CIFAR-10N's labels follow.
    pub train: &'static [&'static str],
    /// The test file: the one that tells whether a folder holds the set.
    pub test: &'static str,
    format: Format,
    /// Images in each training file.
    train_images: usize,
    classes: usize,
}

/// Images in the test file.
const TEST_IMAGES: usize = 10_000;

#[derive(Debug)]
enum Format {
    /// Records of so many labels, the last of which counts, and 3×32×32 bytes.
    Binary { labels: usize },
    /// A pickled dictionary with an array of bytes under `data`, and a list of labels.
    Python { labels: &'static str },
}

static CIFAR_10: [Version; 2] = [
    Version {
        folder: "cifar-10-batches-bin",
        train: &[
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
        ],
        test: "test_batch.bin",
        format: Format::Binary { labels: 1 },
        train_images: 10_000,
        classes: 10,
    },
    Version {
        folder: "cifar-10-batches-py",
        train: &[
            "data_batch_1",
            "data_batch_2",
            "data_batch_3",
            "data_batch_4",
            "data_batch_5",
        ],
        test: "test_batch",
        format: Format::Python { labels: "labels" },
        train_images: 10_000,
        classes: 10,
    },
];

static CIFAR_100: [Version; 2] = [
    Version {
        folder: "cifar-100-binary",
        train: &["train.bin"],
        test: "test.bin",
        // The superclass, then the class.
        format: Format::Binary { labels: 2 },
        train_images: 50_000,
        classes: 100,
    },
    Version {
        folder: "cifar-100-python",
        train: &["train"],
        test: "test",
        format: Format::Python {
            labels: "fine_labels",
        },
        train_images: 50_000,
        classes: 100,
    },
];

/// The versions of CIFAR-10 or CIFAR-100; none for other sets.
pub fn versions(set: DataSet) -> &'static [Version] {
    match set {
        DataSet::Cifar10 => &CIFAR_10,
        DataSet::Cifar100 => &CIFAR_100,
        _ => &[],
    }
}

impl Version {
    /// Reads training and test set from a folder.
    ///
    /// # Errors
    /// [`DataError`] names the file and what is wrong with it.
    pub fn read(&self, folder: &Path) -> Result<(Labelled, Labelled), DataError> {
        let mut train = self.batch(&folder.join(self.train[0]), self.train_images)?;
        for name in &self.train[1..] {
            let batch = self.batch(&folder.join(name), self.train_images)?;
            train.images.count += batch.images.count;
            train.images.pixels.extend(batch.images.pixels);
            train.labels.extend(batch.labels);
        }
        Ok((train, self.batch(&folder.join(self.test), TEST_IMAGES)?))
    }

    fn batch(&self, path: &Path, images: usize) -> Result<Labelled, DataError> {
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
            return Err(corrupt(format!("it has {size} bytes")));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        self.decode(&bytes, images).map_err(corrupt)
    }

    fn decode(&self, bytes: &[u8], images: usize) -> Result<Labelled, String> {
        let (labels, pixels) = match self.format {
            Format::Binary { labels } => from_records(bytes, labels, images)?,
            Format::Python { labels } => from_pickle(bytes, labels, images)?,
        };
        let wrong = labels.iter().position(|&l| usize::from(l) >= self.classes);
        if let Some(i) = wrong {
            return Err(format!("the label of image {i} is {}", labels[i]));
        }
        Ok(Labelled {
            images: Images {
                pixels,
                count: images,
                channels: 3,
                height: 32,
                width: 32,
            },
            labels,
        })
    }
}

fn from_records(bytes: &[u8], labels: usize, images: usize) -> Result<(Vec<u8>, Vec<u8>), String> {
    let record = labels + PIXELS;
    if bytes.len() != images * record {
        return Err(format!(
            "it has {} bytes, not the {} of {images} images",
            bytes.len(),
            images * record
        ));
    }
    let mut pixels = Vec::with_capacity(images * PIXELS);
    let mut classes = Vec::with_capacity(images);
    for record in bytes.chunks_exact(record) {
        classes.push(record[labels - 1]);
        pixels.extend_from_slice(&record[labels..]);
    }
    Ok((classes, pixels))
}

fn from_pickle(bytes: &[u8], labels: &str, images: usize) -> Result<(Vec<u8>, Vec<u8>), String> {
    let pickle = pickle::parse(bytes)?;
    let under = |key: &str| {
        let value = pickle.get(pickle.root(), key);
        value.ok_or_else(|| format!("it has no `{key}`"))
    };
    let (shape, pixels) = pickle.bytes(under("data")?)?;
    if shape != [images, PIXELS] {
        return Err(format!(
            "its images are {shape:?} bytes, not [{images}, {PIXELS}]"
        ));
    }
    let classes = pickle.ints(under(labels)?)?;
    if classes.len() != images {
        return Err(format!(
            "it has {} labels for {images} images",
            classes.len()
        ));
    }
    let class = |(i, n): (usize, i64)| {
        u8::try_from(n).map_err(|_| format!("the label of image {i} is {n}"))
    };
    let classes: Result<_, _> = classes.into_iter().enumerate().map(class).collect();
    Ok((classes?, pixels.into_owned()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_official_order_and_refuses_torn_files() {
        let version = &CIFAR_10[0];
        let folder = tempfile::tempdir().unwrap();
        for (n, name) in version.train.iter().chain([&version.test]).enumerate() {
            let mut bytes = vec![n as u8; (1 + PIXELS) * 10_000];
            bytes[1] = 200 + n as u8;
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let (train, test) = version.read(folder.path()).unwrap();
        assert_eq!((train.images.count, test.images.count), (50_000, 10_000));
        for n in 0..5 {
            assert_eq!(train.labels[n * 10_000], n as u8);
            assert_eq!(train.images.pixels[n * 10_000 * PIXELS], 200 + n as u8);
        }
        assert_eq!(test.labels[9_999], 5);

        let torn = folder.path().join(version.train[2]);
        std::fs::write(&torn, [0; 100]).unwrap();
        let error = version.read(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("data_batch_3.bin") && error.contains("100 bytes"),
            "{error}"
        );
        std::fs::remove_file(torn).unwrap();
        let error = version.read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("cannot read"), "{error}");
    }

    #[test]
    fn the_class_counts_not_the_superclass() {
        let mut bytes = vec![7; 2 * (2 + PIXELS)];
        (bytes[0], bytes[1]) = (19, 99);
        let decoded = CIFAR_100[0].decode(&bytes, 2).unwrap();
        assert_eq!(decoded.labels, [99, 7]);
        assert_eq!(decoded.images.pixels, [7; 2 * PIXELS]);
    }

    #[test]
    fn the_python_version_is_read_from_what_python_2_wrote() {
        let ten = include_bytes!("../../tests/fixtures/labels/cifar10_batch");
        let hundred = include_bytes!("../../tests/fixtures/labels/cifar100_batch");
        for (version, bytes, labels) in [
            (&CIFAR_10[1], &ten[..], [3, 9]),
            (&CIFAR_100[1], &hundred[..], [3, 99]),
        ] {
            let decoded = version.decode(bytes, 2).unwrap();
            assert_eq!(decoded.labels, labels);
            let pixels = decoded.images.pixels.iter().enumerate();
            assert!(pixels.into_iter().all(|(i, p)| usize::from(*p) == i % 251));
            let error = version.decode(bytes, 3).unwrap_err();
            assert!(error.contains("[2, 3072] bytes, not [3, 3072]"), "{error}");
        }
        let error = CIFAR_10[1].decode(hundred, 2).unwrap_err();
        assert!(error.contains("no `labels`"), "{error}");
    }

    #[test]
    fn refuses_a_label_out_of_range() {
        for (version, least) in [(&CIFAR_10[0], 10), (&CIFAR_100[0], 100)] {
            let Format::Binary { labels } = version.format else {
                continue;
            };
            let mut bytes = vec![0; 2 * (labels + PIXELS)];
            bytes[labels + PIXELS + labels - 1] = least;
            let error = version.decode(&bytes, 2).unwrap_err();
            assert!(error.contains("label of image 1 is 10"), "{error}");
        }
    }
}
