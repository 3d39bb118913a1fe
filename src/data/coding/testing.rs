//! Made-up trees in the shape of the data sets.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::coded::Coded;
use crate::data::error::DataError;
use image::{Rgb, RgbImage};
use std::path::Path;
use tempfile::TempDir;

pub fn write(dir: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// A picture of one colour, JPEG or PNG by its name.
pub fn picture(dir: &Path, path: &str, grey: u8, width: u32, height: u32) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let picture = RgbImage::from_pixel(width, height, Rgb([grey, grey, grey]));
    picture.save(path).unwrap();
}

/// A table of BP4D: `rows` are frames and the units that are not 0 there.
pub fn occurrences(rows: &[(u64, &[(u8, u8)])]) -> String {
    let units = 1..=28u8;
    let header = units.clone().map(|unit| unit.to_string());
    let mut lines = vec![format!("0,{}", header.collect::<Vec<_>>().join(","))];
    for (frame, codes) in rows {
        let code = |unit| {
            codes
                .iter()
                .find(|(u, _)| *u == unit)
                .map_or(0, |(_, c)| *c)
        };
        let codes: Vec<String> = units.clone().map(|unit| code(unit).to_string()).collect();
        lines.push(format!("{frame},{}", codes.join(",")));
    }
    lines.join("\n") + "\n"
}

/// Two subjects and three tasks, five frames.
pub fn bp4d() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    let dir = tree.path();
    let table = |name: &str, rows: &[(u64, &[(u8, u8)])]| {
        write(
            dir,
            &format!("AUCoding/AU_OCC/{name}.csv"),
            occurrences(rows),
        );
    };
    // Unit 5 is coded, but not one of those that are used.
    table(
        "F001_T1",
        &[(2440, &[(1, 1), (2, 9), (5, 9)]), (999, &[(12, 1)])],
    );
    table("F001_T2", &[(5, &[(24, 1), (12, 1)])]);
    table("M002_T1", &[(7, &[]), (8, &[(1, 9), (17, 1)])]);
    picture(dir, "img/F001/T1/2440.jpg", 20, 24, 16);
    picture(dir, "img/F001/T1/0999.png", 10, 16, 24);
    picture(dir, "img/F001/T2/0005.jpeg", 30, 16, 16);
    picture(dir, "img/M002/T1/7.jpg", 40, 16, 16);
    picture(dir, "img/M002/T1/8.PNG", 50, 16, 16);
    // Not coded, which is no fault, and no picture.
    picture(dir, "img/M002/T1/9.jpg", 60, 16, 16);
    write(dir, "img/M002/T1/Thumbs.db", "");
    tree
}

/// Two subjects of three frames each.
pub fn disfa() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (subject, strongest) in [("SN001", 5), ("SN012", 2)] {
        // Unit 5 is coded, but not one of those that are used.
        for unit in [1, 2, 4, 5, 6, 9, 12, 25, 26] {
            let first = if unit == 12 { strongest } else { 1 };
            let name = format!("ActionUnit_Labels/{subject}/{subject}_au{unit}.txt");
            write(tree.path(), &name, format!("1,{first}\n2,0\n10,2\n"));
        }
        for (frame, grey) in [("1", 10), ("00002", 20), ("10", 30)] {
            let name = format!("frames/{subject}/{frame}.png");
            picture(tree.path(), &name, grey + strongest * 10, 16, 12);
        }
    }
    tree
}

pub fn colour(size: usize) -> CropSpec {
    CropSpec { size, grey: false }
}

/// Reads a tree with a cache in `home`.
pub fn read_all(coding: Coding, dir: &Path, home: &Path) -> Result<Cropped, DataError> {
    read(coding, dir, &colour(8), home, &mut |_, _| {})
}

/// The first pixel of each image.
pub fn firsts(coded: &Coded) -> Vec<u8> {
    let stride = coded.images.stride();
    coded
        .images
        .pixels
        .chunks_exact(stride)
        .map(|image| image[0])
        .collect()
}

/// Kinds and counts.
pub fn kinds(problems: &[Problem]) -> Vec<(Oddity, usize)> {
    problems
        .iter()
        .map(|problem| (problem.kind, problem.count))
        .collect()
}
