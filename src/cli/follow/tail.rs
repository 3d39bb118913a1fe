//! New lines of an event log.

use crate::store::Event;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// A place in an `events.jsonl` that grows.
pub(super) struct Tail {
    path: PathBuf,
    /// Where the next line begins.
    offset: u64,
}

impl Tail {
    /// What lies behind `offset` bytes, then what is added.
    pub fn from(path: PathBuf, offset: u64) -> Self {
        Self { path, offset }
    }

    /// What is added from now on.
    pub fn from_end(path: PathBuf) -> Self {
        let offset = std::fs::metadata(&path).map_or(0, |m| m.len());
        Self { path, offset }
    }

    /// The events of the lines that were completed since the last call. A torn last line waits,
    /// a line that is no event is left out, a file that is not there yet is empty.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(&mut self) -> io::Result<Vec<Event>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        if file.metadata()?.len() <= self.offset {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let Some(last) = bytes.iter().rposition(|b| *b == b'\n') else {
            return Ok(Vec::new());
        };
        self.offset += last as u64 + 1;
        Ok(bytes[..last]
            .split(|b| *b == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::EventKind;
    use std::io::Write;

    #[test]
    fn reads_whole_lines_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut tail = Tail::from(path.clone(), 0);
        assert!(tail.read().unwrap().is_empty());
        let mut file = File::create(&path).unwrap();
        let line = r#"{"time":"2026-11-24T10:00:00Z","event":"paused"}"#;
        write!(file, "{line}\nnot json\n{}", &line[..10]).unwrap();
        assert_eq!(tail.read().unwrap().len(), 1);
        assert!(tail.read().unwrap().is_empty());
        writeln!(file, "{}", &line[10..]).unwrap();
        let events = tail.read().unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].kind, EventKind::Paused);
        assert!(Tail::from_end(path).read().unwrap().is_empty());
    }
}
