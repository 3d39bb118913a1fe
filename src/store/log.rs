//! `events.jsonl` and `log.txt`: appending and reading.

use super::error::StoreError;
use super::event::{EpochMetrics, Event, EventKind};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Opens a log to append to. A torn last line, left by a writer that was killed, is closed, so that
/// the next line stands alone.
pub fn open_append(path: &Path) -> std::io::Result<File> {
    let mut file = File::options()
        .create(true)
        .read(true)
        .append(true)
        .open(path)?;
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// Appends one event as one line with one write.
pub fn append(file: &mut File, event: &Event) -> std::io::Result<()> {
    append_line(file, serde_json::to_vec(event)?)
}

/// Appends a line with one write. What a full disk let through of it is taken back, so that the
/// next line does not end up behind a half one.
pub fn append_line(file: &mut File, mut line: Vec<u8>) -> std::io::Result<()> {
    line.push(b'\n');
    let before = file.metadata()?.len();
    file.write_all(&line).inspect_err(|_| {
        // Should this fail too, the half line is closed when the log is next opened.
        let _ = file.set_len(before);
    })
}

/// The events among whole lines of `bytes`, and how many bytes those lines take. Lines that are no
/// event (torn and closed, or damaged) are passed over.
pub fn parse(bytes: &[u8]) -> (Vec<Event>, usize) {
    let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let events = bytes[..whole]
        .split(|&b| b == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    (events, whole)
}

/// All events of a file; a missing file has none.
pub fn read(path: &Path) -> Result<Vec<Event>, StoreError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(parse(&bytes).0),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(StoreError::Read {
            path: path.into(),
            source,
        }),
    }
}

/// The end of a text file, whole lines, at most about `bytes` bytes of it; a missing file is empty.
pub fn tail(path: &Path, bytes: u64) -> std::io::Result<String> {
    let mut file = match File::open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        opened => opened?,
    };
    let from = file.metadata()?.len().saturating_sub(bytes);
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    if from > 0 {
        let whole = text.iter().position(|&b| b == b'\n').map_or(0, |i| i + 1);
        text.drain(..whole);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Adds what an event says to the history of epochs: a run that was resumed after `k` epochs does
/// the ones after `k` again.
pub fn fold(history: &mut Vec<EpochMetrics>, event: &EventKind) {
    match event {
        EventKind::Started { epoch, .. } => history.truncate(*epoch),
        EventKind::Epoch(metrics) => {
            history.truncate(metrics.epoch.saturating_sub(1));
            history.push((**metrics).clone());
        }
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::NoiseReport;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn event(kind: EventKind) -> Event {
        Event {
            time: Timestamp::UNIX_EPOCH,
            kind,
        }
    }

    fn started(epoch: usize) -> Event {
        event(EventKind::Started {
            epoch,
            device: "cpu".into(),
            noise: NoiseReport::default(),
            model_bytes: 1,
            compression_ratio: 1.0,
            cost: None,
            train_samples: 1,
        })
    }

    fn epoch(n: usize, test_acc: f64) -> Event {
        event(EventKind::Epoch(Box::new(EpochMetrics {
            epoch: n,
            test_acc,
            ..Default::default()
        })))
    }

    fn history(events: &[Event]) -> Vec<(usize, f64)> {
        let mut history = Vec::new();
        for e in events {
            fold(&mut history, &e.kind);
        }
        history.iter().map(|e| (e.epoch, e.test_acc)).collect()
    }

    fn bytes(events: &[Event]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut file = open_append(&path).unwrap();
        for e in events {
            append(&mut file, e).unwrap();
        }
        std::fs::read(path).unwrap()
    }

    #[test]
    fn a_resumed_run_redoes_epochs_after_its_checkpoint() {
        let events = [
            started(0),
            epoch(1, 0.1),
            epoch(2, 0.2),
            started(1),
            epoch(2, 0.3),
            epoch(3, 0.4),
        ];
        assert_eq!(history(&events), [(1, 0.1), (2, 0.3), (3, 0.4)]);
    }

    #[test]
    fn a_torn_line_is_closed_and_the_next_event_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        std::fs::write(&path, bytes(&[epoch(1, 0.5)])).unwrap();
        let mut torn = File::options().append(true).open(&path).unwrap();
        torn.write_all(br#"{"time":"1970"#).unwrap();
        assert_eq!(read(&path).unwrap().len(), 1);
        append(&mut open_append(&path).unwrap(), &epoch(2, 0.6)).unwrap();
        assert_eq!(history(&read(&path).unwrap()), [(1, 0.5), (2, 0.6)]);
    }

    #[test]
    fn events_of_a_newer_quell_are_known_as_unknown() {
        let line = b"{\"time\":\"1970-01-01T00:00:00Z\",\"event\":\"sang\",\"song\":3}\n";
        assert_eq!(parse(line).0[0].kind, EventKind::Unknown);
    }

    proptest! {
        #[test]
        fn any_prefix_reads_as_a_prefix(cut in 0usize..2000, count in 1usize..8) {
            let events: Vec<Event> = (1..=count).map(|n| epoch(n, n as f64 / 7.0)).collect();
            let all = bytes(&events);
            let cut = cut.min(all.len());
            let (found, used) = parse(&all[..cut]);
            prop_assert!(used <= cut);
            prop_assert_eq!(&events[..found.len()], &found[..]);
            prop_assert_eq!(found.len(), all[..cut].iter().filter(|&&b| b == b'\n').count());
        }

        #[test]
        fn damaged_bytes_never_panic(at in 0usize..400, byte: u8) {
            let mut all = bytes(&[started(0), epoch(1, 0.1), epoch(2, 0.2)]);
            let at = at.min(all.len() - 1);
            all[at] = byte;
            let _ = history(&parse(&all).0);
        }
    }
}
