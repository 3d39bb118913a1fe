//! Tests of weights: PyTorch's files give PyTorch's network, and no other file gives anything.
#![allow(clippy::unwrap_used)]

use super::super::imagenet_tests::{INPUT, cases, gap, images, list, names, spec, values};
use super::super::{Mode, Role};
use super::*;
use crate::data::{InputShape, Task};
use crate::spec::RunSpec;
use proptest::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::Value;
use std::io::Cursor;
use std::path::PathBuf;

const FILE: &[u8] = include_bytes!("../../../tests/oracles/imagenet.pth");

/// A tensor to be written: its name, its shape and its values.
type Named = (String, Vec<usize>, Vec<f32>);

fn save(folder: &Path, tensors: &[Named]) -> PathBuf {
    let bytes =
        |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
    let data: Vec<Vec<u8>> = tensors.iter().map(|(_, _, values)| bytes(values)).collect();
    let views = tensors.iter().zip(&data).map(|((name, shape, _), data)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), data).unwrap();
        (name.as_str(), view)
    });
    let path = folder.join("weights.safetensors");
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    path
}

/// A network of the oracle as it is drawn.
fn drawn(spec: &RunSpec, classes: usize) -> (Network, Params) {
    let input = InputShape {
        task: Task::Classes(classes),
        ..INPUT
    };
    Network::build(spec, input, &Device::flex())
}

/// All tensors of an oracle's network, with the names of files.
fn tensors(case: &Value) -> Vec<Named> {
    let (_, params) = drawn(&spec(case, ""), 10);
    let names = names(case).into_iter().enumerate();
    names
        .map(|(k, [file, mine])| {
            let shape = &params.list.iter().find(|p| p.name == mine).unwrap().shape;
            (file.to_string(), shape.clone(), values(k, mine, shape))
        })
        .collect()
}

fn numbers(params: &Params) -> Vec<Vec<f32>> {
    let of = |t: &Tensor<1>| t.clone().into_data().iter().collect();
    params.list.iter().map(|p| of(&p.value)).collect()
}

/// Loads the tensors into a network of so many classes.
fn loaded(
    case: &Value,
    tensors: &[Named],
    classes: usize,
) -> (Result<Report, String>, Params, Params) {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), tensors);
    let spec = spec(case, "");
    let (network, before) = drawn(&spec, classes);
    let mut params = before.clone();
    let report = load(
        &path,
        spec.model.name,
        &network,
        &mut params,
        &Device::flex(),
    );
    let report = report.map_err(|e| e.to_string());
    if report.is_err() {
        assert_eq!(numbers(&before), numbers(&params));
    }
    (report, before, params)
}

#[test]
fn every_tensor_of_a_file_finds_its_place() {
    for case in cases() {
        for prefix in ["", "module.", "model.backbone."] {
            let mut file = tensors(&case);
            for (name, ..) in &mut file {
                *name = format!("{prefix}{name}");
            }
            file.push((
                format!("{prefix}bn1.num_batches_tracked"),
                vec![1],
                vec![7.0],
            ));
            file.push((format!("{prefix}head.weight"), vec![1], vec![7.0]));
            let (report, _, params) = loaded(&case, &file, 10);
            let report = report.unwrap();
            assert_eq!(report.matched.len(), names(&case).len());
            assert_eq!((report.missing.len(), report.misfits.len()), (0, 0));
            assert_eq!(report.unused, [format!("{prefix}head.weight")]);
            let all = names(&case);
            for (parameter, found) in params.list.iter().zip(numbers(&params)) {
                let k = all.iter().position(|n| n[1] == parameter.name).unwrap();
                let wanted = values(k, &parameter.name, &parameter.shape);
                assert_eq!(found, wanted, "{}", parameter.name);
            }
        }
    }
}

