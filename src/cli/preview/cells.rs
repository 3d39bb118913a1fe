//! Pictures as cells of a terminal: blocks of two colours where there are colours, else characters of
//! shade.

use crate::cli::output;
use crate::tui::theme::Depth;
use crossterm::style::{Colors, ResetColor, SetColors};
use image::RgbImage;
use image::imageops::{self, FilterType};
use ratatui::backend::IntoCrossterm;
use ratatui::style::Color;

/// The quarters of a cell: those in the foreground are the bits, upper left, upper right, lower left
/// and lower right from the lowest.
const QUARTERS: [char; 8] = [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛'];

/// From dark to bright.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
const LETTERS: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// What a terminal shows pictures with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    pub depth: Depth,
    /// Whether the locale knows block characters.
    pub blocks: bool,
}

impl Ink {
    pub fn here() -> Self {
        Self {
            depth: Depth::detect(),
            blocks: output::is_utf8(),
        }
    }

    /// Whether pictures are shown in colour: sixteen are too few.
    fn colours(&self) -> bool {
        matches!(self.depth, Depth::True | Depth::Indexed)
    }

    /// Whether a cell shows four quarters of a picture.
    pub fn is_fine(&self) -> bool {
        self.colours() && self.blocks
    }

    /// A picture as lines of `width` cells.
    pub fn cells(&self, picture: &RgbImage, width: usize, lines: usize) -> Vec<String> {
        match self.colours() {
            true => coloured(picture, width, lines, *self),
            false => shaded(picture, width, lines, self.blocks),
        }
    }
}

fn resized(face: &RgbImage, width: usize, height: usize) -> RgbImage {
    imageops::resize(face, width as u32, height as u32, FilterType::Triangle)
}

/// Lines of cells with two colours each, or one where the locale knows no blocks.
fn coloured(face: &RgbImage, width: usize, lines: usize, ink: Ink) -> Vec<String> {
    let fine = resized(face, 2 * width, 2 * lines);
    let code = |colour: [f32; 3]| {
        let [r, g, b] = colour.map(|c| c.round() as u8);
        ink.depth.color(Color::Rgb(r, g, b)).into_crossterm()
    };
    let pixel = |x: usize, y: usize| fine.get_pixel(x as u32, y as u32).0.map(f32::from);
    let line = |y: usize| {
        let cells = (0..width).map(|x| {
            let (x, y) = (2 * x, 2 * y);
            let four = [
                pixel(x, y),
                pixel(x + 1, y),
                pixel(x, y + 1),
                pixel(x + 1, y + 1),
            ];
            let shapes = if ink.blocks { QUARTERS.len() } else { 1 };
            let (shape, front, back) = closest(&four, shapes);
            let colours = Colors::new(code(front), code(back));
            format!("{}{}", SetColors(colours), QUARTERS[shape])
        });
        let cells: String = cells.collect();
        format!("{cells}{ResetColor}")
    };
    (0..lines).map(line).collect()
}

/// Which of the first `shapes` of [`QUARTERS`], in which two colours, is nearest to four pixels.
fn closest(four: &[[f32; 3]; 4], shapes: usize) -> (usize, [f32; 3], [f32; 3]) {
    let mean = |shape: usize, front: bool| {
        let part = || (0..4).filter(|i| (shape >> i & 1 == 1) == front);
        let n = part().count().max(1) as f32;
        std::array::from_fn(|k| part().map(|i| four[i][k]).sum::<f32>() / n)
    };
    let error = |shape: usize| {
        let colours = [mean(shape, false), mean(shape, true)];
        let of = |i: usize| {
            let colour: [f32; 3] = colours[shape >> i & 1];
            (0..3)
                .map(|k| (four[i][k] - colour[k]).powi(2))
                .sum::<f32>()
        };
        (0..4).map(of).sum::<f32>()
    };
    let best = (0..shapes)
        .min_by(|a, b| error(*a).total_cmp(&error(*b)))
        .unwrap_or(0);
    (best, mean(best, true), mean(best, false))
}

/// Lines of characters that are the denser the brighter the face is there. The brightest and the
/// darkest twentieth are cut, for five shades are few.
fn shaded(face: &RgbImage, width: usize, lines: usize, blocks: bool) -> Vec<String> {
    let grey = imageops::grayscale(&resized(face, width, lines));
    let mut sorted = grey.as_raw().clone();
    sorted.sort_unstable();
    let cut = sorted.len() / 20;
    let (low, high) = match (sorted.get(cut), sorted.iter().rev().nth(cut)) {
        (Some(low), Some(high)) => (f32::from(*low), f32::from(*high)),
        _ => return Vec::new(),
    };
    let ramp: &[char] = if blocks { &SHADES } else { &LETTERS };
    let shade = |p: &image::Luma<u8>| {
        let share = (f32::from(p.0[0]) - low) / (high - low).max(1.0);
        // What is below the range is held at 0 by the cast.
        ramp[((share * ramp.len() as f32) as usize).min(ramp.len() - 1)]
    };
    grey.rows().map(|row| row.map(shade).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_pixels_of_two_colours_are_shown_as_they_are() {
        let (dark, bright) = ([10.0; 3], [200.0, 100.0, 50.0]);
        for (four, shape) in [
            ([bright, bright, dark, dark], '▀'),
            ([bright, dark, bright, dark], '▌'),
            ([dark, bright, bright, dark], '▞'),
            ([bright, dark, dark, dark], '▘'),
        ] {
            let (found, front, back) = closest(&four, QUARTERS.len());
            assert_eq!(QUARTERS[found], shape);
            assert_eq!((front, back), (bright, dark));
        }
        // The lower right quarter is always of the back.
        let (found, front, back) = closest(&[dark, dark, dark, bright], QUARTERS.len());
        assert_eq!((QUARTERS[found], front, back), ('▛', dark, bright));
        let (found, _, back) = closest(&[[0.0; 3], [100.0; 3], [0.0; 3], [100.0; 3]], 1);
        assert_eq!((found, back), (0, [50.0; 3]));
    }
}
