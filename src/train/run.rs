//! The training loop of one run.

use super::arrays::Arrays;
use super::batches::{OnDevice, shuffled};
use super::checkpoint::{self, Progress, Saved};
use super::error::TrainError;
use super::evaluate::{Probe, accuracy, evaluate, fill_units};
use super::numbers::numbers;
use super::objective::{Batch, Objective};
use super::pool::in_pool;
use super::recorder::{Order, Outcome, Recorder};
use super::samples::{Samples, Seen};
use super::schedule::learning_rate;
use super::step::Learner;
use super::unit_scores::{Counts, mean_and_spread};
use crate::data::rng::keyed;
use crate::data::{Part, Prepared};
use crate::device::Opened;
use crate::method::{self, Smoothing};
use crate::model::weights::Report;
use crate::quant::{layer_costs, model_size, total_cost};
use crate::spec::{Method, RunSpec};
use crate::store::{EpochMetrics, EventKind, StepMetrics, Summary};
use burn::tensor::{Device, Tensor, TensorData};
use std::time::{Duration, Instant};

/// Time between two reports within an epoch.
const REPORT: Duration = Duration::from_millis(500);
/// Time between two looks at the orders while paused.
const PAUSE_POLL: Duration = Duration::from_millis(100);

/// Trains a run to its end, from its checkpoint if there is one.
///
/// # Errors
/// [`TrainError`] when the loss is no number, or when record or checkpoint cannot be written. The
/// checkpoint of the last whole epoch stays.
pub fn train(
    spec: &RunSpec,
    device: &Opened,
    data: &Prepared,
    recorder: &mut dyn Recorder,
) -> Result<Outcome, TrainError> {
    let images = Images::new(data, &device.device);
    in_pool(|| Run::new(spec, device, data, images, recorder)?.finish())
}

/// All images of a run on the device.
#[derive(Clone)]
pub(super) struct Images {
    pub(super) train: OnDevice,
    validation: Option<OnDevice>,
    test: OnDevice,
}

impl Images {
    fn new(data: &Prepared, device: &Device) -> Self {
        let there = |part: &Part| OnDevice::new(&part.images, &data.mean, &data.std, device);
        Self {
            train: there(&data.train),
            validation: data.validation.as_ref().map(there),
            test: there(&data.test),
        }
    }
}

