//! `quell devices`: where quell can train.

use super::exit::Exit;
use super::{output, probe};
use crate::device;
use std::io::Write;

/// List the devices that quell can train on
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell devices
  quell run quickstart --device wgpu:0")]
pub(super) struct Args {
    /// One JSON array of objects
    #[arg(long)]
    json: bool,

    /// Look in this process and print one line of JSON
    #[arg(long, hide = true)]
    probe: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.probe {
        let devices = device::list();
        let mut out = std::io::stdout().lock();
        output::json_line(&mut out, &devices)?;
        return Ok(Exit::Done);
    }
    let devices = probe::devices()?.devices;
    let mut out = std::io::stdout().lock();
    if args.json {
        output::json(&mut out, &devices)?;
        return Ok(Exit::Done);
    }
    let mut table = output::table();
    table.set_header(["id", "name", "kind", "backend", "driver", "memory"]);
    let mut gpu = false;
    for d in &devices {
        gpu |= d.kind.ends_with("gpu");
        let memory = d.memory_bytes.map_or_else(
            || "–".into(),
            |b| format!("{:.1} GiB", b as f64 / (1u64 << 30) as f64),
        );
        table.add_row(
            [&d.id, &d.name, &d.kind, &d.backend, &d.driver, &memory].map(|t| output::clean(t)),
        );
    }
    output::print_table(&mut out, &table)?;
    if !gpu {
        writeln!(
            out,
            "no GPU adapter found: `--device auto` trains on the CPU"
        )?;
    }
    Ok(Exit::Done)
}
