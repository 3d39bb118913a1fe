//! Downloads of published data sets: resumed where they broke off, checked, then put in place.

use super::catalog::{Remote, Source};
use super::{sha256, unpack};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;
use ureq::Agent;

/// The largest published file has 170 MB.
const MOST_BYTES: u64 = 1 << 30;
/// A connection that breaks off is taken up again so often, as long as bytes come.
const ATTEMPTS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a data set could not be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The server does not give the file.
    #[error(
        "{url}: the server answers {status}: look whether the set has moved, and name its new folder with --from"
    )]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The connection failed.
    #[error("{url}: {message}; {had} bytes are kept, the same command goes on from there")]
    Connection {
        /// The address.
        url: String,
        /// What went wrong.
        message: String,
        /// Bytes that are there.
        had: u64,
    },
    /// What came is not what was published.
    #[error(
        "{url}: its SHA-256 is {found}, not the published {wanted}: it was thrown away. Try again, or another --from"
    )]
    Checksum {
        /// The address.
        url: String,
        /// What it is.
        found: String,
        /// What it should be.
        wanted: String,
    },
    /// What came cannot be unpacked.
    #[error("{}: {message}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Another file stands where one is to be put.
    #[error("{} is there already and is another file: move it away first", path.display())]
    InTheWay {
        /// The file or folder.
        path: PathBuf,
    },
    /// The file system.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A file that was fetched, or was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its name.
    pub file: String,
    /// Bytes of it.
    pub bytes: u64,
    /// Whether it was there already.
    pub existed: bool,
}

/// Fetches all files of a set into a folder, which is made, and unpacks archives there. `from` takes
/// the place of the published folder. `progress` is told a file's name, the bytes that are there,
/// and all of them where that is known.
///
/// # Errors
/// [`FetchError`]; what came so far is kept, unless its checksum is wrong.
pub fn fetch(
    source: &Source,
    to: &Path,
    from: Option<&str>,
    progress: &mut dyn FnMut(&str, u64, Option<u64>),
) -> Result<Vec<Fetched>, FetchError> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .build()
        .into();
    std::fs::create_dir_all(to).map_err(|source| FetchError::Write {
        path: to.into(),
        source,
    })?;
    let mut fetched = Vec::new();
    for remote in source.files {
        let base = from.unwrap_or(remote.base).trim_end_matches('/');
        let url = format!("{base}/{}", remote.file);
        fetched.push(one(&agent, remote, &url, to, progress)?);
    }
    Ok(fetched)
}

fn one(
    agent: &Agent,
    remote: &Remote,
    url: &str,
    to: &Path,
    progress: &mut dyn FnMut(&str, u64, Option<u64>),
) -> Result<Fetched, FetchError> {
    let target = to.join(remote.file);
    let fetched = |bytes, existed| Fetched {
        file: remote.file.into(),
        bytes,
        existed,
    };
    if let Ok(found) = sha256(&target) {
        if found != remote.sha256 {
            return Err(FetchError::InTheWay { path: target });
        }
        let bytes = target.metadata().map_or(0, |m| m.len());
        finish(&target, to)?;
        return Ok(fetched(bytes, true));
    }
    let part = to.join(format!("{}.part", remote.file));
    let download = Download {
        agent,
        url,
        part: &part,
    };
    let mut tell = |had, whole| progress(remote.file, had, whole);
    download.whole(&mut tell)?;
    let bytes = download.had();
    let failed = |source| FetchError::Write {
        path: part.clone(),
        source,
    };
    let found = sha256(&part).map_err(failed)?;
    if found != remote.sha256 {
        std::fs::remove_file(&part).map_err(failed)?;
        return Err(FetchError::Checksum {
            url: url.into(),
            found,
            wanted: remote.sha256.into(),
        });
    }
    std::fs::rename(&part, &target).map_err(failed)?;
    finish(&target, to)?;
    Ok(fetched(bytes, false))
}

/// Unpacks an archive beside itself and takes it away; other files stay as they are.
fn finish(file: &Path, to: &Path) -> Result<(), FetchError> {
    if !file.to_string_lossy().ends_with(".tar.gz") {
        return Ok(());
    }
    let write = |path: &Path| {
        let path = path.to_path_buf();
        move |source| FetchError::Write { path, source }
    };
    let beside = tempfile::tempdir_in(to).map_err(write(to))?;
    unpack::unpack(file, beside.path()).map_err(|message| FetchError::Archive {
        path: file.into(),
        message,
    })?;
    // All is there before any of it is seen.
    for entry in std::fs::read_dir(beside.path()).map_err(write(to))? {
        let entry = entry.map_err(write(to))?;
        let target = to.join(entry.file_name());
        if target.exists() {
            return Err(FetchError::InTheWay { path: target });
        }
        std::fs::rename(entry.path(), &target).map_err(write(&target))?;
    }
    std::fs::remove_file(file).map_err(write(file))
}

struct Download<'a> {
    agent: &'a Agent,
    url: &'a str,
    part: &'a Path,
}

impl Download<'_> {
    /// Bytes that are there.
    fn had(&self) -> u64 {
        self.part.metadata().map_or(0, |m| m.len())
    }

    fn broken(&self, message: impl ToString) -> FetchError {
        FetchError::Connection {
            url: self.url.into(),
            message: message.to_string(),
            had: self.had(),
        }
    }

    /// Goes on until all is there; a connection that breaks off is taken up again.
    fn whole(&self, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<(), FetchError> {
        let mut attempt = 0;
        loop {
            let before = self.had();
            match self.rest(progress) {
                Err(FetchError::Connection { .. }) if attempt < ATTEMPTS && self.had() > before => {
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    /// Asks for what is missing and writes it behind what is there.
    fn rest(&self, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<(), FetchError> {
        let had = self.had();
        let mut request = self.agent.get(self.url);
        if had > 0 {
            request = request.header("Range", format!("bytes={had}-"));
        }
        let mut response = request.call().map_err(|e| self.broken(e))?;
        let status = response.status().as_u16();
        let from = match status {
            200 => 0,
            206 => had,
            // Nothing is missing; the checksum tells whether that is so.
            416 if had > 0 => return Ok(()),
            _ => {
                return Err(FetchError::Status {
                    url: self.url.into(),
                    status,
                });
            }
        };
        let header = |name: &str| response.headers().get(name)?.to_str().ok();
        if status == 206 {
            let begins = header("content-range").and_then(|r| {
                let range = r.trim().strip_prefix("bytes")?.trim_start();
                range.split('-').next()?.parse::<u64>().ok()
            });
            if begins != Some(had) {
                return Err(self.broken("the server goes on from another place"));
            }
        }
        let length = header("content-length").and_then(|l| l.parse::<u64>().ok());
        let whole = length.map(|l| from + l);
        let write = |source| FetchError::Write {
            path: self.part.into(),
            source,
        };
        let mut file = if from == 0 {
            File::create(self.part)
        } else {
            OpenOptions::new().append(true).open(self.part)
        }
        .map_err(write)?;
        let mut body = response.body_mut().as_reader();
        let mut buffer = vec![0; 1 << 16];
        let mut there = from;
        progress(there, whole);
        loop {
            let count = body.read(&mut buffer).map_err(|e| self.broken(e))?;
            if count == 0 {
                break;
            }
            there += count as u64;
            if there > MOST_BYTES {
                return Err(self.broken("it sends more than any published file has"));
            }
            file.write_all(&buffer[..count]).map_err(write)?;
            progress(there, whole);
        }
        file.sync_all().map_err(write)?;
        if whole.is_some_and(|whole| there < whole) {
            return Err(self.broken("the connection broke off"));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
