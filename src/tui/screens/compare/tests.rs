//! The screen as it looks, and what keys and clicks do to it.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::samples::{history, runs};
use super::state::{Grouping, known};
use super::*;
use crate::compare::Scope;
use crate::store::RunRecord;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

fn look(ramp: Vec<Color>) -> Look {
    let plain = Style::new();
    Look {
        text: plain,
        muted: plain,
        head: plain,
        accent: plain,
        cursor: plain.add_modifier(Modifier::REVERSED),
        error: plain,
        good: plain,
        warn: plain,
        series: ramp.clone(),
        ramp,
        signs: Signs::UNICODE,
    }
}

fn buffer(state: &State, runs: &[RunRecord], width: u16, height: u16, look: &Look) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let area = Rect::new(0, 0, width, height);
    terminal
        .draw(|frame| draw(frame, area, state, runs, look))
        .unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width.max(1));
    let rows = buffer.content.chunks(width);
    let line = |row: &[ratatui::buffer::Cell]| row.iter().map(|c| c.symbol()).collect::<String>();
    rows.map(|r| line(r).trim_end().to_owned() + "\n").collect()
}

/// The screen after these messages.
fn after(msgs: Vec<Msg>) -> (State, Vec<RunRecord>) {
    let runs = runs();
    let mut state = State::default();
    state.refresh(&runs);
    for msg in msgs {
        update(&mut state, msg, &runs);
    }
    (state, runs)
}

fn shot(name: &str, msgs: Vec<Msg>) {
    let (mut state, runs) = after(msgs);
    let wanted = state.wanted_histories();
    let read = runs.iter().filter(|r| wanted.contains(&r.id));
    let read = read.map(|r| (r.id.clone(), history(r))).collect();
    update(&mut state, Msg::Histories(read), &runs);
    for (width, height) in [(80, 24), (200, 50)] {
        let seen = text(&buffer(&state, &runs, width, height, &look(Vec::new())));
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), seen);
    }
}

fn typed(text: &str) -> Vec<Msg> {
    let mut msgs = vec![Msg::Filter];
    msgs.extend(text.chars().map(Msg::Type));
    msgs
}

/// Opens a list, narrows it to `name` and takes the first item.
fn pick(open: Msg, name: &str) -> Vec<Msg> {
    let mut msgs = vec![open];
    msgs.extend(name.chars().map(Msg::Type));
    msgs.push(Msg::Accept);
    msgs
}

fn mark_three() -> Vec<Msg> {
    let mut msgs = typed("noise=0.4 seed=0");
    msgs.extend([Msg::Accept, Msg::Mark, Msg::Mark, Msg::Mark]);
    msgs
}

#[test]
fn runs_view() {
    shot("runs", vec![Msg::Mark, Msg::Down(2), Msg::Mark]);
}

#[test]
fn grouped_view() {
    let mut msgs = pick(Msg::Group, "all but");
    msgs.extend([Msg::Mark, Msg::Down(3), Msg::FoldAll]);
    shot("grouped", msgs);
}

#[test]
fn wrong_filter_view() {
    shot("filter_error", typed("noise_rat>=0.4"));
}

#[test]
fn a_chosen_setting_is_said_in_pivot_and_groups() {
    let runs = crate::compare::testing::tuned();
    let mut state = State::default();
    state.refresh(&runs);
    update(&mut state, Msg::Show(state::View::Pivot), &runs);
    let seen = text(&buffer(&state, &runs, 80, 24, &look(Vec::new())));
    assert!(
        seen.contains("n=2 p 0.1") && seen.contains("n=2 p 0.3"),
        "{seen}"
    );
    assert!(
        seen.contains("2 runs, p 0.1: best of 3 by validation"),
        "{seen}"
    );
    assert!(!seen.contains("averages over"), "{seen}");

    update(&mut state, Msg::Show(state::View::Runs), &runs);
    for msg in pick(Msg::Group, "noise_rate") {
        update(&mut state, msg, &runs);
    }
    let seen = text(&buffer(&state, &runs, 80, 24, &look(Vec::new())));
    assert!(
        seen.contains("6 runs, 2 count  p 0.1: best of 3 by validation"),
        "{seen}"
    );
    // Repetitions are of one setting.
    for msg in pick(Msg::Group, "all but") {
        update(&mut state, msg, &runs);
    }
    let groups = state
        .derived
        .rows
        .iter()
        .filter(|r| matches!(r, rows::Row::Group { .. }));
    assert_eq!(groups.count(), 6);
}