pub(super) struct Run<'a> {
    pub(super) spec: &'a RunSpec,
    pub(super) device: &'a Opened,
    pub(super) data: &'a Prepared,
    pub(super) images: Images,
    pub(super) recorder: &'a mut dyn Recorder,
    pub(super) learner: Learner,
    probe: Probe,
    smoothing: Smoothing,
    /// What labels of each Action Unit count.
    unit_weights: Vec<f64>,
    pub(super) progress: Progress,
    /// What of a file of weights fitted, where the run began with one, until it is told.
    weights: Option<Report>,
    /// What the method remembered, until it is taken up again.
    pub(super) saved: Option<Arrays>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        spec: &'a RunSpec,
        device: &'a Opened,
        data: &'a Prepared,
        images: Images,
        recorder: &'a mut dyn Recorder,
    ) -> Result<Self, TrainError> {
        let mut learner = Learner::new(spec, data.shape(), &device.device);
        let (progress, saved) = checkpoint::load(
            recorder.checkpoint_dir(),
            spec,
            &mut learner,
            &device.device,
        )?
        .map(|Saved { progress, method }| (progress, method))
        .unzip();
        // A checkpoint has what has become of them.
        let weights = match &progress {
            None => learner.load_weights(spec, &device.device)?,
            Some(_) => None,
        };
        let mut progress = progress.unwrap_or_default();
        // A checkpoint of an older quell has none: they are counted from here on.
        if progress.samples.count() != data.train.labels.len() {
            progress.samples = Samples::new(data.train.labels.len());
        }
        Ok(Self {
            probe: Probe::draw(&data.train, spec.train.seed),
            smoothing: method::smoothing(&spec.method, &data.train),
            unit_weights: method::unit_weights(&data.train),
            spec,
            device,
            data,
            images,
            recorder,
            learner,
            progress,
            weights,
            saved,
        })
    }

    /// Trains what is left.
    pub(super) fn finish(&mut self) -> Result<Outcome, TrainError> {
        let size = model_size(self.spec, self.data.shape());
        let costs = layer_costs(self.spec, self.data.shape());
        self.recorder.record(EventKind::Started {
            epoch: self.progress.history.len(),
            device: format!("{} · {}", self.device.info.name, self.device.info.backend),
            noise: self.data.noise.clone(),
            model_bytes: size.bytes,
            compression_ratio: size.ratio(),
            cost: Some(total_cost(costs)),
            train_samples: self.data.train.images.count,
        })?;
        if let Some(report) = self.weights.take() {
            let text = report.to_string();
            self.recorder.record(EventKind::Note { text })?;
        }
        for text in &self.data.passed_over {
            self.recorder
                .record(EventKind::Warning { text: text.clone() })?;
        }
        let Some(mut objective) = self.objective()? else {
            return self.stopped();
        };
        while !self.is_over() {
            let epoch = self.progress.history.len() + 1;
            let Some(metrics) = self.epoch(epoch, &mut objective)? else {
                return self.stopped();
            };
            self.progress.history.push(metrics.clone());
            self.recorder.record(EventKind::Epoch(Box::new(metrics)))?;
            // Before the checkpoint: what lies beside the last one then belongs to it.
            let samples = self.progress.samples.rows(&self.data.train);
            self.recorder.keep_samples(&samples)?;
            checkpoint::save(
                self.recorder.checkpoint_dir(),
                self.spec,
                &self.learner,
                objective.arrays()?,
                &self.progress,
            )?;
            self.recorder.record(EventKind::Checkpoint { epoch })?;
        }
        let mut summary = Summary::from_epochs(&self.progress.history);
        summary.seconds += self.progress.first_seconds.unwrap_or(0.0);
        self.recorder
            .record(EventKind::Finished(Box::new(summary.clone())))?;
        Ok(Outcome::Finished(Box::new(summary)))
    }

    fn stopped(&mut self) -> Result<Outcome, TrainError> {
        let epoch = self.progress.history.len();
        self.recorder.record(EventKind::Stopped { epoch })?;
        Ok(Outcome::Stopped { epoch })
    }

    fn is_over(&self) -> bool {
        self.progress.history.len() >= self.spec.train.epochs
            || matches!(&self.spec.method, Method::EarlyStopping(settings)
                if method::should_stop(settings, &self.progress.history))
    }

    /// Trains and evaluates one epoch; `None` when a stop was asked for.
    fn epoch(
        &mut self,
        epoch: usize,
        objective: &mut Objective,
    ) -> Result<Option<EpochMetrics>, TrainError> {
        let begun = Instant::now();
        if let Some(text) = self.learner.compress(epoch, &self.device.device)? {
            self.recorder.record(EventKind::Note { text })?;
        }
        let train = &self.spec.train;
        self.learner.begin_epoch(self.spec, epoch);
        objective.begin_epoch(self.spec, epoch);
        let count = self.data.train.images.count;
        let order = shuffled(count, train.seed, epoch);
        let steps_per_epoch = count.div_ceil(train.batch_size);
        let mut lr = train.lr;
        let mut meter = Meter::new();
        let mut seen = Seen::default();
        let mut paused = Duration::ZERO;
        for indices in order.chunks(train.batch_size) {
            match self.obey()? {
                None => return Ok(None),
                Some(waited) => {
                    paused += waited;
                    meter.window_begin += waited;
                }
            }
            let step = self.progress.step;
            lr = learning_rate(train, step, steps_per_epoch);
            let batch = self.batch(indices, epoch, step, lr);
            let stepped = objective.step(&mut self.learner, batch)?;
            self.progress.step += 1;
            meter.add(stepped.loss, indices.len());
            seen.add(indices, stepped.logits);
            if meter.window_begin.elapsed() >= REPORT {
                let (loss, samples_per_second) = meter.read(epoch, self.progress.step)?;
                self.recorder.record(EventKind::Step(StepMetrics {
                    epoch,
                    step: self.progress.step,
                    steps_per_epoch,
                    loss: Some(loss),
                    samples_per_second,
                }))?;
            }
        }
        meter.read(epoch, self.progress.step)?;
        let (labels, task) = (&self.data.train.labels, self.data.task);
        self.progress.samples.take(seen, labels, task)?;
        let trained = begun.elapsed().saturating_sub(paused);
        let mut metrics = EpochMetrics {
            epoch,
            step: self.progress.step,
            train_loss: meter.read / count.max(1) as f64,
            lr,
            provisional: self.learner.is_provisional(epoch),
            samples_per_second: count as f64 / trained.as_secs_f64().max(1e-9),
            ..Default::default()
        };
        let evaluating = Instant::now();
        self.evaluate(&mut metrics)?;
        metrics.eval_seconds = evaluating.elapsed().as_secs_f64();
        metrics.seconds = begun.elapsed().saturating_sub(paused).as_secs_f64();
        Ok(Some(metrics))
    }

    fn batch<'b>(&self, indices: &'b [usize], epoch: usize, step: usize, lr: f64) -> Batch<'b> {
        let device = &self.device.device;
        let seed = self.spec.train.seed;
        let task = self.data.task;
        let augment = self.spec.data.augment;
        let x = self
            .images
            .train
            .augmented(indices, augment, seed, epoch, step);
        let train = &self.data.train;
        let places = indices.iter().flat_map(|&i| train.places(i));
        let labels: Vec<u8> = places.map(|place| train.labels[place]).collect();
        let targets = self.smoothing.targets(&labels, task);
        let shape = [labels.len(), task.classes()];
        let targets = Tensor::from_data(TensorData::new(targets, shape), device);
        let weights = (!task.units().is_empty()).then(|| {
            let weights = method::label_weights(&labels, &self.unit_weights, task);
            Tensor::from_data(TensorData::new(weights, [labels.len()]), device)
        });
        let p = method::dropout(&self.spec.method);
        let mut dropout = Vec::new();
        if p > 0.0 {
            let mut rng = keyed(seed, "dropout", epoch as u64, step as u64);
            for &width in self.learner.network.dropout_widths() {
                let mask = method::dropout_mask(indices.len() * width, p, &mut rng);
                let mask = TensorData::new(mask, [indices.len(), width]);
                dropout.push(Tensor::from_data(mask, device));
            }
        }
        Batch {
            indices,
            x,
            task,
            targets,
            weights,
            dropout,
            epoch,
            step,
            lr,
        }
    }

    fn evaluate(&self, metrics: &mut EpochMetrics) -> Result<(), TrainError> {
        let sample = self.probe.indices();
        let found = evaluate(&self.learner, &self.images.train, sample, &self.data.train)?;
        self.probe
            .fill(metrics, &self.data.train, &found.predictions);
        if let Some((images, part)) = self
            .images
            .validation
            .as_ref()
            .zip(self.data.validation.as_ref())
        {
            let all: Vec<usize> = (0..part.images.count).collect();
            let found = evaluate(&self.learner, images, &all, part)?;
            let agree = |labels: &[u8]| accuracy(&found.predictions, labels, part.task);
            metrics.val_acc = Some(agree(&part.labels));
            metrics.val_acc_clean = Some(agree(&part.true_labels));
            let f1 = |labels: &[u8]| {
                mean_and_spread(&Counts::of(&found.predictions, labels, part.task)).0
            };
            metrics.val_f1 = f1(&part.labels);
            metrics.val_f1_clean = f1(&part.true_labels);
        }
        let part = &self.data.test;
        let all: Vec<usize> = (0..part.images.count).collect();
        let test = evaluate(&self.learner, &self.images.test, &all, part)?;
        metrics.test_loss = test.loss;
        metrics.test_acc = accuracy(&test.predictions, &part.labels, part.task);
        let counts = Counts::of(&test.predictions, &part.labels, part.task);
        (metrics.f1, metrics.f1_spread) = mean_and_spread(&counts);
        fill_units(metrics, &counts);
        metrics.ece = test.calibration.ece();
        metrics.sparsity = Some(self.learner.sparsity()?);
        Ok(())
    }

    /// Does what was asked for: the time waited, or `None` for a stop.
    fn obey(&mut self) -> Result<Option<Duration>, TrainError> {
        match self.recorder.order() {
            Order::Continue => return Ok(Some(Duration::ZERO)),
            Order::Stop => return Ok(None),
            Order::Pause => {}
        }
        let begun = Instant::now();
        self.recorder.record(EventKind::Paused)?;
        loop {
            std::thread::sleep(PAUSE_POLL);
            match self.recorder.order() {
                Order::Pause => {}
                Order::Stop => return Ok(None),
                Order::Continue => {
                    self.recorder.record(EventKind::Resumed)?;
                    return Ok(Some(begun.elapsed()));
                }
            }
        }
    }
}

