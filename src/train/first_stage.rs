//! What some methods train before a run's own epochs: a teacher, or the plain network that the
//! transition matrix is estimated with. It is a run of its own, with a checkpoint of its own below
//! the run's, and tells of itself in notes, so that no epoch of it passes for one of the run.

use super::checkpoint;
use super::error::TrainError;
use super::evaluate::log_probabilities;
use super::objective::{Correction, Objective};
use super::recorder::{Order, Outcome, Recorder};
use super::run::Run;
use super::step::Learner;
use crate::data::transition;
use crate::method::{apart, estimated_transition};
use crate::spec::{Forward, Method, RunSpec, Transition};
use crate::store::{EventKind, SampleRow, StepMetrics};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Time between two notes of progress.
const PERIOD: Duration = Duration::from_secs(10);
/// The folder of its checkpoint, in the folder of the run's.
const FOLDER: &str = "first";

const TEACHER: &str = "the teacher";
const PLAIN: &str = "a plain network";

impl Run<'_> {
    /// What the steps of the run minimise, after training what that needs; `None` when a stop was
    /// asked for meanwhile.
    pub(super) fn objective(&mut self) -> Result<Option<Objective>, TrainError> {
        let device = self.device.device.clone();
        let folder = self.recorder.checkpoint_dir().to_path_buf();
        let unusable = |message| checkpoint::unusable(&folder, message);
        let saved = self.saved.take();
        let plain = RunSpec {
            method: Method::None,
            ..self.spec.clone()
        };
        Ok(match &self.spec.method {
            Method::Distillation(settings) => {
                let spec = RunSpec {
                    quantizer: None,
                    ..plain
                };
                self.first_stage(&spec, TEACHER)?
                    .map(|teacher| Objective::Distillation(settings.clone(), Box::new(teacher)))
            }
            Method::Forward(Forward {
                transition: Transition::Estimated,
            }) => match saved {
                Some(saved) => {
                    let correction = Correction::load(saved, self.data.task.classes(), &device);
                    Some(Objective::Forward(correction.map_err(unusable)?))
                }
                None => match self.first_stage(&plain, PLAIN)? {
                    Some(network) => {
                        let correction = Correction::estimated(self.estimate(&network)?, &device);
                        Some(Objective::Forward(correction))
                    }
                    None => None,
                },
            },
            Method::Forward(_) => {
                // A spec with noise whose matrix is not known is refused beforehand.
                let matrix =
                    transition(&self.spec.noise, self.data.task.classes()).unwrap_or_default();
                Some(Objective::Forward(Correction::known(&matrix, &device)))
            }
            _ => {
                let fresh = saved.is_none();
                let objective = Objective::new(self.spec, self.data, saved, &device);
                let mut objective = objective.map_err(unusable)?;
                if let Objective::CoTeaching(both) = &mut objective
                    && fresh
                {
                    both.load_weights(self.spec, &device)?;
                }
                Some(objective)
            }
        })
    }

    /// Trains a network as `spec` says, or goes on with it, or takes it from its checkpoint.
    fn first_stage(
        &mut self,
        spec: &RunSpec,
        what: &'static str,
    ) -> Result<Option<Learner>, TrainError> {
        let mut recorder = Teller {
            folder: self.recorder.checkpoint_dir().join(FOLDER),
            run: &mut *self.recorder,
            what,
            epochs: spec.train.epochs,
            told: Instant::now(),
            news: true,
        };
        let images = self.images.clone();
        let failed = |source| TrainError::FirstStage {
            what,
            source: Box::new(source),
        };
        let mut stage =
            Run::new(spec, self.device, self.data, images, &mut recorder).map_err(failed)?;
        Ok(match stage.finish().map_err(failed)? {
            Outcome::Finished(summary) => {
                let mut learner = stage.learner;
                // A network from a checkpoint quantizes only from the next epoch on.
                learner.begin_epoch(spec, spec.train.epochs + 1);
                self.progress.first_seconds = Some(summary.seconds);
                Some(learner)
            }
            Outcome::Stopped { .. } | Outcome::Deferred => None,
        })
    }

    /// The transition matrix that a trained network tells of, which is told.
    fn estimate(&mut self, network: &Learner) -> Result<Vec<Vec<f64>>, TrainError> {
        let classes = self.data.task.classes();
        let all: Vec<usize> = (0..self.data.train.images.count).collect();
        let mut rows = log_probabilities(network, &self.images.train, &all, self.data.task)?;
        for value in &mut rows {
            *value = value.exp();
        }
        let matrix = estimated_transition(&rows, classes);
        let row = |row: &Vec<f64>| {
            let shares: Vec<String> = row.iter().map(|p| format!("{p:.2}")).collect();
            shares.join(" ")
        };
        let shares: Vec<String> = matrix.iter().map(row).collect();
        let apart = transition(&self.spec.noise, classes).map_or_else(String::new, |known| {
            let apart = apart(&matrix, &known);
            format!(" (mean absolute error {apart:.3} against the noise that was asked for)")
        });
        let shares = shares.join("; ");
        let text =
            format!("estimated transition matrix, a row for each true class{apart}: {shares}");
        self.recorder.record(EventKind::Note { text })?;
        Ok(matrix)
    }
}

