//! Tests of what a run sees of its data.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::spec::{Cell, NoiseKind, expand, parse};
use std::collections::HashSet;

fn spec(overrides: &[&str]) -> RunSpec {
    let preset = crate::spec::find_preset("quickstart", None)
        .unwrap()
        .unwrap();
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    let experiment = parse(&preset.text, "test", &overrides).unwrap();
    RunSpec::at(&experiment, 0.4, &Cell::CONTROL, 3)
}

#[test]
fn bits_and_methods_see_the_same_labels() {
    let preset = crate::spec::find_preset("quickstart", None)
        .unwrap()
        .unwrap();
    let experiment = parse(&preset.text, "test", &["noise.rates=[0.4]".into()]).unwrap();
    let labels: HashSet<Vec<u8>> = expand(&experiment)
        .iter()
        .map(|run| prepare(run, Path::new("")).unwrap().train.labels)
        .collect();
    assert_eq!(labels.len(), 1);
}

#[test]
fn parts_are_disjoint_and_of_the_size_asked_for() {
    let data = prepare(
        &spec(&["data.train_limit=1000", "data.test_limit=70"]),
        Path::new(""),
    )
    .unwrap();
    let validation = data.validation.unwrap();
    assert_eq!(
        (data.train.labels.len(), validation.labels.len()),
        (900, 100)
    );
    assert_eq!(data.test.labels.len(), 70);
    let all: HashSet<usize> = data
        .train
        .indices
        .iter()
        .chain(&validation.indices)
        .copied()
        .collect();
    assert_eq!(all.len(), 1000);
    assert_eq!(data.train.images.pixels.len(), 900 * 784);
}

#[test]
fn the_report_counts_what_the_mask_holds() {
    let data = prepare(&spec(&[]), Path::new("")).unwrap();
    let flipped = (0..data.train.labels.len())
        .filter(|&i| data.train.mislabelled(i))
        .count();
    assert_eq!(data.noise.flipped, flipped);
    assert!(
        (data.noise.actual_rate - 0.36).abs() < 0.02,
        "{:?}",
        data.noise
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise.csv");
    save_mask(&path, &data).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        text.lines().filter(|l| l.ends_with(",train")).count(),
        flipped
    );
}

#[test]
fn a_limit_beyond_the_set_is_refused() {
    let error = prepare(&spec(&["data.train_limit=5001"]), Path::new("")).unwrap_err();
    assert!(error.to_string().contains("5000"), "{error}");
}

#[test]
fn a_missing_folder_names_where_it_looked_and_the_remedy() {
    let spec = spec(&["data.set=mnist", "data.dir=/nowhere/mnist"]);
    let error = prepare(&spec, Path::new("")).unwrap_err().to_string();
    assert!(
        error.contains("/nowhere/mnist") && error.contains("data.dir"),
        "{error}"
    );
}

#[test]
fn debians_fashion_mnist_is_found() {
    if !Path::new("/usr/share/datasets/fashion-mnist").is_dir() {
        eprintln!("skipped: the Debian package dataset-fashion-mnist is not installed");
        return;
    }
    let data = prepare(
        &spec(&["data.set=fashion-mnist", "data.train_limit=500"]),
        Path::new(""),
    )
    .unwrap();
    assert_eq!(data.test.labels.len(), 10_000);
}

#[test]
fn quantizers_and_widths_do_not_touch_the_data() {
    let plain = prepare(&spec(&[]), Path::new("")).unwrap();
    let mut quantized = spec(&["quantizer.name=lsq", "model.name=cnn", "train.lr=0.5"]);
    let bits = "w2a3".parse().unwrap();
    quantized.quantizer =
        crate::spec::QuantizerGrid::default().at(crate::spec::QuantizerName::Lsq, bits);
    let other = prepare(&quantized, Path::new("")).unwrap();
    assert_eq!(plain.train.labels, other.train.labels);
    assert_eq!(plain.train.indices, other.train.indices);
    assert_eq!(plain.train.images, other.train.images);
    assert_eq!(
        plain.validation.unwrap().labels,
        other.validation.unwrap().labels
    );
}

#[test]
fn seeds_draw_another_subset_and_other_noise() {
    let one = prepare(&spec(&[]), Path::new("")).unwrap();
    let mut next = spec(&[]);
    next.train.seed = 4;
    let two = prepare(&next, Path::new("")).unwrap();
    assert_ne!(one.train.indices, two.train.indices);
    let places = |data: &Prepared| -> HashSet<usize> {
        (0..data.train.labels.len())
            .filter(|&i| data.train.mislabelled(i))
            .collect()
    };
    assert_ne!(places(&one), places(&two));
}

