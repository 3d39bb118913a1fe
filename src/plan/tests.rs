#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use crate::compare::testing::{SPEC, grid};
use crate::spec::DataSet;
use crate::store::State;

fn experiment(overrides: &[&str]) -> Experiment {
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    spec::parse(SPEC, "test", &overrides).unwrap()
}

fn here() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

fn measured(quantized: bool, device: &str) -> Measurement {
    let e = experiment(&[]);
    Measurement {
        model: e.model,
        data: DataSet::Bundled,
        size: None,
        grey: false,
        quantized,
        batch_size: 32,
        device: device.into(),
        device_name: "some device".into(),
        threads: 1,
        samples_per_second: 900.0,
        eval_samples_per_second: 1e12,
        steps: 10,
        seconds: 1.0,
        warm_up_seconds: 0.0,
        host: here(),
        time: "2026-11-24T10:00:00Z".parse().unwrap(),
    }
}

#[test]
fn existing_runs_are_found_wherever_they_trained() {
    let mut runs = grid();
    runs[0].spec.train.device = spec::DeviceChoice::Cpu;
    runs[1].state = State::Stopped;
    runs[1].status.epoch = 1;
    // A repetition counts once, and the finished one of two counts.
    let mut again = runs[2].clone();
    again.id.push_str("-2");
    again.state = State::Failed;
    runs.push(again);
    let plan = plan_with(&experiment(&[]), &runs, &[]);
    assert_eq!((plan.runs, plan.existing, plan.to_resume), (24, 23, 1));
    let other = plan_with(&experiment(&["train.lr=0.01"]), &runs, &[]);
    assert_eq!((other.existing, other.to_resume), (0, 0));
    let wider = plan_with(&experiment(&["noise.rates=[0.4, 0.6]"]), &runs, &[]);
    assert_eq!((wider.runs, wider.existing), (24, 12));
}

#[test]
fn nothing_left_takes_no_time() {
    let plan = plan_with(&experiment(&[]), &grid(), &[]);
    assert_eq!(plan.estimate, Estimate::Nothing);
}

#[test]
fn without_measurement_it_says_which_is_needed() {
    let plan = plan_with(&experiment(&["train.device=\"cpu\""]), &[], &[]);
    let Estimate::Unmeasured { needs } = &plan.estimate else {
        unreachable!("{:?}", plan.estimate)
    };
    assert_eq!(needs.args.join(" "), "--batch 32 --device cpu --threads 1");
    assert!(plan.sentence().contains("quell bench --batch 32"));
}

#[test]
fn a_bench_of_each_kind_suffices() {
    let e = experiment(&["train.device=\"wgpu\""]);
    let half = plan_with(&e, &[], &[measured(false, "wgpu:0")]);
    assert!(half.estimate.seconds().is_none());
    let both = [measured(false, "wgpu:0"), measured(true, "wgpu:0")];
    let plan = plan_with(&e, &[], &both);
    // 24 runs × 3 epochs × 900 images at 900 a second, one at a time.
    assert!((plan.estimate.seconds().unwrap() - 72.0).abs() < 0.1);
    assert!(plan.estimate.by().unwrap().contains("900 samples/s"));
    // Neither another host nor another device says anything.
    let mut away = both.clone();
    away.iter_mut().for_each(|m| m.host = "elsewhere".into());
    assert!(plan_with(&e, &[], &away).estimate.seconds().is_none());
    let cpu = [measured(false, "cpu"), measured(true, "cpu")];
    assert!(plan_with(&e, &[], &cpu).estimate.seconds().is_none());
}

#[test]
fn history_goes_before_benches_and_scales_with_the_work() {
    let mut runs = grid();
    for run in &mut runs {
        run.meta.host = Some(here());
        run.spec.train.device = spec::DeviceChoice::Wgpu(None);
    }
    // The same, with other seeds: nothing exists, everything was measured (5000 samples/s).
    let e = experiment(&["train.device=\"wgpu\"", "train.seeds=[7]"]);
    let plan = plan_with(&e, &runs, &[measured(false, "wgpu:0")]);
    assert_eq!(plan.existing, 0);
    assert!((plan.estimate.seconds().unwrap() - 8.0 * 3.0 * 900.0 / 5000.0).abs() < 1e-6);
    let twice = experiment(&["train.device=\"wgpu\"", "train.seeds=[7]", "train.epochs=6"]);
    let double = plan_with(&twice, &runs, &[]).estimate.seconds().unwrap();
    assert!((double - 2.0 * plan.estimate.seconds().unwrap()).abs() < 1e-6);
}