/// Tells of the first stage in the record of its run.
struct Teller<'a> {
    run: &'a mut dyn Recorder,
    folder: PathBuf,
    what: &'static str,
    epochs: usize,
    told: Instant,
    /// Whether anything is left to train.
    news: bool,
}

impl Teller<'_> {
    fn note(&mut self, text: String) -> std::io::Result<()> {
        self.told = Instant::now();
        self.run.record(EventKind::Note { text })
    }
}

impl Recorder for Teller<'_> {
    fn record(&mut self, kind: EventKind) -> std::io::Result<()> {
        let (what, epochs) = (self.what, self.epochs);
        match kind {
            EventKind::Started { epoch, .. } => {
                self.news = epoch < epochs;
                match epoch {
                    0 => self.note(format!("first trains {what} for {epochs} epochs")),
                    _ if self.news => self.note(format!(
                        "goes on with {what} after epoch {epoch} of {epochs}"
                    )),
                    _ => Ok(()),
                }
            }
            EventKind::Note { text } => self.note(format!("{what}: {text}")),
            // Epoch 0: the run's own come later.
            EventKind::Step(step) => {
                if self.told.elapsed() >= PERIOD {
                    let (at, of) = (step.step, step.steps_per_epoch * epochs);
                    self.note(format!("{what}: step {at} of {of}"))?;
                }
                self.run
                    .record(EventKind::Step(StepMetrics { epoch: 0, ..step }))
            }
            EventKind::Epoch(m) if self.told.elapsed() >= PERIOD => self.note(format!(
                "{what}: epoch {} of {epochs}, test accuracy {:.1} %",
                m.epoch,
                100.0 * m.test_acc
            )),
            EventKind::Finished(summary) if self.news => self.note(format!(
                "{what} is trained: test accuracy {:.1} % (last), {:.1} % (best), {:.0} s",
                100.0 * summary.test_acc_last,
                100.0 * summary.test_acc_best,
                summary.seconds
            )),
            // The run itself tells when it stops.
            EventKind::Epoch(_)
            | EventKind::Warning { .. }
            | EventKind::Checkpoint { .. }
            | EventKind::Stopped { .. }
            | EventKind::Finished(_) => Ok(()),
            other => self.run.record(other),
        }
    }

    /// What is trained first is no run whose samples a user asks about.
    fn keep_samples(&mut self, _: &[SampleRow]) -> std::io::Result<()> {
        Ok(())
    }

    fn order(&mut self) -> Order {
        self.run.order()
    }

    fn checkpoint_dir(&self) -> &Path {
        &self.folder
    }
}
