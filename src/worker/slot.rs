//! A slot: claims queued runs and trains them one after another.

use super::parity::parity;
use super::recorder::RunRecorder;
use super::spawn::slot_process;
use super::{WorkerError, WorkerOptions};
use crate::data;
use crate::device::{self, Opened, fusion};
use crate::spec::{DeviceChoice, RunSpec};
use crate::store::{EventKind, Follower, Parity, State, Store, clean};
use crate::train::{self, Outcome, Recorder};
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How often a slot looks for a run that it can have, and how long it waits in between.
const CLAIM_PASSES: usize = 5;
const CLAIM_PAUSE: Duration = Duration::from_millis(50);

/// Trains one run; the folder is the run's. An error is the reason that users read.
pub type Trainer<'a> = dyn Fn(&RunSpec, &Path, &mut dyn Recorder) -> Result<Outcome, String> + 'a;

/// Trains queued runs until none is left or the process is asked to end.
///
/// # Errors
/// [`WorkerError`] when the store cannot be used; a run's own errors end that run only.
pub fn slot(store: &Store, options: &WorkerOptions) -> Result<(), WorkerError> {
    let leaving = Arc::new(AtomicBool::new(false));
    on_terminate(leaving.clone())?;
    let opened: Mutex<Vec<(DeviceChoice, Opened)>> = Mutex::new(Vec::new());
    let without_fusion = AtomicBool::new(false);
    let data_home = store.data_home();
    let trainer = |spec: &RunSpec, folder: &Path, recorder: &mut dyn Recorder| {
        let choice = options.device.unwrap_or(spec.train.device);
        let known = || opened.lock().unwrap_or_else(PoisonError::into_inner);
        let device = known().iter().find(|(c, _)| *c == choice).cloned();
        let device = match device {
            Some((_, device)) => device,
            None => match open_sound(store, choice, recorder)? {
                Access::Sound(device) => {
                    known().push((choice, device.clone()));
                    device
                }
                // The stop is obeyed before the first step, so nothing is trained there.
                Access::AskedToStop(device) => device,
                Access::WithoutFusion => {
                    without_fusion.store(true, Ordering::Relaxed);
                    return Ok(Outcome::Deferred);
                }
            },
        };
        if let Some(text) = device.note.clone() {
            let note = EventKind::Note { text };
            recorder.record(note).map_err(|e| e.to_string())?;
        }
        let data = data::prepare(spec, &data_home).map_err(|e| e.to_string())?;
        data::save_mask(&folder.join("noise.csv"), &data).map_err(|e| e.to_string())?;
        train::train(spec, &device, &data, recorder).map_err(|e| e.to_string())
    };
    slot_with(store, &trainer, leaving.clone())?;
    if without_fusion.load(Ordering::Relaxed) && !leaving.load(Ordering::Relaxed) {
        // This process goes on as one without fusion; its supervisor sees the same child.
        let mut again = slot_process(store, options.device)?;
        let failed = fusion::switch(&mut again, false).exec();
        return Err(WorkerError::Start(failed));
    }
    Ok(())
}

/// Whether a device may be trained on.
enum Access {
    /// It computes what the CPU backend does.
    Sound(Opened),
    /// Not known: a stop came first.
    AskedToStop(Opened),
    /// It does only without fusion of operations, and this process has fusion.
    WithoutFusion,
}

/// Opens a device, and checks it where it is not known.
fn open_sound(
    store: &Store,
    choice: DeviceChoice,
    recorder: &mut dyn Recorder,
) -> Result<Access, String> {
    let opened = device::open(choice).map_err(|e| e.to_string())?;
    if opened.info.id == "cpu" {
        return Ok(Access::Sound(opened));
    }
    let name = &opened.info.name;
    let found = parity(store, &opened.info, recorder).map_err(|e| e.to_string())?;
    let Some(found) = found else {
        return Ok(Access::AskedToStop(opened));
    };
    match found {
        Parity::Same => Ok(Access::Sound(opened)),
        Parity::WithoutFusion { reason } if fusion::is_off() => {
            let note = format!("operations are not fused on {name}: when they are, {reason}");
            Ok(Access::Sound(Opened {
                note: Some(note),
                ..opened
            }))
        }
        Parity::WithoutFusion { .. } => Ok(Access::WithoutFusion),
        Parity::Differs { reason } if choice == DeviceChoice::Auto => {
            let note = format!("{name} is not used: {reason}; training on the CPU");
            Ok(Access::Sound(device::open_cpu(Some(note))))
        }
        Parity::Differs { reason } => Err(format!(
            "{name} ({id}) is not to be trusted: {reason}. Update its driver ({driver}), or train with \
             --device cpu; `quell parity --device {id}` tells more, and without {file} it is checked anew",
            id = opened.info.id,
            driver = opened.info.driver,
            file = store.home().join("parity.json").display(),
        )),
    }
}

