//! Lines of the small text files that labels come in.

use super::problem::{Oddity, Problems};
use std::path::Path;

/// A file larger than this holds no labels of one subject: those of the sets have 0.1 MB.
const MOST_BYTES: u64 = 1 << 24;

/// The bytes of a file of labels; what is wrong with it is counted under `name`.
pub fn load(path: &Path, name: &str, problems: &mut Problems) -> Option<Vec<u8>> {
    let read = || {
        let there = std::fs::metadata(path)?;
        if !there.is_file() {
            return Err(std::io::Error::other("it is no file"));
        }
        if there.len() > MOST_BYTES {
            return Err(std::io::Error::other(
                "it is too large for a file of labels",
            ));
        }
        std::fs::read(path)
    };
    read()
        .inspect_err(|e| problems.add(Oddity::Unreadable, || format!("{name}: {e}")))
        .ok()
}

/// The lines of a file that are not blank, each with its number and its fields between commas,
/// without the spaces and quotes around them.
///
/// A line ends where it ends: a stray quote does not swallow the lines after it, and numbers are
/// those that an editor shows, blank lines counted, which the crate `csv` does not tell.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, Vec<&[u8]>)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    lines.map(|(number, line)| {
        let fields = line.split(|byte| *byte == b',');
        (number, fields.map(bare).collect())
    })
}

fn bare(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    let inside = field
        .strip_prefix(b"\"")
        .and_then(|f| f.strip_suffix(b"\""));
    inside.unwrap_or(field)
}

/// A whole number of digits alone.
pub fn whole(field: &[u8]) -> Option<u64> {
    let digits = field.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(field).ok().filter(|_| digits)?;
    text.parse().ok()
}

/// A field as it may stand in a message.
pub fn shown(field: &[u8]) -> String {
    const MOST: usize = 20;
    let text = String::from_utf8_lossy(field);
    let mut short: String = text
        .chars()
        .take(MOST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().count() > MOST {
        short.push('…');
    }
    format!("`{short}`")
}