/// Sums losses on the device and reads them only when it is asked to. The sum runs through the whole
/// epoch, so that its rounding does not depend on when it was read.
struct Meter {
    sum: Option<Tensor<1>>,
    /// Sum at the last reading.
    read: f64,
    /// Samples since the last reading.
    samples: usize,
    window_begin: Instant,
}

impl Meter {
    fn new() -> Self {
        Self {
            sum: None,
            read: 0.0,
            samples: 0,
            window_begin: Instant::now(),
        }
    }

    fn add(&mut self, mean_loss: Tensor<1>, samples: usize) {
        let loss = mean_loss.mul_scalar(samples as f64);
        self.sum = Some(match self.sum.take() {
            Some(sum) => sum + loss,
            None => loss,
        });
        self.samples += samples;
    }

    /// Mean loss and samples per second since the last reading.
    fn read(&mut self, epoch: usize, step: usize) -> Result<(f64, f64), TrainError> {
        let sum = match &self.sum {
            Some(sum) => f64::from(
                numbers(sum.clone().into_data())?
                    .first()
                    .copied()
                    .unwrap_or(f32::NAN),
            ),
            None => 0.0,
        };
        if !sum.is_finite() {
            return Err(TrainError::Diverged {
                loss: sum,
                epoch,
                step,
            });
        }
        let loss = sum - std::mem::replace(&mut self.read, sum);
        let samples = std::mem::take(&mut self.samples) as f64;
        let seconds = self.window_begin.elapsed().as_secs_f64();
        self.window_begin = Instant::now();
        Ok((loss / samples.max(1.0), samples / seconds.max(1e-9)))
    }
}
