//! The check of a device before its first training: does it compute what the CPU backend does?

use super::WorkerError;
use super::spawn::quell;
use crate::device::{DeviceInfo, fusion};
use crate::store::{Checked, Parity, Store, host};
use crate::train::parity::Difference;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How long a check may take: on a new device all its kernels are tuned.
const PATIENCE: Duration = Duration::from_secs(900);
/// Time between two looks at it.
const LOOK: Duration = Duration::from_millis(50);

/// What is known of a device, or what a check now tells. `begins` is called before a check.
///
/// # Errors
/// [`WorkerError`] when the check cannot be started or its result cannot be kept.
pub fn parity(
    store: &Store,
    device: &DeviceInfo,
    begins: impl FnOnce(),
) -> Result<Parity, WorkerError> {
    known_or(store, device, begins, |fused| check(store, device, fused))
}

/// [`parity`] with another way to check: what is wrong with or without fusion, if anything.
fn known_or(
    store: &Store,
    device: &DeviceInfo,
    begins: impl FnOnce(),
    check: impl Fn(bool) -> Result<Option<String>, WorkerError>,
) -> Result<Parity, WorkerError> {
    let key = Checked {
        name: device.name.clone(),
        backend: device.backend.clone(),
        driver: device.driver.clone(),
        host: host(),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    if let Some(known) = store.parity(&key) {
        return Ok(known);
    }
    let _lock = store.lock_parity()?;
    // Another slot may have checked it while this one waited.
    if let Some(known) = store.parity(&key) {
        return Ok(known);
    }
    begins();
    let found = match check(true)? {
        None => Parity::Same,
        Some(reason) => match check(false)? {
            None => Parity::WithoutFusion { reason },
            Some(reason) => Parity::Differs { reason },
        },
    };
    store.record_parity(key, found.clone())?;
    Ok(found)
}

/// What is wrong with the device, in words. In a process of its own: a driver may crash or hang,
/// and fusion is switched off for whole processes.
fn check(store: &Store, device: &DeviceInfo, fused: bool) -> Result<Option<String>, WorkerError> {
    let mut command = quell(store.home(), "parity").map_err(WorkerError::Start)?;
    command.args(["--device", &device.id, "--json"]);
    if !fused {
        fusion::switch_off(&mut command);
    }
    let mut child = command
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
        if begun.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(Some(format!(
                "it did not finish three steps of a small network in {} s",
                PATIENCE.as_secs()
            )));
        }
        std::thread::sleep(LOOK);
    };
    // A driver may print as well, and crash while it is unloaded, after the answer.
    let answer = answer.join().unwrap_or_default();
    let found = answer
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str::<Vec<Difference>>(line).ok());
    Ok(match found {
        None => Some(format!("training a small network there ended with {status}")),
        Some(found) => found.iter().find(|d| !d.is_rounding()).map(|d| {
            format!(
                "training {} there differs from the CPU backend by {:.1} % in the loss and {:.0} % in the gradient of {}",
                d.network,
                100.0 * d.loss,
                100.0 * d.gradient,
                d.parameter
            )
        }),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};

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

    #[test]
    fn a_device_is_checked_once_per_driver_and_fusion_goes_first() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let checks = RefCell::new(Vec::new());
        let begun = Cell::new(0);
        let judge = |driver: &str, right_if: fn(bool) -> bool| {
            let check = |fused: bool| {
                checks.borrow_mut().push((driver.to_string(), fused));
                Ok((!right_if(fused)).then(|| format!("wrong, fused {fused}")))
            };
            let begins = || begun.set(begun.get() + 1);
            known_or(&store, &device(driver), begins, check).unwrap()
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
        assert_eq!(begun.get(), 3);
    }
}
