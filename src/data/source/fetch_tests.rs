//! Tests of downloads, from a server on the loopback.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::source::catalog::Source;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// How a server behaves.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// As it should.
    Good,
    /// Sends so many bytes of each answer and hangs up.
    CutOff(usize),
    /// Knows no ranges: all of it, each time.
    NoRanges,
    /// 404.
    Gone,
}

/// Serves `content` at every address and writes down the ranges that it is asked for. Ends with the
/// process.
fn serve(content: &[u8], manner: Manner) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/data", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (content, ranges) = (content.to_vec(), asked.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut range = String::new();
            while let Some(Ok(line)) = lines.next()
                && !line.is_empty()
            {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("range: ") {
                    range = value.into();
                }
            }
            ranges.lock().unwrap().push(range.clone());
            let from = range
                .strip_prefix("bytes=")
                .and_then(|r| r.strip_suffix('-'))
                .and_then(|r| r.parse::<usize>().ok())
                .filter(|_| manner != Manner::NoRanges);
            let whole = content.len();
            let (status, body) = match from {
                _ if manner == Manner::Gone => ("404 Not Found".to_string(), &[][..]),
                Some(from) if from >= whole => ("416 Range Not Satisfiable".into(), &[][..]),
                Some(from) => (
                    format!(
                        "206 Partial Content\r\nContent-Range: bytes {from}-{}/{whole}",
                        whole - 1
                    ),
                    &content[from..],
                ),
                None => ("200 OK".into(), &content[..]),
            };
            let sent = match manner {
                Manner::CutOff(most) => &body[..body.len().min(most)],
                _ => body,
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(sent);
        }
    });
    (address, asked)
}

fn digits_of(content: &[u8]) -> &'static str {
    let digits: String = Sha256::digest(content)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    Box::leak(digits.into_boxed_str())
}

fn set(file: &'static str, content: &[u8]) -> Source {
    let files = [Remote {
        base: "http://unused.invalid/",
        file,
        sha256: digits_of(content),
    }];
    Source {
        licence: "",
        files: Box::leak(Box::new(files)),
        inside: &[],
    }
}

fn content() -> Vec<u8> {
    (0..300_000u32).map(|i| (i * i % 251) as u8).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_fetched_checked_and_not_fetched_again() {
    let content = content();
    let (address, asked) = serve(&content, Manner::Good);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("new/folder");
    let mut told = Vec::new();
    let source = set("a.gz", &content);
    let fetch = |progress: &mut dyn FnMut(&str, u64, Option<u64>)| {
        fetch(&source, &to, Some(&address), progress).unwrap()
    };
    let first = fetch(&mut |name, there, whole| told.push((name.to_string(), there, whole)));
    assert_eq!((first[0].bytes, first[0].existed), (300_000, false));
    assert_eq!(told[0], ("a.gz".into(), 0, Some(300_000)));
    assert_eq!(told.last().unwrap().1, 300_000);
    assert_eq!(std::fs::read(to.join("a.gz")).unwrap(), content);
    assert!(fetch(&mut |_, _, _| ())[0].existed);
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert_eq!(names(&to), ["a.gz"]);
}

#[test]
fn a_download_that_breaks_off_goes_on_where_it_was() {
    let content = content();
    let (address, asked) = serve(&content, Manner::CutOff(100_000));
    let folder = tempfile::tempdir().unwrap();
    let source = set("a.gz", &content);
    fetch(&source, folder.path(), Some(&address), &mut |_, _, _| ()).unwrap();
    let found = std::fs::read(folder.path().join("a.gz")).unwrap();
    assert_eq!(found, content);
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked, ["", "bytes=100000-", "bytes=200000-"]);
}

#[test]
fn a_download_of_yesterday_goes_on_today_with_or_without_ranges() {
    let content = content();
    for manner in [Manner::Good, Manner::NoRanges] {
        let (address, asked) = serve(&content, manner);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.gz.part"), &content[..120_000]).unwrap();
        let source = set("a.gz", &content);
        fetch(&source, folder.path(), Some(&address), &mut |_, _, _| ()).unwrap();
        assert_eq!(std::fs::read(folder.path().join("a.gz")).unwrap(), content);
        assert_eq!(*asked.lock().unwrap(), ["bytes=120000-"]);
    }
    // All was there but the renaming.
    let (address, _) = serve(&content, Manner::Good);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.gz.part"), &content).unwrap();
    fetch(
        &set("a.gz", &content),
        folder.path(),
        Some(&address),
        &mut |_, _, _| (),
    )
    .unwrap();
    assert_eq!(names(folder.path()), ["a.gz"]);
}