/// [`slot`] with another way to train.
///
/// # Errors
/// As [`slot`].
pub fn slot_with(
    store: &Store,
    trainer: &Trainer<'_>,
    leaving: Arc<AtomicBool>,
) -> Result<(), WorkerError> {
    let panic = remember_panics();
    let mut follower = Follower::new(store.clone());
    while !leaving.load(Ordering::Relaxed) {
        let Some((id, spec)) = claim_next(store, &mut follower, &leaving)? else {
            return Ok(());
        };
        let mut recorder = match RunRecorder::open(store, &id, leaving.clone()) {
            Ok(recorder) => recorder,
            Err(e) => {
                let folder = store.run_dir(&id);
                end_badly(
                    store,
                    &id,
                    format!("cannot write its record in {}: {e}", folder.display()),
                );
                continue;
            }
        };
        let folder = store.run_dir(&id);
        let outcome = catch_unwind(AssertUnwindSafe(|| trainer(&spec, &folder, &mut recorder)))
            .unwrap_or_else(|_| {
                let told = panic.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(format!(
                    "training panicked: {}. This is a fault of quell or a driver; the checkpoint is kept",
                    told.unwrap_or_else(|| "no message".into())
                ))
            });
        let left = match outcome {
            // Not by this process, which is to end.
            Ok(Outcome::Deferred) => return Ok(store.requeue(&id)?),
            Ok(Outcome::Stopped { .. }) if recorder.was_leaving() => store.requeue(&id),
            Ok(_) => store.release(&id),
            Err(reason) => {
                // It may quote a file or a driver, and ends up on screens.
                let reason = clean(&reason);
                let failed = EventKind::Failed {
                    reason: reason.clone(),
                };
                match recorder.record(failed) {
                    Ok(()) => {
                        eprintln!("{id}: {reason}");
                        store.release(&id)
                    }
                    Err(_) => {
                        end_badly(store, &id, reason);
                        continue;
                    }
                }
            }
        };
        // The run was deleted, or the disk is full: no reason to leave the others untrained.
        if let Err(e) = left {
            eprintln!("{id}: {e}");
        }
    }
    Ok(())
}

/// Fails a run whose own record cannot be written.
fn end_badly(store: &Store, id: &str, reason: String) {
    eprintln!("{id}: {reason}");
    if let Err(e) = store.fail(id, reason) {
        eprintln!("{id}: {e}");
    }
}

/// Claims the first queued run that is to be had; `None` when there is none.
fn claim_next(
    store: &Store,
    follower: &mut Follower,
    leaving: &AtomicBool,
) -> Result<Option<(String, RunSpec)>, WorkerError> {
    for _ in 0..CLAIM_PASSES {
        follower.refresh()?;
        let mut queued = follower
            .runs()
            .iter()
            .filter(|run| run.state == State::Queued)
            .peekable();
        if queued.peek().is_none() || leaving.load(Ordering::Relaxed) {
            return Ok(None);
        }
        for run in queued {
            match store.claim(&run.id) {
                Ok(true) => return Ok(Some((run.id.clone(), run.spec.clone()))),
                // Another worker was faster, or the last one has not quite let go of it.
                Ok(false) => {}
                // One damaged or unwritable folder must not keep the rest waiting.
                Err(e) => eprintln!("{}: {e}", run.id),
            }
        }
        std::thread::sleep(CLAIM_PAUSE);
    }
    Ok(None)
}

/// Keeps the message of the last panic, which the payload alone does not always tell.
fn remember_panics() -> Arc<Mutex<Option<String>>> {
    let last = Arc::new(Mutex::new(None));
    let hook = last.clone();
    std::panic::set_hook(Box::new(move |info| {
        eprintln!("{info}");
        *hook.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(info.to_string().replace('\n', " "));
    }));
    last
}

/// Sets `leaving` on SIGTERM or SIGINT.
fn on_terminate(leaving: Arc<AtomicBool>) -> Result<(), WorkerError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            if let (Ok(mut terminate), Ok(mut interrupt)) = (
                signal(SignalKind::terminate()),
                signal(SignalKind::interrupt()),
            ) {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                leaving.store(true, Ordering::Relaxed);
            }
        });
    });
    Ok(())
}
