//! Tests of labels out of files.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::pickle;
use std::path::PathBuf;

fn truth() -> Vec<u8> {
    (0..20).map(|i| i % 10).collect()
}

fn fixture(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/labels");
    Path::new(folder).join(name)
}

fn read(
    kind: NoiseKind,
    path: &Path,
    column: Option<&str>,
    truth: &[u8],
) -> Result<Vec<u8>, String> {
    let noise = NoiseSpec {
        file: Some(path.into()),
        column: column.map(Into::into),
        ..NoiseSpec::new(kind, 1.0)
    };
    let labels = FileLabels::read(&noise, truth, 10)
        .map_err(|e| e.to_string())?
        .unwrap();
    let all: Vec<usize> = (0..truth.len()).collect();
    labels.of(&all).map_err(|e| e.to_string())
}

fn human(name: &str, column: Option<&str>) -> Result<Vec<u8>, String> {
    read(NoiseKind::Human, &fixture(name), column, &truth())
}

fn wrong(labels: &[u8], truth: &[u8]) -> usize {
    labels.iter().zip(truth).filter(|(a, b)| a != b).count()
}

#[test]
fn human_labels_are_read_from_each_kind_of_file() {
    for name in ["tensors.pt", "arrays.pt", "dictionary.npy"] {
        let worse = human(name, Some("worse_label")).unwrap();
        let aggre = human(name, Some("aggre_label")).unwrap();
        assert_eq!(
            (wrong(&worse, &truth()), wrong(&aggre, &truth())),
            (8, 2),
            "{name}"
        );
    }
    for name in ["plain.npy", "big_endian.npy"] {
        assert_eq!(wrong(&human(name, None).unwrap(), &truth()), 8, "{name}");
    }
}

#[test]
fn human_labels_that_do_not_fit_are_refused_with_the_reason() {
    for (name, column, reason) in [
        ("tensors.pt", None, "worse_label, aggre_label"),
        (
            "tensors.pt",
            Some("random_label1"),
            "use one of worse_label, aggre_label",
        ),
        ("plain.npy", Some("worse_label"), "leave noise.column out"),
        ("floats.npy", None, "does not hold whole numbers"),
        (
            "malicious.pt",
            Some("worse_label"),
            "system, which an array does not need",
        ),
        ("cifar10_batch", Some("labels"), "neither a PyTorch archive"),
        ("gone.pt", Some("worse_label"), "cannot read"),
    ] {
        let error = human(name, column).unwrap_err();
        assert!(error.contains(reason) && error.contains(name), "{error}");
    }
    // Another order of the images, more images, and a class too few.
    let path = fixture("arrays.pt");
    let of = |truth: &[u8]| read(NoiseKind::Human, &path, Some("worse_label"), truth).unwrap_err();
    let mut order = truth();
    order.swap(4, 5);
    let error = of(&order);
    assert!(
        error.contains("2 images, first for image 4 (4 there, 5 here)"),
        "{error}"
    );
    assert!(of(&truth()[..10]).contains("20 true labels, but there are 10"));
}

#[test]
fn a_csv_gives_labels_by_index_with_or_without_headings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    let of = |text: &str| {
        std::fs::write(&path, text).unwrap();
        read(NoiseKind::File, &path, None, &truth()[..3])
    };
    for text in [
        "index,label\n2,9\n0,7\n1,1\n",
        "0,7\n1,1\n2,9",
        "\u{feff}index, label\r\n0, 7\r\n1, 1\r\n2, 9\r\n",
    ] {
        assert_eq!(of(text).unwrap(), [7, 1, 9]);
    }
    for (text, reason) in [
        ("0,7\n2,9\n", "no label for training image 1"),
        ("", "no label for training image 0"),
        ("0,7\n0,7\n", "line 2: image 0 has a label already"),
        ("0,7\n3,1\n", "line 2: there is no training image 3"),
        ("0,10\n", "line 1: the label is 10"),
        ("0,cat\n", "line 1 is not `index,label`"),
        ("index,label\n0,1,2\n", "line 2 is not"),
        ("index,label\nindex,label\n", "line 2 is not"),
        ("0,-1\n", "line 1 is not"),
    ] {
        let error = of(text).unwrap_err();
        assert!(
            error.contains(reason) && error.contains("labels.csv"),
            "{error}"
        );
    }
}

#[test]
fn only_the_images_that_are_used_need_a_label() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    std::fs::write(&path, "1,5\n2,6\n").unwrap();
    let noise = NoiseSpec {
        file: Some(path),
        ..NoiseSpec::new(NoiseKind::File, 1.0)
    };
    let labels = FileLabels::read(&noise, &truth(), 10).unwrap().unwrap();
    assert_eq!(labels.of(&[2, 1]).unwrap(), [6, 5]);
    let error = labels.of(&[2, 9, 4]).unwrap_err().to_string();
    assert!(error.contains("training image 4"), "{error}");
}

#[test]
fn rate_zero_reads_nothing() {
    let noise = NoiseSpec {
        file: Some("/nowhere/at/all".into()),
        ..NoiseSpec::new(NoiseKind::Human, 0.0)
    };
    assert!(FileLabels::read(&noise, &truth(), 10).unwrap().is_none());
}

/// The rates that are published with CIFAR-10N (Wei et al. 2022, table 1).
#[test]
fn cifar_10n_is_as_wrong_as_published() {
    let shared = std::env::var_os("QUELL_SHARED_DATA").map_or_else(
        || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")).into(),
        PathBuf::from,
    );
    let path = shared.join("cifar10n/CIFAR-10_human.pt");
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let pickle = pickle::torch(&bytes).unwrap();
    let clean = pickle.get(pickle.root(), "clean_label").unwrap();
    let clean = as_classes(&pickle.ints(clean).unwrap(), 10, "the label").unwrap();
    assert!((0..10).all(|c| clean.iter().filter(|&&l| l == c).count() == 5_000));
    for (column, percent) in [
        ("aggre_label", "9.01"),
        ("random_label1", "17.23"),
        ("random_label2", "18.12"),
        ("random_label3", "17.64"),
        ("worse_label", "40.21"),
    ] {
        let labels = read(NoiseKind::Human, &path, Some(column), &clean).unwrap();
        let rate = wrong(&labels, &clean) as f64 / 50_000.0;
        assert_eq!(format!("{:.2}", 100.0 * rate), percent, "{column}");
    }
    let mut swapped = clean.clone();
    swapped.swap(0, 1);
    let error = read(NoiseKind::Human, &path, Some("worse_label"), &swapped).unwrap_err();
    assert!(error.contains("another order"), "{error}");
}
