//! Tests of the cache of cropped images.
#![allow(clippy::unwrap_used)]

use super::testing::*;
use super::*;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The files below a cache's home, by their names, and when they were written.
fn files(home: &Path) -> BTreeMap<String, (PathBuf, SystemTime)> {
    let folders = std::fs::read_dir(home).unwrap();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    files
        .map(|file| {
            let path = file.unwrap().path();
            let written = std::fs::metadata(&path).unwrap().modified().unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().to_string();
            (name, (path, written))
        })
        .collect()
}

fn pixels(dir: &Path, home: &Path) -> Vec<u8> {
    let found = read_all(Coding::Disfa, dir, home).unwrap();
    assert_eq!(found.problems, []);
    found.coded.images.pixels
}

/// Spoils a picture so that neither its length nor its time tells.
fn spoil(path: &Path) {
    let there = std::fs::metadata(path).unwrap();
    std::fs::write(path, vec![0; there.len() as usize]).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(there.modified().unwrap()).unwrap();
}

#[test]
fn the_second_reading_opens_no_picture() {
    let (tree, home) = (disfa(), tempfile::tempdir().unwrap());
    let (dir, home) = (tree.path(), home.path());
    let first = pixels(dir, home);
    assert_eq!(
        files(home).keys().collect::<Vec<_>>(),
        ["SN001.safetensors", "SN012.safetensors"]
    );
    for subject in ["SN001", "SN012"] {
        for frame in ["1", "00002", "10"] {
            spoil(&dir.join(format!("frames/{subject}/{frame}.png")));
        }
    }
    assert_eq!(pixels(dir, home), first);
    // Safe to delete; without it the pictures are opened, which are none any more.
    std::fs::remove_dir_all(home).unwrap();
    assert!(read_all(Coding::Disfa, dir, home).is_err());
}

#[test]
fn what_changed_is_made_anew_and_nothing_else() {
    let (tree, home) = (disfa(), tempfile::tempdir().unwrap());
    let (dir, home) = (tree.path(), home.path());
    let first = pixels(dir, home);
    let written = files(home);
    picture(dir, "frames/SN012/10.png", 99, 16, 12);
    let second = pixels(dir, home);
    assert_eq!(
        (second[..5 * 192].to_vec(), second[5 * 192]),
        (first[..5 * 192].to_vec(), 99)
    );
    let again = files(home);
    assert_eq!(again["SN001.safetensors"], written["SN001.safetensors"]);
    assert_eq!(again.len(), 2);
    // A time before 1970 is as good as any.
    let path = dir.join("frames/SN012/10.png");
    let old = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(old)
        .unwrap();
    assert_eq!(pixels(dir, home), second);
    // Labels of more frames, and of fewer, are other images.
    std::fs::remove_file(&path).unwrap();
    let found = read_all(Coding::Disfa, dir, home).unwrap();
    assert_eq!(found.coded.images.pixels, second[..5 * 192]);
}

#[test]
fn copies_sizes_and_greys_have_a_cache_each() {
    let (tree, other, home) = (disfa(), disfa(), tempfile::tempdir().unwrap());
    for dir in [tree.path(), other.path()] {
        for size in [8, 16] {
            for grey in [false, true] {
                let crop = CropSpec { size, grey };
                read(Coding::Disfa, dir, &crop, home.path(), &mut |_, _| {}).unwrap();
            }
        }
    }
    let folders = std::fs::read_dir(home.path()).unwrap();
    let names: Vec<_> = folders
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 8);
    assert!(names.iter().all(|name| name.starts_with("disfa-")));
}

#[test]
fn a_torn_foreign_or_stale_file_is_made_anew() {
    let (tree, home) = (disfa(), tempfile::tempdir().unwrap());
    let (dir, home) = (tree.path(), home.path());
    let first = pixels(dir, home);
    let (one, other) = {
        let files = files(home);
        (
            files["SN001.safetensors"].0.clone(),
            files["SN012.safetensors"].0.clone(),
        )
    };
    let whole = std::fs::read(&one).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut holes = whole.clone();
    holes[100..].fill(0);
    for content in [
        Vec::new(),
        whole[..whole.len() / 2].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        [whole.as_slice(), b"more"].concat(),
        flipped,
        holes,
        vec![0xff; whole.len()],
        // Of another subject, put there by hand.
        std::fs::read(&other).unwrap(),
    ] {
        std::fs::write(&one, &content).unwrap();
        assert_eq!(pixels(dir, home), first);
        assert_eq!(std::fs::read(&one).unwrap(), whole);
    }
}

#[test]
fn without_room_for_a_cache_it_goes_on_without() {
    let (tree, home) = (disfa(), tempfile::tempdir().unwrap());
    let dir = tree.path();
    let first = pixels(dir, home.path());
    // A file where the folder should be, and folders where the files should be.
    let file = tree.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (path, _) in files(home.path()).values() {
        std::fs::remove_file(path).unwrap();
        std::fs::create_dir_all(path.join("in the way")).unwrap();
    }
    for home in [file.as_path(), home.path()] {
        let found = read_all(Coding::Disfa, dir, home).unwrap();
        assert_eq!(found.coded.images.pixels, first);
        assert_eq!(kinds(&found.problems), [(Oddity::CacheUnwritten, 2)]);
    }
    // Nothing half-written stays.
    assert_eq!(files(home.path()).len(), 2);
}

#[test]
fn what_a_disk_did_not_give_is_not_remembered_as_broken() {
    let (tree, home) = (disfa(), tempfile::tempdir().unwrap());
    let (dir, home) = (tree.path(), home.path());
    let path = dir.join("frames/SN001/1.png");
    std::fs::remove_file(&path).unwrap();
    // A file that is there and gives an error when it is read.
    std::os::unix::fs::symlink("/proc/self/mem", &path).unwrap();
    let found = read_all(Coding::Disfa, dir, home).unwrap();
    assert_eq!(firsts(&found.coded), [70, 80, 30, 40, 50]);
    let odd = [(Oddity::BrokenImage, 1), (Oddity::CacheUnwritten, 1)];
    assert_eq!(kinds(&found.problems), odd);
    assert_eq!(
        files(home).keys().collect::<Vec<_>>(),
        ["SN012.safetensors"]
    );
}

#[test]
fn several_at_once_do_no_harm() {
    let (tree, home) = (disfa(), tempfile::tempdir().unwrap());
    let (dir, home) = (tree.path(), home.path());
    let alone = pixels(dir, tempfile::tempdir().unwrap().path());
    std::thread::scope(|scope| {
        let reader = || {
            for _ in 0..5 {
                assert_eq!(pixels(dir, home), alone);
                for folder in std::fs::read_dir(home).unwrap() {
                    // Another may have removed it just now.
                    let _ = std::fs::remove_file(folder.unwrap().path().join("SN012.safetensors"));
                }
            }
        };
        for _ in 0..4 {
            scope.spawn(reader);
        }
    });
    pixels(dir, home);
    assert_eq!(files(home).len(), 2);
}