#[test]
fn parts_carry_the_true_labels_and_pixels_of_their_indices() {
    let run = spec(&["data.train_limit=300"]);
    let (whole, _) = open(&run.data, Path::new("")).unwrap().split().unwrap();
    let data = prepare(&run, Path::new("")).unwrap();
    let validation = data.validation.unwrap();
    for part in [&data.train, &validation] {
        assert_eq!(part.images, whole.images.select(&part.indices));
        for (i, &at) in part.indices.iter().enumerate() {
            assert_eq!(part.true_labels[i], whole.labels[at]);
        }
    }
    assert_eq!(data.test.labels, data.test.true_labels);
}

#[test]
fn exclusive_noise_is_exact_in_training_and_in_validation() {
    let data = prepare(
        &spec(&["noise.kind=symmetric-exclusive", "data.train_limit=1010"]),
        Path::new(""),
    )
    .unwrap();
    let validation = data.validation.unwrap();
    let wrong = |part: &Part| {
        (0..part.labels.len())
            .filter(|&i| part.mislabelled(i))
            .count()
    };
    assert_eq!(
        (wrong(&data.train), wrong(&validation)),
        (909 * 4 / 10, 101 * 4 / 10)
    );
    assert_eq!(data.noise.flipped, 363);
}

#[test]
fn no_validation_share_means_no_validation_part() {
    let data = prepare(&spec(&["data.validation=0.0"]), Path::new("")).unwrap();
    assert!(data.validation.is_none());
    assert_eq!(data.train.labels.len(), 4_000);
}

