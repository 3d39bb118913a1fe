//! `quell bench`: training throughput on this machine.

use super::context::Context;
use super::exit::{Exit, usage};
use super::output;
use crate::compare::field;
use crate::spec::{self, Bits, DataSet, DeviceChoice, ModelName, QuantizerName};
use crate::train::{Trial, bench};
use crate::worker;
use std::io::Write;

/// Measure training throughput on a device
///
/// Trains on random images of the data set's shape. The result is kept: time estimates of
/// `quell run` and of the Setup screen come from it until there are runs to learn from.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell bench
  quell bench --model resnet20 --data cifar10 --bits w4a4 --device wgpu --json")]
pub(super) struct Args {
    /// Network, such as mlp, cnn or resnet20: any that a spec can name
    #[arg(long, value_name = "M", default_value = "mlp")]
    model: ModelName,

    /// Factor on the network's width
    #[arg(long, value_name = "W", default_value_t = 1.0)]
    width: f64,

    /// Batch norm, true or false; by default as the network has it
    #[arg(long, value_name = "BOOL")]
    batch_norm: Option<bool>,

    /// Data set whose image shape is used, such as bundled or cifar10
    #[arg(long, value_name = "SET", default_value = "bundled")]
    data: DataSet,

    /// Rows and columns of its images, of sets that bring images to a size
    #[arg(long, value_name = "N")]
    size: Option<usize>,

    /// Grey images, of sets that may have colour
    #[arg(long)]
    grey: bool,

    /// Bit-widths: fp32, or such as w4a4
    #[arg(long, default_value = "fp32")]
    bits: Bits,

    /// Quantizer: minmax or lsq
    #[arg(long, value_name = "Q", default_value = "minmax")]
    quantizer: QuantizerName,

    /// Images per step
    #[arg(long, value_name = "N", default_value_t = 128)]
    batch: usize,

    /// Steps that are measured, after a warm-up
    #[arg(long, value_name = "N", default_value_t = 50)]
    steps: usize,

    /// auto, cpu, wgpu, wgpu:N or software
    #[arg(long, value_name = "D", default_value = "auto")]
    device: DeviceChoice,

    /// Threads of the CPU backend; all cores by default. A grid on the CPU trains on one thread
    /// per run, one run per core
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let run = spec_of(args)?;
    let store = context.store()?;
    if args.device != DeviceChoice::Cpu {
        worker::in_clean_environment(store.home())?;
    }
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()?;
    }
    let trial = Trial {
        model: run.model,
        data: run.data,
        quantizer: run.quantizer,
        batch_size: args.batch,
    };
    let measured = bench::bench(&trial, args.steps.max(1), args.device)?;
    store.record_measurement(&measured)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        output::json(&mut out, &measured)?;
        return Ok(Exit::Done);
    }
    let speed = field("samples_per_second")?;
    writeln!(
        out,
        "{} {} on {} ({}, {}): training {}, evaluation {}; batch {}, {} steps in {:.1} s after {:.1} s of warm-up",
        args.model,
        args.bits,
        output::clean(&measured.device_name),
        measured.device,
        match measured.threads {
            1 => "1 thread".into(),
            n => format!("{n} threads"),
        },
        speed.format_number(measured.samples_per_second),
        speed.format_number(measured.eval_samples_per_second),
        measured.batch_size,
        measured.steps,
        measured.seconds,
        measured.warm_up_seconds,
    )?;
    Ok(Exit::Done)
}

/// The flags as a spec, so that they are held to the same rules.
fn spec_of(args: &Args) -> anyhow::Result<spec::RunSpec> {
    let mut text = format!("name = \"bench\"\n[data]\nset = \"{}\"\n", args.data);
    if let Some(size) = args.size {
        text.push_str(&format!("size = {size}\n"));
    }
    if args.grey {
        text.push_str("grey = true\n");
    }
    if args.data == DataSet::Folder {
        // Images are random: no folder is read.
        text.push_str("dir = \".\"\n");
    }
    text.push_str(&format!(
        "[model]\nname = \"{}\"\nwidth = {:?}\n",
        args.model, args.width
    ));
    if let Some(batch_norm) = args.batch_norm {
        text.push_str(&format!("batch_norm = {batch_norm}\n"));
    }
    text.push_str(&format!(
        "[quantizer]\nname = \"{}\"\nbits = [\"{}\"]\n[train]\nepochs = 1\nlr = 1e-3\nbatch_size = {}\n",
        args.quantizer, args.bits, args.batch
    ));
    let experiment = spec::parse(&text, "this bench", &[]).map_err(usage)?;
    let cell = spec::Cell {
        method: spec::Method::None,
        quantizer: args.quantizer,
        bits: args.bits,
    };
    Ok(spec::RunSpec::at(&experiment, 0.0, &cell, 0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Bench {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn what_estimates_leave_out_is_the_default() {
        let args = Bench::try_parse_from(["bench"]).unwrap().args;
        assert_eq!(args.model, ModelName::Mlp);
        assert_eq!(args.data, DataSet::Bundled);
        assert!(args.bits.is_full_precision());
        assert_eq!((args.batch, args.width), (128, 1.0));
        assert_eq!(args.device, DeviceChoice::Auto);
        assert!(args.batch_norm.is_none() && args.threads.is_none());
    }
}