#[test]
fn a_classifier_of_other_classes_stays_as_drawn() {
    let case = cases().remove(0);
    let (report, before, after) = loaded(&case, &tensors(&case), 7);
    let report = report.unwrap();
    let misfits: Vec<&str> = report.misfits.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(misfits, ["fc.weight", "fc.bias"]);
    for (n, parameter) in before.list.iter().enumerate() {
        let same = numbers(&before)[n] == numbers(&after)[n];
        let head = parameter.name.starts_with("classifier");
        assert_eq!(same, head, "{}", parameter.name);
    }
    let text = report.to_string();
    let parts = [
        "weights.safetensors: 100 of 102 tensors are loaded;",
        "left as drawn: fc.weight ([10, 51] there, [7, 51] here), fc.bias ([10] there, [7] here)",
    ];
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn what_is_missing_is_told_and_stays_as_drawn() {
    let case = cases().remove(0);
    let mut file = tensors(&case);
    file.retain(|(name, ..)| !name.starts_with("layer4.1"));
    let (report, before, after) = loaded(&case, &file, 10);
    let report = report.unwrap();
    assert_eq!(report.missing.len(), 10);
    let text = report.to_string();
    assert!(
        text.contains("92 of 102")
            && text.contains("layer4.1.conv1.weight")
            && text.contains("and 4 more"),
        "{text}"
    );
    let place = before
        .list
        .iter()
        .position(|p| p.name == "block8.conv2.weight");
    let place = place.unwrap();
    assert_eq!(numbers(&before)[place], numbers(&after)[place]);
}

#[test]
fn files_of_other_networks_are_refused_with_what_they_have() {
    let all = cases();
    let (eighteen, fifty) = (&all[0], &all[1]);
    let (report, ..) = loaded(fifty, &tensors(eighteen), 10);
    let error = report.unwrap_err();
    for part in [
        "tensors before the classifier of imagenet-resnet50 fit",
        "conv1.weight [6, 3, 7, 7]",
        "also expects layer1.0.conv3.weight",
        "of another shape are layer1.0.conv1.weight ([6, 6, 3, 3] there, [6, 6, 1, 1] here)",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let foreign = [("encoder.\x1b[31m0".to_string(), vec![2], vec![1.0, 2.0])];
    let error = loaded(eighteen, &foreign, 10).0.unwrap_err();
    assert!(
        error.contains("only 0 of the 100")
            && error.contains("[31m0 [2]")
            && !error.contains('\x1b'),
        "{error}"
    );
    // Two networks in one file.
    let mut both = Vec::new();
    for (name, shape, values) in tensors(eighteen) {
        both.push((format!("student.{name}"), shape.clone(), values.clone()));
        both.push((format!("teacher.{name}"), shape, values));
    }
    let error = loaded(eighteen, &both, 10).0.unwrap_err();
    assert!(
        error.contains("several networks (student., teacher.)"),
        "{error}"
    );
}

#[test]
fn weights_are_numbers_and_variances_are_not_negative() {
    let case = cases().remove(0);
    for (name, wrong) in [
        ("layer2.0.conv1.weight", f32::NAN),
        ("bn1.running_var", -1.0),
    ] {
        let mut file = tensors(&case);
        let found = file.iter_mut().find(|(n, ..)| n == name).unwrap();
        found.2[1] = wrong;
        let error = loaded(&case, &file, 10).0.unwrap_err();
        assert!(error.contains(&format!("{name} holds {wrong}")), "{error}");
    }
    // A negative mean is one.
    let mut file = tensors(&case);
    file.iter_mut()
        .find(|(n, ..)| n == "bn1.running_mean")
        .unwrap()
        .2[1] = -1.0;
    assert!(loaded(&case, &file, 10).0.is_ok());
}

#[test]
fn learned_steps_begin_from_the_weights_that_were_loaded() {
    let case = cases().remove(0);
    let lines = "[quantizer]\nname = \"lsq\"\nbits = [\"w2a2\"]\nstem = \"same\"\n";
    let spec = spec(&case, lines);
    assert!(spec.quantizer.is_some());
    let (network, mut params) = drawn(&spec, 10);
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), &tensors(&case));
    load(
        &path,
        spec.model.name,
        &network,
        &mut params,
        &Device::flex(),
    )
    .unwrap();
    let of = |name: &str| {
        let place = params.list.iter().position(|p| p.name == name).unwrap();
        (
            numbers(&params)[place].clone(),
            params.list[place].shape.clone(),
        )
    };
    let (weights, shape) = of("block3.conv1.weight");
    let (steps, _) = of("block3.conv1.weight_step");
    assert_eq!(steps.len(), shape[0]);
    // 2·mean|w|/√Q with Q = 1 at two bits, per channel.
    for (row, step) in weights.chunks(weights.len() / shape[0]).zip(steps) {
        let mean = row.iter().map(|w| w.abs()).sum::<f32>() / row.len() as f32;
        assert!((step / (2.0 * mean) - 1.0).abs() < 1e-5, "{step}, {mean}");
    }
}

