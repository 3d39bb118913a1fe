//! Unpacking of an archive that may be anything.

use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{BufReader, Read, copy, sink};
use std::path::{Component, Path};
use tar::{Archive, EntryType};

/// The largest known archive unpacks to 187 MB.
const MOST_BYTES: u64 = 1 << 30;
const MOST_ENTRIES: usize = 10_000;

/// Unpacks a `.tar.gz` into an empty folder. Only files and folders below it are made: no links, no
/// names that lead out of it, nothing of more than a gigabyte.
///
/// # Errors
/// What is wrong with the archive, or what the system said.
pub fn unpack(archive: &Path, into: &Path) -> Result<(), String> {
    let said = |e: std::io::Error| e.to_string();
    let file = BufReader::new(File::open(archive).map_err(said)?);
    // A stream that never ends is cut off here, before its sizes are believed.
    let plain = GzDecoder::new(file).take(2 * MOST_BYTES);
    let mut archive = Archive::new(plain);
    let mut left = MOST_BYTES;
    for (n, entry) in archive.entries().map_err(said)?.enumerate() {
        let mut entry = entry.map_err(said)?;
        if n >= MOST_ENTRIES {
            return Err(format!("it holds more than {MOST_ENTRIES} files"));
        }
        let path = entry.path().map_err(said)?.into_owned();
        let name = path.display().to_string().escape_debug().to_string();
        let inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside {
            return Err(format!("`{name}` leads out of the folder"));
        }
        let target = into.join(&path);
        match entry.header().entry_type() {
            EntryType::Directory => std::fs::create_dir_all(&target).map_err(said)?,
            EntryType::Regular => {
                left = left
                    .checked_sub(entry.size())
                    .ok_or("it unpacks to more than a gigabyte")?;
                if let Some(parent) = target.parent() {
                    std::fs::create_dir_all(parent).map_err(said)?;
                }
                let mut file = File::create_new(&target).map_err(|e| format!("`{name}`: {e}"))?;
                let written = copy(&mut entry, &mut file).map_err(said)?;
                if written != entry.size() {
                    return Err(format!("it ends within `{name}`"));
                }
            }
            EntryType::XGlobalHeader | EntryType::XHeader => {}
            _ => return Err(format!("`{name}` is a link or a device, not a file")),
        }
    }
    // To the end, where the stream's own checksum stands.
    copy(&mut archive.into_inner(), &mut sink()).map_err(said)?;
    Ok(())
}
