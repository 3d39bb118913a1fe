//! The check of a device before its first training: does it compute what the CPU backend does?

use super::WorkerError;
use super::spawn::quell;
use crate::device::{DeviceInfo, fusion};
use crate::store::{Checked, EventKind, Parity, Store, host};
use crate::train::parity::Difference;
use crate::train::{Order, Recorder};
use rustix::process::Signal;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How long a check may take: on a new device all its kernels are tuned.
const PATIENCE: Duration = Duration::from_secs(900);
/// Time between two looks at it.
const LOOK: Duration = Duration::from_millis(50);

/// What is known of a device.
pub(super) fn known(store: &Store, device: &DeviceInfo) -> Option<Parity> {
    store.parity(&key(device))
}

fn key(device: &DeviceInfo) -> Checked {
    let compiler = match cfg!(feature = "vulkan") {
        true => "spir-v",
        false => "wgsl",
    };
    Checked {
        name: device.name.clone(),
        backend: device.backend.clone(),
        driver: device.driver.clone(),
        compiler: compiler.into(),
        host: host(),
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

/// What is known of a device, or what a check now tells; `None` when `recorder` was asked to stop
/// meanwhile.
///
/// # Errors
/// [`WorkerError`] when the check cannot be made or its result cannot be kept.
pub fn parity(
    store: &Store,
    device: &DeviceInfo,
    recorder: &mut dyn Recorder,
) -> Result<Option<Parity>, WorkerError> {
    known_or(store, device, recorder, |fused, recorder| {
        check(store, device, fused, recorder)
    })
}

/// Whether the device computes what the CPU backend does.
enum Finding {
    Right,
    /// What is wrong, in words.
    Wrong(String),
    /// Asked to stop.
    Stopped,
}

/// [`parity`] with another way to check, with or without fusion.
fn known_or(
    store: &Store,
    device: &DeviceInfo,
    recorder: &mut dyn Recorder,
    check: impl Fn(bool, &mut dyn Recorder) -> Result<Finding, WorkerError>,
) -> Result<Option<Parity>, WorkerError> {
    if let Some(known) = known(store, device) {
        return Ok(Some(known));
    }
    let _lock = loop {
        if let Some(lock) = store.try_lock_parity()? {
            break lock;
        }
        if recorder.order() == Order::Stop {
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    };
    // Another slot may have checked it while this one waited.
    if let Some(known) = known(store, device) {
        return Ok(Some(known));
    }
    let text = format!(
        "checking once that {} computes what the CPU backend does: this compiles many kernels",
        device.name
    );
    recorder.record(EventKind::Note { text })?;
    let found = match check(true, recorder)? {
        Finding::Stopped => return Ok(None),
        Finding::Right => Parity::Same,
        Finding::Wrong(reason) => match check(false, recorder)? {
            Finding::Stopped => return Ok(None),
            Finding::Right => Parity::WithoutFusion { reason },
            Finding::Wrong(reason) => Parity::Differs { reason },
        },
    };
    store.record_parity(key(device), found.clone())?;
    Ok(Some(found))
}

/// Checks in a process of its own: a driver may crash or hang, and fusion is switched off for whole
/// processes.
fn check(
    store: &Store,
    device: &DeviceInfo,
    fused: bool,
    recorder: &mut dyn Recorder,
) -> Result<Finding, WorkerError> {
    let mut command = quell(store.home(), "parity").map_err(WorkerError::Start)?;
    command.args(["--device", &device.id, "--json"]);
    let mut child = fusion::switch(&mut command, fused)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(WorkerError::Start)?;
    let pipe = child.stdout.take();
    let answer = std::thread::spawn(move || {
        let mut text = String::new();
        // What was read before an error is still of use.
        let _ = pipe.map(|mut pipe| pipe.read_to_string(&mut text));
        text
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let stopped = recorder.order() == Order::Stop;
        if stopped || begun.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return match stopped {
                true => Ok(Finding::Stopped),
                false => Err(WorkerError::Unchecked {
                    device: device.name.clone(),
                    why: format!("it did not finish in {} s", PATIENCE.as_secs()),
                }),
            };
        }
        std::thread::sleep(LOOK);
    };
    // Says nothing about the device: somebody, or the system for want of memory, ended the check.
    if matches!(
        status.signal().and_then(Signal::from_named_raw),
        Some(Signal::TERM | Signal::INT | Signal::KILL)
    ) {
        return Err(WorkerError::Unchecked {
            device: device.name.clone(),
            why: format!("it was ended from outside ({status})"),
        });
    }
    // A driver may print as well, and crash while it is unloaded, after the answer.
    let answer = answer.join().unwrap_or_default();
    let found = answer
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str::<Vec<Difference>>(line).ok());
    let Some(found) = found else {
        return Ok(Finding::Wrong(format!(
            "training a small network there ended with {status}"
        )));
    };
    let wrong = found.iter().find(|d| !d.is_rounding());
    Ok(wrong.map_or(Finding::Right, |d| {
        Finding::Wrong(format!(
            "training {} there differs from the CPU backend by {:.1} % in the loss and {:.0} % in the gradient of {}",
            d.network,
            100.0 * d.loss,
            100.0 * d.gradient,
            d.parameter
        ))
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::store::SampleRow;
    use std::cell::RefCell;
    use std::path::Path;

    fn device(driver: &str) -> DeviceInfo {
        DeviceInfo {
            id: "wgpu:0".into(),
            name: "A GPU".into(),
            kind: "discrete-gpu".into(),
            backend: "vulkan".into(),
            driver: driver.into(),
            memory_bytes: None,
        }
    }

    /// Says stop after so many questions.
    struct Asked {
        notes: usize,
        questions_left: usize,
    }

    impl Recorder for Asked {
        fn record(&mut self, kind: EventKind) -> std::io::Result<()> {
            assert!(matches!(kind, EventKind::Note { .. }));
            self.notes += 1;
            Ok(())
        }

        fn order(&mut self) -> Order {
            if self.questions_left == 0 {
                return Order::Stop;
            }
            self.questions_left -= 1;
            Order::Continue
        }

        fn keep_samples(&mut self, _: &[SampleRow]) -> std::io::Result<()> {
            Ok(())
        }

        fn checkpoint_dir(&self) -> &Path {
            Path::new("")
        }
    }

    #[test]
    fn a_device_is_checked_once_per_driver_and_fusion_goes_first() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let checks = RefCell::new(Vec::new());
        let mut recorder = Asked {
            notes: 0,
            questions_left: 0,
        };
        let mut judge = |driver: &str, right_if: fn(bool) -> bool| {
            let check = |fused: bool, _: &mut dyn Recorder| {
                checks.borrow_mut().push((driver.to_string(), fused));
                Ok(match right_if(fused) {
                    true => Finding::Right,
                    false => Finding::Wrong(format!("wrong, fused {fused}")),
                })
            };
            known_or(&store, &device(driver), &mut recorder, check)
                .unwrap()
                .unwrap()
        };
        let without = Parity::WithoutFusion {
            reason: "wrong, fused true".into(),
        };
        let differs = Parity::Differs {
            reason: "wrong, fused false".into(),
        };
        for _ in 0..2 {
            assert_eq!(judge("good", |_| true), Parity::Same);
            assert_eq!(judge("fuses wrongly", |fused| !fused), without);
            assert_eq!(judge("bad", |_| false), differs);
        }
        let expected = [
            ("good", true),
            ("fuses wrongly", true),
            ("fuses wrongly", false),
            ("bad", true),
            ("bad", false),
        ];
        let expected: Vec<_> = expected.map(|(d, f)| (d.to_string(), f)).into();
        assert_eq!(*checks.borrow(), expected);
        assert_eq!(recorder.notes, 3);
    }

    #[test]
    fn a_stop_ends_the_wait_for_another_check_and_nothing_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let lock = store.try_lock_parity().unwrap().unwrap();
        let mut recorder = Asked {
            notes: 0,
            questions_left: 2,
        };
        let never = |_: bool, _: &mut dyn Recorder| -> Result<Finding, WorkerError> {
            panic!("checked beside another check")
        };
        let found = known_or(&store, &device("any"), &mut recorder, never).unwrap();
        assert_eq!((found, recorder.notes), (None, 0));
        drop(lock);
        let stopped = |_: bool, _: &mut dyn Recorder| Ok(Finding::Stopped);
        let found = known_or(&store, &device("any"), &mut recorder, stopped).unwrap();
        assert_eq!((found, known(&store, &device("any"))), (None, None));
    }
}
