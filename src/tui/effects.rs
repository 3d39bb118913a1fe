//! Carrying out what the interface asks for: all calls into store and worker, off its thread.

use super::action::{Action, Effect, Launched};
use super::screens::{compare, setup};
use super::text::plural;
use crate::device::DeviceInfo;
use crate::spec::{self, Experiment};
use crate::store::{Request, State, Store};
use crate::worker::{self, WorkerOptions};
use std::io::Write;
use std::process::{Command, Stdio};

/// Carries out an effect, however long it takes, and says how it went.
pub fn carry_out(effect: Effect, store: &Store) -> Action {
    match effect {
        Effect::Request { ids, request } => Action::Done(ask(store, &ids, request)),
        Effect::Remove(ids) => Action::Done(
            each(&ids, |id| store.remove(id))
                .map(|()| format!("{} deleted", plural(ids.len(), "run"))),
        ),
        Effect::Launch(experiment) => Action::Launched(launch(store, &experiment)),
        Effect::Measure(args) => {
            let result = measure(store, &args);
            Action::Setup(setup::Msg::Measured(args, result))
        }
        Effect::Noise(spec) => {
            let found = noise(store, &spec);
            Action::Setup(setup::Msg::Noise(spec, found))
        }
        Effect::Devices => Action::Setup(setup::Msg::Devices(devices(store))),
        Effect::Compare(effect) => {
            let folder = std::env::current_dir().unwrap_or_else(|_| store.home().into());
            Action::Compare(compare::carry_out(&effect, &folder, store.home()))
        }
        // Done by the loop, which owns the terminal.
        Effect::Suspend => Action::Done(Ok(String::new())),
    }
}

fn each<E: std::fmt::Display>(
    ids: &[String],
    mut act: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), String> {
    let wrong: Vec<String> = ids
        .iter()
        .filter_map(|id| act(id).err())
        .map(|e| e.to_string())
        .collect();
    match wrong.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        [first, rest @ ..] => Err(format!("{first} (and {} more like it)", rest.len())),
    }
}

fn ask(store: &Store, ids: &[String], request: Request) -> Result<String, String> {
    each(ids, |id| store.request(id, request))?;
    let what = match request {
        Request::Stop => "asked to stop",
        Request::Pause => "asked to pause",
        Request::Resume => "asked to go on",
    };
    if request == Request::Resume {
        start(store)?;
    }
    Ok(format!("{} {what}", plural(ids.len(), "run")))
}

fn start(store: &Store) -> Result<(), String> {
    worker::ensure_running(store, &WorkerOptions::default()).map_err(|e| e.to_string())
}

fn launch(store: &Store, experiment: &Experiment) -> Result<Launched, String> {
    let specs = spec::expand(experiment);
    let queued = store
        .enqueue(experiment, &specs, false)
        .map_err(|e| e.to_string())?;
    let mut resumed = 0;
    for id in &queued.existing {
        let run = store.run(id).map_err(|e| e.to_string())?;
        if matches!(run.state, State::Stopped | State::Failed | State::Lost) {
            store
                .request(id, Request::Resume)
                .map_err(|e| e.to_string())?;
            resumed += 1;
        }
    }
    start(store)?;
    Ok(Launched {
        created: queued.created.len(),
        resumed,
        existing: queued.existing.len() - resumed,
    })
}

/// This program as a child without a terminal: a driver may print, hang or crash there.
fn child(store: &Store) -> Result<Command, String> {
    let quell = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = Command::new(quell);
    command.arg("--home").arg(store.home());
    command.stdin(Stdio::null()).stderr(Stdio::null());
    Ok(command)
}

fn measure(store: &Store, args: &[String]) -> Result<(), String> {
    let status = child(store)?
        .arg("bench")
        .args(args)
        .arg("--json")
        .stdout(Stdio::null())
        .status()
        .map_err(|e| e.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "`quell bench {}` ended with {status}",
            args.join(" ")
        ))
    }
}

/// The counts of true classes (rows) and labels (columns) that `quell data noise` finds.
fn noise(store: &Store, spec: &str) -> Result<Vec<Vec<usize>>, String> {
    #[derive(serde::Deserialize)]
    struct Found {
        confusion: Vec<Vec<usize>>,
    }
    let mut builder = tempfile::Builder::new();
    let file = builder.suffix(".toml").tempfile();
    let mut file = file.map_err(|e| e.to_string())?;
    file.write_all(spec.as_bytes()).map_err(|e| e.to_string())?;
    let output = child(store)?
        .args(["data", "noise", "--json"])
        .arg(file.path())
        .stderr(Stdio::piped())
        .output()
        .map_err(|e| e.to_string())?;
    let found: Result<Found, _> = serde_json::from_slice(&output.stdout);
    found.map(|f| f.confusion).map_err(|_| {
        let text = String::from_utf8_lossy(&output.stderr);
        let text = text.trim().trim_start_matches("error: ");
        match text.is_empty() {
            true => format!("`quell data noise` ended with {}", output.status),
            false => text.into(),
        }
    })
}

fn devices(store: &Store) -> Result<Vec<DeviceInfo>, String> {
    let output = child(store)?
        .args(["devices", "--json"])
        .output()
        .map_err(|e| e.to_string())?;
    serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("`quell devices` ended with {}", output.status))
}
