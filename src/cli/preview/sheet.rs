//! A sheet of faces as a PNG file: a row per unit or subject, a column per strength.

use super::{Args, STRENGTHS, alone, title};
use crate::cli::exit::{Exit, usage_text};
use crate::cli::output;
use crate::data::{ACTION_UNITS, Images, UNIT_NAMES};
use crate::export;
use font8x8::legacy::BASIC_LEGACY;
use image::codecs::png::PngEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};
use std::io::Write;
use std::path::Path;

/// Faces smaller than this are enlarged by a whole number, pixel by pixel.
const LARGE: u32 = 96;

/// Between faces, and around the sheet.
const GAP: u32 = 4;

/// Height and width of a letter.
const LETTER: u32 = 8;

const PAPER: Rgb<u8> = Rgb([24, 24, 26]);
const INK: Rgb<u8> = Rgb([225, 225, 225]);

/// Pixels of all faces of a sheet together, at most.
const MOST_PIXELS: usize = 50_000_000;

/// Subjects of one unit where nothing else is asked for.
const SUBJECTS: u16 = 6;

pub(super) fn write(args: &Args, unit: Option<usize>, path: &Path) -> anyhow::Result<Exit> {
    let rows = rows(args, unit);
    let what = match unit {
        Some(unit) => title(unit),
        None => "all units".into(),
    };
    let pixels = rows.len() * STRENGTHS.len() * usize::from(args.size).pow(2);
    if pixels > MOST_PIXELS {
        return Err(usage_text(format!(
            "a sheet of {} faces of {size}×{size} pixels is too large: use fewer --subjects or a smaller --size",
            rows.len() * STRENGTHS.len(),
            size = args.size
        )));
    }
    let head = format!("synthetic faces: {what}, seed {}", args.seed);
    let sheet = sheet(args, &head, &rows);
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(
        sheet.as_raw(),
        sheet.width(),
        sheet.height(),
        ExtendedColorType::Rgb8,
    )?;
    export::save(&png, path)?;
    let (shown, n) = (path.display().to_string(), rows.len() * STRENGTHS.len());
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{n} synthetic faces, {what}: {}",
        output::clean(&shown)
    )?;
    Ok(Exit::Done)
}

/// A caption, and whose face with which unit.
struct Row {
    caption: String,
    subject: usize,
    unit: usize,
}

fn rows(args: &Args, unit: Option<usize>) -> Vec<Row> {
    let subjects = args
        .subjects
        .unwrap_or(if unit.is_some() { SUBJECTS } else { 1 });
    let subjects = 0..usize::from(subjects);
    let name = |subject: usize| format!("S{:02}", subject + 1);
    match unit {
        Some(unit) => subjects
            .map(|subject| Row {
                caption: name(subject),
                subject,
                unit,
            })
            .collect(),
        None => subjects
            .flat_map(|subject| (0..ACTION_UNITS.len()).map(move |unit| (subject, unit)))
            .map(|(subject, unit)| Row {
                caption: format!(
                    "{} AU {} {}",
                    name(subject),
                    ACTION_UNITS[unit],
                    UNIT_NAMES[unit]
                ),
                subject,
                unit,
            })
            .collect(),
    }
}

fn sheet(args: &Args, head: &str, rows: &[Row]) -> RgbImage {
    let size = u32::from(args.size);
    let times = LARGE.div_ceil(size);
    let pitch = size * times + GAP;
    let longest = rows.iter().map(|r| r.caption.len()).max().unwrap_or(0);
    let left = GAP + LETTER * (longest as u32 + 1);
    let top = 2 * GAP + 3 * LETTER;
    let wide = (left + pitch * STRENGTHS.len() as u32).max(2 * GAP + LETTER * head.len() as u32);
    let mut sheet = RgbImage::from_pixel(wide, top + pitch * rows.len() as u32, PAPER);
    write_at(&mut sheet, head, GAP, GAP);
    for (column, strength) in STRENGTHS.iter().enumerate() {
        let x = left + pitch * column as u32;
        write_at(&mut sheet, &strength.to_string(), x, GAP + 2 * LETTER);
    }
    for (i, row) in rows.iter().enumerate() {
        let y = top + pitch * i as u32;
        write_at(
            &mut sheet,
            &row.caption,
            GAP,
            y + (pitch - GAP - LETTER) / 2,
        );
        for (column, strength) in STRENGTHS.iter().enumerate() {
            let face = rgb(&alone(args, row.subject, row.unit, *strength), 0);
            let face = imageops::resize(&face, size * times, size * times, FilterType::Nearest);
            let x = left + pitch * column as u32;
            imageops::replace(&mut sheet, &face, x.into(), y.into());
        }
    }
    sheet
}

/// Writes ASCII text; what leaves the sheet is cut.
fn write_at(sheet: &mut RgbImage, text: &str, x: u32, y: u32) {
    for (i, letter) in text.bytes().enumerate() {
        let rows = BASIC_LEGACY
            .get(usize::from(letter))
            .copied()
            .unwrap_or_default();
        for (dy, row) in (0..).zip(rows) {
            // The lowest bit is the leftmost dot.
            for dx in (0..LETTER).filter(|dx| row >> dx & 1 == 1) {
                let at = (x + LETTER * i as u32 + dx, y + dy);
                if let Some(dot) = sheet.get_pixel_mut_checked(at.0, at.1) {
                    *dot = INK;
                }
            }
        }
    }
}

/// Image `i` in colour, channel by channel no longer.
pub(super) fn rgb(images: &Images, i: usize) -> RgbImage {
    let plane = images.height * images.width;
    let pixels = &images.pixels[i * images.stride()..(i + 1) * images.stride()];
    let channel = |k: usize| k.min(images.channels - 1) * plane;
    RgbImage::from_fn(images.width as u32, images.height as u32, |x, y| {
        let place = y as usize * images.width + x as usize;
        Rgb([0, 1, 2].map(|k| pixels[channel(k) + place]))
    })
}
