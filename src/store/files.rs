//! Reading and writing the small files of the store: whole or not at all.

use super::error::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Writes beside `path` and renames, so that a reader sees the old text or the new, never a part.
/// With `flush` the text is on the disk before it takes the old one's place.
pub fn write_atomic(path: &Path, text: &[u8], flush: bool) -> Result<(), StoreError> {
    let failed = |source: std::io::Error| StoreError::Write {
        path: path.into(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text).map_err(failed)?;
    if flush {
        file.as_file().sync_all().map_err(failed)?;
    }
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// [`write_atomic`] of a value as JSON, flushed to the disk.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    write_atomic(path, &json(path, value)?, true)
}

/// A value as readable JSON.
pub fn json(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec_pretty(value).map_err(|e| StoreError::Write {
        path: path.into(),
        source: e.into(),
    })
}

/// A value from a JSON file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let bytes = std::fs::read(path).map_err(|source| StoreError::Read {
        path: path.into(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|e| StoreError::Broken {
        path: path.into(),
        message: e.to_string(),
    })
}

/// An exclusive lock that ends with the guard, or with the process.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "held, not read")] File);

/// Waits for the lock of a file, which is made if need be.
pub fn lock(path: &Path) -> Result<Lock, StoreError> {
    let failed = |source| StoreError::Write {
        path: path.into(),
        source,
    };
    loop {
        let file = open_lock(path).map_err(failed)?;
        file.lock().map_err(failed)?;
        // While this waited, the folder may have been deleted and made anew: then it holds the
        // lock of a file that nobody else will ever lock.
        if is_at(&file, path).map_err(failed)? {
            return Ok(Lock(file));
        }
    }
}

/// Whether `path` names this open file.
fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    let held = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(named) => Ok((held.dev(), held.ino()) == (named.dev(), named.ino())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// The lock of a file if nobody holds it.
pub fn try_lock(path: &Path) -> Result<Option<Lock>, StoreError> {
    let failed = |source| StoreError::Write {
        path: path.into(),
        source,
    };
    let file = open_lock(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(e)) => Err(failed(e)),
    }
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}
