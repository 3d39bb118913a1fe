//! Faces in the terminal: blocks of two colours where there are colours, else characters of shade.

use super::cells::Ink;
use super::sheet::rgb;
use super::{Args, STRENGTHS, alone, title};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::data::{ACTION_UNITS, FaceSpec, faces};
use image::RgbImage;
use image::imageops;
use std::fmt::Write as _;
use std::io::Write;

/// A face that is shown narrower than this many cells is shown in part where one unit is looked at.
const WHOLE: usize = 30;

/// The part of a face's width and height that a close-up shows.
const PART: f32 = 0.55;

/// Lines under a face that list its units.
const CAPTION: usize = 2;

/// Where faces are shown, and with what.
struct Screen {
    columns: usize,
    lines: usize,
    ink: Ink,
}

impl Screen {
    fn here() -> Self {
        let (columns, lines) = match output::on_terminal().then(crossterm::terminal::size) {
            Some(Ok((columns, lines))) if columns > 0 && lines > 0 => (columns, lines),
            _ => (80, 24),
        };
        Self {
            columns: columns.into(),
            lines: lines.into(),
            ink: Ink::here(),
        }
    }

    /// The width in cells below which a face is not worth looking at.
    fn least(&self) -> usize {
        if self.ink.is_fine() { 15 } else { 24 }
    }

    /// How many faces stand beside each other, of these numbers, and how wide they are, where `lines`
    /// are left for each.
    fn across(&self, choices: &[usize], lines: usize) -> (usize, usize) {
        let fits = |n: &&usize| (self.columns + 1) / **n > self.least();
        let n = choices.iter().filter(fits).max().copied().unwrap_or(1);
        let width = ((self.columns + 1) / n).saturating_sub(1);
        (n, width.min(2 * lines).max(2))
    }
}

pub(super) fn show(args: &Args, unit: Option<usize>) -> anyhow::Result<Exit> {
    let screen = Screen::here();
    let text = match unit {
        Some(unit) => strengths(args, unit, &screen),
        None => frames(args, &screen),
    }?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

/// One unit, a column per strength and a band of faces per subject.
fn strengths(args: &Args, unit: usize, screen: &Screen) -> anyhow::Result<String> {
    // A heading, the strengths, and the line where the terminal asks for the next command.
    let lines = screen.lines.saturating_sub(3);
    let (n, width) = screen.across(&[1, 2, 3, STRENGTHS.len()], lines);
    let shown: &[f32] = match n {
        1 => &[1.0],
        2 => &[0.0, 1.0],
        3 => &[0.0, 0.5, 1.0],
        _ => &STRENGTHS,
    };
    let fit = (lines / width.div_ceil(2)).max(1);
    let subjects = args.subjects.map_or(fit, usize::from);
    let close = width < WHOLE;
    let part = if close { " (close-up)" } else { "" };
    let mut text = format!(
        "synthetic faces: {}{part}, seed {}\n",
        title(unit),
        args.seed
    );
    let columns = shown.iter().map(|s| format!("{s:<width$}"));
    writeln!(text, "{}", columns.collect::<Vec<_>>().join(" ").trim_end())?;
    for subject in 0..subjects {
        let faces = shown
            .iter()
            .map(|s| rgb(&alone(args, subject, unit, *s), 0))
            .map(|face| if close { close_up(&face, unit) } else { face });
        band(&mut text, screen, width, &faces.collect::<Vec<_>>())?;
    }
    Ok(text)
}

/// The half of the face that a unit moves.
fn close_up(face: &RgbImage, unit: usize) -> RgbImage {
    let top = if ACTION_UNITS[unit] < 10 { 0.12 } else { 0.44 };
    let [left, top, side] = [0.5 - 0.5 * PART, top, PART].map(|s| (s * face.width() as f32) as u32);
    imageops::crop_imm(face, left, top, side, side).to_image()
}

/// Frames as they are drawn for training, with the units that are present in each.
fn frames(args: &Args, screen: &Screen) -> anyhow::Result<String> {
    let lines = screen.lines.saturating_sub(2);
    let most: Vec<usize> = (1..=8).collect();
    let (n, width) = screen.across(&most, lines.saturating_sub(CAPTION));
    let fit = n * (lines / (width.div_ceil(2) + CAPTION)).max(1);
    let subjects = args.subjects.map_or(fit, usize::from);
    let spec = FaceSpec {
        size: args.size.into(),
        grey: args.grey,
        subjects,
        frames: (fit / subjects).max(1),
        seed: args.seed,
    };
    let coded = faces(&spec);
    let mut text = format!("synthetic faces and their units, seed {}\n", args.seed);
    let all: Vec<usize> = (0..coded.images.count).collect();
    for places in all.chunks(n) {
        let faces: Vec<RgbImage> = places.iter().map(|i| rgb(&coded.images, *i)).collect();
        band(&mut text, screen, width, &faces)?;
        let captions: Vec<Vec<String>> = places
            .iter()
            .map(|i| {
                let labels = coded.labels.chunks_exact(coded.units.len()).nth(*i);
                let present = labels.into_iter().flatten().zip(coded.units);
                let present = present.filter(|(label, _)| **label == 1);
                let name = &coded.subject_names[usize::from(coded.subjects[*i])];
                let caption =
                    present.fold(format!("{name}:"), |all, (_, unit)| format!("{all} {unit}"));
                let wrapped = textwrap::wrap(&caption, width);
                wrapped.into_iter().map(String::from).collect()
            })
            .collect();
        for line in 0..CAPTION {
            let words = captions.iter().map(|caption| {
                let more = line + 1 == CAPTION && caption.len() > CAPTION;
                let words = caption.get(line).map_or("", String::as_str);
                let words = output::glyphs(&format!("{words}{}", if more { "…" } else { "" }));
                format!("{words:<width$}")
            });
            writeln!(text, "{}", words.collect::<Vec<_>>().join(" ").trim_end())?;
        }
    }
    Ok(text)
}

/// Faces beside each other, each `width` cells wide.
fn band(text: &mut String, screen: &Screen, width: usize, faces: &[RgbImage]) -> std::fmt::Result {
    let lines = width.div_ceil(2);
    let faces: Vec<Vec<String>> = faces
        .iter()
        .map(|face| screen.ink.cells(face, width, lines))
        .collect();
    for line in 0..lines {
        let row: Vec<&str> = faces.iter().map(|face| face[line].as_str()).collect();
        writeln!(text, "{}", row.join(" "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Depth;

    #[test]
    fn faces_fit_screens_of_any_size() {
        for (columns, lines) in [(80, 24), (200, 60), (40, 10), (3, 2), (1, 1)] {
            for (depth, blocks) in [
                (Depth::True, true),
                (Depth::Indexed, false),
                (Depth::None, true),
            ] {
                let ink = Ink { depth, blocks };
                let screen = Screen {
                    columns,
                    lines,
                    ink,
                };
                let (n, width) = screen.across(&[1, 2, 3, 5], lines.saturating_sub(3));
                if columns > 2 {
                    assert!(n * (width + 1) <= columns + 1, "{columns}: {n} of {width}");
                }
                if lines > 4 {
                    assert!(width.div_ceil(2) <= lines - 3, "{lines}: {width}");
                }
            }
        }
        let screen = Screen {
            columns: 80,
            lines: 24,
            ink: Ink {
                depth: Depth::True,
                blocks: true,
            },
        };
        assert_eq!(screen.across(&[1, 2, 3, 5], 21), (5, 15));
    }
}