#[test]
fn the_mask_lists_each_flipped_sample_of_both_parts() {
    let data = prepare(&spec(&["data.train_limit=400"]), Path::new("")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise.csv");
    save_mask(&path, &data).unwrap();
    let (whole, _) = open(&spec(&[]).data, Path::new(""))
        .unwrap()
        .split()
        .unwrap();
    let mut rows = 0;
    for row in csv::Reader::from_path(&path).unwrap().deserialize() {
        let (index, truth, noisy, part): (usize, u8, u8, String) = row.unwrap();
        assert_eq!(whole.labels[index], truth);
        assert_ne!(truth, noisy);
        assert!(["train", "validation"].contains(&part.as_str()));
        rows += 1;
    }
    let validation = data.validation.as_ref().unwrap();
    let held_out = (0..validation.labels.len())
        .filter(|&i| validation.mislabelled(i))
        .count();
    assert_eq!(rows, data.noise.flipped + held_out);
    // Nothing but the mask is left in the folder.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = save_mask(&folder.path().join("gone/noise.csv"), &data).unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
}

#[test]
fn labels_of_a_file_are_told_and_the_report_has_their_rate() {
    let (whole, _) = open(&spec(&[]).data, Path::new(""))
        .unwrap()
        .split()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    // Every fourth image is taken for the next class.
    let told: Vec<u8> = whole
        .labels
        .iter()
        .enumerate()
        .map(|(i, l)| (l + u8::from(i % 4 == 0)) % 10)
        .collect();
    let rows = told.iter().enumerate().map(|(i, l)| format!("{i},{l}\n"));
    std::fs::write(&path, rows.collect::<String>()).unwrap();
    let mut run = spec(&["data.train_limit=2000"]);
    run.noise = crate::spec::NoiseSpec {
        file: Some(path),
        ..crate::spec::NoiseSpec::new(NoiseKind::File, 1.0)
    };
    let data = prepare(&run, Path::new("")).unwrap();
    for part in [&data.train, data.validation.as_ref().unwrap()] {
        for (i, &at) in part.indices.iter().enumerate() {
            assert_eq!(part.labels[i], told[at]);
            assert_eq!(part.mislabelled(i), at % 4 == 0);
        }
    }
    assert_eq!(data.noise.nominal_rate, data.noise.actual_rate);
    assert!((data.noise.actual_rate - 0.25).abs() < 0.05);
    // Rate 0 is the true labels.
    run.noise.rate = 0.0;
    assert_eq!(prepare(&run, Path::new("")).unwrap().noise.flipped, 0);
}

#[test]
fn noise_by_image_differs_between_seeds_only() {
    let run = spec(&["noise.kind=instance", "data.train_limit=1000"]);
    let one = prepare(&run, Path::new("")).unwrap();
    let again = prepare(&run, Path::new("")).unwrap();
    assert_eq!(one.train.labels, again.train.labels);
    assert!(
        (one.noise.actual_rate - 0.4).abs() < 0.08,
        "{:?}",
        one.noise.actual_rate
    );
    assert!(one.validation.unwrap().labels != one.test.labels);
}

#[test]
fn the_confusion_counts_every_training_image_once() {
    let data = prepare(&spec(&[]), Path::new("")).unwrap();
    let confusion = &data.noise.confusion;
    assert_eq!((confusion.len(), confusion[0].len()), (10, 10));
    let all: usize = confusion.iter().flatten().sum();
    let right: usize = (0..10).map(|c| confusion[c][c]).sum();
    assert_eq!(all, data.train.labels.len());
    assert_eq!(all - right, data.noise.flipped);
    for (class, row) in confusion.iter().enumerate() {
        let there = data
            .train
            .true_labels
            .iter()
            .filter(|&&l| usize::from(l) == class);
        assert_eq!(row.iter().sum::<usize>(), there.count());
    }
    // Events of older versions have none.
    let old = r#"{"nominal_rate":0.4,"actual_rate":0.36,"flipped":3,"seed":0}"#;
    let report: NoiseReport = serde_json::from_str(old).unwrap();
    assert!(report.confusion.is_empty());
    assert_eq!(serde_json::to_string(&report).unwrap(), old);
}

#[test]
fn a_folder_of_images_has_its_own_classes_and_statistics() {
    let dir = tempfile::tempdir().unwrap();
    for (part, count) in [("train", 20), ("test", 3)] {
        for (class, value) in [("a", 10), ("b", 90), ("c", 250)] {
            let place = dir.path().join(part).join(class);
            std::fs::create_dir_all(&place).unwrap();
            for n in 0..count {
                let image = image::GrayImage::from_pixel(8, 8, image::Luma([value]));
                image.save(place.join(format!("{class}{n}.png"))).unwrap();
            }
        }
    }
    let mut run = spec(&["noise.kind=symmetric-exclusive"]);
    run.data = crate::spec::DataSpec {
        dir: Some(dir.path().into()),
        size: Some(8),
        validation: 0.1,
        ..crate::spec::DataSpec::new(crate::spec::DataSet::Folder)
    };
    let data = prepare(&run, Path::new("")).unwrap();
    let shape = data.shape();
    assert_eq!(
        (
            shape.task.classes(),
            shape.channels,
            shape.train,
            shape.test
        ),
        (3, 3, 54, 9)
    );
    assert_eq!(crate::data::shape(&run.data).train, 60);
    assert!(data.train.labels.iter().all(|&l| l < 3));
    assert_eq!(data.noise.flipped, 54 * 4 / 10);
    let mean = (10.0 + 90.0 + 250.0) / 3.0 / 255.0;
    assert!((data.mean[1] - mean).abs() < 1e-5, "{:?}", data.mean);
    run.noise = crate::spec::NoiseSpec {
        map: vec![[0, 3]],
        ..crate::spec::NoiseSpec::new(NoiseKind::Asymmetric, 0.4)
    };
    let error = prepare(&run, Path::new("")).unwrap_err().to_string();
    assert!(
        error.contains("no class 3") && error.contains("0 to 2"),
        "{error}"
    );
}

/// A grid on drawn faces, small enough for a test.
fn faces(overrides: &[&str]) -> Vec<RunSpec> {
    let spec = r#"
name = "faces"
[data]
set = "synthetic-faces"
size = 24
grey = true
subjects = 9
frames = 12
validation = 0.2
[model]
name = "cnn"
[noise]
kind = "annotator"
rates = [0.2]
[train]
epochs = 1
batch_size = 16
lr = 1e-3
"#;
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    expand(&parse(spec, "test", &overrides).unwrap())
}

/// Whose faces a part shows: twelve of each subject stand one after another.
fn subjects(part: &Part) -> HashSet<usize> {
    part.indices.iter().map(|i| i / 12).collect()
}

#[test]
fn no_two_parts_and_no_two_folds_share_a_subject() {
    let runs = faces(&[]);
    assert_eq!(runs.len(), 3);
    let mut tested: HashSet<usize> = HashSet::new();
    for run in &runs {
        let data = prepare(run, Path::new("")).unwrap();
        let validation = data.validation.unwrap();
        let parts = [&data.train, &validation, &data.test].map(subjects);
        assert_eq!(parts.each_ref().map(HashSet::len), [5, 1, 3]);
        let all: HashSet<usize> = parts.iter().flatten().copied().collect();
        assert_eq!(all.len(), 9);
        assert!(parts[2].iter().all(|subject| tested.insert(*subject)));
        assert_eq!(data.test.labels, data.test.true_labels);
        assert_eq!(data.train.labels.len(), 12 * data.train.images.count);
    }
    assert_eq!(tested.len(), 9);
}

#[test]
fn bits_methods_and_other_runs_of_a_fold_see_the_same_labels() {
    let runs = faces(&[
        "method.names=[\"none\", \"dropout\"]",
        "quantizer.bits=[\"fp32\", \"w4a4\"]",
    ]);
    assert_eq!(runs.len(), 12);
    let labels: HashSet<Vec<u8>> = runs
        .iter()
        .map(|run| prepare(run, Path::new("")).unwrap().train.labels)
        .collect();
    assert_eq!(labels.len(), 3);
}

#[test]
fn noise_of_units_is_counted_for_each() {
    for (kind, rate) in [("annotator", "0.2"), ("symmetric-exclusive", "0.3")] {
        let rates = format!("noise.rates=[{rate}]");
        let kind = format!("noise.kind=\"{kind}\"");
        let run = faces(&[&kind, &rates, "data.subjects=60"]).remove(0);
        let data = prepare(&run, Path::new("")).unwrap();
        let noise = &data.noise;
        let wanted: f64 = rate.parse().unwrap();
        assert!((noise.actual_rate - wanted).abs() < 0.02, "{noise:?}");
        assert_eq!(noise.units.len(), 12);
        let wrong: usize = noise.units.iter().map(|u| u.missed + u.false_alarms).sum();
        assert_eq!(wrong, noise.flipped);
        let [absent, present] = [&noise.confusion[0], &noise.confusion[1]];
        assert_eq!(absent[1] + present[0], noise.flipped);
        let known: usize = noise.units.iter().map(|u| u.labels).sum();
        assert_eq!(known, data.train.labels.len());
        assert_eq!(noise.units[0].unit, 1);
    }
}

#[test]
fn the_mask_of_units_names_them() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("mask.csv");
    let data = prepare(&faces(&[]).remove(0), Path::new("")).unwrap();
    save_mask(&path, &data).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("index,true,noisy,part,unit\n"));
    let train = text.lines().filter(|line| line.contains(",train,")).count();
    assert_eq!(train, data.noise.flipped);
    let first = (0..data.train.labels.len())
        .find(|&place| data.train.mislabelled(place))
        .unwrap();
    let (index, unit) = (
        data.train.indices[first / 12],
        data.task.units()[first % 12],
    );
    let (truth, told) = (data.train.true_labels[first], data.train.labels[first]);
    let line = format!("{index},{truth},{told},train,{unit}");
    assert_eq!(text.lines().nth(1), Some(line.as_str()));
}