#[test]
fn pivot_view() {
    shot(
        "pivot",
        vec![Msg::Show(View::Pivot), Msg::Down(2), Msg::Right(4)],
    );
}

#[test]
fn curves_view() {
    let mut msgs = mark_three();
    msgs.push(Msg::Show(View::Curves));
    shot("curves", msgs);
}

#[test]
fn diff_view() {
    let mut msgs = mark_three();
    msgs.extend([Msg::Show(View::Diff), Msg::Right(2)]);
    shot("diff", msgs);
}

#[test]
fn list_view() {
    shot("list", vec![Msg::Show(View::Pivot), Msg::PivotColumns]);
}

#[test]
fn heat_map_has_colours_only_where_there_are_some() {
    let (state, runs) = after(vec![Msg::Show(View::Pivot)]);
    let ramp = vec![
        Color::Rgb(0, 0, 80),
        Color::Rgb(90, 90, 90),
        Color::Rgb(250, 230, 0),
    ];
    let coloured = buffer(&state, &runs, 100, 24, &look(ramp.clone()));
    let plain = buffer(&state, &runs, 100, 24, &look(Vec::new()));
    assert_eq!(text(&coloured), text(&plain));
    for color in ramp {
        assert!(
            coloured.content.iter().any(|c| c.bg == color),
            "{color} is not there"
        );
    }
    assert!(
        plain
            .content
            .iter()
            .all(|c| c.bg == Color::Reset && c.fg == Color::Reset)
    );
    let mut stars = plain.content.iter().filter(|c| c.symbol() == "★");
    assert!(stars.any(|c| c.modifier.contains(Modifier::BOLD)));
}

#[test]
fn no_size_panics() {
    let mut all = vec![vec![Msg::Group], vec![Msg::Columns], typed("x:")];
    for view in View::ALL {
        let mut msgs = mark_three();
        msgs.push(Msg::Show(view));
        all.push(msgs);
    }
    for msgs in all {
        let (mut state, runs) = after(msgs);
        for width in (0..30).chain([79, 80, 120]) {
            for height in 0..12 {
                buffer(
                    &state,
                    &runs,
                    width.max(1),
                    height.max(1),
                    &look(Vec::new()),
                );
                let area = Rect::new(0, 0, width, height);
                update(
                    &mut state,
                    Msg::Click {
                        x: width / 2,
                        y: height / 2,
                        area,
                    },
                    &runs,
                );
            }
        }
        let mut empty = State {
            view: state.view,
            ..State::default()
        };
        empty.refresh(&[]);
        buffer(&empty, &[], 40, 12, &look(Vec::new()));
    }
}

#[test]
fn sorting_goes_round() {
    let (mut state, runs) = after(vec![Msg::Right(5), Msg::Sort]);
    assert_eq!(state.sort.unwrap().field.name, "test_acc_last");
    assert!(state.sort.unwrap().descending);
    let accuracy = |state: &State, row: usize| match &state.derived.rows[row] {
        rows::Row::Run { index, .. } => {
            crate::compare::metric(&runs[*index], "test_acc_last").unwrap()
        }
        rows::Row::Group { .. } => panic!("no group was asked for"),
    };
    assert!(accuracy(&state, 0) > accuracy(&state, 44));
    update(&mut state, Msg::Sort, &runs);
    assert!(accuracy(&state, 0) < accuracy(&state, 44));
    update(&mut state, Msg::Sort, &runs);
    assert_eq!(state.sort, None);
}

