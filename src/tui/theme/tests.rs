#![allow(clippy::unwrap_used)]

use super::*;
use ratatui::style::Color;

#[test]
fn every_theme_inside_can_be_used_at_every_depth() {
    let (themes, wrong) = load(None);
    assert!(wrong.is_empty(), "{wrong:?}");
    let names: Vec<_> = themes.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(
        names,
        ["quell-dark", "ansi16", "colour-blind", "quell-light"]
    );
    for file in &themes {
        assert!(!file.description.is_empty());
        for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::None] {
            let theme = Theme::new(file, depth, Glyphs::UNICODE).unwrap();
            assert!(theme.look.series.len() >= 8);
            assert!(depth == Depth::None || theme.look.ramp.len() >= 5);
        }
    }
}

#[test]
fn without_colour_weight_and_inversion_are_left() {
    let (themes, _) = load(None);
    for file in &themes {
        let theme = Theme::new(file, Depth::None, Glyphs::ASCII).unwrap();
        let look = &theme.look;
        for style in [
            look.text,
            look.cursor,
            look.error,
            look.accent,
            theme.border,
        ] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert!(look.cursor.add_modifier.contains(Modifier::REVERSED));
        assert!(look.series.iter().all(|c| *c == Color::Reset));
        assert!(look.ramp.is_empty());
    }
}

#[test]
fn a_users_theme_wins_and_a_broken_one_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let (themes, _) = load(None);
    assert_eq!(
        themes[0].color("ink").unwrap(),
        Color::Rgb(0xd5, 0xdb, 0xe6)
    );
    let dark = std::fs::read_to_string("themes/quell-dark.toml").unwrap();
    let mine = dark.replace("#d5dbe6", "#010203");
    std::fs::write(folder.path().join("mine.toml"), mine).unwrap();
    std::fs::write(folder.path().join("bad.toml"), "name = 3").unwrap();
    let (themes, wrong) = load(Some(folder.path()));
    assert_eq!(themes[0].color("ink").unwrap(), Color::Rgb(1, 2, 3));
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].to_string().contains("bad.toml"));
    assert!(themes[0].color("no such colour").is_err());
}

#[test]
fn bars_and_sparklines_have_the_width_asked_for() {
    let glyphs = Glyphs::ASCII;
    assert_eq!(glyphs.progress(0.5, 4), "##..");
    assert_eq!(glyphs.progress(2.0, 3), "###");
    assert_eq!(glyphs.sparkline(&[0.0, 1.0], 5), "_#");
    assert_eq!(glyphs.sparkline(&[0.0, 0.5, 0.7, 1.0], 2).len(), 2);
    assert_eq!(glyphs.sparkline(&[f64::NAN], 2), "");
}
