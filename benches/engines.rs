//! Ways to train many runs on one device, beside each other: which of them should be quell's?
//!
//! ```sh
//! cargo bench --bench engines -- --engine batched --models 4 --device software --steps 2
//! ```
//!
//! Both train M networks of ResNet-20's shape with min-max quantization, batch norm and SGD, and print one
//! JSON object with the sum of their images per second:
//! - `stock`: each with burn's `conv2d`, one after the other in one process, as separate runs would;
//! - `batched`: all as one program along a model axis (HFTA, Wang et al., MLSys 2021): activations
//!   [M, B, H, W, C], a convolution is nine shifted slices joined and one batched matrix product, and what
//!   differs between runs (bit-widths, labels) is a tensor along that axis. Launches per step do not depend
//!   on M.
//!
//! `quell bench` in several processes is the third way; `benches/gpu.sh` runs all of them.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::conv2d;
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Tensor, TensorData, s};
use clap::{Parser, ValueEnum};
use quell::device;
use quell::spec::DeviceChoice;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Engine {
    Stock,
    Batched,
}

/// Measures a way to train many runs on one device.
#[derive(Debug, Parser)]
struct Args {
    #[arg(long, value_enum, default_value = "batched")]
    engine: Engine,
    /// Networks.
    #[arg(long, default_value_t = 4)]
    models: usize,
    /// Images per step of each network.
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Steps that are measured, after three others.
    #[arg(long, default_value_t = 10)]
    steps: usize,
    /// Channels and side of an image.
    #[arg(long, num_args = 2, default_values_t = [3, 32])]
    shape: Vec<usize>,
    /// As of `quell bench`.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Highest code of each network's weights and activations: 4, 3, 2 and 8 bits in turn.
fn highest(models: usize, device: &Device) -> [Tensor<1>; 2] {
    let bits = (0..models).map(|m| [4, 3, 2, 8][m % 4]);
    let codes = |signed: u32| -> Vec<f32> {
        let code = |b: u32| (1u32 << (b - signed)) as f32 - 1.0;
        bits.clone().map(code).collect()
    };
    [1, 0].map(|signed| Tensor::from_data(TensorData::new(codes(signed), [models]), device))
}

/// x on a grid from 0 or symmetric about it, whose largest code is `highest`; straight-through.
fn quantize<const D: usize>(x: Tensor<D>, over: &[usize], highest: Tensor<D>) -> Tensor<D> {
    let constant = x.clone().inner();
    let scale = (constant.clone().max_abs_dims(over) / highest).clamp_min(1e-12);
    let quantized = (constant.clone() / scale.clone()).round() * scale;
    x + (quantized - constant)
}

/// relu(norm(x) + shortcut), normalised by the batch over `over`.
fn finish<const D: usize>(y: Tensor<D>, over: &[usize], shortcut: Option<Tensor<D>>) -> Tensor<D> {
    let centred = y.clone() - y.mean_dims(over);
    let variance = centred.clone().square().mean_dims(over);
    let y = centred / variance.add_scalar(1e-5).sqrt();
    relu(match shortcut {
        Some(shortcut) => y + shortcut,
        None => y,
    })
}

/// A convolution's channels and stride; the stem first, then pairs that make residual blocks.
fn layers(channels: usize) -> Vec<[usize; 3]> {
    let mut all = vec![[channels, 16, 1]];
    let mut cin = 16;
    for (cout, stride) in [(16, 1), (32, 2), (64, 2)] {
        for block in 0..3 {
            all.push([cin, cout, if block == 0 { stride } else { 1 }]);
            all.push([cout, cout, 1]);
            cin = cout;
        }
    }
    all
}

fn weights<const D: usize>(shape: [usize; D], rng: &mut ChaCha8Rng, device: &Device) -> Tensor<D> {
    let count = shape.iter().product();
    let values = (0..count).map(|_| (rng.random::<f32>() - 0.5) * 0.2);
    Tensor::from_data(TensorData::new(values.collect::<Vec<_>>(), shape), device)
}

/// Trains and gives the mean loss of all networks.
trait Networks {
    fn step(&mut self) -> Tensor<1>;
}

const LR: f64 = 1e-3;

/// The weights as leaves of a new graph.
fn leaves<const D: usize>(weights: &[Tensor<D>]) -> Vec<Tensor<D>> {
    let leaf = |w: &Tensor<D>| w.clone().autodiff().require_grad();
    weights.iter().map(leaf).collect()
}

fn descend<const D: usize>(
    weights: &mut [Tensor<D>],
    leaves: &[Tensor<D>],
    grads: &burn::tensor::Gradients,
) {
    for (weight, leaf) in weights.iter_mut().zip(leaves) {
        if let Some(gradient) = leaf.grad(grads) {
            *weight = weight.clone() - gradient.mul_scalar(LR);
        }
    }
}

/// One network of burn's convolutions: activations [B, C, H, W].
struct Stock {
    layers: Vec<[usize; 3]>,
    filters: Vec<Tensor<4>>,
    head: Vec<Tensor<2>>,
    highest: [Tensor<1>; 2],
    x: Tensor<4>,
    targets: Tensor<2>,
}

impl Stock {
    fn conv(&self, x: Tensor<4>, w: &Tensor<4>, stride: usize, stem: bool) -> Tensor<4> {
        let [of_weights, of_inputs] = self.highest.clone().map(|q| q.reshape([1, 1, 1, 1]));
        let w = quantize(w.clone(), &[1, 2, 3], of_weights);
        let x = match stem {
            true => x,
            false => quantize(x, &[0, 1, 2, 3], of_inputs),
        };
        conv2d(
            x,
            w,
            None,
            ConvOptions::new([stride, stride], [1, 1], [1, 1], 1),
        )
    }
}

impl Networks for Stock {
    fn step(&mut self) -> Tensor<1> {
        let over = [0, 2, 3];
        let (filters, head) = (leaves(&self.filters), leaves(&self.head));
        let mut h = finish(self.conv(self.x.clone(), &filters[0], 1, true), &over, None);
        for (pair, shapes) in filters[1..].chunks(2).zip(self.layers[1..].chunks(2)) {
            let [cin, cout, stride] = shapes[0];
            let inside = finish(self.conv(h.clone(), &pair[0], stride, false), &over, None);
            let past = h.slice(s![.., .., ..;stride, ..;stride]);
            let zeros = [(0, 0), (0, cout - cin), (0, 0), (0, 0)];
            let past = past.pad(zeros, PadMode::Constant(0.0));
            h = finish(self.conv(inside, &pair[1], 1, false), &over, Some(past));
        }
        let features = h.mean_dims(&[2, 3]).flatten::<2>(1, 3);
        let log_p = log_softmax(features.matmul(head[0].clone()), 1);
        let batch = self.targets.dims()[0] as f64;
        let loss = (log_p * self.targets.clone()).sum().div_scalar(-batch);
        let grads = loss.backward();
        descend(&mut self.filters, &filters, &grads);
        descend(&mut self.head, &head, &grads);
        loss.inner()
    }
}

/// Networks in turn.
struct InTurn(Vec<Stock>);

impl Networks for InTurn {
    fn step(&mut self) -> Tensor<1> {
        let losses = self.0.iter_mut().map(Networks::step).collect();
        Tensor::cat(losses, 0).mean()
    }
}

/// All networks as one: activations [M, B, H, W, C], filters [M, 9·Cin, Cout].
struct Batched {
    layers: Vec<[usize; 3]>,
    filters: Vec<Tensor<3>>,
    head: Vec<Tensor<3>>,
    highest: [Tensor<1>; 2],
    x: Tensor<5>,
    targets: Tensor<3>,
}

impl Batched {
    fn conv(&self, x: Tensor<5>, w: &Tensor<3>, stride: usize, stem: bool) -> Tensor<5> {
        let models = w.dims()[0];
        let [of_weights, of_inputs] = self.highest.clone();
        let w = quantize(w.clone(), &[1], of_weights.reshape([models, 1, 1]));
        let x = match stem {
            true => x,
            false => quantize(x, &[1, 2, 3, 4], of_inputs.reshape([models, 1, 1, 1, 1])),
        };
        let [_, batch, height, width, _] = x.dims();
        let border = [(0, 0), (0, 0), (1, 1), (1, 1), (0, 0)];
        let x = x.pad(border, PadMode::Constant(0.0));
        let taps = (0..9).map(|tap| {
            let (down, across) = (tap / 3, tap % 3);
            let (rows, columns) = (down..down + height, across..across + width);
            x.clone().slice(s![.., .., rows;stride, columns;stride, ..])
        });
        let joined = Tensor::cat(taps.collect(), 4);
        let [_, _, rows, columns, depth] = joined.dims();
        let y = joined
            .reshape([models, batch * rows * columns, depth])
            .matmul(w);
        let channels = y.dims()[2];
        y.reshape([models, batch, rows, columns, channels])
    }
}

impl Networks for Batched {
    fn step(&mut self) -> Tensor<1> {
        let over = [1, 2, 3];
        let (filters, head) = (leaves(&self.filters), leaves(&self.head));
        let mut h = finish(self.conv(self.x.clone(), &filters[0], 1, true), &over, None);
        for (pair, shapes) in filters[1..].chunks(2).zip(self.layers[1..].chunks(2)) {
            let [cin, cout, stride] = shapes[0];
            let inside = finish(self.conv(h.clone(), &pair[0], stride, false), &over, None);
            let past = h.slice(s![.., .., ..;stride, ..;stride, ..]);
            let zeros = [(0, 0), (0, 0), (0, 0), (0, 0), (0, cout - cin)];
            let past = past.pad(zeros, PadMode::Constant(0.0));
            h = finish(self.conv(inside, &pair[1], 1, false), &over, Some(past));
        }
        let [models, batch, _, _, channels] = h.dims();
        let features = h.mean_dims(&[2, 3]).reshape([models, batch, channels]);
        let log_p = log_softmax(features.matmul(head[0].clone()), 2);
        // The sum over models of their mean losses, so that gradients stay apart.
        let loss = (log_p * self.targets.clone())
            .sum()
            .div_scalar(-(batch as f64));
        let grads = loss.backward();
        descend(&mut self.filters, &filters, &grads);
        descend(&mut self.head, &head, &grads);
        loss.inner().div_scalar(models as f64)
    }
}

fn networks(args: &Args, device: &Device) -> Box<dyn Networks> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let (channels, side) = (args.shape[0], args.shape[1]);
    let (models, batch) = (args.models, args.batch);
    let layers = layers(channels);
    let of_class = |count: usize| {
        let one_hot =
            (0..count * batch * 10).map(|at| f32::from(u8::from(at / 10 % 10 == at % 10)));
        one_hot.collect::<Vec<_>>()
    };
    match args.engine {
        Engine::Stock => Box::new(InTurn(
            (0..models)
                .map(|model| {
                    let filter = |&[cin, cout, _]: &[usize; 3], rng: &mut ChaCha8Rng| {
                        weights([cout, cin, 3, 3], rng, device)
                    };
                    Stock {
                        filters: layers.iter().map(|l| filter(l, &mut rng)).collect(),
                        head: vec![weights([64, 10], &mut rng, device)],
                        highest: highest(models, device).map(|q| q.slice(s![model..=model])),
                        x: weights([batch, channels, side, side], &mut rng, device),
                        targets: Tensor::from_data(
                            TensorData::new(of_class(1), [batch, 10]),
                            device,
                        ),
                        layers: layers.clone(),
                    }
                })
                .collect(),
        )),
        Engine::Batched => Box::new(Batched {
            filters: layers
                .iter()
                .map(|&[cin, cout, _]| weights([models, 9 * cin, cout], &mut rng, device))
                .collect(),
            head: vec![weights([models, 64, 10], &mut rng, device)],
            highest: highest(models, device),
            x: weights([models, batch, side, side, channels], &mut rng, device),
            targets: Tensor::from_data(
                TensorData::new(of_class(models), [models, batch, 10]),
                device,
            ),
            layers,
        }),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let opened = device::open(args.device)?;
    let begun = Instant::now();
    let mut networks = networks(&args, &opened.device);
    let mut train = |steps: usize| -> Result<f32, String> {
        let mut last = None;
        for _ in 0..steps {
            last = Some(networks.step());
        }
        let read = last.map(|loss| loss.into_data().try_into_vec::<f32>());
        let loss = read.transpose().map_err(|e| format!("{e:?}"))?;
        Ok(loss.and_then(|l| l.first().copied()).unwrap_or(f32::NAN))
    };
    let first = train(1)?;
    train(2)?;
    let warm_up = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let last = train(args.steps)?;
    let seconds = begun.elapsed().as_secs_f64();
    let images = (args.models * args.batch * args.steps) as f64;
    println!(
        "{}",
        serde_json::json!({
            "engine": format!("{:?}", args.engine).to_lowercase(),
            "models": args.models,
            "batch": args.batch,
            "device": opened.info.id,
            "device_name": opened.info.name,
            "samples_per_second": images / seconds,
            "warm_up_seconds": warm_up,
            "steps": args.steps,
            "loss_first": first,
            "loss_last": last,
        })
    );
    Ok(())
}