#[test]
fn groups_fold_and_their_runs_are_marked_together() {
    let (mut state, runs) = after(pick(Msg::Group, "all but"));
    assert_eq!(state.group, Some(Grouping::Repetitions));
    assert_eq!(state.derived.rows.len(), 45 + 15);
    update(&mut state, Msg::Open, &runs);
    assert_eq!(state.derived.rows.len(), 45 + 15 - 3);
    update(&mut state, Msg::Mark, &runs);
    assert_eq!(state.marked.len(), 3);
    update(&mut state, Msg::FoldAll, &runs);
    assert_eq!(state.derived.rows.len(), 15);
    update(&mut state, Msg::FoldAll, &runs);
    assert_eq!(state.derived.rows.len(), 60);
}

#[test]
fn a_wrong_filter_keeps_the_last_good_one_and_says_why() {
    let (mut state, runs) = after(typed("noise=0.4"));
    assert_eq!(state.derived.taken, 15);
    update(&mut state, Msg::Accept, &runs);
    update(&mut state, Msg::Filter, &runs);
    update(&mut state, Msg::Type('x'), &runs);
    assert!(state.filter.error.as_ref().unwrap().contains("number"));
    update(&mut state, Msg::Accept, &runs);
    assert!(state.filter.editing, "a wrong filter is not accepted");
    assert_eq!(state.derived.taken, 15);
    update(&mut state, Msg::Erase, &runs);
    update(&mut state, Msg::Accept, &runs);
    assert!(!state.filter.editing && state.filter.error.is_none());
    update(&mut state, Msg::Back, &runs);
    assert_eq!(state.derived.taken, 45);
}

#[test]
fn typing_within_the_filter() {
    let (mut state, runs) = after(typed("noise=0.é"));
    for msg in [
        Msg::Erase,
        Msg::Type('4'),
        Msg::Caret(-9),
        Msg::Type('é'),
        Msg::Erase,
        Msg::Erase,
    ] {
        update(&mut state, msg, &runs);
    }
    assert_eq!(state.filter.text, "noise=0.4");
    update(&mut state, Msg::EraseAll, &runs);
    assert_eq!((state.filter.text.as_str(), state.filter.caret), ("", 0));
}

#[test]
fn pivot_keys_and_metric_are_chosen() {
    let mut msgs = vec![Msg::Show(View::Pivot)];
    msgs.extend(pick(Msg::PivotRows, "seed of"));
    msgs.extend(pick(Msg::PivotColumns, "nominal"));
    msgs.extend(pick(Msg::Metric, "memorised"));
    let (mut state, runs) = after(msgs);
    let pivot = state.derived.pivot.clone().unwrap();
    assert_eq!((pivot.rows.name, pivot.cols.name), ("seed", "noise_rate"));
    assert_eq!(pivot.metric.name, "memorised");
    update(&mut state, Msg::Swap, &runs);
    let pivot = state.derived.pivot.as_ref().unwrap();
    assert_eq!((pivot.rows.name, pivot.cols.name), ("noise_rate", "seed"));
    update(&mut state, Msg::NextMetric(-1), &runs);
    assert_eq!(state.pivot_metric().name, "test_acc_selected");
}

#[test]
fn unfinished_runs_count_when_asked_to() {
    let (mut state, runs) = after(vec![Msg::Show(View::Pivot)]);
    let count = |state: &State| {
        state.derived.pivot.as_ref().unwrap().cells[2][4]
            .as_ref()
            .unwrap()
            .stat
            .unwrap()
            .n
    };
    assert_eq!(count(&state), 1);
    update(&mut state, Msg::Scope, &runs);
    assert_eq!((count(&state), state.scope), (3, Scope::All));
}

