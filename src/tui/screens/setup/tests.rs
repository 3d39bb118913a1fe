#![allow(clippy::unwrap_used, clippy::panic)]

use super::edit::Edit;
use super::field::{FIELDS, Kind, Shown, choices};
use super::{Msg, value};
use crate::device::DeviceInfo;
use crate::plan::Estimate;
use crate::spec::{Bits, DataSet, MethodName, NoiseKind, QuantizerName};
use crate::tui::action::{Action, Effect, Launched, Screen};
use crate::tui::app::{App, Dialog};
use crate::tui::theme::Glyphs;
use crate::tui::update::update;
use crate::tui::view::tests::{app, c, press, show};
use crossterm::event::KeyCode;

fn setup() -> App {
    let mut app = app(Glyphs::UNICODE);
    let cpu = DeviceInfo {
        id: "cpu".into(),
        name: "A processor, 8 cores".into(),
        kind: "cpu".into(),
        backend: "flex".into(),
        driver: String::new(),
        memory_bytes: None,
    };
    update(&mut app, Action::Setup(Msg::Devices(Ok(vec![cpu]))));
    app
}

/// Moves the cursor to a field.
fn to(app: &mut App, key: &str) {
    app.setup.cursor = FIELDS.iter().position(|f| f.key == key).unwrap();
}

/// Types a new text into a field.
fn fill(app: &mut App, key: &str, text: &str) {
    to(app, key);
    press(app, &[KeyCode::Enter]);
    if let Some(Edit::Text(input)) = &mut app.setup.edit {
        input.reset();
    }
    let keys: Vec<KeyCode> = text.chars().map(c).collect();
    press(app, &keys);
    press(app, &[KeyCode::Enter]);
}

#[test]
fn snapshots() {
    for (width, height) in [(80, 24), (200, 50)] {
        let name = |what: &str| format!("{what}_{width}x{height}");
        let mut app = setup();
        insta::assert_snapshot!(name("quickstart"), show(&mut app, width, height));
        fill(&mut app, "noise.rates", "0, 1.5");
        insta::assert_snapshot!(name("wrong_rate"), show(&mut app, width, height));
        press(&mut app, &[c('u')]);
        to(&mut app, "method.names");
        press(&mut app, &[KeyCode::Enter, KeyCode::Down]);
        insta::assert_snapshot!(name("baselines"), show(&mut app, width, height));
    }
}

#[test]
fn it_starts_with_quickstart_and_every_field_shows_its_value() {
    let app = setup();
    let state = &app.setup;
    assert_eq!(state.preset, "quickstart");
    assert_eq!(state.plan.as_ref().unwrap().runs, 10);
    for field in FIELDS.iter().filter(|f| f.kind != Kind::Launch) {
        let known = value::get(&state.table, field.key).is_some() || !field.empty.is_empty();
        assert!(known, "{} is no key of a spec", field.key);
        // A field that is rarely needed is not in view with the value that is usual.
        if let Shown::Rarely(_, usual) = field.shown
            && field.key != "data.train_limit"
        {
            assert_eq!(state.text(field), usual, "{}", field.key);
        }
        assert!(!field.help.is_empty());
        if field.kind == Kind::One {
            assert!(choices(field, &[]).len() > 1, "{}", field.key);
        }
    }
}

#[test]
fn edits_reach_the_experiment_and_can_be_undone() {
    let mut app = setup();
    fill(&mut app, "noise.rates", "0 0.2, 0.4");
    fill(&mut app, "quantizer.bits", "fp32, w4a8");
    fill(&mut app, "train.seeds", "[0, 1]");
    fill(&mut app, "train.lr", "1e-2");
    fill(&mut app, "data.train_limit", "");
    let e = app.setup.experiment.clone().unwrap();
    assert_eq!(e.noise.rates, [0.0, 0.2, 0.4]);
    assert_eq!(e.quantizer.bits, [Bits::FP32, "w4a8".parse().unwrap()]);
    assert_eq!((e.train.seeds, e.train.lr), (vec![0, 1], 0.01));
    assert_eq!(e.data.train_limit, None);
    assert_eq!(app.setup.plan.as_ref().unwrap().runs, 3 * 3 * 2);
    press(&mut app, &[c('u'), c('u')]);
    assert_eq!(app.setup.experiment.as_ref().unwrap().train.lr, 1e-3);
}

