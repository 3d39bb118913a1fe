//! The checks of `quell doctor`, one function each.

use super::super::context::{Context, config_dir};
use super::super::{output, probe};
use super::Check;
use crate::spec::{self, DataSet};
use crate::store::Store;
use crate::worker;
use std::io::IsTerminal;
use std::path::Path;

/// Below this a grid's checkpoints may not fit.
const LITTLE_SPACE: u64 = 1 << 30;

/// The smallest terminal on which the interface shows all of its panes.
const COMFORTABLE: (u16, u16) = (80, 24);

/// Everything, in the order in which a user would look.
pub(super) fn all(context: &Context) -> Vec<Check> {
    let mut checks = vec![Check::ok(
        "quell",
        format!(
            "version {} on {} {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
    )];
    match context.store() {
        Ok(store) => {
            checks.push(home(&store));
            checks.extend(space(store.home()));
            checks.push(runs(&store));
            checks.push(worker_state(&store));
            checks.extend(data(&store));
            checks.push(speed(&store));
        }
        Err(error) => checks.push(Check::fail(
            "home",
            error.to_string(),
            "name a folder that can be written with --home DIR or QUELL_HOME",
        )),
    }
    checks.extend(devices());
    checks.extend(terminal());
    checks.push(presets(context));
    checks
}

fn home(store: &Store) -> Check {
    let home = store.home();
    let probe = tempfile::Builder::new()
        .prefix(".quell-doctor")
        .tempfile_in(home);
    match probe {
        Ok(_) => Check::ok("home", home.display().to_string()),
        Err(error) => Check::fail(
            "home",
            format!("{} cannot be written: {error}", home.display()),
            "make it writable, or name another folder with --home DIR or QUELL_HOME",
        ),
    }
}

#[cfg(unix)]
fn space(home: &Path) -> Option<Check> {
    let found = rustix::fs::statvfs(home).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let text = format!("{:.1} GiB free", free as f64 / (1u64 << 30) as f64);
    Some(if free < LITTLE_SPACE {
        Check::warn(
            "disk",
            text,
            "free some space, or remove old runs with `quell rm`",
        )
    } else {
        Check::ok("disk", text)
    })
}

#[cfg(not(unix))]
fn space(_: &Path) -> Option<Check> {
    None
}

fn runs(store: &Store) -> Check {
    match store.runs() {
        Ok(runs) => {
            let broken = store.broken().unwrap_or_default();
            let text = format!("{} runs", runs.len());
            match broken.first() {
                None => Check::ok("runs", text),
                Some(first) => Check::warn(
                    "runs",
                    format!("{text}, and {} unreadable folders", broken.len()),
                    format!("look at {first} and delete it if it is of no use"),
                ),
            }
        }
        Err(error) => Check::fail(
            "runs",
            error.to_string(),
            "repair or move the folder that the message names",
        ),
    }
}

fn worker_state(store: &Store) -> Check {
    let waiting = store
        .runs()
        .map_or(0, |runs| runs.iter().filter(|r| !r.state.is_over()).count());
    match worker::status(store) {
        Some(state) => Check::ok(
            "worker",
            format!(
                "process {} trains {} at once on {}; {waiting} runs wait or train",
                state.pid, state.jobs, state.device
            ),
        ),
        None if waiting > 0 => Check::warn(
            "worker",
            format!("none, and {waiting} runs wait or are paused"),
            "start one with `quell resume --all`",
        ),
        None => Check::ok("worker", "none; nothing waits"),
    }
}

fn data(store: &Store) -> Vec<Check> {
    // A folder of the user's own has no place where it would be looked for.
    let published = DataSet::ALL.iter().filter(|s| **s != DataSet::Folder);
    published
        .map(
            |set| match crate::data::locate(&spec::DataSpec::new(*set), &store.data_home()) {
                Ok(dir) => Check::ok("data", format!("{set}: {}", dir.display())),
                Err(error) => Check::warn(
                    "data",
                    format!("{set}: not found"),
                    format!("only needed for runs on it: {error}"),
                ),
            },
        )
        .collect()
}

fn speed(store: &Store) -> Check {
    match store.measurements() {
        Ok(list) if list.is_empty() => Check::warn(
            "speed",
            "not measured on this machine",
            "`quell bench` measures it, so that time estimates have something to stand on",
        ),
        Ok(list) => Check::ok("speed", format!("{} measurements", list.len())),
        Err(error) => Check::warn(
            "speed",
            error.to_string(),
            "delete the file; `quell bench` makes a new one",
        ),
    }
}

fn devices() -> Vec<Check> {
    match probe::devices() {
        Ok(probed) => {
            let mut checks: Vec<Check> = probed
                .devices
                .iter()
                .map(|d| {
                    Check::ok(
                        "device",
                        format!("{}: {} ({}, {})", d.id, d.name, d.kind, d.backend),
                    )
                })
                .collect();
            if !probed.devices.iter().any(|d| d.kind.ends_with("gpu")) {
                checks.push(Check::warn(
                    "device",
                    "no GPU adapter",
                    "training uses the CPU; for a GPU install its Vulkan driver (`vulkaninfo` must list it)",
                ));
            }
            if let Some(line) = probed.noise.lines().last() {
                checks.push(Check::warn(
                    "drivers",
                    format!("printed: {line}"),
                    "harmless if the devices above are what you expect",
                ));
            }
            checks
        }
        Err(error) => vec![Check::warn(
            "device",
            error.to_string(),
            "training with --device cpu needs no driver",
        )],
    }
}

fn terminal() -> Vec<Check> {
    if !std::io::stdout().is_terminal() {
        return vec![Check::ok("terminal", "stdout is no terminal")];
    }
    let name = std::env::var("TERM").unwrap_or_default();
    let mut checks = vec![match crossterm::terminal::size() {
        Ok((w, h)) if w < COMFORTABLE.0 || h < COMFORTABLE.1 => Check::warn(
            "terminal",
            format!("{name}, {w}×{h}"),
            format!(
                "the interface shows all of its panes from {}×{}",
                COMFORTABLE.0, COMFORTABLE.1
            ),
        ),
        Ok((w, h)) => Check::ok("terminal", format!("{name}, {w}×{h}")),
        Err(error) => Check::warn("terminal", error.to_string(), "try another terminal"),
    }];
    checks.push(match output::colours() {
        output::Colours::Many => Check::ok("colours", "256 or more"),
        output::Colours::Basic => Check::ok("colours", "16"),
        output::Colours::None => Check::ok("colours", "none, by NO_COLOR or TERM"),
    });
    checks.push(if output::is_utf8() {
        Check::ok("characters", "UTF-8")
    } else {
        Check::warn(
            "characters",
            "the locale is not UTF-8: charts use ASCII",
            "set LANG=C.UTF-8 for finer ones",
        )
    });
    checks
}

fn presets(context: &Context) -> Check {
    let Some(config) = config_dir() else {
        return Check::warn(
            "configuration",
            "there is no configuration folder (HOME is not set)",
            "set HOME to use presets and themes of your own",
        );
    };
    let folder = context.presets();
    let own = match spec::presets(folder.as_deref()) {
        Ok(presets) => presets.into_iter().filter(|p| p.path.is_some()),
        Err(error) => {
            return Check::fail("configuration", error.to_string(), "repair or remove it");
        }
    };
    let mut n = 0;
    for preset in own {
        if let Err(error) = spec::parse(&preset.text, &preset.name, &[]) {
            return Check::fail(
                "configuration",
                error.to_string(),
                format!("repair or remove the preset in {}", config.display()),
            );
        }
        n += 1;
    }
    Check::ok(
        "configuration",
        format!("{}: {n} presets of your own", config.display()),
    )
}