#[test]
fn two_networks_a_teacher_and_what_is_trained_first_are_counted() {
    let of = |names: &str| {
        let names = format!("method.names={names}");
        let e = experiment(&["train.device=\"wgpu\"", "quantizer.bits=[\"fp32\"]", &names]);
        let benched = plan_with(&e, &[], &[measured(false, "wgpu:0")]);
        benched.estimate.seconds().unwrap()
    };
    // 6 runs × 3 epochs × 900 images at 900 a second.
    assert!((of("[\"none\"]") - 18.0).abs() < 1e-6);
    assert!((of("[\"co-teaching\"]") - 36.0).abs() < 1e-6);
    assert!((of("[\"distillation\"]") - (24.0 + 18.0)).abs() < 1e-6);
    assert!((of("[\"forward\"]") - 18.0).abs() < 1e-6);
    let mut e = experiment(&["train.device=\"wgpu\"", "quantizer.bits=[\"fp32\"]"]);
    e.method = toml::from_str("names = [\"forward\"]\nforward.transition = \"estimated\"").unwrap();
    let benched = plan_with(&e, &[], &[measured(false, "wgpu:0")]);
    assert!((benched.estimate.seconds().unwrap() - 36.0).abs() < 1e-6);
}

#[test]
fn a_huge_grid_is_planned() {
    let seeds: Vec<String> = (0..20_000).map(|s| s.to_string()).collect();
    let e = experiment(&[&format!("train.seeds=[{}]", seeds.join(","))]);
    let plan = plan_with(&e, &grid(), &[]);
    assert_eq!((plan.runs, plan.existing), (160_000, 24));
}

#[test]
fn sizes_fall_with_the_bits() {
    let sizes = plan_with(&experiment(&[]), &[], &[]).sizes;
    let bits: Vec<String> = sizes.iter().map(|(b, _)| b.to_string()).collect();
    assert_eq!(bits, ["fp32", "w4a4", "w2a2"]);
    assert!(sizes.windows(2).all(|w| w[1].1.bytes < w[0].1.bytes));
}

#[test]
fn baselines_that_change_the_model_have_sizes_of_their_own() {
    let e = experiment(&[
        "quantizer.bits=[\"fp32\", \"w2a2\"]",
        "method.names=[\"none\", \"dropout\", \"prune-weights\", \"narrow\"]",
        "method.prune-weights.sparsity=[0.5, 0.9]",
        "method.at=\"fp32\"",
    ]);
    let sizes = plan_with(&e, &[], &[]).sizes;
    let names: Vec<&str> = sizes.iter().map(|(name, _)| name.as_str()).collect();
    let second = names.iter().find(|n| n.contains("sparsity 0.9")).unwrap();
    assert_eq!(
        names,
        ["fp32", "w2a2", "fp32+prune-weights", second, "fp32+narrow"]
    );
    assert!(sizes[3].1.bytes < sizes[2].1.bytes && sizes[2].1.bytes < sizes[0].1.bytes);
}

#[test]
fn images_of_another_size_say_nothing_about_the_time() {
    let faces = |more: &[&str]| {
        let all = [
            &[
                "data={set=\"synthetic-faces\", size=32, grey=true}",
                "model.name=au-cnn",
            ],
            more,
        ]
        .concat();
        experiment(&all)
    };
    let e = faces(&[]);
    let plan = plan_with(&e, &[], &[]);
    let Estimate::Unmeasured { needs } = plan.estimate else {
        panic!("{:?}", plan.estimate)
    };
    let args = needs.args.join(" ");
    assert!(
        args.contains("--data synthetic-faces") && args.ends_with("--size 32 --grey"),
        "{args}"
    );
    let of = |size: usize, grey: bool| {
        [true, false].map(|quantized| Measurement {
            model: e.model.clone(),
            data: DataSet::SyntheticFaces,
            size: Some(size),
            grey,
            ..measured(quantized, "cpu")
        })
    };
    let known = |found: [Measurement; 2]| plan_with(&e, &[], &found).estimate.seconds().is_some();
    assert!(known(of(32, true)));
    assert!(!known(of(48, true)) && !known(of(32, false)));
    // Nor do runs.
    let mut runs = crate::compare::testing::faces();
    for run in &mut runs {
        run.meta.host = Some(here());
        run.spec.model = e.model.clone();
        run.spec.data.size = Some(32);
        run.spec.data.grey = true;
        run.spec.train.batch_size = e.train.batch_size;
        run.spec.train.device = e.train.device;
    }
    assert!(plan_with(&e, &runs, &[]).estimate.seconds().is_some());
    for run in &mut runs {
        run.spec.data.size = Some(48);
    }
    assert!(plan_with(&e, &runs, &[]).estimate.seconds().is_none());
}
