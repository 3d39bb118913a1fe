//! `quell parity`: whether a device computes what the CPU backend does.

use super::context::Context;
use super::exit::Exit;
use super::output;
use crate::device::{self, fusion};
use crate::spec::DeviceChoice;
use crate::train::parity;
use crate::worker;
use std::io::Write;

/// Check that a device computes what the CPU backend does
///
/// Trains small networks for three steps on both and compares the loss and every
/// gradient. Before its first training a device is checked like this once per driver; exit code 1
/// says that it differs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell parity
  quell parity --device wgpu:0 --json
  BURN_FUSION_MAX_EXPLORATIONS=0 quell parity     without fusion of operations")]
pub(super) struct Args {
    /// auto, cpu, wgpu, wgpu:N or software
    #[arg(long, value_name = "D", default_value = "auto")]
    device: DeviceChoice,

    /// One JSON array of objects
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    if args.device != DeviceChoice::Cpu {
        worker::in_clean_environment(context.store()?.home())?;
    }
    let opened = device::open(args.device)?;
    let software = opened.info.id == "software";
    let found = parity::compare(&opened.device, software).map_err(anyhow::Error::msg)?;
    let same = found.iter().all(parity::Difference::is_rounding);
    let exit = if same { Exit::Done } else { Exit::Failed };
    let mut out = std::io::stdout().lock();
    if args.json {
        output::json_line(&mut out, &found)?;
        return Ok(exit);
    }
    if let Some(note) = &opened.note {
        eprintln!("{}", output::clean(note));
    }
    writeln!(
        out,
        "{} ({}, {}){}",
        output::clean(&opened.info.name),
        opened.info.id,
        output::clean(&opened.info.backend),
        match (opened.info.id.as_str(), fusion::is_off()) {
            ("cpu", _) => ", held to itself",
            (_, true) => ", without fusion of operations",
            (_, false) => ", with fusion of operations",
        },
    )?;
    let mut table = output::table();
    table.set_header(["network", "loss differs", "a gradient differs", "which", ""]);
    for d in &found {
        table.add_row([
            d.network.clone(),
            format!("{:.4} %", 100.0 * d.loss),
            format!("{:.3} %", 100.0 * d.gradient),
            d.parameter.clone(),
            if d.is_rounding() { "same" } else { "DIFFERS" }.into(),
        ]);
    }
    output::print_table(&mut out, &table)?;
    Ok(exit)
}