#[test]
fn columns_are_shown_and_hidden() {
    let (mut state, runs) = after(vec![Msg::Columns]);
    for c in "corrected".chars() {
        update(&mut state, Msg::Type(c), &runs);
    }
    update(&mut state, Msg::Type(' '), &runs);
    assert!(state.columns.contains(&known("corrected")));
    update(&mut state, Msg::Type(' '), &runs);
    assert!(!state.columns.contains(&known("corrected")));
    update(&mut state, Msg::Accept, &runs);
    assert!(state.picker.is_none());
}

#[test]
fn curves_are_of_the_best_runs_until_some_are_marked() {
    let (state, _) = after(vec![Msg::Show(View::Curves)]);
    assert_eq!(state.wanted_histories().len(), 6);
    let mut msgs = mark_three();
    msgs.push(Msg::Show(View::Curves));
    let (state, _) = after(msgs);
    assert_eq!(state.wanted_histories(), state.marked);
    let names: Vec<&str> = state.derived.curves.iter().map(|c| c.1.as_str()).collect();
    assert_eq!(names, ["w2a2", "w3a3", "w4a4"]);
}

#[test]
fn every_view_is_exported() {
    for (view, header) in [
        (View::Runs, "id"),
        (View::Pivot, "noise_rate"),
        (View::Curves, "id"),
        (View::Diff, "field"),
    ] {
        let mut msgs = mark_three();
        msgs.push(Msg::Show(view));
        let (mut state, runs) = after(msgs);
        let read = runs.iter().map(|r| (r.id.clone(), history(r))).collect();
        update(&mut state, Msg::Histories(read), &runs);
        let effects = update(&mut state, Msg::Export, &runs);
        let [Effect::Export { name, sheet }] = effects.as_slice() else {
            panic!("{view:?}: no export");
        };
        assert!(name.starts_with("quell-") && name.ends_with(".csv"));
        assert!(
            sheet.header.contains(&header.to_owned()),
            "{view:?}: {:?}",
            sheet.header
        );
        assert!(!sheet.rows.is_empty());
        assert!(sheet.rows.iter().all(|r| r.len() == sheet.header.len()));
    }
    let (mut state, runs) = after(vec![Msg::Show(View::Diff)]);
    assert!(update(&mut state, Msg::Export, &runs).is_empty());
    assert!(state.message.unwrap().unwrap_err().contains("mark"));
}

#[test]
fn clicks_do_what_keys_do() {
    let (mut state, runs) = after(vec![]);
    let area = Rect::new(0, 1, 80, 22);
    let click = |state: &mut State, x, y| update(state, Msg::Click { x, y, area }, &runs);
    // Tabs, filter line, heads, rows.
    click(&mut state, 5, 4);
    assert_eq!((state.cursor.0, state.marked.len()), (0, 1));
    click(&mut state, 5, 6);
    assert_eq!(state.cursor.0, 2);
    click(&mut state, 5, 3);
    assert_eq!(state.sort.unwrap().field.name, "state");
    click(&mut state, 20, 2);
    assert!(state.filter.editing);
    click(&mut state, 9, 1);
    assert_eq!(state.view, View::Pivot);
}

#[test]
fn the_last_of_thousands_of_runs_is_reached_and_exported() {
    let few = runs();
    let many: Vec<RunRecord> = (0..5_000)
        .map(|i| {
            let mut run = few[i % few.len()].clone();
            run.id = format!("{}-{i}", run.id);
            run
        })
        .collect();
    let mut state = State::default();
    update(&mut state, Msg::Show(View::Runs), &many);
    assert_eq!(state.derived.rows.len(), 5_000);
    update(&mut state, Msg::Last, &many);
    assert_eq!(state.cursor.0, 4_999);
    buffer(&state, &many, 80, 24, &look(Vec::new()));
    let effects = update(&mut state, Msg::Export, &many);
    let [Effect::Export { sheet, .. }] = effects.as_slice() else {
        panic!("no export");
    };
    assert_eq!(sheet.rows.len(), 5_000);
    for view in View::ALL {
        update(&mut state, Msg::Show(view), &many);
        buffer(&state, &many, 200, 50, &look(Vec::new()));
    }
}
