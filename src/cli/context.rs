//! Where things lie: the home of all runs and the user's configuration.

use super::exit::{usage, usage_text};
use crate::store::Store;
use directories::ProjectDirs;
use std::ffi::OsStr;
use std::path::PathBuf;

/// What every subcommand may need.
#[derive(Debug)]
pub(super) struct Context {
    home: Option<PathBuf>,
}

impl Context {
    /// `home` is what the user named with `--home`.
    pub fn new(home: Option<PathBuf>) -> Self {
        Self { home }
    }

    /// The home of all runs: `--home`, else `QUELL_HOME`, else the platform's data directory.
    ///
    /// # Errors
    /// When there is none of the three.
    pub fn home(&self) -> anyhow::Result<PathBuf> {
        let named = self
            .home
            .clone()
            .or_else(|| std::env::var_os("QUELL_HOME").map(PathBuf::from));
        let home = match named {
            Some(path) if path.as_os_str().is_empty() => {
                return Err(usage_text(
                    "the home folder's name is empty: name a folder with --home DIR or QUELL_HOME",
                ));
            }
            Some(path) => path,
            None => project()
                .map(|dirs| dirs.data_dir().to_path_buf())
                .ok_or_else(|| {
                    usage_text(
                        "there is no home folder (HOME is not set): name a folder for the runs \
                         with --home DIR or QUELL_HOME",
                    )
                })?,
        };
        // Workers are started from other folders: a relative home would be another one for them.
        std::path::absolute(&home).map_err(|e| {
            usage_text(format!(
                "cannot use {} as the home folder: {e}",
                home.display()
            ))
        })
    }

    /// The store in the home.
    ///
    /// # Errors
    /// When there is no home, or it cannot be made or written.
    pub fn store(&self) -> anyhow::Result<Store> {
        Store::open(&self.home()?).map_err(usage)
    }

    /// Folder of the user's own presets; it need not exist.
    pub fn presets(&self) -> Option<PathBuf> {
        config_dir().map(|dir| dir.join("presets"))
    }
}

/// Folder of the user's presets and themes; it need not exist.
pub(super) fn config_dir() -> Option<PathBuf> {
    project().map(|dirs| dirs.config_dir().to_path_buf())
}

/// The platform's directories. Without `HOME` there are none, even where the system's user list
/// knows one: a service without an environment should not write to somebody's home unasked.
fn project() -> Option<ProjectDirs> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| v != *OsStr::new(""));
    if cfg!(unix) && !set("HOME") {
        return None;
    }
    ProjectDirs::from("", "", "quell")
}
