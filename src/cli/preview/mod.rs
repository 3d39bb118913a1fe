//! `quell data preview`: what synthetic faces look like, in the terminal or as a sheet of pictures.

mod cells;
mod sheet;
mod terminal;

use super::exit::{Exit, usage_text};
use crate::data::{ACTION_UNITS, Images, PerUnit, UNIT_NAMES, portrait};
use std::path::PathBuf;

/// The names that a preview can be had of.
const NAMES: [&str; 2] = ["faces", "synthetic-faces"];

/// How strong a unit is shown: absent, and four strengths.
const STRENGTHS: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell data preview faces
  quell data preview faces --unit 12
  quell data preview faces --seed 7 --out units.png")]
pub(super) struct Args {
    /// What to show: faces (or synthetic-faces)
    #[arg(value_name = "NAME")]
    name: String,

    /// Show this Action Unit at growing strength [default: frames as they are drawn for training; all
    /// units on a sheet]
    #[arg(long, value_name = "N")]
    unit: Option<u8>,

    /// Rows and columns of a face, 32 to 224
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(32..=224))]
    size: u16,

    /// How many people [default: as many as fit; on a sheet 1, with --unit 6]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    subjects: Option<u16>,

    /// Other people and other frames
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Without colour
    #[arg(long)]
    grey: bool,

    /// Write a sheet of all faces to this PNG file, in place of showing them
    #[arg(long, value_name = "FILE.png")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    if !NAMES.contains(&args.name.as_str()) {
        return Err(usage_text(format!(
            "there is no preview of `{}`, only of `{}` (or `{}`)",
            args.name, NAMES[0], NAMES[1]
        )));
    }
    let unit = args.unit.map(place).transpose()?;
    match &args.out {
        Some(path) => sheet::write(args, unit, path),
        None => terminal::show(args, unit),
    }
}

/// Where a unit stands among those that are drawn.
fn place(number: u8) -> anyhow::Result<usize> {
    ACTION_UNITS
        .iter()
        .position(|u| *u == number)
        .ok_or_else(|| {
            let all = ACTION_UNITS.map(|u| u.to_string()).join(", ");
            usage_text(format!("unit {number} is not drawn; the units are {all}"))
        })
}

/// `unit 12, lip corner puller`.
fn title(unit: usize) -> String {
    format!("unit {}, {}", ACTION_UNITS[unit], UNIT_NAMES[unit])
}

/// A subject with one unit at `strength` and no other.
fn alone(args: &Args, subject: usize, unit: usize, strength: f32) -> Images {
    let mut strengths: PerUnit = [0.0; ACTION_UNITS.len()];
    strengths[unit] = strength;
    portrait(args.seed, subject, &strengths, args.size.into(), args.grey)
}