#[test]
fn limits_of_faces_hold_and_too_few_subjects_are_said() {
    let run = faces(&["data.train_limit=20", "data.test_limit=10"]).remove(1);
    let data = prepare(&run, Path::new("")).unwrap();
    let held_out = data.validation.map_or(0, |part| part.images.count);
    assert_eq!(
        (data.train.images.count + held_out, data.test.images.count),
        (20, 10)
    );
    assert!(subjects(&data.test).len() > 1);
    let shape = super::super::shape(&faces(&[])[0].data);
    assert_eq!(
        (shape.train, shape.test, shape.task.outputs()),
        (72, 36, 12)
    );
}

#[test]
fn with_weights_of_imagenet_images_are_normalised_as_there_and_noise_is_the_same() {
    use image::{Rgb, RgbImage};
    let dir = tempfile::tempdir().unwrap();
    for part in ["train", "test"] {
        for class in ["a", "b"] {
            let folder = dir.path().join(part).join(class);
            std::fs::create_dir_all(&folder).unwrap();
            for n in 0..10u8 {
                let colour = Rgb([n * 20, 255 - n, n]);
                let image = RgbImage::from_pixel(8, 8, colour);
                image.save(folder.join(format!("{n}.png"))).unwrap();
            }
        }
    }
    let folder = format!("data.dir={}", dir.path().display());
    let with = |more: &[&str]| {
        let folder = [
            "data.set=folder",
            "data.size=8",
            "data.train_limit=20",
            &folder,
        ];
        let model = ["model.name=imagenet-resnet18", "noise.kind=instance"];
        prepare(&spec(&[&folder[..], &model, more].concat()), Path::new("")).unwrap()
    };
    let (drawn, given) = (with(&[]), with(&["model.weights=/r18.pth"]));
    assert_eq!(given.mean, [0.485, 0.456, 0.406]);
    assert_eq!(given.std, [0.229, 0.224, 0.225]);
    assert_ne!(drawn.mean, given.mean);
    assert!(drawn.noise.flipped > 0);
    assert_eq!(drawn.train.labels, given.train.labels);
}