#[test]
fn a_wrong_value_stays_where_it_stands_and_the_rest_works() {
    let mut app = setup();
    fill(&mut app, "train.epochs", "many");
    assert!(app.setup.wrong()[0].1.contains("whole number"));
    fill(&mut app, "quantizer.bits", "w1a4");
    let wrong = app.setup.wrong();
    assert!(
        wrong
            .iter()
            .any(|w| w.0 == "quantizer.bits" && w.1.contains("1 bit")),
        "{wrong:?}"
    );
    fill(&mut app, "train.batch_size", "64");
    assert_eq!(app.setup.experiment.as_ref().unwrap().train.batch_size, 64);
    assert!(press(&mut app, &[c('L')]).is_empty());
    assert!(matches!(app.dialog, Some(Dialog::Message { .. })));
    press(&mut app, &[KeyCode::Esc]);
    let text = show(&mut app, 80, 24);
    assert!(text.contains("many") && text.contains("w1a4"), "{text}");
    fill(&mut app, "train.epochs", "2");
    fill(&mut app, "quantizer.bits", "w2a4");
    assert!(app.setup.wrong().is_empty());
    assert!(app.setup.plan.as_ref().unwrap().control_added);
}

#[test]
fn fields_are_shown_where_they_apply() {
    let mut app = setup();
    let shown = |app: &App| -> Vec<&str> {
        let all = app.setup.shown();
        all.iter().map(|i| FIELDS[*i].key).collect()
    };
    let usual = shown(&app);
    assert!(usual.contains(&"method.dropout.p") && !usual.contains(&"method.gce.q"));
    assert!(!usual.contains(&"noise.map") && !usual.contains(&"train.clip_norm"));
    press(&mut app, &[c('m')]);
    let all = shown(&app);
    assert!(all.contains(&"train.clip_norm") && all.contains(&"quantizer.start"));
    assert!(!all.contains(&"noise.map"));
    fill(&mut app, "train.clip_norm", "2");
    fill(&mut app, "quantizer.bits", "fp32");
    to(&mut app, "noise.kind");
    press(&mut app, &[KeyCode::Right, KeyCode::Right]);
    press(&mut app, &[c('m')]);
    // What was changed stays in view.
    let now = shown(&app);
    assert!(now.contains(&"train.clip_norm") && now.contains(&"noise.map"));
    assert!(!now.contains(&"quantizer.start"));
    assert!(app.setup.wrong().iter().any(|w| w.0 == "noise.map"));
    fill(&mut app, "noise.map", "7>9, 9>7 ,5");
    assert!(app.setup.wrong()[0].1.contains("9>1"));
    fill(&mut app, "noise.map", "7>9, 9>7");
    assert_eq!(
        app.setup.experiment.as_ref().unwrap().noise.map,
        [[7, 9], [9, 7]]
    );
    assert!(show(&mut app, 80, 24).contains("7>9, 9>7"));
    // A list of settings makes runs of its own.
    fill(&mut app, "method.dropout.p", "0.3, 0.5");
    assert_eq!(app.setup.plan.as_ref().unwrap().runs, 6);
    fill(&mut app, "method.dropout.p", "0.3");
    assert_eq!(app.setup.plan.as_ref().unwrap().runs, 4);
}

