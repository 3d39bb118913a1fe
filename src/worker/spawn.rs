//! Starting the supervisor, and knowing whether it lives.

use super::{WorkerError, WorkerOptions};
use crate::spec::DeviceChoice;
use crate::store::{ProcessId, Store, host, read_json, try_lock};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a supervisor may take to come up.
const START: Duration = Duration::from_secs(15);

/// What a living supervisor says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerState {
    /// Its process.
    pub process: ProcessId,
    /// Its process id.
    pub pid: u32,
    /// Runs that it trains at once.
    pub jobs: usize,
    /// Where it trains, in words.
    pub device: String,
}

/// Held by a supervisor as long as it lives. Each host has its own.
pub(super) fn lock_path(store: &Store) -> PathBuf {
    store.home().join(format!("worker-{}.lock", host()))
}

pub(super) fn state_path(store: &Store) -> PathBuf {
    store.home().join(format!("worker-{}.json", host()))
}

/// The supervisor of this home on this host, if one lives.
pub fn status(store: &Store) -> Option<WorkerState> {
    read_json::<WorkerState>(&state_path(store))
        .ok()
        .filter(|state| state.process.is_alive())
}

fn is_locked(store: &Store) -> bool {
    matches!(try_lock(&lock_path(store)), Ok(None))
}

/// Sees to it that a supervisor lives: starts one, detached, unless there is one.
///
/// # Errors
/// [`WorkerError`] when it cannot be started or ends at once.
pub fn ensure_running(store: &Store, options: &WorkerOptions) -> Result<(), WorkerError> {
    if is_locked(store) {
        return Ok(());
    }
    let log = store.home().join("worker.log");
    let mut command = quell(store.home(), "worker").map_err(WorkerError::Start)?;
    let stderr = std::fs::File::options()
        .create(true)
        .append(true)
        .open(&log)
        .map_err(WorkerError::Start)?;
    if let Some(jobs) = options.jobs {
        command.args(["--jobs", &jobs.to_string()]);
    }
    if let Some(device) = options.device {
        command.args(["--device", &device.to_string()]);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .map_err(WorkerError::Start)?;
    let begun = Instant::now();
    while begun.elapsed() < START {
        if is_locked(store) {
            // Its parent has to bury it, or it would stay as a zombie.
            std::thread::spawn(move || child.wait());
            return Ok(());
        }
        if let Ok(Some(exit)) = child.try_wait() {
            // All done already is as good as under way.
            return if exit.success() {
                Ok(())
            } else {
                Err(WorkerError::EndedAtOnce { log })
            };
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(WorkerError::EndedAtOnce { log })
}

fn this_program() -> std::io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(match program.exists() {
        true => program,
        // Built anew or updated while this one runs: the old file is still to be had.
        false => PathBuf::from("/proc/self/exe"),
    })
}

/// This program with a hidden subcommand, on this home, in a clean environment for drivers.
pub(super) fn quell(home: &Path, subcommand: &str) -> std::io::Result<Command> {
    let mut command = Command::new(this_program()?);
    command
        .arg("--home")
        .arg(home)
        .arg(subcommand)
        .current_dir(home);
    if let Some(private) = runtime_dir(home)? {
        command.env("XDG_RUNTIME_DIR", private);
    }
    Ok(command)
}

/// The process of a slot.
///
/// # Errors
/// [`WorkerError::Start`] when this program is not found.
pub(super) fn slot_process(
    store: &Store,
    device: Option<DeviceChoice>,
) -> Result<Command, WorkerError> {
    let mut command = quell(store.home(), "worker-slot").map_err(WorkerError::Start)?;
    if let Some(device) = device {
        command.args(["--device", &device.to_string()]);
    }
    Ok(command)
}

/// Starts this very command anew where the environment is not one for drivers, and does not come
/// back then: a process cannot safely change its own environment once it has threads.
///
/// # Errors
/// When it cannot be started.
pub fn in_clean_environment(home: &Path) -> std::io::Result<()> {
    match runtime_dir(home)? {
        None => Ok(()),
        Some(private) => Err(Command::new(this_program()?)
            .args(std::env::args_os().skip(1))
            .env("XDG_RUNTIME_DIR", private)
            .exec()),
    }
}

/// A value for `XDG_RUNTIME_DIR` where it is not set: Mesa complains on the screen without one, and
/// about one that others can read.
///
/// # Errors
/// When the folder cannot be made.
fn runtime_dir(home: &Path) -> std::io::Result<Option<PathBuf>> {
    if std::env::var_os("XDG_RUNTIME_DIR").is_some() {
        return Ok(None);
    }
    let private = home.join(".runtime");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&private)?;
    Ok(Some(private))
}