/// A network of the width of the file, which is narrower than a spec may ask for.
fn narrow() -> RunSpec {
    let mut spec = spec(&cases()[0], "");
    spec.model.width = 0.02;
    spec
}

#[test]
fn a_file_of_pytorch_gives_the_logits_of_pytorch() {
    let folder = tempfile::tempdir().unwrap();
    // Whatever it is called.
    let path = folder.path().join("weights.bin");
    std::fs::write(&path, FILE).unwrap();
    let spec = narrow();
    let (network, mut params) = drawn(&spec, 10);
    let device = Device::flex();
    let report = load(&path, spec.model.name, &network, &mut params, &device).unwrap();
    let counted = params.list.iter().filter(|p| p.role != Role::Step).count();
    assert_eq!((report.matched.len(), report.unused.len()), (counted, 0));
    assert!(
        report
            .to_string()
            .contains("whose names begin with module. there")
    );
    let mut case = cases().remove(0);
    case["images"] = 1000.into();
    let x = images(&case, &device);
    let logits = network.forward(&mut params.frozen(), x, &Mode::Eval);
    let found: Vec<f64> = logits.into_data().iter().collect();
    let all: Value =
        serde_json::from_str(include_str!("../../../tests/oracles/imagenet.json")).unwrap();
    // As of the networks of the oracle: sums are in another order.
    let apart = gap(&found, &list(&all["file"]));
    assert!(apart < 1e-4, "{apart}");
}

#[test]
fn files_that_are_none_are_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let spec = narrow();
    let refused = |content: &[u8]| {
        let path = folder.path().join("file.pth");
        std::fs::write(&path, content).unwrap();
        let (network, mut params) = drawn(&spec, 10);
        let found = load(
            &path,
            spec.model.name,
            &network,
            &mut params,
            &Device::flex(),
        );
        let error = found.unwrap_err().to_string();
        assert!(
            error.starts_with("model.weights: ") && error.contains("file.pth"),
            "{error}"
        );
        error
    };
    let malicious = include_bytes!("../../../tests/fixtures/labels/malicious.pt");
    for (content, part) in [
        (&b""[..], "neither a PyTorch archive"),
        (b"<html>not found</html>", "neither a PyTorch archive"),
        // A pickle of PyTorch before version 1.6.
        (
            b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80",
            "save it again with a recent",
        ),
        (
            b"\xff\xff\xff\xff\xff\xff\xff\xff{\"a\":1}",
            "no sound safetensors",
        ),
        (malicious, "does not run"),
        (
            include_bytes!("../../../tests/fixtures/labels/tensors.pt"),
            "only 0 of",
        ),
    ] {
        let error = refused(content);
        assert!(error.contains(part), "{part}: {error}");
    }
    for length in (1..FILE.len()).step_by(501) {
        refused(&FILE[..length]);
    }
    for (path, part) in [("nothing.pth", "cannot read"), ("", "it is no file")] {
        let path = folder.path().join(path);
        let (network, mut params) = drawn(&spec, 10);
        let found = load(
            &path,
            spec.model.name,
            &network,
            &mut params,
            &Device::flex(),
        );
        let error = found.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn flipped_bits_of_a_file_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..6),
    ) {
        let mut bytes = FILE.to_vec();
        for (place, bit) in flips {
            // Where the pickle is, and around it.
            let place = place.index(12_000);
            bytes[place] ^= 1 << bit;
        }
        if let Ok(tensors) = file::from_pickle(Cursor::new(bytes)) {
            for place in 0..tensors.list.len() {
                let _ = tensors.read(place);
            }
        }
    }
}