#[test]
fn noise_that_only_the_data_can_tell_is_drawn_beforehand() {
    let mut app = setup();
    app.setup.measuring = Some(Vec::new());
    assert!(show(&mut app, 200, 50).contains("noise 40 %: 36.0 % wrong"));
    to(&mut app, "noise.kind");
    let mut effects = Vec::new();
    while app.setup.experiment.as_ref().unwrap().noise.kind != NoiseKind::Instance {
        effects = press(&mut app, &[KeyCode::Right]);
    }
    let [Effect::Noise(spec)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert!(show(&mut app, 80, 24).contains("drawing the labels"));
    // Once, whatever else is changed meanwhile that labels do not depend on.
    fill(&mut app, "train.lr", "0.01");
    let mut counts = vec![vec![1; 10]; 10];
    counts[3][3] = 91;
    let drawn = Msg::Noise(spec.clone(), Ok(counts));
    assert!(update(&mut app, Action::Setup(drawn)).is_empty());
    to(&mut app, "noise.kind");
    let text = show(&mut app, 80, 24);
    assert!(
        text.contains("noise 40 %: 47.4 % wrong") && text.contains("91"),
        "{text}"
    );
    let failed = Msg::Noise(spec.clone(), Err("no such file: labels.pt".into()));
    assert!(update(&mut app, Action::Setup(failed)).is_empty());
    assert!(show(&mut app, 80, 24).contains("no such file"));
}

#[test]
fn several_quantizers_take_the_bits_that_they_can_have() {
    let mut app = setup();
    fill(&mut app, "quantizer.bits", "fp32, w4a4, w1a4");
    assert!(app.setup.wrong().iter().any(|w| w.0 == "quantizer.bits"));
    to(&mut app, "quantizer.name");
    press(
        &mut app,
        &[KeyCode::Enter, KeyCode::End, c('k'), c(' '), KeyCode::Enter],
    );
    let names = &app.setup.experiment.as_ref().unwrap().quantizer.name.0;
    assert_eq!(names, &[QuantizerName::Minmax, QuantizerName::Binary]);
    assert!(app.setup.wrong().is_empty(), "{:?}", app.setup.wrong());
    let text = show(&mut app, 200, 50);
    assert!(
        text.contains("binary-w1a4") && text.contains("w4a4"),
        "{text}"
    );
    assert!(!text.contains("binary-w4a4"), "{text}");
}

#[test]
fn choices_cycle_and_several_can_be_toggled() {
    let mut app = setup();
    to(&mut app, "data.set");
    press(&mut app, &[KeyCode::Right]);
    assert_eq!(
        app.setup.experiment.as_ref().unwrap().data.set,
        DataSet::FashionMnist
    );
    press(&mut app, &[c('h')]);
    assert_eq!(
        app.setup.experiment.as_ref().unwrap().data.set,
        DataSet::Bundled
    );
    to(&mut app, "method.names");
    press(&mut app, &[KeyCode::Enter, c('j'), c(' '), KeyCode::Enter]);
    let names = &app.setup.experiment.as_ref().unwrap().method.names;
    assert_eq!(
        names,
        &[
            MethodName::None,
            MethodName::EarlyStopping,
            MethodName::Dropout
        ]
    );
    to(&mut app, "quantizer.bits");
    press(&mut app, &[c(' '), c(' '), KeyCode::Enter]);
    assert!(
        !app.setup
            .experiment
            .as_ref()
            .unwrap()
            .quantizer
            .bits
            .contains(&Bits::FP32)
    );
    to(&mut app, "model.batch_norm");
    press(&mut app, &[KeyCode::Right]);
    assert!(app.setup.wrong().iter().any(|w| w.0 == "model.batch_norm"));
}

#[test]
fn launching_queues_the_grid_and_shows_it() {
    let mut app = setup();
    let experiment = app.setup.experiment.clone().unwrap();
    let effects = press(&mut app, &[c('L')]);
    assert_eq!(effects, [Effect::Launch(Box::new(experiment))]);
    let launched = Launched {
        created: 10,
        resumed: 0,
        existing: 0,
    };
    update(&mut app, Action::Launched(Ok(launched)));
    assert_eq!(app.screen, Screen::Monitor);
    assert!(!app.setup.launching);
}

#[test]
fn a_large_grid_is_asked_about() {
    let mut app = setup();
    let seeds: Vec<String> = (0..300).map(|s| s.to_string()).collect();
    fill(&mut app, "train.seeds", &seeds.join(","));
    assert!(press(&mut app, &[c('L')]).is_empty());
    assert!(show(&mut app, 80, 24).contains("3000 runs"));
    assert!(matches!(
        press(&mut app, &[c('y')]).as_slice(),
        [Effect::Launch(_)]
    ));
}

#[test]
fn what_was_not_measured_is_measured_once() {
    let mut app = setup();
    app.setup.measuring = None;
    let effects = super::replan(&mut app.setup, &[]);
    let [Effect::Measure(args)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(args, &["--threads", "1"]);
    assert!(super::replan(&mut app.setup, &[]).is_empty());
    let failed = Msg::Measured(args.clone(), Err("no".into()));
    assert!(update(&mut app, Action::Setup(failed)).is_empty());
    let plan = app.setup.plan.as_ref().unwrap();
    assert!(matches!(plan.estimate, Estimate::Unmeasured { .. }));
}