#[test]
fn a_server_that_sends_nothing_is_not_asked_for_ever() {
    let (address, asked) = serve(&content(), Manner::CutOff(0));
    let folder = tempfile::tempdir().unwrap();
    let source = set("a.gz", &content());
    let error = fetch(&source, folder.path(), Some(&address), &mut |_, _, _| ()).unwrap_err();
    assert!(error.to_string().contains("0 bytes are kept"), "{error}");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn what_is_not_the_published_file_is_thrown_away_or_left_alone() {
    let (address, _) = serve(b"something else", Manner::Good);
    let folder = tempfile::tempdir().unwrap();
    let source = set("a.gz", b"the published file");
    let go = || fetch(&source, folder.path(), Some(&address), &mut |_, _, _| ()).unwrap_err();
    let error = go().to_string();
    assert!(error.contains(digits_of(b"something else")), "{error}");
    assert!(error.contains(digits_of(b"the published file")), "{error}");
    assert!(names(folder.path()).is_empty());
    std::fs::write(folder.path().join("a.gz"), "mine").unwrap();
    assert!(matches!(go(), FetchError::InTheWay { .. }));
    assert_eq!(std::fs::read(folder.path().join("a.gz")).unwrap(), b"mine");
}

#[test]
fn a_file_that_is_gone_or_a_server_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let source = set("a.gz", b"x");
    let go = |from: &str| {
        let error = fetch(&source, folder.path(), Some(from), &mut |_, _, _| ());
        error.unwrap_err().to_string()
    };
    let (address, _) = serve(b"", Manner::Gone);
    let error = go(&address);
    assert!(
        error.contains("answers 404") && error.contains("/data/a.gz"),
        "{error}"
    );
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = go(&format!("http://{free}/"));
    assert!(error.contains("goes on from there"), "{error}");
}

/// A packed archive of these entries.
fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let packer = GzEncoder::new(Vec::new(), Compression::fast());
    let mut builder = tar::Builder::new(packer);
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        // Not by `set_path`, which refuses what is tried here.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if *kind == tar::EntryType::Symlink {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn unpacked(content: &[u8]) -> (Result<Vec<Fetched>, FetchError>, tempfile::TempDir) {
    let (address, _) = serve(content, Manner::Good);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("set");
    let source = set("a.tar.gz", content);
    (
        fetch(&source, &to, Some(&address), &mut |_, _, _| ()),
        folder,
    )
}

#[test]
fn an_archive_is_unpacked_and_taken_away() {
    use tar::EntryType::{Directory, Regular};
    let content = archive(&[
        ("inside/", Directory, b""),
        ("inside/one.bin", Regular, b"one"),
        ("./inside/deep/two.bin", Regular, b"two"),
    ]);
    let (fetched, folder) = unpacked(&content);
    fetched.unwrap();
    let to = folder.path().join("set");
    assert_eq!(names(&to), ["inside"]);
    assert_eq!(
        std::fs::read(to.join("inside/deep/two.bin")).unwrap(),
        b"two"
    );
}

#[test]
fn archives_that_reach_out_of_their_folder_leave_nothing_behind() {
    use tar::EntryType::{Fifo, Link, Regular, Symlink};
    let good: (&str, tar::EntryType, &[u8]) = ("inside/one.bin", Regular, b"one");
    for (bad, reason) in [
        (
            ("../out.bin", Regular, &b"x"[..]),
            "leads out of the folder",
        ),
        (
            ("inside/../../out.bin", Regular, b"x"),
            "leads out of the folder",
        ),
        (("/out.bin", Regular, b"x"), "leads out of the folder"),
        (("inside/link", Symlink, b""), "is a link or a device"),
        (("inside/link", Link, b""), "is a link or a device"),
        (("inside/pipe", Fifo, b""), "is a link or a device"),
        (("inside/one.bin", Regular, b"again"), "inside/one.bin"),
    ] {
        let (fetched, folder) = unpacked(&archive(&[good, bad]));
        let error = fetched.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert_eq!(names(folder.path()), ["set"]);
        assert_eq!(names(&folder.path().join("set")), ["a.tar.gz"]);
    }
    // Torn, and no archive at all; the checksums say that it is what was published.
    let whole = archive(&[good]);
    for content in [&whole[..whole.len() - 12], &b"no archive"[..]] {
        let (fetched, _folder) = unpacked(content);
        assert!(matches!(fetched, Err(FetchError::Archive { .. })));
    }
}
