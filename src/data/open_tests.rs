//! Tests of how files are found, and of the bundled set.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::shape::pixel_statistics;
use flate2::{Compression, write::GzEncoder};
use std::collections::HashMap;
use std::io::Write;

fn spec(set: DataSet, dir: Option<&Path>) -> DataSpec {
    let text = format!("set = \"{set}\"");
    let mut spec: DataSpec = toml::from_str(&text).unwrap();
    spec.dir = dir.map(Into::into);
    spec
}

/// An IDX file with these dimensions, every byte of which is `fill`.
fn idx(dims: &[u32], fill: u8) -> Vec<u8> {
    let mut bytes = (0x0800 + dims.len() as u32).to_be_bytes().to_vec();
    bytes.extend(dims.iter().flat_map(|d| d.to_be_bytes()));
    let count: u32 = dims.iter().product();
    bytes.extend(std::iter::repeat_n(fill, count as usize));
    bytes
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn finds_idx_files_by_each_of_their_names() {
    for (dot, packed) in [("-", ""), ("-", ".gz"), (".", ""), (".", ".gz")] {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("mnist");
        std::fs::create_dir(&folder).unwrap();
        for (part, count, class) in [("train", 3, 7), ("t10k", 2, 1)] {
            for (kind, bytes) in [
                (format!("images{dot}idx3"), idx(&[count, 28, 28], class)),
                (format!("labels{dot}idx1"), idx(&[count], class)),
            ] {
                let bytes = if packed.is_empty() { bytes } else { gz(&bytes) };
                let name = format!("{part}-{kind}-ubyte{packed}");
                std::fs::write(folder.join(name), bytes).unwrap();
            }
        }
        let wanted = spec(DataSet::Mnist, None);
        assert_eq!(locate(&wanted, home.path()).unwrap(), folder);
        let (train, test) = open(&wanted, home.path()).unwrap().split().unwrap();
        assert_eq!(
            (train.labels, test.labels),
            (vec![7; 3], vec![1; 2]),
            "{dot}{packed}"
        );
        assert_eq!(test.images.pixels, vec![1; 2 * 784]);
    }
}

#[test]
fn refuses_images_of_another_size() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["train", "t10k"] {
        let at = |kind: &str| folder.path().join(format!("{part}-{kind}-ubyte"));
        std::fs::write(at("images-idx3"), idx(&[2, 32, 32], 0)).unwrap();
        std::fs::write(at("labels-idx1"), idx(&[2], 0)).unwrap();
    }
    let wanted = spec(DataSet::Mnist, Some(folder.path()));
    let error = open(&wanted, Path::new("")).unwrap_err().to_string();
    assert!(
        error.contains("train-images-idx3-ubyte") && error.contains("32×32, not 28×28"),
        "{error}"
    );
}

#[test]
fn finds_each_version_of_cifar_in_the_folder_and_in_the_archives_subfolder() {
    for set in [DataSet::Cifar10, DataSet::Cifar100] {
        for version in cifar::versions(set) {
            for inside in ["", version.folder] {
                let folder = tempfile::tempdir().unwrap();
                let place = folder.path().join(inside);
                std::fs::create_dir_all(&place).unwrap();
                for name in version.train.iter().chain([&version.test]) {
                    std::fs::write(place.join(name), []).unwrap();
                }
                let wanted = spec(set, Some(folder.path()));
                let found = locate(&wanted, Path::new("")).unwrap();
                assert_eq!(found, folder.path().join(inside));
                let last = version.train[version.train.len() - 1];
                std::fs::remove_file(place.join(last)).unwrap();
                let error = locate(&wanted, Path::new("")).unwrap_err().to_string();
                assert!(
                    error.contains(&format!("found no {last}")) && error.contains("binary version"),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn says_where_it_looked_and_where_the_set_can_be_had() {
    let home = Path::new("/nowhere");
    for (set, words) in [
        (
            DataSet::Mnist,
            ["/nowhere/mnist", "train-images-idx3-ubyte", "data.dir"],
        ),
        (
            DataSet::Cifar10,
            ["/nowhere/cifar10", "test_batch.bin", "binary version"],
        ),
    ] {
        let error = open(&spec(set, None), home).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{word}: {error}");
        }
    }
    let fashion = spec(DataSet::FashionMnist, Some(home));
    let error = open(&fashion, home).unwrap_err().to_string();
    assert!(error.contains("dataset-fashion-mnist"), "{error}");
}

#[test]
fn the_bundled_set_is_whole_balanced_and_small() {
    let (train, test) = bundled().unwrap();
    for (part, each) in [(&train, 500), (&test, 150)] {
        let mut counts = [0; CLASSES];
        for &label in &part.labels {
            counts[usize::from(label)] += 1;
        }
        assert_eq!(counts, [each; CLASSES]);
    }
    let bytes = TRAIN_IMAGES.len() + TRAIN_LABELS.len() + TEST_IMAGES.len() + TEST_LABELS.len();
    assert!(bytes < 3_000_000, "{bytes}");
}

/// Mean and standard deviation of pixels scaled to 0–1.
fn statistics(pixels: &[u8]) -> (f64, f64) {
    let count = pixels.len() as f64;
    let mean = pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / count;
    let square = pixels.iter().map(|&p| f64::from(p).powi(2)).sum::<f64>() / count;
    (mean / 255.0, (square - mean * mean).sqrt() / 255.0)
}

#[test]
fn the_bundled_set_lies_within_debians_fashion_mnist() {
    if !Path::new(DEBIAN_FASHION).is_dir() {
        eprintln!("skipped: the Debian package dataset-fashion-mnist is not installed");
        return;
    }
    let wanted = spec(DataSet::FashionMnist, Some(Path::new(DEBIAN_FASHION)));
    let whole = open(&wanted, Path::new("")).unwrap().split().unwrap();
    assert_eq!(
        (whole.0.images.count, whole.1.images.count),
        (60_000, 10_000)
    );
    let ours = bundled().unwrap();
    for (ours, whole) in [(&ours.0, &whole.0), (&ours.1, &whole.1)] {
        let known: HashMap<&[u8], u8> = whole
            .images
            .pixels
            .chunks_exact(784)
            .zip(whole.labels.iter().copied())
            .collect();
        for (image, label) in ours.images.pixels.chunks_exact(784).zip(&ours.labels) {
            assert_eq!(known.get(image), Some(label));
        }
    }
    let (mean, std) = statistics(&whole.0.images.pixels);
    let (told_mean, told_std) = pixel_statistics(DataSet::FashionMnist, &whole.0.images);
    assert!((mean - f64::from(told_mean[0])).abs() < 1e-4, "{mean}");
    assert!((std - f64::from(told_std[0])).abs() < 1e-4, "{std}");
}
